package rowfile_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/rowfile"
)

func read(t *testing.T, data []byte, format string, columns map[string]mapping.Path) ([]string, error) {
	t.Helper()
	r, err := rowfile.NewReader(bytes.NewReader(data), int64(len(data)), format, columns)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var rows []string
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row.String())
		r.Release()
	}
}

func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, text := range files {
		f, err := w.Create(fmt.Sprintf("part/%d.csv", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRowsOfEveryFormat(t *testing.T) {
	for name, c := range map[string]struct {
		data    []byte
		format  string
		columns map[string]mapping.Path
		want    []string
	}{
		"CSV": {data: []byte("\xef\xbb\xbfId,Name,IsWon,Account.Name,Empty\r\n1,\"a, \"\"b\"\"\nc\",true,Acme,\r\n2,x,false,,\r\n"), format: rowfile.CSV,
			want: []string{`{"Id":"1","Name":"a, \"b\"\nc","IsWon":true,"Account":{"Name":"Acme"}}`, `{"Id":"2","Name":"x","IsWon":false}`}},
		"columns elsewhere": {data: []byte("Id,Account\n1,77\n"), format: rowfile.CSV, columns: map[string]mapping.Path{"Account": {"Account", "id"}},
			want: []string{`{"Id":"1","Account":{"id":"77"}}`}},
		"a column within another": {data: []byte("Id,Owner,Owner.Name\n1,9,Jo\n"), format: rowfile.CSV, want: []string{`{"Id":"1","Owner":{"Name":"Jo"}}`}},
		"only a header":           {data: []byte("Id,Name\n"), format: rowfile.CSV},
		"nothing":                 {format: rowfile.CSV},
		"an archive":              {data: zipped(t, "Id\n1\n2\n", "Id\n3\n"), format: rowfile.CSVZip, want: []string{`{"Id":"1"}`, `{"Id":"2"}`, `{"Id":"3"}`}},
		"lines":                   {data: []byte("{\"id\":1}\n\n{\"id\":9007199254740993}"), format: rowfile.NDJSON, want: []string{`{"id":1}`, `{"id":9007199254740993}`}},
		"lines in an archive":     {data: zipped(t, "{\"id\":1}\n"), format: rowfile.NDJSONZip, want: []string{`{"id":1}`}},
	} {
		got, err := read(t, c.data, c.format, c.columns)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestADamagedFileIsAnErrorThatDoesNotRepeatIt(t *testing.T) {
	whole := zipped(t, "Id\n"+strings.Repeat("secret\n", 1000))
	damaged := bytes.Clone(whole)
	damaged[40] ^= 0xff
	for name, c := range map[string]struct {
		data   []byte
		format string
	}{
		"too few cells":   {[]byte("a,b\nsecret\n"), rowfile.CSV},
		"an open quote":   {[]byte("a,b\n1,\"secret"), rowfile.CSV},
		"half an archive": {whole[:len(whole)/2], rowfile.CSVZip},
		"a bad archive":   {damaged, rowfile.CSVZip},
		"no archive":      {[]byte("secret"), rowfile.CSVZip},
		"half a line":     {[]byte("{\"id\":1}\n{\"id\":\"secr"), rowfile.NDJSON},
		"HTML":            {[]byte("<html>secret"), rowfile.NDJSON},
	} {
		if _, err := read(t, c.data, c.format, nil); !errors.Is(err, rowfile.ErrMalformed) || strings.Contains(err.Error(), "secr") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARowWithoutAnEndIsAnError(t *testing.T) {
	for format, begin := range map[string]string{rowfile.CSV: "Id\n\"", rowfile.NDJSON: "{\"id\":\""} {
		r, err := rowfile.NewReader(struct {
			io.Reader
			io.ReaderAt
		}{io.MultiReader(strings.NewReader(begin), zeros{}), nil}, 0, format, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); !errors.Is(err, rowfile.ErrMalformed) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// endless is a file of many rows that exists nowhere as a whole.
type endless struct {
	rows, at int
	rest     []byte
}

func (f *endless) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		switch {
		case f.at == 0:
			f.rest = []byte("Id,Name\n")
		case f.at > f.rows:
			return 0, io.EOF
		default:
			f.rest = fmt.Appendf(nil, "%d,%s\n", f.at, strings.Repeat("x", 200))
		}
		f.at++
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (f *endless) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	file := &endless{rows: 100_000} // 20 MB
	r, err := rowfile.NewReader(file, 0, rowfile.CSV, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for ; ; n++ {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if n%1000 == 0 {
			r.Release()
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); n != file.rows || grown > 4<<20 {
		t.Errorf("%d rows, the heap grew by %d bytes", n, grown)
	}
	runtime.KeepAlive(r)
}

func TestRowsAreWritten(t *testing.T) {
	rows := []map[string]any{{"Id": "1", "Class": "A, b"}, {"Id": "2", "Class": "#N/A", "Score": int64(7)}}
	got, err := rowfile.Write(rows, rowfile.CSV)
	if err != nil || string(got) != "Class,Id,Score\n\"A, b\",1,\n#N/A,2,7\n" {
		t.Errorf("%q, %v", got, err)
	}
	got, err = rowfile.Write(rows[:1], rowfile.NDJSON)
	if err != nil || string(got) != "{\"Class\":\"A, b\",\"Id\":\"1\"}\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := rowfile.Write(rows, "xml"); err == nil {
		t.Error("rows were written as xml")
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add([]byte("Id,Name,A.B,A\n1,\"x\",true,\n"), uint8(0))
	f.Add([]byte("{\"id\":1}\n{}\n[]"), uint8(1))
	f.Add([]byte("PK\x03\x04 not really"), uint8(2))
	f.Add([]byte("a\\.b,.,..,@json\n1,2,3,4\n"), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		format := []string{rowfile.CSV, rowfile.NDJSON, rowfile.CSVZip, rowfile.NDJSONZip}[which%4]
		if _, err := read(t, data, format, nil); err != nil && !errors.Is(err, rowfile.ErrMalformed) {
			t.Errorf("got %v", err)
		}
	})
}

// BenchmarkRows reads rows of 20 columns; rows/s is what one core does.
func BenchmarkRows(b *testing.B) {
	var data bytes.Buffer
	header := make([]string, 20)
	for i := range header {
		header[i] = fmt.Sprint("Column", i)
	}
	fmt.Fprintln(&data, strings.Join(header, ","))
	const rows = 10_000
	for i := range rows {
		for k := range header {
			fmt.Fprintf(&data, "\"value %d\",", i*k)
		}
		data.Truncate(data.Len() - 1)
		data.WriteByte('\n')
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := rowfile.NewReader(bytes.NewReader(data.Bytes()), int64(data.Len()), rowfile.CSV, nil)
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			r.Release()
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
