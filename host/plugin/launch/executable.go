package launch

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// maxExecutable bounds what is copied.
const maxExecutable = 512 << 20

// executable is what the child executes: a path, and the open file behind it where the child inherits one.
type executable struct {
	path string
	file *os.File
}

func (e executable) close() {
	if e.file != nil {
		e.file.Close()
	}
}

const reinstall = "install the plugin again"

// openExecutable opens what Spec names and makes sure that what will run has the hash of Spec. The host's own
// executable has none: a hash of oneself proves nothing.
func openExecutable(spec Spec, dir string) (executable, error) {
	file, err := openFile(spec)
	if err != nil {
		return executable{}, err
	}
	if spec.SHA256 == "" {
		return ownExecutable(file), nil
	}
	defer file.Close()
	hash := sha256.New()
	exe, err := sealedCopy(io.LimitReader(file, maxExecutable), hash, dir)
	if err != nil {
		exe.close()
		return executable{}, fault(spec.ID, "its executable cannot be read", reinstall, err)
	}
	if err := compare(spec, hash); err != nil {
		exe.close()
		return executable{}, err
	}
	return exe, nil
}

// Verify makes sure that the executable which would be started has the hash of Spec, and starts nothing.
func Verify(spec Spec) error {
	file, err := openFile(spec)
	if err != nil {
		return err
	}
	defer file.Close()
	if spec.SHA256 == "" {
		return nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(file, maxExecutable)); err != nil {
		return fault(spec.ID, "its executable cannot be read", reinstall, err)
	}
	return compare(spec, hash)
}

// openFile opens what Spec names: where there is a hash, a regular file of acceptable size.
func openFile(spec Spec) (*os.File, error) {
	file, err := spec.Open()
	if err != nil {
		return nil, fault(spec.ID, "its executable cannot be opened", reinstall, err)
	}
	if spec.SHA256 == "" {
		return file, nil
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > maxExecutable {
		file.Close()
		return nil, fault(spec.ID, "its executable is not a regular file of acceptable size", reinstall, err)
	}
	return file, nil
}

// compare is an error when what was hashed is not what Spec names.
func compare(spec Spec, hash hash.Hash) error {
	sum := hex.EncodeToString(hash.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(sum), []byte(spec.SHA256)) != 1 {
		return fault(spec.ID, "its executable was changed since it was installed",
			"find out who changed it; if the change is wanted, install the plugin again", nil)
	}
	return nil
}

// diskCopy copies the file into the private directory and hands every byte to hash.
func diskCopy(file io.Reader, hash io.Writer, dir string) (executable, error) {
	path := filepath.Join(dir, "plugin")
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return executable{}, err
	}
	_, err = io.Copy(io.MultiWriter(to, hash), file)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(path, 0o500)
	}
	return executable{path: path}, err
}
