package connector

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// stored is how the values of one own field stand in the CRM.
type stored struct {
	name  string            // the CRM's key of the field
	typ   crm.Type          // what its values are read as
	codes map[string]string // our option codes to the CRM's values
	sends *manifest.Program // what is sent for a value; nil: as the manifest's key values says
	base  map[string]any    // what these see beside value: the connection's config and vars
	reads *manifest.Program // the canonical text of what is answered; nil: it can be read as it stands
	// labels are the canonical texts of all labels that stand for values of the field, by what the CRM stores; nil when
	// the field is no set of labels.
	labels map[string]string
}

// stored finds out how the values of a field stand: by what was asked for under its key as far as that is known, else by
// its type in the CRM.
func (c *Connector) stored(o *object, key string, f *schemaField) stored {
	def, spec := o.spec.Define, c.spec(o, key)
	s := stored{base: c.base, name: f.key, typ: canonicalType(def, f.native), codes: c.recall(o, key).Codec}
	if len(spec.Options) > 0 {
		s.codes = codec(spec, f)
	}
	name := s.typ.String()
	switch native := def.Types[name]; {
	case len(s.codes) > 0, native == nil, !native.AcceptsType(f.native):
		name = "class"
	case spec.Type != crm.None:
		name = spec.typeName()
	}
	if t := def.Types[name]; t != nil && t.AcceptsType(f.native) {
		s.sends, s.reads = t.Sends, t.Reads
	}
	if def.Labels != "" {
		s.labels = map[string]string{}
		for _, o := range f.options { // one that somebody else added, too
			s.labels[o.value] = o.label
		}
		for code, value := range s.codes {
			s.labels[value] = code
		}
	}
	return s
}

// seeing is what the expressions of a type see.
func (s *stored) seeing(value string) map[string]any {
	vars := maps.Clone(s.base)
	if vars == nil {
		vars = map[string]any{}
	}
	vars["value"] = value
	return vars
}

// relabel are the labels that a record gets for a canonical text, and those that it loses.
func (s *stored) relabel(text string) (add, remove []any, err error) {
	for _, value := range slices.Sorted(maps.Keys(s.labels)) {
		sent := any(value)
		if s.sends != nil {
			if sent, _, err = s.sends.Value(s.seeing(value)); err != nil {
				return nil, nil, err
			}
		}
		if s.labels[value] == text {
			add = append(add, sent)
		} else {
			remove = append(remove, sent)
		}
	}
	if text != "" && len(add) == 0 {
		return nil, nil, errors.New("there is no label for the value")
	}
	return add, remove, nil
}

// column is the field's column in a table of the object.
func (s *stored) column(o *object, key string) mapping.OwnColumn {
	column := mapping.OwnColumn{Key: key, Path: o.customPath(s.name), Type: s.typ, Reads: s.reads, Vars: s.base, Seconds: o.spec.Seconds, FalseIsEmpty: o.spec.FalseIsEmpty, Labels: s.labels}
	for code, value := range s.codes {
		if code != value {
			if column.Codes == nil {
				column.Codes = map[string]string{}
			}
			column.Codes[value] = code
		}
	}
	return column
}

// value is what is sent for a canonical text that is not empty.
func (s *stored) value(text string, typed bool) (any, error) {
	if value, ok := s.codes[text]; ok {
		text = value
	}
	if s.sends != nil {
		value, _, err := s.sends.Value(s.seeing(text))
		return value, err
	}
	if typed {
		return plain(s.typ, text), nil
	}
	return text, nil
}

// plain is a value as JSON has it where values are sent as what they are.
func plain(typ crm.Type, text string) any {
	switch typ {
	case crm.Boolean:
		return text == "true"
	case crm.Number:
		if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
			return whole
		}
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return number
		}
	}
	return text
}
