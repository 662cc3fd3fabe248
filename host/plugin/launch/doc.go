// Package launch starts plugin processes and stops them. It is the host's only user of go-plugin, and takes
// from it the handshake and the certificates; everything that go-plugin leaves open is closed here:
//
//   - The child sees go-plugin's variables and what Spec.Env lists, nothing of the host's environment nor (on
//     Linux) of its open files; its standard input is empty; it leads a process group of its own and works in a
//     private directory.
//   - What is executed is the file that was hashed: on Linux a sealed copy in memory (a built-in plugin: the
//     open descriptor of the host's own executable), elsewhere a private copy.
//   - go-plugin never sees the plugin's standard error (it panics on some JSON lines) nor more than one line of
//     its standard output. The lines are read here, bounded, and logged as data.
//   - Only a Unix socket in the private directory is connected to, over mutual TLS, and go-plugin's broker,
//     which a plugin could flood, is not started.
//   - Start and Stop are bounded: a plugin that does not answer is killed with its process group. On Linux the
//     kernel kills the plugin when the host dies; everywhere the SDK watches its parent.
//
// It leaves to others what a plugin says (client), which plugins there are and when to start them again (catalog).
// Invariant: when Start fails, or after Done is closed, no process of the group and no file of the plugin is left.
// A process that leaves its group on purpose is not followed, and a plugin may read what the host's user may
// read, until processes are confined (see command).
package launch
