package sdk

import (
	"fmt"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Read is a pattern of the manifest, or one effective read of a configuration: a field ("country"), a list
// column ("deals.amount where won within 365d"), a measure ("sum(deals.amount) where won within 365d") or
// another classifier's tag ("tags.abc"). In a manifest {/pointer} stands for what the configuration says
// there, and "*" for anything that an administrator approves.
type Read struct {
	Path     string
	Type     Type
	Required bool // customers that lack it are not sent
	List     bool
	Purpose  string // one sentence for the administrator who approves
}

func readsProto(reads []Read) []*pb.Read {
	var list []*pb.Read
	for _, r := range reads {
		list = append(list, &pb.Read{Path: r.Path, Type: r.Type, Required: r.Required, List: r.List, Purpose: r.Purpose})
	}
	return list
}

// Effective is what a configuration reads and emits. Plugins whose customer is a struct leave Reads empty;
// Tags empty means all tags of the literal.
type Effective struct {
	Reads []Read
	Tags  []Tag
}

// Preset is a named configuration: `preset: NAME` in a configuration starts from it. Fields of Config that
// are zero keep their defaults.
type Preset[C any] struct {
	Name   string
	Label  Text
	Config C
}

// Diagnostic is a finding about a configuration or a fit.
type Diagnostic struct {
	Warning bool
	Pointer string // JSON pointer into the configuration: "/segments/2/r"
	Code    string // stable word for programs: "overlap"
	Summary string // what is wrong
	Detail  string // what to do, or more
}

// Diagnostics collects findings; the zero value is empty.
type Diagnostics []Diagnostic

// Errorf adds an error: with it the configuration is refused.
func (d *Diagnostics) Errorf(pointer, code, format string, args ...any) {
	*d = append(*d, Diagnostic{Pointer: pointer, Code: code, Summary: fmt.Sprintf(format, args...)})
}

// Warnf adds a warning.
func (d *Diagnostics) Warnf(pointer, code, format string, args ...any) {
	*d = append(*d, Diagnostic{Warning: true, Pointer: pointer, Code: code, Summary: fmt.Sprintf(format, args...)})
}

// Failed reports whether there is an error among them.
func (d Diagnostics) Failed() bool {
	for _, x := range d {
		if !x.Warning {
			return true
		}
	}
	return false
}

func (d Diagnostics) proto() []*pb.Diagnostic {
	var list []*pb.Diagnostic
	for _, x := range d {
		severity := pb.Severity_SEVERITY_ERROR
		if x.Warning {
			severity = pb.Severity_SEVERITY_WARNING
		}
		list = append(list, &pb.Diagnostic{Severity: severity, Pointer: x.Pointer, Code: x.Code, Summary: x.Summary, Detail: x.Detail})
	}
	return list
}

// Catalogue is the list of fields, measures and tags that the connection offers. An empty one means that
// nothing is known about the connection (`check` by hand): then no read can be refused.
type Catalogue struct {
	list []CatalogueField
	by   map[string]int
}

// CatalogueField is one of them.
type CatalogueField struct {
	Path      string
	Type      Type
	List      bool
	Options   []string // codes, where the values are a fixed list
	Sensitive bool     // granted by name, such as an age: leave its values out of reasons that do not need them
}

// NewCatalogue makes a catalogue, for tests of Configure.
func NewCatalogue(fields ...CatalogueField) Catalogue {
	c := Catalogue{list: fields, by: make(map[string]int, len(fields))}
	for i, f := range fields {
		c.by[f.Path] = i
	}
	return c
}

// Fields lists all of them in the host's order.
func (c Catalogue) Fields() []CatalogueField { return c.list }

// Lookup finds one by path.
func (c Catalogue) Lookup(path string) (CatalogueField, bool) {
	i, ok := c.by[path]
	if !ok {
		return CatalogueField{}, false
	}
	return c.list[i], true
}
