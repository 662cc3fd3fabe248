package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// Where a value in a condition comes from: the first word of its long name.
const (
	ofCustomer = "customer"
	ofInputs   = "inputs"
	ofTags     = "tags"
)

// input is something that conditions may use.
type input struct {
	object  string // customer, inputs or tags
	name    string // the name within it: "country", "revenue", "abc"
	read    sdk.Read
	options []string // codes, where the values are a fixed list
	column  int      // its column when it is read, else -1

	words     sdk.Text // the name in reasons
	sensitive bool     // its values are not for reasons
}

// inputs is everything that conditions may use, by long name ("customer.country") and, where it
// is not ambiguous, by short name ("country").
type inputs struct {
	long  map[string]*input
	short map[string]*input
	used  []*input // in the order of the columns
}

// newInputs takes the fields of the customer and the other classifiers' tags from the
// catalogue, and the named inputs from the configuration.
func newInputs(given map[string]string, cat sdk.Catalogue, found *sdk.Diagnostics) *inputs {
	in := &inputs{long: map[string]*input{}, short: map[string]*input{}}
	for _, f := range cat.Fields() {
		read := sdk.Read{Path: f.Path, Type: f.Type, List: f.List, Purpose: "A rule uses it."}
		if name, isTag := strings.CutPrefix(f.Path, ofTags+"."); isTag {
			in.add(&input{object: ofTags, name: name, read: read, options: f.Options, words: wording.Same(f.Path)})
		} else if identifier.MatchString(f.Path) {
			in.add(&input{object: ofCustomer, name: f.Path, read: read, options: f.Options, words: named(f.Path, f.Path), sensitive: f.Sensitive})
			in.short[f.Path] = in.long[ofCustomer+"."+f.Path]
		}
	}
	for _, name := range sortedKeys(given) {
		pointer := "/inputs/" + escape(name)
		field, message := typeOf(given[name], cat)
		switch {
		case !identifier.MatchString(name) || reserved[name]:
			found.Errorf(pointer, "name", "a name is lower-case letters, digits and underscores, and none of %s", strings.Join(sortedKeys(reserved), ", "))
		case in.short[name] != nil:
			found.Errorf(pointer, "name", "there is a field %q already: choose another name for the input", name)
		case message != "":
			found.Errorf(pointer, "input", "%s", message)
		default:
			in.add(&input{object: ofInputs, name: name, options: field.Options, words: named(name, given[name]), sensitive: usesSensitive(given[name], cat),
				read: sdk.Read{Path: given[name], Type: field.Type, List: field.List, Purpose: "A rule uses it as " + name + "."}})
			in.short[name] = in.long[ofInputs+"."+name]
		}
	}
	return in
}

func (in *inputs) add(x *input) {
	x.column = -1
	in.long[x.object+"."+x.name] = x
}

// reserved are names that conditions use otherwise.
var reserved = map[string]bool{ofCustomer: true, ofInputs: true, ofTags: true, "as_of": true, "in": true, "true": true, "false": true, "null": true}

var (
	measure = regexp.MustCompile(`^\s*(sum|count|mean|min|max|first|last|distinct)\s*\(\s*(deals|activities|contacts)\s*(?:\.\s*([a-z][a-z0-9_]*)\s*)?\)`)
	column  = regexp.MustCompile(`^\s*((?:deals|activities|contacts)\.[a-z][a-z0-9_]*)\b`)
)

// typeOf is the type of a measure, list column, field or tag; message says why there is none.
// The clauses after it (where, within) are the host's to check.
func typeOf(path string, cat sdk.Catalogue) (field sdk.CatalogueField, message string) {
	m := measure.FindStringSubmatch(path)
	if m == nil {
		name, list := strings.TrimSpace(path), false
		if l := column.FindStringSubmatch(path); l != nil {
			name, list = l[1], true
		}
		f, known := cat.Lookup(name)
		if !known || f.List != list {
			return f, "there is nothing called " + name + didYouMean(name, paths(cat))
		}
		return f, ""
	}
	aggregate, source, of := m[1], m[2], m[3]
	if aggregate == "count" || aggregate == "distinct" && of != "" {
		return sdk.CatalogueField{Type: sdk.Integer}, ""
	}
	if of == "" {
		return sdk.CatalogueField{}, "the " + aggregate + " needs a field: " + aggregate + "(" + source + ".FIELD)"
	}
	f, known := cat.Lookup(source + "." + of)
	if !known {
		return f, "there is no field " + source + "." + of + didYouMean(source+"."+of, paths(cat))
	}
	f.List = false
	if numeric := f.Type == sdk.Integer || f.Type == sdk.Number || f.Type == sdk.Money; aggregate == "mean" && f.Type == sdk.Integer {
		f.Type = sdk.Number
	} else if dated := f.Type == sdk.Date || f.Type == sdk.Time; (aggregate == "sum" || aggregate == "mean") && !numeric ||
		(aggregate == "min" || aggregate == "max") && !numeric && !dated {
		return f, "the " + aggregate + " of " + source + "." + of + " has no meaning"
	}
	return f, ""
}

func paths(cat sdk.Catalogue) []string {
	var list []string
	for _, f := range cat.Fields() {
		list = append(list, f.Path)
	}
	return list
}

// use makes the input a column of every batch.
func (in *inputs) use(x *input) {
	if x.column < 0 {
		x.column = len(in.used)
		in.used = append(in.used, x)
	}
}

// reads are the columns, in their order.
func (in *inputs) reads() []sdk.Read {
	var reads []sdk.Read
	for _, x := range in.used {
		reads = append(reads, x.read)
	}
	return reads
}

// settle sorts the columns by path, so that the order of rules does not change what is read, and
// lets inputs of one path share a column.
func (in *inputs) settle() {
	slices.SortFunc(in.used, func(a, b *input) int { return strings.Compare(a.read.Path, b.read.Path) })
	var distinct []*input
	for _, x := range in.used {
		if n := len(distinct); n == 0 || distinct[n-1].read.Path != x.read.Path {
			distinct = append(distinct, x)
		}
		x.column = len(distinct) - 1
	}
	in.used = distinct
}
