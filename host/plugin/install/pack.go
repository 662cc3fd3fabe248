package install

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Pack makes a package of a directory that holds plugin.json (PLUGIN manifest > plugin.json), LICENSE,
// bin/EXECUTABLE and where wanted README.md and testdata/. Other files are left out. out is the package's path,
// or a directory, in which it is called ID_VERSION_OS_ARCH.tar.gz for this machine. The same files give the
// same bytes. It answers the path.
func Pack(dir, out string) (string, *Package, error) {
	fault := func(err error) error {
		return &crm.Error{Code: crm.CodePlugin, Message: "no package can be made: " + err.Error(), Cause: err,
			Suggestion: "a package needs plugin.json, LICENSE and one executable in bin"}
	}
	target := filepath.Dir(out)
	info, err := os.Stat(out)
	isDir := err == nil && info.IsDir()
	if isDir {
		target = out
	}
	f, err := os.CreateTemp(target, ".pack-")
	if err != nil {
		return "", nil, fault(err)
	}
	defer os.Remove(f.Name()) // fails when it was renamed
	hash := sha256.New()
	pack, err := pack(dir, io.MultiWriter(f, hash))
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", nil, fault(err)
	}
	pack.ArchiveSHA256 = hex.EncodeToString(hash.Sum(nil))
	if isDir {
		out = filepath.Join(out, fmt.Sprintf("%s_%s_%s_%s.tar.gz", pack.Manifest.GetId(), pack.Manifest.GetVersion(), runtime.GOOS, runtime.GOARCH))
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return "", nil, fault(err)
	}
	return out, pack, nil
}

// pack writes the package of a directory.
func pack(dir string, to io.Writer) (*Package, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names, err := packed(root)
	if err != nil {
		return nil, err
	}
	zipped, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	files := tar.NewWriter(zipped)
	var c contents
	for _, name := range names {
		if err := add(files, root, name, &c); err != nil {
			return nil, err
		}
	}
	if err := files.Close(); err != nil {
		return nil, err
	}
	if err := zipped.Close(); err != nil {
		return nil, err
	}
	return &c.pack, c.finish()
}

// packed lists the files of a directory that belong into a package, in order.
func packed(root *os.Root) ([]string, error) {
	var names []string
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		belongs := name == manifestFile || name == licenseFile || name == readmeFile || strings.HasPrefix(name+"/", binDir) || strings.HasPrefix(name+"/", testDir)
		switch {
		case name == ".":
		case d.IsDir() && !belongs:
			return fs.SkipDir
		case belongs && !d.IsDir():
			names = append(names, name)
		}
		return nil
	})
	sort.Strings(names)
	return names, err
}

func add(files *tar.Writer, root *os.Root, name string, c *contents) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is a link or special file", name)
	}
	if err := c.admit(name, info.Size()); err != nil {
		return err
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	mode := int64(0o644)
	if name == c.pack.Executable {
		mode = 0o755
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: mode, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
	if err := files.WriteHeader(header); err != nil {
		return err
	}
	if err := c.copy(name, files, f); err != nil {
		if errors.Is(err, tar.ErrWriteTooLong) {
			return fmt.Errorf("%s grew while it was packed", name)
		}
		return err
	}
	return files.Flush() // an error when the file was shorter than it said
}
