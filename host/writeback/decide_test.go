package writeback

import (
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
)

// policies are the columns of truth.
var policies = []struct {
	mode Mode
	edit OnEdit
}{
	{Mirror, KeepEdit}, {Mirror, OverwriteEdit},
	{OnlyIfBlank, KeepEdit}, {OnlyIfBlank, OverwriteEdit},
	{NeverClear, KeepEdit}, {NeverClear, OverwriteEdit},
}

// truth is the whole table. A row is "want last current": "_" is no value, "-" never written; letters stand for
// different values in order of appearance. The columns are those of policies.
var truth = map[string][6]decision{
	// Never written by us.
	"_ - _": {nothing, nothing, nothing, nothing, nothing, nothing},
	"_ - A": {barred, write, barred, barred, barred, barred}, // a value from before us, no tag
	"A - _": {write, write, write, write, write, write},      // first fill
	"A - A": {adopt, adopt, adopt, adopt, adopt, adopt},
	"A - B": {kept, write, barred, barred, kept, write}, // a value from before us
	// No tag now.
	"_ _ _": {nothing, nothing, nothing, nothing, nothing, nothing},
	"_ _ A": {kept, write, kept, barred, kept, barred}, // somebody filled what we cleared
	"_ A _": {adopt, adopt, adopt, adopt, adopt, adopt},
	"_ A A": {write, write, barred, barred, barred, barred}, // clear our own value
	"_ A B": {kept, write, kept, barred, kept, barred},
	// A tag now.
	"A _ _": {write, write, write, write, write, write},
	"A _ A": {adopt, adopt, adopt, adopt, adopt, adopt},
	"A _ B": {kept, write, kept, barred, kept, write},
	"A A _": {kept, write, kept, write, kept, write}, // somebody emptied our value
	"A A A": {nothing, nothing, nothing, nothing, nothing, nothing},
	"A A B": {kept, write, kept, barred, kept, write}, // a hand edit
	"A B _": {kept, write, kept, write, kept, write},
	"A B A": {adopt, adopt, adopt, adopt, adopt, adopt},
	"A B B": {write, write, barred, barred, write, write}, // the ordinary change
	"A B C": {kept, write, kept, barred, kept, write},
}

// pattern names the row of truth that a combination of values belongs to.
func pattern(want, last, current string, written bool) string {
	names := map[string]string{"": "_"}
	name := func(s string) string {
		if _, ok := names[s]; !ok {
			names[s] = string(rune('A' + len(names) - 1))
		}
		return names[s]
	}
	row := name(want)
	if written {
		row += " " + name(last)
	} else {
		row += " -"
	}
	return row + " " + name(current)
}

func TestDecideFollowsTheWholeTruthTable(t *testing.T) {
	values := []string{"", "gold", "silver", "bronze"}
	met := map[string]bool{}
	for _, want := range values {
		for _, last := range values {
			for _, current := range values {
				for _, written := range []bool{true, false} {
					row := pattern(want, last, current, written)
					expected, ok := truth[row]
					if !ok {
						t.Fatalf("the table has no row %q", row)
					}
					met[row] = true
					for i, p := range policies {
						if got := decide(want, last, current, written, p.mode, p.edit); got != expected[i] {
							t.Errorf("%s with %s, %s: %s, expected %s", row, p.mode, p.edit, got, expected[i])
						}
					}
				}
			}
		}
	}
	if len(met) != len(truth) {
		t.Errorf("%d of %d rows of the table were met", len(met), len(truth))
	}
}

func TestNothingOfSomebodyElseIsOverwrittenByDefault(t *testing.T) {
	for row, decisions := range truth {
		f := strings.Fields(row)
		foreign := f[2] != "_" && f[2] != f[1] && f[2] != f[0]
		for i, d := range decisions {
			if foreign && policies[i].edit == KeepEdit && d == write {
				t.Errorf("%s is written with %s", row, policies[i].mode)
			}
		}
	}
}

func TestValuesAreComparedAsTheirType(t *testing.T) {
	for _, c := range []struct {
		t        crm.Type
		in, want string
	}{
		{crm.Text, " A ", "A"}, {crm.Text, "", ""},
		{crm.Integer, "5.0", "5"}, {crm.Integer, "-0", "0"}, {crm.Integer, "many", "many"},
		{crm.Number, "0.10000000000000001", "0.1"}, {crm.Number, "1.2345678", "1.234568"}, {crm.Number, "-0.0000001", "0"},
		{crm.Number, "1e3", "1000"}, {crm.Number, "NaN", "NaN"},
		{crm.Amount, "1500.50", "1500.5"}, {crm.Amount, "1500", "1500"}, {crm.Amount, "90071992547409.93", "90071992547409.93"},
		{crm.Date, "2026-01-31", "2026-01-31"}, {crm.Date, "31.1.2026", "31.1.2026"},
		{crm.Time, "2026-01-31T09:00:00.123456Z", "2026-01-31T09:00:00.123Z"}, {crm.Time, "2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00Z"},
		{crm.Boolean, "TRUE", "true"},
	} {
		got := normal(c.t, c.in)
		if got != c.want {
			t.Errorf("%s %q became %q, expected %q", c.t, c.in, got, c.want)
		}
		if again := normal(c.t, got); again != got {
			t.Errorf("%s %q is not stable: %q, then %q", c.t, c.in, got, again)
		}
	}
}
