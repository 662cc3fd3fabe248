package classify

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/sdk"
)

type tallyCustomer struct {
	Country string `crm:"country" purpose:"Counts countries." required:"true"`
}

type tally map[string]int64

// countries learns its codes from the data.
func countries() sdk.Plugin {
	return sdk.Population[none, tallyCustomer, tally, tally]{
		Info: sdk.Info{ID: "countries", Version: "1.0.0", Summary: "A class for each country", License: "Apache-2.0", StateVersion: 1},
		Tags: []sdk.Tag{sdk.Class("").Opened()},
		Add: func(_ sdk.Run, _ none, _ tally, s *tally, c tallyCustomer) {
			if *s == nil {
				*s = tally{}
			}
			(*s)[c.Country]++
		},
		Merge: func(into *tally, other tally) {
			if *into == nil {
				*into = tally{}
			}
			for k, n := range other {
				(*into)[k] += n
			}
		},
		Fit: func(_ sdk.Run, _ none, _ int, s tally) (tally, sdk.Report, error) {
			var options []sdk.Option
			for _, k := range slices.Sorted(maps.Keys(s)) {
				options = append(options, sdk.Option{Code: k})
			}
			return s, sdk.Report{Customers: int64(len(s)), Tags: []sdk.Tag{sdk.Class("", options...).Opened()}}, nil
		},
		Classify: func(_ sdk.Run, _ none, m tally, c tallyCustomer) sdk.Verdict {
			if m[c.Country] == 0 {
				return sdk.Set("", "unclassified").Because("new_country", c.Country)
			}
			return sdk.Set("", c.Country)
		},
		Reasons: []sdk.Reason{{Code: "new_country", Text: sdk.Text{En: "{country} is new."}, Args: []sdk.Arg{{Name: "country", Type: sdk.String}}}},
	}
}

// A fit may add codes. They hold for later processes too, which did not fit.
func TestCodesThatAFitAddedOutliveTheProcess(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"countries": countries()}, Classifier{Name: "countries", Plugin: "countries"})
	w.companies(4)
	o := w.ok().Outcome("countries")
	if len(o.Tags) != 1 || len(o.Tags[0].GetOptions()) != 3 || o.Classes["China"] != 2 {
		t.Fatalf("%+v", o)
	}
	w.plugins.stop()
	w.apply(crm.Company, []crm.Record{company("c0001", map[string]crm.Value{"country": crm.TextValue("China")}), company("c0002", map[string]crm.Value{"country": crm.TextValue("Peru")}),
		company("c0003", nil)})
	o = w.ok().Outcome("countries")
	w.wantTag("countries", "c0001", "China")
	w.wantTag("countries", "c0002", "unclassified")
	w.wantReason("countries", "c0002", "Peru is new.")
	w.wantTag("countries", "c0003", "unclassified")
	w.wantReason("countries", "c0003", "Nothing is known of country, which this classification needs.")
	if o.Fitted || o.Sent != 2 || len(o.Tags[0].GetOptions()) != 3 || o.Unclassified["new_country"] != 1 || o.Unclassified["missing_country"] != 1 {
		t.Errorf("%+v", o)
	}
	if o = w.ok().Outcome("countries"); o.PluginCalls != 0 || len(o.Tags[0].GetOptions()) != 3 {
		t.Errorf("%+v", o)
	}
}

// Another table of rates within a day: who is concerned changes, and why is told.
func TestOtherRatesAreACause(t *testing.T) {
	w := both(t)
	w.companies(4)
	w.apply(crm.Deal, []crm.Record{deal(t, "usd", "c0003", 100, "USD", crm.Won, "2026-05-05")})
	rates := func(rate string) *measure.Table {
		table, err := measure.ReadRates(strings.NewReader("date,currency,rate\n2026-05-05,USD,"+rate+"\n"), "EUR")
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	w.in.Rates = rates("0.8")
	r := w.ok()
	w.wantReason("ranked", "c0003", "9.80 EUR, where the mean is 4.93 EUR.")
	if len(r.Rates) != 1 || r.Rates[0].Rate.RatString() != "4/5" {
		t.Errorf("rates %v", r.Rates)
	}
	w.in.Rates = rates("0.000001")
	w.in.Classifiers[1].Refit = Frozen
	w.ok()
	w.wantReason("ranked", "c0003", "9.00 EUR, where the mean is 4.93 EUR.")
	w.in.Rates = rates("0.9")
	if r := w.ok(); r.Outcome("ranked").Fitted {
		t.Error("a frozen model was fitted")
	}
	w.wantReason("ranked", "c0003", "9.90 EUR, where the mean is 4.93 EUR.")
}

// numbered counts the fits before, and says so to everybody.
func numbered() sdk.Plugin {
	return sdk.Population[none, tallyCustomer, tally, tally]{
		Info:  sdk.Info{ID: "numbered", Version: "1.0.0", Summary: "Which fit this is", License: "Apache-2.0"},
		Tags:  []sdk.Tag{sdk.IntegerTag("")},
		Add:   func(sdk.Run, none, tally, *tally, tallyCustomer) {},
		Merge: func(*tally, tally) {},
		FitAfter: func(_ sdk.Run, _ none, pass int, before, _ tally) (tally, sdk.Report, error) {
			return tally{"fit": before["fit"] + 1}, sdk.Report{AnotherPass: pass == 0}, nil
		},
		Passes:   2,
		Classify: func(_ sdk.Run, _ none, m tally, _ tallyCustomer) sdk.Verdict { return sdk.Set("", m["fit"]) },
	}
}

// A plugin that asks for it sees the last model in its first pass and the pass before in the next, never one of a later day.
func TestAFitMaySeeTheModelBefore(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"numbered": numbered()}, Classifier{Name: "numbered", Plugin: "numbered"})
	w.companies(1)
	for i, want := range []string{"2", "4", "2"} {
		w.in.AsOf += crm.Day([]int{0, 1, -5}[i])
		w.ok()
		w.wantTag("numbered", "c0000", want)
	}
}
