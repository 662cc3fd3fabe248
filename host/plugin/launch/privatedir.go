package launch

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hashicorp/go-plugin"
)

const (
	socketDirVariable = plugin.EnvUnixSocketDir
	// maxSocketPath is what all systems allow for the path of a Unix socket (Linux 107 bytes, macOS 103).
	maxSocketPath = 103
	// socketName is as long as the name that go-plugin gives a socket: "plugin" and a random number.
	socketName = "/plugin4294967295"
	dirPrefix  = "taxon-plugin-"
	// ownerName is a file that the host holds locked as long as it needs the directory.
	ownerName = "host"
)

// privateDir is a directory for one plugin's socket, readable by nobody else.
type privateDir struct {
	path  string
	owner *os.File // locked
}

// newPrivateDir makes one. A parent whose path is too long for a socket is passed over in favour of the
// system's.
func newPrivateDir(parent string) (*privateDir, error) {
	err := errors.New("the paths of all temporary directories are too long")
	for _, parent := range []string{parent, os.TempDir(), "/tmp"} {
		if parent == "" {
			continue
		}
		path, failed := os.MkdirTemp(parent, dirPrefix)
		if failed != nil {
			err = failed
			continue
		}
		if len(path)+len(socketName) > maxSocketPath {
			os.Remove(path)
			continue
		}
		owner, failed := lockOwner(path)
		if failed != nil {
			os.RemoveAll(path)
			return nil, failed
		}
		sweep(parent)
		return &privateDir{path: path, owner: owner}, nil
	}
	return nil, err
}

// lockOwner puts the locked file into a directory. It gets its name when it is locked: a sweep never sees it free.
func lockOwner(path string) (*os.File, error) {
	owner, err := os.OpenFile(filepath.Join(path, ownerName+".new"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(owner.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		err = os.Rename(owner.Name(), filepath.Join(path, ownerName))
	}
	if err != nil {
		owner.Close()
		return nil, err
	}
	return owner, nil
}

func (d *privateDir) remove() {
	os.RemoveAll(d.path)
	d.owner.Close()
}

// sweep removes the directories of hosts that were killed: those whose file nobody holds locked.
func sweep(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, dirPrefix+"*", ownerName))
	if err != nil {
		return
	}
	for _, name := range found {
		owner, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			continue // another user's, or just removed
		}
		if syscall.Flock(int(owner.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(filepath.Dir(name))
		}
		owner.Close()
	}
}
