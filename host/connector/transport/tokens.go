package transport

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/taxonhq/taxon/host/crm"
)

// TokenStore keeps tokens that rotate. Save replaces atomically and durably: it has returned before a new token is used.
// Load of a name that was never saved answers nil without an error.
type TokenStore interface {
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
