package launch

import (
	"errors"
	"os"

	"github.com/hashicorp/go-plugin"
)

const (
	socketDirVariable = plugin.EnvUnixSocketDir
	// maxSocketPath is what all systems allow for the path of a Unix socket (Linux 107 bytes, macOS 103).
	maxSocketPath = 103
	// socketName is as long as the name that go-plugin gives a socket: "plugin" and a random number.
	socketName = "/plugin4294967295"
)

// privateDir makes a directory for one plugin's socket, readable by nobody else. A parent whose path is too
// long for a socket is passed over in favour of the system's.
func privateDir(parent string) (string, error) {
	err := errors.New("the paths of all temporary directories are too long")
	for _, parent := range []string{parent, os.TempDir(), "/tmp"} {
		if parent == "" {
			continue
		}
		dir, failed := os.MkdirTemp(parent, "taxon")
		if failed != nil {
			err = failed
			continue
		}
		if len(dir)+len(socketName) <= maxSocketPath {
			return dir, nil
		}
		os.Remove(dir)
	}
	return "", err
}
