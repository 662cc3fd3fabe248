package files

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// Name is what a configuration calls the connector.
const Name = "files"

// Options are what one connection says.
type Options struct {
	// Settings are those of Settings; paths are relative to Base.
	Settings map[string]string
	Base     string
	Mapping  connector.Mapping
	Zone     *time.Location // of times that name none; UTC when nil
	Currency string         // of amounts that name none; may be empty
}

// Setting is a setting of a connection, for people.
type Setting struct{ Name, Doc, Default string }

// plural are the names of files and settings by kind.
var plural = map[crm.Kind]string{crm.Company: "companies", crm.Contact: "contacts", crm.Deal: "deals", crm.Activity: "activities"}

// linked are the kinds that records of a kind may belong to.
var linked = map[crm.Kind][]crm.Kind{
	crm.Contact: {crm.Company}, crm.Deal: {crm.Company, crm.Contact}, crm.Activity: {crm.Company, crm.Contact, crm.Deal},
}

// Settings lists the settings in the order in which they are explained.
func Settings() []Setting {
	out := []Setting{
		{"directory", "Directory of the exports.", ""},
		{"tags", "Directory that tags are written to.", "tags"},
		{"tags_format", "csv or ndjson.", "csv"},
		{"delimiter", "Between the cells of a CSV: comma, semicolon, tab or pipe. What the first line shows when absent.", ""},
		{"encoding", "utf-8, utf-16, gb18030 (GBK), big5, shift_jis or windows-1252: how the files write letters.", "utf-8"},
		{"decimal", "point or comma: how numbers are written.", "point"},
		{"dates", "How days are written: YYYY-MM-DD, DD.MM.YYYY, DD/MM/YYYY, MM/DD/YYYY or YYYY/MM/DD; a time may follow.", "YYYY-MM-DD"},
	}
	for _, kind := range crm.Kinds {
		out = append(out, Setting{plural[kind], fmt.Sprintf("File with %s, or a pattern such as %s-*.csv.", plural[kind], plural[kind]), plural[kind] + ".csv or .ndjson"})
		out = append(out, Setting{string(kind) + "_id", "Its column with the id.", "id"})
		for _, to := range linked[kind] {
			out = append(out, Setting{string(kind) + "_" + string(to), fmt.Sprintf("Its column with the id of the %s.", to), string(to) + "_id"})
		}
	}
	return out
}

// settings are a connection's settings, checked.
type settings struct {
	dir, tags string
	ndjson    bool              // tags
	delimiter rune              // 0: as the first line shows
	written   string            // its name
	encoding  encoding.Encoding // nil: UTF-8
	comma     bool              // the decimal sign
	layouts   []string
	files     map[crm.Kind]string // "" when not given
	columns   map[string]string   // company_id, deal_company … to columns; "" when not given
}

var delimiters = map[string]rune{"": 0, "comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|', ",": ',', ";": ';', "|": '|'}

// encodings are those in which spreadsheets and older systems write files.
var encodings = map[string]encoding.Encoding{
	"utf-8": nil, "utf-16": utf16, "gb18030": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5,
	"shift_jis": japanese.ShiftJIS, "windows-1252": charmap.Windows1252,
}

var utf16 = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)

var dateForm = regexp.MustCompile(`^(YYYY-MM-DD|DD\.MM\.YYYY|DD/MM/YYYY|MM/DD/YYYY|YYYY/MM/DD)$`)

func parseSettings(o Options) (*settings, error) {
	wrong := func(name, format string, a ...any) error {
		return &crm.Error{Code: crm.CodeConfig, Pointer: "/settings/" + name, Message: fmt.Sprintf(format, a...)}
	}
	known := map[string]Setting{}
	for _, s := range Settings() {
		known[s.Name] = s
	}
	for _, name := range slices.Sorted(maps.Keys(o.Settings)) {
		if _, ok := known[name]; !ok {
			return nil, wrong(name, "the connector files has no setting %q; it has %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	get := func(name string) string {
		if v := o.Settings[name]; v != "" {
			return v
		}
		return known[name].Default
	}
	if get("directory") == "" {
		return nil, wrong("directory", "the setting directory is missing: %s", known["directory"].Doc)
	}
	s := &settings{dir: resolve(o.Base, get("directory")), tags: resolve(o.Base, get("tags")), files: map[crm.Kind]string{}, columns: map[string]string{}}
	switch get("tags_format") {
	case "csv":
	case "ndjson":
		s.ndjson = true
	default:
		return nil, wrong("tags_format", "tags are written as csv or ndjson")
	}
	var ok bool
	if s.delimiter, ok = delimiters[get("delimiter")]; !ok {
		return nil, wrong("delimiter", "the delimiter is comma, semicolon, tab or pipe")
	}
	s.written = strings.ToLower(get("encoding"))
	if s.encoding, ok = encodings[s.written]; !ok {
		return nil, wrong("encoding", "%s", known["encoding"].Doc)
	}
	switch get("decimal") {
	case "point":
	case "comma":
		s.comma = true
	default:
		return nil, wrong("decimal", "decimal is point or comma")
	}
	if !dateForm.MatchString(get("dates")) {
		return nil, wrong("dates", "%s", known["dates"].Doc)
	}
	day := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02").Replace(get("dates"))
	s.layouts = []string{day, strings.ReplaceAll(strings.ReplaceAll(day, "01", "1"), "02", "2"), day + " 15:04:05", day + " 15:04", day + " 3:04 PM", day + " 3:04:05 PM"}
	for _, kind := range crm.Kinds {
		s.files[kind] = o.Settings[plural[kind]]
		if f := s.files[kind]; filepath.Base(f) != f && f != "" {
			return nil, wrong(plural[kind], "the name of a file within the directory is expected")
		}
		for _, column := range append([]string{"id"}, names(linked[kind])...) {
			s.columns[string(kind)+"_"+column] = o.Settings[string(kind)+"_"+column]
		}
	}
	return s, nil
}

func names(kinds []crm.Kind) []string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return out
}

func resolve(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// id is the column of the id, and whether somebody chose it.
func (s *settings) id(kind crm.Kind) string {
	if c := s.columns[string(kind)+"_id"]; c != "" {
		return c
	}
	return "id"
}

// link is the column of a link, and whether somebody named it.
func (s *settings) link(kind, to crm.Kind) (column string, named bool) {
	if c := s.columns[string(kind)+"_"+string(to)]; c != "" {
		return c, true
	}
	return string(to) + "_id", false
}

// path is where a column stands in a row: of a CSV under its whole name, of NDJSON also within other members.
func path(ndjson bool, column string) mapping.Path {
	if ndjson {
		return mapping.ParsePath(column)
	}
	return mapping.Path{column}
}
