package synthetic_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data/synthetic"
)

func made(t *testing.T, name string, customers int) *synthetic.Set {
	t.Helper()
	s, err := synthetic.Make(name, synthetic.Seed, customers)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASeedGivesOneSet(t *testing.T) {
	for _, name := range synthetic.Cases {
		a, b := made(t, name, 0), made(t, name, 0)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s differs from time to time", name)
		}
		more := made(t, name, len(a.Customers)+50)
		if !reflect.DeepEqual(a.Customers, more.Customers[:len(a.Customers)]) {
			t.Errorf("%s: more customers change the first ones", name)
		}
		other, err := synthetic.Make(name, synthetic.Seed+1, 0)
		if err != nil || reflect.DeepEqual(a, other) {
			t.Errorf("%s does not depend on the seed (%v)", name, err)
		}
		if got := digest(t, a); got != digests[name] {
			t.Errorf("%s has changed: %s", name, got)
		}
	}
	if _, err := synthetic.Make("zoo", 1, 1); err == nil {
		t.Error("an unknown case was made")
	}
}

// digests pin the sets: presets and documents state numbers of them.
var digests = map[string]string{
	"b2b": "a807ef6d003824c5", "bank": "0b3c0abb378dd1c4", "insurance": "57d634f96bcc710e", "ecommerce": "36544ab82369444d",
}

func digest(t *testing.T, s *synthetic.Set) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range s.Tables() {
		if err := table.Write(sum); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func TestNothingIsKnownOfTheFutureAndEverythingIsMarked(t *testing.T) {
	for _, name := range synthetic.Cases {
		s := made(t, name, 0)
		for _, c := range s.Customers {
			if !strings.HasPrefix(c.Name, "Synthetic ") || c.Fields["synthetic"] != "true" || !c.Created.Before(s.AsOf) {
				t.Fatalf("%s: %s, created %v", c.ID, c.Name, c.Created)
			}
			for _, d := range c.Deals {
				if !d.Created.Before(s.AsOf) || d.State != "open" && (!d.Closed.Before(s.AsOf) || d.Closed.Before(d.Created)) {
					t.Fatalf("%s %+v", c.ID, d)
				}
			}
			for _, a := range c.Activities {
				if !a.At.Before(s.AsOf) || !a.Paid.IsZero() && !a.Paid.Before(s.AsOf) || a.At.Before(c.Created) {
					t.Fatalf("%s %+v", c.ID, a)
				}
			}
			if f := c.Facts; f["revenue"]-f["cost"]-f["contribution"] > 0.005 {
				t.Fatalf("%s: %v", c.ID, f)
			}
		}
	}
}

func TestEveryClassOccursOftenEnoughToBeFound(t *testing.T) {
	for name, schemes := range map[string]map[string]int{
		"b2b":  {"lifecycle": 7, "loyalty": 4, "prospect": 5, "potential": 3, "payer": 6, "credit": 6, "profit": 3, "need": 4, "activity": 4, "product": 4, "mood": 3},
		"bank": {"segment": 3}, "insurance": {"risk": 3}, "ecommerce": {"need": 4},
	} {
		s := made(t, name, 0)
		for scheme, classes := range schemes {
			if got := s.Classes(scheme); len(got) != classes {
				t.Errorf("%s %s: %v", name, scheme, got)
			}
		}
	}
}

// What a customer is made to be shows in its records: each class by a second computation that is a reader's, not the maker's.
func TestRecordsShowTheTruth(t *testing.T) {
	s := made(t, synthetic.B2B, 0)
	for _, c := range s.Customers {
		won, inbound, last := 0, 0, time.Time{}
		for _, d := range c.Deals {
			if d.State == "won" {
				won++
			}
		}
		for _, a := range c.Activities {
			if a.Direction == "inbound" && a.Kind != "ticket" && !a.At.Before(s.AsOf.AddDate(0, 0, -180)) {
				inbound++
				last = a.At
			}
		}
		checks := map[string]bool{
			"a prospect has bought nothing":       (c.Truth["lifecycle"] == "prospect") == (won == 0),
			"a loss is a loss":                    c.Truth["profit"] != "loss" || c.Facts["revenue"] == 0 || c.Facts["contribution"] < 0,
			"a contribution is one":               c.Truth["profit"] != "contributing" || c.Facts["revenue"] == 0 || c.Facts["contribution"] > 0.2*c.Facts["revenue"],
			"break-even is within 1 %":            c.Truth["profit"] != "break_even" || abs(c.Facts["contribution"]) <= 0.01*c.Facts["revenue"],
			"a prompt payer is never late":        c.Truth["payer"] != "prompt" || c.Facts["days_late"] == 0,
			"a good one at most 15 days":          c.Truth["payer"] != "good" || c.Facts["days_late"] <= 15,
			"a bad one is late":                   c.Truth["payer"] != "bad" || c.Facts["days_late"] > 0 || c.Facts["invoices_due"] == 0,
			"who looks for price gets a discount": c.Truth["need"] != "price" || c.Facts["discount"] >= 0.12,
			"who looks for quality gets none":     c.Truth["need"] != "quality" || c.Facts["discount"] < 0.031,
			"an active one was there lately":      c.Truth["activity"] != "active" || inbound >= 10 && s.AsOf.Sub(last) < 30*24*time.Hour,
			"a silent one was not":                c.Truth["activity"] != "silent" || inbound == 0,
			"a passive one seldom":                c.Truth["activity"] != "passive" || inbound >= 1 && inbound <= 3,
		}
		for what, holds := range checks {
			if !holds {
				t.Errorf("%s: %s does not hold: %v %v", c.ID, what, c.Truth, c.Facts)
			}
		}
	}
	for _, c := range made(t, synthetic.Insurance, 0).Customers {
		born, err := time.Parse(time.DateOnly, c.Fields["birth_date"])
		if err != nil {
			t.Fatal(err)
		}
		age := s.AsOf.Year() - born.Year()
		if born.AddDate(age, 0, 0).After(s.AsOf) {
			age--
		}
		claims := 0
		for _, a := range c.Activities {
			if a.Topic == "claim" {
				claims++
			}
		}
		dangerous := c.Fields["occupation"] == "miner" || c.Fields["occupation"] == "roofer" || c.Fields["occupation"] == "truck driver"
		points := synthetic.RiskPoints(age, dangerous, c.Fields["smoker"] == "true", c.Fields["chronic_illness"] == "true", claims)
		risk := "low"
		if points > 5 {
			risk = "high"
		} else if points > 2 {
			risk = "mid"
		}
		if risk != c.Truth["risk"] || float64(age) != c.Facts["age"] {
			t.Errorf("%s: %d points at %d, %v", c.ID, points, age, c.Truth)
		}
	}
}

func TestTheFactsAgreeWithTheCSV(t *testing.T) {
	s := made(t, synthetic.B2B, 100)
	revenue := map[string]float64{}
	rows := 0
	for _, table := range s.Tables() {
		var b bytes.Buffer
		if err := table.Write(&b); err != nil {
			t.Fatal(err)
		}
		all, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(all) != len(table.Rows)+1 {
			t.Fatalf("%s: %d rows, %v", table.File, len(all), err)
		}
		rows += len(all)
		column := map[string]int{}
		for i, name := range all[0] {
			column[name] = i
		}
		for _, row := range all[1:] {
			if table.File == "deals.csv" && row[column["state"]] == "won" && row[column["closed_at"]] >= "2025-01-01" {
				amount, err := strconv.ParseFloat(row[column["amount"]], 64)
				if err != nil {
					t.Fatal(err)
				}
				revenue[row[column["company_id"]]] += amount
			}
		}
	}
	for _, c := range s.Customers {
		if abs(revenue[c.ID]-c.Facts["revenue"]) > 0.005 {
			t.Errorf("%s: %v in the file, %v as a fact", c.ID, revenue[c.ID], c.Facts["revenue"])
		}
	}
	if rows < 2000 {
		t.Errorf("%d rows", rows)
	}
}

func abs(f float64) float64 { return max(f, -f) }
