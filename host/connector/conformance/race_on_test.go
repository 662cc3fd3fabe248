//go:build race

package conformance

// many is still past every cap: the race detector makes records several times dearer, see race_off_test.go.
const many = 11_000
