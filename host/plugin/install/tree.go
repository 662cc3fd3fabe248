package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/taxonhq/taxon/host/plugin/catalog"
)

// sealDirs makes the directories below a directory read-only.
func sealDirs(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == dir {
			return err
		}
		if err := catalog.SyncDir(path); err != nil {
			return err
		}
		return os.Chmod(path, 0o500)
	})
}

// removeTree removes a directory with everything in it, read-only directories included. One that is not there
// is removed already.
func removeTree(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o700)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(dir)
}

// notEmpty reports whether a directory was not removed because something is in it.
func notEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST)
}
