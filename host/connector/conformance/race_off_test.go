//go:build !race

package conformance

// many is more than any CRM's cap on pages, windows and offsets.
const many = 20_000
