package feature_test

import (
	"math"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/feature"
	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

func TestNumbersForPeople(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12: "12", 0.25: "0.25", 1.0 / 3: "0.3333", 1746.5: "1747", 123456.7: "123457", -2.5: "-2.5",
		1e-9: "0.000000001", 1e200: "1e+200", math.MaxFloat64: "1.798e+308"} {
		if got := feature.Digits(v); got != want {
			t.Errorf("%v is %s, not %s", v, got, want)
		}
	}
	money := feature.Feature{Input: reading.Input{Type: sdk.Money}}
	if got := money.Text(sdk.Run{Currency: "EUR", CurrencyDigits: 2}, 1500.5); got != "1500.50 EUR" {
		t.Errorf("an amount is %s", got)
	}
	answer := feature.Feature{Input: reading.Input{Type: sdk.Boolean}}
	if got := answer.Text(sdk.Run{}, 1) + answer.Text(sdk.Run{}, 0) + answer.Text(sdk.Run{}, 0.5); got != "yesno0.5" {
		t.Errorf("booleans are %s", got)
	}
}

// What is read by default is what the manifest declares: no grant is needed for it.
func TestTheStandardIsDeclared(t *testing.T) {
	declared := map[string]sdk.Type{}
	for _, r := range feature.StandardReads() {
		declared[r.Path] = r.Type
	}
	for _, s := range feature.Standard() {
		in, message := reading.Parse(s.Measure, "{/window}", sdk.Catalogue{})
		if message != "" || declared[in.Path] != in.Type {
			t.Errorf("%s reads %s of type %s (%s)", s.Name, in.Path, in.Type, message)
		}
	}
}

func TestDatesAreDays(t *testing.T) {
	f := feature.Feature{Input: reading.Input{Type: sdk.Time}}
	if !f.Dated() || f.Texts() {
		t.Error("a time is no date")
	}
	run := sdk.Run{AsOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Zone: time.UTC}
	run.Day = sdk.DayOf(run.AsOf, time.UTC)
	if got := f.Text(run, 35); got != "35" {
		t.Errorf("35 days are %s", got)
	}
}
