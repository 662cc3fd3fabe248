package writeback

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Mode says which values a classifier may put into the CRM.
type Mode string

// The modes. The zero Mode means Mirror.
const (
	Mirror      Mode = "mirror"        // the field shows the tag, and nothing where there is none
	OnlyIfBlank Mode = "only_if_blank" // a value is put into empty fields only, and never changed afterwards
	NeverClear  Mode = "never_clear"   // as mirror, but a value is never taken away
)

// OnEdit says what happens to a value that somebody else put into one of our fields.
type OnEdit string

// What to do with an edit. The zero OnEdit means KeepEdit.
const (
	KeepEdit      OnEdit = "keep"      // leave it, and report it as a candidate for an override
	OverwriteEdit OnEdit = "overwrite" // write over it, as the mode allows
)

// decision is what the truth table says about one field of one record.
type decision uint8

const (
	nothing decision = iota // the CRM holds the value, and we know it
	adopt                   // the CRM holds the value already: note it as ours, send nothing
	write                   // send the new value, or clear
	kept                    // somebody else's value stands, and is reported
	barred                  // the mode forbids the write
)

var decisionNames = [...]string{"nothing", "adopt", "write", "kept", "barred"}

func (d decision) String() string { return decisionNames[d] }

// decide is the truth table. want, last and current are canonical texts, "" for no value: what the tags ask for, what
// we wrote last, what the CRM holds. written tells that last is known, that is, that we wrote or adopted it.
//
//	current = want                      nothing, or adopt when last differs
//	current = last (or both empty)      ours: write, unless the mode forbids
//	current ≠ last, last written        somebody edited our value: kept, or with overwrite as if it were ours
//	current not empty, never written    a value from before us: the same, but no concern of ours where there is no tag
func decide(want, last, current string, written bool, mode Mode, edit OnEdit) decision {
	if !written {
		last = ""
	}
	switch {
	case current == want && last == want:
		return nothing
	case current == want:
		return adopt
	case current != last && edit != OverwriteEdit:
		if !written && (want == "" || mode == OnlyIfBlank) {
			return barred
		}
		return kept
	case mode == OnlyIfBlank && current != "", mode == NeverClear && want == "":
		return barred
	}
	return write
}

// normal brings a canonical text into the one form in which values of its type are compared and written: CRMs trim
// texts, drop zeros and keep milliseconds only; numbers are written to six decimals, as more is noise to a reader. A
// text that is not of its type stays as it is: somebody typed it.
func normal(t crm.Type, s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	switch t {
	case crm.Amount, crm.Integer:
		if _, err := crm.ParseMoney(s, ""); err == nil {
			return trimZeros(s)
		}
		return s
	case crm.Number:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return s
		}
		return trimZeros(strconv.FormatFloat(f, 'f', 6, 64))
	}
	v, err := crm.ParseValue(t, s, "")
	if err != nil {
		return s
	}
	if t == crm.Time {
		return v.Time().Truncate(time.Millisecond).Format(time.RFC3339Nano)
	}
	return v.String()
}

// trimZeros takes the zeros after a decimal point away: "12.50" is "12.5", "-0.0" is "0".
func trimZeros(s string) string {
	if strings.Contains(s, ".") && !strings.ContainsAny(s, "eE") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}
