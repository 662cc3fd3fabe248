package rowfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/valyala/fastjson"
)

// The formats of a file.
const (
	CSV       = "csv"        // with a header line
	CSVZip    = "csv_zip"    // the files of an archive, each with a header line
	NDJSON    = "ndjson"     // a JSON object on each line
	NDJSONZip = "ndjson_zip" // the files of an archive
)

// ErrMalformed is the cause of an error about a file's contents. It does not repeat them.
var ErrMalformed = errors.New("the file cannot be read as what it should be")

// maxLine bounds a row in bytes.
const maxLine = 32 << 20

// Reader reads rows one after the other. Of a CSV, cells are texts, but true and false booleans and empty ones absent; a
// column's name is a path, so that "Account.Name" stands within "Account".
type Reader struct {
	columns map[string]mapping.Path
	next    func() (*fastjson.Value, error)
	members []*zip.File // of an archive, still to be read
	format  string
	close   io.Closer
	arena   fastjson.Arena
	room    int64 // what may still be read for this row
}

// NewReader reads a file of a size in bytes. columns are columns of a CSV that stand at another path than their name says.
func NewReader(file interface {
	io.Reader
	io.ReaderAt
}, size int64, format string, columns map[string]mapping.Path) (*Reader, error) {
	r := &Reader{columns: columns, format: format}
	if inner, zipped := strings.CutSuffix(format, "_zip"); zipped {
		archive, err := zip.NewReader(file, size)
		if err != nil {
			return nil, fmt.Errorf("%w: no ZIP archive", ErrMalformed)
		}
		r.format, r.members = inner, archive.File
		r.next = func() (*fastjson.Value, error) { return nil, io.EOF }
		return r, nil
	}
	return r, r.open(file)
}

// bounded ends the reading of a row that has no end.
type bounded struct {
	from io.Reader
	room *int64
}

func (b bounded) Read(p []byte) (int, error) {
	if *b.room <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.from.Read(p)
	*b.room -= int64(n)
	return n, err
}

// open begins with a file that is not an archive.
func (r *Reader) open(file io.Reader) error {
	r.room = maxLine
	in := bufio.NewReaderSize(bounded{file, &r.room}, 1<<16)
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3) // the byte order mark that was just seen
	}
	if r.format == CSV {
		return r.openCSV(in)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	r.next = func() (*fastjson.Value, error) {
		for lines.Scan() {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			row, err := fastjson.ParseBytes(line)
			if err != nil || row.Type() != fastjson.TypeObject {
				return nil, fmt.Errorf("%w: a line is no JSON object", ErrMalformed)
			}
			return row, nil
		}
		if lines.Err() != nil {
			return nil, broken(lines.Err())
		}
		return nil, io.EOF
	}
	return nil
}

func (r *Reader) openCSV(in io.Reader) error {
	cells := csv.NewReader(in)
	cells.ReuseRecord = true
	header, err := cells.Read()
	if errors.Is(err, io.EOF) { // an empty file has no rows
		r.next = func() (*fastjson.Value, error) { return nil, io.EOF }
		return nil
	}
	if err != nil {
		return broken(err)
	}
	paths := make([]mapping.Path, len(header))
	for i, name := range header {
		if paths[i] = mapping.ParsePath(name); r.columns[name] != nil {
			paths[i] = r.columns[name]
		}
	}
	r.next = func() (*fastjson.Value, error) {
		record, err := cells.Read()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, broken(err)
		}
		row := r.arena.NewObject()
		for i, cell := range record {
			if cell != "" {
				r.place(row, paths[i], r.cell(cell))
			}
		}
		return row, nil
	}
	return nil
}

func (r *Reader) cell(text string) *fastjson.Value {
	switch text {
	case "true":
		return r.arena.NewTrue()
	case "false":
		return r.arena.NewFalse()
	}
	return r.arena.NewString(text)
}

// place sets a value at a path. A column that is both a value and the beginning of another's path yields to the other.
func (r *Reader) place(row *fastjson.Value, path mapping.Path, v *fastjson.Value) {
	for i, key := range path {
		inner := row.Get(key)
		if i == len(path)-1 {
			if inner == nil || inner.Type() != fastjson.TypeObject {
				row.Set(key, v)
			}
			return
		}
		if inner == nil || inner.Type() != fastjson.TypeObject {
			inner = r.arena.NewObject()
			row.Set(key, inner)
		}
		row = inner
	}
}

// Next answers the next row, valid until Release; io.EOF after the last one.
func (r *Reader) Next() (*fastjson.Value, error) {
	for {
		r.room = maxLine
		row, err := r.next()
		if !errors.Is(err, io.EOF) || len(r.members) == 0 {
			return row, err
		}
		r.Close()
		member := r.members[0]
		r.members = r.members[1:]
		if member.FileInfo().IsDir() {
			continue
		}
		file, err := member.Open()
		if err != nil {
			return nil, broken(err)
		}
		r.close = file
		if err := r.open(file); err != nil {
			return nil, err
		}
	}
}

// Release gives back the memory of all rows read.
func (r *Reader) Release() { r.arena.Reset() }

// Close ends the reading of an archive.
func (r *Reader) Close() {
	if r.close != nil {
		_ = r.close.Close() // it was only read
		r.close = nil
	}
}

// broken keeps of an error what holds no contents.
func broken(err error) error {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: line %d", ErrMalformed, syntax.Line)
	}
	return fmt.Errorf("%w: it ends too early, or was damaged", ErrMalformed)
}
