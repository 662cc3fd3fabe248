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

// TokenStore keeps tokens that rotate. Save replaces atomically and durably: it has returned before a new token is used.
// Load of a name that was never saved answers nil without an error. Lock waits until nobody else has locked the name, in
// any process: a refresh token may be good for one exchange only.
type TokenStore interface {
	Lock(ctx context.Context, name string) (release func(), err error)
	Load(name string) ([]byte, error)
	Save(name string, token []byte) error
}

// FileTokens keeps each token in a file of its own (0600) in this directory (0700, made when missing).
type FileTokens string

var tokenName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$`)

func (dir FileTokens) path(name string) (string, error) {
	if !tokenName.MatchString(name) {
		return "", &crm.Error{Code: crm.CodeInternal, Message: "a token has an unusable name"}
	}
	return filepath.Join(string(dir), name+".token"), nil
}

// Lock locks a file beside the token's. The kernel releases it when its holder dies.
func (dir FileTokens) Lock(ctx context.Context, name string) (release func(), err error) {
	path, err := dir.path(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	release = func() { _ = f.Close() } // nothing was written
	locked := make(chan error, 1)
	go func() {
		err := error(syscall.EINTR)
		for errors.Is(err, syscall.EINTR) {
			err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
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

// Load reads a token.
func (dir FileTokens) Load(name string) ([]byte, error) {
	path, err := dir.path(name)
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return token, err
}

// Save replaces a token: written beside, synced, renamed, directory synced.
func (dir FileTokens) Save(name string, token []byte) error {
	path, err := dir.path(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(dir), ".token-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed, as it should
	_, err = f.Write(token)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(string(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
