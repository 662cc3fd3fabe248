// Package install brings plugins into the store and out of it, and makes the packages they come in.
//
// A package is a tar.gz of exactly these regular files: plugin.json, LICENSE, one executable in bin/, and where
// wanted README.md and files in testdata/. Nothing of it is trusted: every name is on the list, links and
// special files are refused, sizes are bounded, and it is unpacked into a private staging directory. An
// administrator approves what the manifest reads and emits before any code of the plugin runs; then it is
// started once, and must describe itself as its plugin.json and pass a quick check. One rename puts it into
// <store>/<id>/<version>-<sha12>/, read-only, and replacing the lock file makes it count.
//
// It leaves running plugins to catalog and launch, and who signed a package to a Verifier.
// Invariant: the lock file names only complete plugins; what a crash leaves behind is not in it, and the next
// installation clears it away.
package install
