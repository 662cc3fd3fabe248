// Package sdktest tests classifier plugins over the wire, in any language: Run is the conformance suite that
// every plugin must pass, Golden compares a plugin with an author's expected tags, and Start gives an author
// a plugin to ask in tests of his own. Benchmark says how many customers a second of processor time is enough for.
//
//	func TestPlugin(t *testing.T) {
//		sdktest.Run(t, sdktest.InProcess(plugin()))
//		sdktest.Golden(t, sdktest.InProcess(plugin()), sdktest.Setup{}, "testdata/customers.csv", "testdata/expected.csv")
//	}
//
// A case is a function that answers what is wrong; Run makes a subtest of each. The package judges what a
// host can see and nothing about whether a classification makes sense. Invariant: each case can fail; the
// package's own tests show a broken plugin for every one.
package sdktest
