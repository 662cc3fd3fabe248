//go:build !race

package connector_test

// many is how many records the longest test takes. The race detector makes it several times slower, see race_on_test.go.
const many = 20_000
