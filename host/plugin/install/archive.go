package install

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// The files of a package.
const (
	manifestFile = "plugin.json"
	licenseFile  = "LICENSE"
	readmeFile   = "README.md"
	binDir       = "bin/"
	testDir      = "testdata/"
)

// The sizes of a package, in bytes unless their name says otherwise.
const (
	maxArchive    = 256 << 20
	maxExecutable = 256 << 20
	maxText       = 1 << 20 // LICENSE, README.md
	maxTestFile   = 16 << 20
	maxUnpacked   = 320 << 20
	maxFiles      = 200
	maxTrailer    = 1 << 20 // zeros after the end of a tar
)

// Package is what is in a package.
type Package struct {
	Manifest         *pb.Manifest
	Executable       string // "bin/acme.loyal"
	ExecutableSHA256 string
	ManifestSHA256   string
	ArchiveSHA256    string
	License          string
	Readme           string // "" when there is none
}

var segment = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// limitOf is how large a file of a package may be; false: no package has such a file.
func limitOf(name string) (int64, bool) {
	parts := strings.Split(name, "/")
	for _, p := range parts {
		if !segment.MatchString(p) {
			return 0, false
		}
	}
	switch {
	case name == manifestFile:
		return protocol.ManifestBytes, true
	case name == licenseFile, name == readmeFile:
		return maxText, true
	case len(parts) == 2 && strings.HasPrefix(name, binDir):
		return maxExecutable, true
	case len(parts) >= 2 && len(parts) <= 5 && strings.HasPrefix(name, testDir):
		return maxTestFile, true
	}
	return 0, false
}

// contents collects what a package holds while its files pass by.
type contents struct {
	pack  Package
	seen  map[string]bool // lower case: file systems may not tell them apart
	bytes int64
	plain []byte // text of plugin.json
}

// admit checks one file of that size before it is read.
func (c *contents) admit(name string, size int64) error {
	limit, known := limitOf(name)
	if !known {
		return fmt.Errorf("it has the file %q, which no package has", clip(name))
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	lower := strings.ToLower(name)
	if c.seen[lower] {
		return fmt.Errorf("it has the file %q twice", name)
	}
	c.seen[lower] = true
	if c.bytes += size; size < 0 || size > limit || c.bytes > maxUnpacked || len(c.seen) > maxFiles {
		return fmt.Errorf("its file %q, or all files together, are too large (%d bytes)", name, size)
	}
	if size == 0 && !strings.HasPrefix(name, testDir) {
		return fmt.Errorf("its file %q is empty", name)
	}
	if strings.HasPrefix(name, binDir) {
		if c.pack.Executable != "" {
			return errors.New("it has more than one file in bin")
		}
		c.pack.Executable = name
	}
	return nil
}

// copy passes one admitted file on and notes what is to be known about it.
func (c *contents) copy(name string, to io.Writer, from io.Reader) error {
	hash := sha256.New()
	var text strings.Builder
	writers := []io.Writer{to, hash}
	if !strings.Contains(name, "/") {
		writers = append(writers, &text) // bounded by admit
	}
	if _, err := io.Copy(io.MultiWriter(writers...), from); err != nil {
		return err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	switch {
	case name == manifestFile:
		c.plain, c.pack.ManifestSHA256 = []byte(text.String()), sum
	case name == licenseFile:
		c.pack.License = text.String()
	case name == readmeFile:
		c.pack.Readme = text.String()
	case name == c.pack.Executable:
		c.pack.ExecutableSHA256 = sum
	}
	return nil
}

// finish checks that nothing is missing and reads the manifest.
func (c *contents) finish() error {
	for _, name := range []string{manifestFile, licenseFile} {
		if !c.seen[strings.ToLower(name)] {
			return fmt.Errorf("it has no %s", name)
		}
	}
	if c.pack.Executable == "" {
		return errors.New("it has no executable in bin")
	}
	var err error
	c.pack.Manifest, err = protocol.ParseManifest(c.plain)
	return err
}

// unpack reads a package into a directory. No file of it leaves the directory: each is on the list, new, and
// opened below root.
func unpack(archive io.Reader, root *os.Root) (*Package, error) {
	buffered := bufio.NewReader(archive)
	zipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, errors.New("it is no tar.gz")
	}
	zipped.Multistream(false)
	files := tar.NewReader(zipped)
	var c contents
	for {
		header, err := files.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it is damaged: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("%q is a link, directory or special file, and a package has regular files only", clip(header.Name))
		}
		if header.Format != tar.FormatUSTAR || len(header.PAXRecords) > 0 {
			return nil, fmt.Errorf("%q has extended attributes, which a package has not", clip(header.Name))
		}
		if err := c.admit(header.Name, header.Size); err != nil {
			return nil, err
		}
		if err := extract(root, header.Name, files, &c); err != nil {
			return nil, fmt.Errorf("its file %q cannot be unpacked: %w", header.Name, err)
		}
	}
	// To the end, so that the checksum is compared, and not further.
	if n, err := io.Copy(io.Discard, io.LimitReader(zipped, maxTrailer+1)); err != nil || n > maxTrailer {
		return nil, errors.New("it is damaged at its end")
	}
	if _, err := buffered.ReadByte(); err != io.EOF {
		return nil, errors.New("something follows after its end")
	}
	return &c.pack, c.finish()
}

// extract writes one file, read-only, and only the executable one executable.
func extract(root *os.Root, name string, from io.Reader, c *contents) error {
	if dir := path.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	mode := os.FileMode(0o400)
	if name == c.pack.Executable {
		mode = 0o500
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = c.copy(name, f, from)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// clip makes a name out of a package fit to be shown.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
