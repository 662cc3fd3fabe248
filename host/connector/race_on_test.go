//go:build race

package connector_test

// many is still past every cap of the CRM.
const many = 11_000
