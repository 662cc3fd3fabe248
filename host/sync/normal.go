package sync

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/taxonhq/taxon/host/crm"
)

// The bounds of what a record may hold.
const (
	maxID   = 255  // bytes of an id
	maxText = 4000 // characters of a text; longer ones are cut
)

// normaliser makes records of one form: values have the catalogue's types, texts are clean, derived fields are there.
type normaliser struct {
	catalogue *crm.Catalogue
	zone      *time.Location
	currency  string
	region    string
}

// record normalises a record; the maps and lists it came with stay as they are. cause says why it cannot be used; it quotes no value. err is a fault
// of the configuration that would spoil every record.
func (n *normaliser) record(kind crm.Kind, r *crm.Record) (cause *crm.Error, err error) {
	id := r.ID
	r.ID = strings.TrimSpace(id)
	if cause := checkID(r.ID); cause != nil {
		r.ID = ""
		return cause, nil
	}
	if r.Kind != kind {
		return nil, &crm.Error{Code: crm.CodeProtocol, Message: fmt.Sprintf("the connector delivers a record of kind %q among those of kind %s", r.Kind, kind)}
	}
	fields := make(map[string]crm.Value, len(r.Fields)+2)
	for name, value := range r.Fields {
		if value.Missing() {
			continue
		}
		field, known := n.catalogue.Lookup(kind, name)
		if !known {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the connector delivers the field %s of %s records, which the catalogue does not have", name, kind),
				Suggestion: "compare the connection's field mapping with the manifest"}
		}
		if field.Derived {
			continue // only what we derive ourselves can be relied on
		}
		value, reason := n.value(field, value)
		if reason != "" {
			return &crm.Error{Code: crm.CodeRecord, Message: "the field " + name + " " + reason, Pointer: "/fields/" + name,
				Suggestion: "correct the value in the CRM, or the mapping of the field"}, nil
		}
		if !value.Missing() {
			fields[name] = value
		}
	}
	n.derive(kind, fields)
	r.Fields = fields
	r.Links = links(r)
	r.MergedIDs = usable(r.MergedIDs)
	if r.Own != nil {
		own := make(map[string]string, len(r.Own))
		for key, value := range r.Own {
			if value = clean(value); value != "" {
				own[key] = value
			}
		}
		r.Own = own
	}
	return nil, nil
}

func checkID(id string) *crm.Error {
	switch {
	case id == "":
		return &crm.Error{Code: crm.CodeRecord, Message: "the record has no id", Pointer: "/id"}
	case len(id) > maxID:
		return &crm.Error{Code: crm.CodeRecord, Message: fmt.Sprintf("the record's id is longer than %d bytes", maxID), Pointer: "/id"}
	case !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl):
		return &crm.Error{Code: crm.CodeRecord, Message: "the record's id holds control characters or is not UTF-8", Pointer: "/id"}
	}
	return nil
}

// usable are the ids that can be one.
func usable(ids []string) []string {
	kept := ids[:0:0]
	for _, id := range ids {
		if id = strings.TrimSpace(id); checkID(id) == nil {
			kept = append(kept, id)
		}
	}
	return kept
}

// links are the record's links that can be followed.
func links(r *crm.Record) []crm.Link {
	kept := r.Links[:0:0]
	for _, l := range r.Links {
		l.ID = strings.TrimSpace(l.ID)
		if checkID(l.ID) == nil && (l.Kind != r.Kind || l.ID != r.ID) {
			kept = append(kept, l)
		}
	}
	return kept
}

// value makes a value of the field's type; reason says why it cannot be one. A missing value is none.
func (n *normaliser) value(field crm.Field, v crm.Value) (crm.Value, string) {
	if v.Type() == crm.Number && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)) {
		return v, "is not a finite number"
	}
	converted, ok := n.convert(field.Type, v)
	if !ok {
		return v, fmt.Sprintf("is of type %s, not %s", v.Type(), field.Type)
	}
	switch v = converted; field.Type {
	case crm.Text:
		text := clean(v.Text())
		if len(field.Options) > 0 {
			text = strings.ToLower(text)
			if text != "" && !slices.Contains(field.Options, text) {
				return v, "is none of " + strings.Join(field.Options, ", ")
			}
		}
		if text == "" {
			return crm.Value{}, ""
		}
		return crm.TextValue(text), ""
	case crm.Time:
		if year := v.Time().Year(); year < 1 || year > 9999 {
			return v, "is not within the years 1 to 9999"
		}
	case crm.Date:
		if year := v.Day().Start(time.UTC).Year(); year < 1 || year > 9999 {
			return v, "is not within the years 1 to 9999"
		}
	case crm.Amount:
		m := v.Money()
		m.Currency = strings.ToUpper(strings.TrimSpace(m.Currency))
		if m.Currency == "" {
			m.Currency = n.currency
		}
		if !currency(m.Currency) {
			return v, "has no currency code of three letters"
		}
		return crm.AmountValue(m), ""
	}
	return v, ""
}

// convert changes a value's type where nothing is lost or guessed. A date is the start of that day in the
// account's zone, and a time the day on which it falls there.
func (n *normaliser) convert(to crm.Type, v crm.Value) (crm.Value, bool) {
	from := v.Type()
	switch {
	case from == to:
		return v, true
	case to == crm.Time && from == crm.Date:
		return crm.TimeValue(v.Day().Start(n.zone)), true
	case to == crm.Date && from == crm.Time:
		return crm.DateValue(crm.DayOf(v.Time(), n.zone)), true
	case to == crm.Number && from == crm.Integer:
		return crm.NumberValue(v.Float()), true
	case to == crm.Integer && from == crm.Number && v.Float() == math.Trunc(v.Float()) && math.Abs(v.Float()) < 1<<53:
		return crm.IntegerValue(int64(v.Float())), true
	case to == crm.Text && from != crm.Amount:
		return crm.TextValue(v.String()), true
	}
	return v, false
}

// clean is a text without what no text should hold: bytes that are not UTF-8, control characters but line
// breaks and tabs, space around it, and more than maxText characters.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.ContainsFunc(s, unwanted) {
		s = strings.Map(func(r rune) rune {
			if unwanted(r) {
				return -1
			}
			return r
		}, s)
	}
	s = strings.TrimSpace(s)
	if len(s) > maxText && utf8.RuneCountInString(s) > maxText {
		s = strings.TrimSpace(string([]rune(s)[:maxText]))
	}
	return s
}

func unwanted(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

func currency(code string) bool {
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
