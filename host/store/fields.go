package store

import (
	"encoding/binary"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// Fields are the fields of a record in their stored form: cheap to hold, read by name. The zero Fields is empty.
type Fields struct{ raw string }

// Get is the value of a field, missing when there is none. Cost: a walk over the fields.
func (f Fields) Get(name string) crm.Value {
	code := nameCodes[name]
	for r := (reader{s: f.raw}); r.more(); {
		found := false
		if c := r.uvarint(); c != 0 {
			found = c == code
		} else {
			found = r.text() == name
		}
		if found {
			return r.value()
		}
		r.skip()
	}
	return crm.Value{}
}

// All calls yield for each field in order of names until it answers false.
func (f Fields) All(yield func(name string, value crm.Value) bool) {
	for r := (reader{s: f.raw}); r.more(); {
		name, value := r.name(), r.value()
		if r.bad || !yield(name, value) {
			return
		}
	}
}

// Map is all fields by name.
func (f Fields) Map() map[string]crm.Value {
	m := map[string]crm.Value{}
	for name, value := range f.All {
		m[name] = value
	}
	return m
}

// PackFields makes Fields of values by name; missing ones are left out.
func PackFields(values map[string]crm.Value) Fields {
	return Fields{raw: string(appendFields(nil, values, nil))}
}

// appendFields writes the fields that are not missing and for which leave does not answer true, in order of
// names: equal fields have equal bytes.
func appendFields(b []byte, values map[string]crm.Value, leave func(name string, v crm.Value) bool) []byte {
	names := make([]string, 0, len(values))
	for name, v := range values {
		if !v.Missing() && (leave == nil || !leave(name, v)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		code := nameCodes[name]
		b = binary.AppendUvarint(b, code)
		if code == 0 {
			b = appendText(b, name)
		}
		b = appendValue(b, values[name])
	}
	return b
}

func (r *reader) name() string {
	code := r.uvarint()
	if code == 0 {
		return r.text()
	}
	if code > uint64(len(codedNames)) {
		r.fail()
		return ""
	}
	return codedNames[code-1]
}

// codedNames are names that are stored as their place in this list, from 1. Stored data depends on it: names
// are only ever appended.
var codedNames = []string{
	"name", "domain", "email", "email_domain", "phone", "phone_area", "industry", "country", "region", "city",
	"postal_code", "address", "employees", "annual_revenue", "parent", "owner", "lifecycle_stage", "created_at",
	"job_title", "decision_maker", "language", "birth_date", "sex", "amount", "base_amount", "state", "stage",
	"pipeline", "product", "category", "closed_at", "kind", "score", "scale", "status", "occurred_at", "due_at", "paid_at",
	"direction", "occupation",
}

var nameCodes = func() map[string]uint64 {
	codes := make(map[string]uint64, len(codedNames))
	for i, name := range codedNames {
		codes[name] = uint64(i + 1)
	}
	return codes
}()
