package transport

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/taxonhq/taxon/host/crm"
)

// files are private files (0600) with names of their own in a directory (0700, made when missing), for several processes.
type files struct{ dir, ext string }

var fileName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$`)

func (f files) path(name string) (string, error) {
	if !fileName.MatchString(name) {
		return "", &crm.Error{Code: crm.CodeInternal, Message: "what is kept has an unusable name"}
	}
	return filepath.Join(f.dir, name+f.ext), nil
}

// lock locks a file beside the named one. The kernel releases it when its holder dies.
func (f files) lock(ctx context.Context, name string) (func(), error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	release := func() { _ = file.Close() } // nothing was written
	locked := make(chan error, 1)
	go func() {
		err := error(syscall.EINTR)
		for errors.Is(err, syscall.EINTR) {
			err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		}
		locked <- err
	}()
	select {
	case err = <-locked:
	case <-ctx.Done():
		go func() {
			<-locked
			release()
		}()
		return nil, ctx.Err()
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// load reads a file; nil when there is none.
func (f files) load(name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// save replaces a file: written beside, synced, renamed, directory synced.
func (f files) save(name string, data []byte) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(f.dir, ".kept-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails once it is renamed, as it should
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
