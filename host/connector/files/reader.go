package files

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// maxLine bounds a line of NDJSON.
const maxLine = 16 << 20

// found are the files of a kind, in order. Without a setting it is what lies there under the kind's name.
func (s *settings) found(kind crm.Kind) ([]string, error) {
	patterns := []string{s.files[kind]}
	if s.files[kind] == "" {
		patterns = []string{plural[kind] + ".csv", plural[kind] + ".ndjson"}
	}
	var out []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(s.dir, pattern))
		if err != nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Pointer: "/settings/" + plural[kind], Message: "the pattern is not one"}
		}
		out = append(out, paths...)
	}
	slices.Sort(out)
	if len(out) == 0 && s.files[kind] != "" {
		return nil, &crm.Error{Code: crm.CodeNotFound, Pointer: "/settings/" + plural[kind], Message: "there is no file " + s.files[kind] + " in the directory of the exports",
			Suggestion: "an export that failed is no empty export: nothing is read"}
	}
	return out, nil
}

// reader reads the rows of one file, and the file's contents into a digest.
type reader struct {
	name   string // of the file, for messages
	ndjson bool
	file   *os.File
	sum    hash.Hash
	line   int      // of the last row
	header []string // of a CSV
	cells  *csv.Reader
	lines  *bufio.Scanner
	parser fastjson.Parser
	arena  fastjson.Arena
}

// badRow is a row that cannot be read, while the next one can; row is what could be read of it.
type badRow struct {
	message, suggestion string
	row                 *fastjson.Value
}

func (e badRow) Error() string { return e.message }

func (s *settings) open(path string) (*reader, error) {
	r := &reader{name: filepath.Base(path), ndjson: strings.EqualFold(filepath.Ext(path), ".ndjson") || strings.EqualFold(filepath.Ext(path), ".jsonl"), sum: sha256.New()}
	var err error
	if r.file, err = os.Open(path); err != nil {
		return nil, &crm.Error{Code: crm.CodeNotFound, Pointer: r.name, Message: "the file cannot be read", Cause: err}
	}
	in, head, err := r.letters(s.encoding)
	if err != nil {
		r.close()
		return nil, err
	}
	if r.ndjson {
		r.lines = bufio.NewScanner(in)
		r.lines.Buffer(make([]byte, 0, 1<<16), maxLine)
		return r, nil
	}
	r.cells = csv.NewReader(in)
	r.cells.ReuseRecord = true
	if r.cells.Comma = s.delimiter; s.delimiter == 0 {
		r.cells.Comma = shown(head)
	}
	if err := r.head(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// notUTF8 is what to do with a file in another encoding.
const notUTF8 = "say how it is written: the setting encoding (gb18030, windows-1252 …); or save it as UTF-8"

// letters reads the file as UTF-8, and answers its beginning. A byte order mark decides whatever the settings say.
func (r *reader) letters(written encoding.Encoding) (*bufio.Reader, []byte, error) {
	raw := bufio.NewReaderSize(io.TeeReader(r.file, r.sum), 1<<16)
	mark, _ := raw.Peek(3) // an error is met again below
	switch {
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		written = utf16
	case bytes.Equal(mark, []byte("\xef\xbb\xbf")):
		_, _ = raw.Discard(3) // just seen
		written = nil
	}
	in := raw
	if written != nil {
		in = bufio.NewReaderSize(transform.NewReader(raw, written.NewDecoder()), 1<<16)
	}
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, r.fault("the file cannot be read", "", err)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, nil, r.fault("the file is no text, or not UTF-8", notUTF8, nil)
	}
	return in, head, nil
}

// shown is the delimiter that a file's first line shows: the one that stands there most.
func shown(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// head reads the first line of a CSV.
func (r *reader) head() error {
	cells, err := r.cells.Read()
	if errors.Is(err, io.EOF) {
		return r.fault("the file is empty: not even a first line with the names of the columns", "an export that failed is no empty export", nil)
	}
	if err != nil {
		return r.broken(err)
	}
	r.line = 1
	for _, name := range cells {
		if name = strings.TrimSpace(name); !utf8.ValidString(name) {
			return r.fault("the file is not UTF-8", notUTF8, nil)
		}
		if name != "" && slices.Contains(r.header, name) {
			return r.fault(fmt.Sprintf("the column %q stands there twice", name), "", nil)
		}
		r.header = append(r.header, name)
	}
	return nil
}

// next answers the next row, valid until the one after; io.EOF at the end. A badRow is an error of this row only.
func (r *reader) next() (*fastjson.Value, error) {
	if r.ndjson {
		return r.nextLine()
	}
	r.arena.Reset()
	cells, err := r.cells.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if len(cells) > 0 {
		r.line, _ = r.cells.FieldPos(0)
	}
	wrong, suggestion := "", ""
	if errors.Is(err, csv.ErrFieldCount) {
		wrong = fmt.Sprintf("the row has %d cells, and the first line %d", len(cells), len(r.header))
	} else if err != nil {
		return nil, r.broken(err)
	}
	row := r.arena.NewObject()
	for i, cell := range cells[:min(len(cells), len(r.header))] {
		if cell == "" || r.header[i] == "" {
			continue
		}
		if !utf8.ValidString(cell) {
			wrong, suggestion = fmt.Sprintf("the column %s is not UTF-8", r.header[i]), notUTF8
			continue
		}
		row.Set(r.header[i], r.arena.NewString(cell))
	}
	if wrong != "" {
		return nil, badRow{wrong, suggestion, row}
	}
	return row, nil
}

func (r *reader) nextLine() (*fastjson.Value, error) {
	for r.lines.Scan() {
		r.line++
		line := bytes.TrimSpace(r.lines.Bytes())
		if len(line) == 0 {
			continue
		}
		row, err := r.parser.ParseBytes(line)
		if err != nil || row.Type() != fastjson.TypeObject {
			return nil, badRow{message: "the line is no JSON object"}
		}
		return row, nil
	}
	if err := r.lines.Err(); err != nil {
		r.line++
		return nil, r.fault("the line is too long, or cannot be read", "", err)
	}
	return nil, io.EOF
}

// place is file and line of the last row.
func (r *reader) place() string { return fmt.Sprintf("%s:%d", r.name, max(r.line, 1)) }

func (r *reader) fault(message, suggestion string, cause error) error {
	return &crm.Error{Code: crm.CodeConfig, Pointer: r.place(), Message: message, Suggestion: suggestion, Cause: cause}
}

// broken says where a CSV stops being one, without repeating it.
func (r *reader) broken(err error) error {
	var syntax *csv.ParseError
	if !errors.As(err, &syntax) {
		return r.fault("the file cannot be read", "", err)
	}
	r.line = syntax.StartLine
	return r.fault("the file is no CSV from here: a quotation mark is not closed, or stands within a cell", "cells with quotation marks or line ends are quoted, and quotation marks in them doubled", nil)
}

func (r *reader) close() { _ = r.file.Close() } // it was only read

// finish closes the file and answers the digest of its contents, which have been read to their end.
func (r *reader) finish() (string, error) {
	_, err := io.Copy(r.sum, r.file) // what no row needed
	r.close()
	return hex.EncodeToString(r.sum.Sum(nil)), err
}

// digest is that of a file's contents.
func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", &crm.Error{Code: crm.CodeNotFound, Pointer: filepath.Base(path), Message: "the file cannot be read", Cause: err}
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", &crm.Error{Code: crm.CodeUnavailable, Pointer: filepath.Base(path), Message: "the file cannot be read", Cause: err}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
