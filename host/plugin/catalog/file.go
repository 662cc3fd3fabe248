package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// readSmall reads a regular file of at most that many bytes.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", filepath.Base(path), limit)
	}
	return data, err
}

// writeJSON replaces a file in one step: readers see the old text or the new one, also after a crash.
func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	temporary, err := os.CreateTemp(dir, ".new-") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails when it was renamed
	_, err = temporary.Write(append(text, '\n'))
	if err == nil {
		err = temporary.Sync()
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes renames in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// ErrBusy says that another process holds a lock.
var ErrBusy = errors.New("locked by another process")

// Exclusive waits for a lock that processes share, named by a file in the store. The kernel releases it when
// its holder dies.
func Exclusive(dir, name string) (release func(), err error) {
	return lockFile(dir, name, syscall.LOCK_EX)
}

// TryExclusive is Exclusive, but answers ErrBusy instead of waiting.
func TryExclusive(dir, name string) (release func(), err error) {
	return lockFile(dir, name, syscall.LOCK_EX|syscall.LOCK_NB)
}

func lockFile(dir, name string, how int) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.EINTR
	for err == syscall.EINTR {
		err = syscall.Flock(int(f.Fd()), how)
	}
	if err != nil {
		f.Close()
		if err == syscall.EWOULDBLOCK {
			err = ErrBusy
		}
		return nil, err
	}
	return func() { f.Close() }, nil
}
