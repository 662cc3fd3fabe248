// Package reading reads what an administrator wrote as an input of a classifier (a field, a measure, another
// classifier's tag), says of which type it is, and gives each input a column.
//
// The grammar behind `where` is the host's to check; here it is only passed on. The package keeps no values.
//
// Invariant: an input that is written twice is one column, and the order of columns is that of the configuration.
package reading

import (
	"regexp"
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// Input is one thing to be read.
type Input struct {
	Path    string // canonical: with the window that holds for it
	Type    sdk.Type
	Options []string // codes, where the values are a fixed list that is known

	// Of a measure, else empty.
	Aggregate, Source, Field, Where, Window string
}

var (
	measurePattern = regexp.MustCompile(`^(sum|count|mean|min|max|first|last|distinct)\((deals|activities|contacts)(?:\.([a-z0-9_]+))?\)( where .+?)?( within \S+)?( in [A-Z]{3})?$`)
	namePattern    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	tagPattern     = regexp.MustCompile(`^tags\.[a-z0-9_-]+(\.[a-z0-9_]+)?$`)
)

// Parse reads a field, a measure or a tag; message says what is wrong with it. A measure without a window of its own
// gets the given one. With an empty catalogue (nothing is known of the connection) a type is assumed: texts for a
// class, amounts for what ends in "amount", times for what ends in "_at", else numbers.
func Parse(text, window string, cat sdk.Catalogue) (in Input, message string) {
	text = strings.Join(strings.Fields(text), " ")
	if namePattern.MatchString(text) || tagPattern.MatchString(text) {
		in.Path = text
		if len(cat.Fields()) == 0 {
			in.Type = assumed(text)
			return in, ""
		}
		f, ok := cat.Lookup(text)
		switch {
		case !ok && strings.HasPrefix(text, "tags."):
			return in, "there is no classifier that gives " + text
		case !ok:
			return in, "there is no field " + text
		case f.List:
			return in, text + " is a list: make a measure of it"
		}
		in.Type, in.Options = f.Type, f.Options
		return in, ""
	}
	m := measurePattern.FindStringSubmatch(text)
	if m == nil {
		if _, name, dotted := strings.Cut(text, "."); dotted && namePattern.MatchString(name) {
			if f, ok := cat.Lookup(name); ok && !f.List {
				return in, "a field of the customer stands by its bare name: write " + name
			}
		}
		return in, "this is neither a field, nor a measure such as sum(deals.amount) where won, nor another classifier's tag such as tags.abc"
	}
	in.Aggregate, in.Source, in.Field, in.Where = m[1], m[2], m[3], m[4]
	if in.Window = strings.TrimPrefix(m[5], " within "); in.Window == "" {
		in.Window = window
	}
	if message := in.typed(cat); message != "" {
		return in, message
	}
	of := in.Source
	if in.Field != "" {
		of += "." + in.Field
	}
	in.Path = in.Aggregate + "(" + of + ")" + in.Where
	if in.Window != "" {
		in.Path += " within " + in.Window
	}
	in.Path += m[6]
	return in, ""
}

// typed finds the type of a measure, by what is aggregated.
func (in *Input) typed(cat sdk.Catalogue) (message string) {
	if in.Aggregate == "count" || in.Aggregate == "distinct" && in.Field != "" {
		in.Type = sdk.Integer
		return ""
	}
	path := in.Source + "." + in.Field
	if in.Field == "" {
		return "the " + in.Aggregate + " needs a field: " + in.Aggregate + "(" + in.Source + ".FIELD)"
	}
	if in.Type = assumed(path); len(cat.Fields()) > 0 {
		f, ok := cat.Lookup(path)
		if !ok {
			return "there is no field " + path
		}
		in.Type = f.Type
		if in.Aggregate == "first" || in.Aggregate == "last" {
			in.Options = f.Options
		}
	}
	switch in.Aggregate {
	case "first", "last":
		return ""
	case "mean":
		if in.Type == sdk.Integer {
			in.Type = sdk.Number
		}
	}
	dated := in.Type == sdk.Date || in.Type == sdk.Time
	if !in.Numeric() && (!dated || in.Aggregate == "sum" || in.Aggregate == "mean") {
		return "the " + in.Aggregate + " of " + path + " has no meaning"
	}
	return ""
}

// Numeric reports whether the input is an amount or a number.
func (in *Input) Numeric() bool {
	return in.Type == sdk.Money || in.Type == sdk.Integer || in.Type == sdk.Number
}

func assumed(path string) sdk.Type {
	class, isTag := strings.CutPrefix(path, "tags.")
	switch {
	case isTag && !strings.Contains(class, "."):
		return sdk.String
	case strings.HasSuffix(path, "amount"):
		return sdk.Money
	case strings.HasSuffix(path, "_at"):
		return sdk.Time
	}
	return sdk.Number
}

// Read asks for the input. A sum or count, which has a value even where there are no records, is required: it is
// missing only for want of an exchange rate, which the host then tells the customer.
func (in *Input) Read(purpose string) sdk.Read {
	return sdk.Read{Path: in.Path, Type: in.Type, Required: in.Aggregate == "sum" || in.Aggregate == "count", Purpose: purpose}
}

// Columns are the inputs of a classifier, each once, in the order in which they were added.
type Columns struct{ reads []sdk.Read }

// Add answers the column of a read, which is new or there already. A column that anybody requires is required.
func (c *Columns) Add(read sdk.Read) int {
	for i := range c.reads {
		if c.reads[i].Path == read.Path {
			c.reads[i].Required = c.reads[i].Required || read.Required
			return i
		}
	}
	c.reads = append(c.reads, read)
	return len(c.reads) - 1
}

// Reads are the columns.
func (c *Columns) Reads() []sdk.Read { return c.reads }
