package classify

import (
	"slices"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
)

type rhythmCustomer struct {
	Closed  []sdk.Optional[time.Time]  `crm:"deals.closed_at where won" purpose:"When it bought."`
	Amounts []sdk.Optional[sdk.Amount] `crm:"deals.amount where won" purpose:"For how much."`
	Recent  int64                      `crm:"count(deals) where won within 90d" purpose:"How often lately."`
	Calls   int64                      `crm:"count(activities) where kind = call" purpose:"How often it called."`
}

// rhythm wants parallel lists, and judges by them, by a window and by the days that passed.
func rhythm(t *testing.T) sdk.Plugin {
	return sdk.Pointwise[none, rhythmCustomer]{
		Info: sdk.Info{ID: "rhythm", Version: "1.0.0", Summary: "By list and window", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "top"}, sdk.Option{Code: "active"}, sdk.Option{Code: "slow"}, sdk.Option{Code: "gone"})},
		Classify: func(run sdk.Run, _ none, c rhythmCustomer) sdk.Verdict {
			if len(c.Closed) != len(c.Amounts) {
				t.Errorf("%d days and %d amounts", len(c.Closed), len(c.Amounts))
			}
			sum := int64(0)
			for _, a := range c.Amounts {
				sum += int64(a.Value)
			}
			switch {
			case c.Calls >= 3 || sum >= 1000 && c.Recent >= 3:
				return sdk.Set("", "top")
			case c.Recent >= 2:
				return sdk.Set("", "active")
			case len(c.Closed) > 0 && run.AsOf.Sub(c.Closed[len(c.Closed)-1].Value) < 200*24*time.Hour:
				return sdk.Set("", "slow")
			}
			return sdk.Set("", "gone")
		},
	}
}

// events are the events of a list in short.
func events(list []Effect) map[EventKind]string {
	out := map[EventKind]string{}
	for _, e := range list {
		if v := e.Event; v != nil && out[v.Kind] == "" {
			out[v.Kind] = v.Source + v.Where + " " + v.Day.String() + " = " + e.Class
		}
	}
	return out
}

func TestWhatMayHappenIsTriedWithAllThatFollows(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"rhythm": rhythm(t)}, Classifier{Name: "rhythm", Plugin: "rhythm"})
	w.apply(crm.Company, []crm.Record{company("x", nil), company("new", nil)})
	call := func(id, on string) crm.Record {
		return crm.Record{Kind: crm.Activity, ID: id, Links: []crm.Link{{Kind: crm.Company, ID: "x", Primary: true}},
			Fields: map[string]crm.Value{"kind": crm.TextValue("call"), "occurred_at": crm.TimeValue(day(t, on).Start(time.UTC))}}
	}
	w.apply(crm.Deal, []crm.Record{deal(t, "1", "x", 400, "EUR", crm.Won, "2026-04-10"), deal(t, "2", "x", 300, "EUR", crm.Won, "2026-05-20"),
		deal(t, "3", "x", 900, "EUR", crm.Lost, "2026-05-25"),
		deal(t, "4", "x", 900, "EUR", crm.Won, "2026-06-20")}) // not yet, as of 2026-06-01: not even when time passes
	w.apply(crm.Activity, []crm.Record{call("a", "2026-05-01"), call("b", "2026-05-02"), call("c", "2026-07-01")})
	w.ok()
	x := w.ask("x")["rhythm"]
	if x.Now != "active" {
		t.Fatalf("%+v", x)
	}
	up, down := events(x.Up), events(x.Down)
	// Another deal of 3 euro makes ten, and a third one lately.
	if up[OneMore] != "deals where won 2026-05-31 = top" || len(up) != 1 {
		t.Errorf("%v", up)
	}
	// The deal of 10 April is no longer within 90 days on 10 July: First of the window is as of minus 90.
	if down[LastGone] != "deals where won 2026-05-20 = slow" || down[NothingNew] != " 2026-07-10 = slow" || down[OneMore] != "" {
		t.Errorf("%v", down)
	}
	var calls, likes int
	for _, e := range x.Up {
		if v := e.Event; v != nil && v.Source == "activities" && v.Where == " where kind = 'call'" && v.Day == day(t, "2026-05-31") && v.Like == day(t, "2026-05-02") {
			calls++
		}
		if v := e.Event; v != nil && v.Like == day(t, "2026-05-20") {
			likes++
		}
	}
	if calls != 1 || likes != 1 {
		t.Errorf("%+v", x.Up)
	}
	// Who has nothing has no last item, and time does nothing to it; its first deal may be as those of others are. A first
	// call would change nothing.
	x = w.ask("new")["rhythm"]
	if up = events(x.Up); x.Now != "gone" || len(up) != 1 || up[OneMore] != "deals where won 2026-05-31 = slow" || len(events(x.Other))+len(events(x.Down)) != 0 {
		t.Errorf("%+v", x)
	}
}

type boughtCustomer struct {
	Amounts  []sdk.Optional[sdk.Amount] `crm:"deals.amount where won" purpose:"For how much."`
	Products []sdk.Optional[string]     `crm:"deals.product where won" purpose:"What."`
	Closed   []sdk.Optional[time.Time]  `crm:"deals.closed_at where won within 30d" purpose:"When."`
}

func TestAFirstDealIsTheMedianOfThoseOfOthers(t *testing.T) {
	plugin := sdk.Pointwise[none, boughtCustomer]{
		Info: sdk.Info{ID: "bought", Version: "1.0.0", Summary: "By its deals", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "big"}, sdk.Option{Code: "small"}, sdk.Option{Code: "none"})},
		Classify: func(_ sdk.Run, _ none, c boughtCustomer) sdk.Verdict {
			switch {
			case len(c.Amounts) == 0:
				return sdk.Set("", "none")
			case len(c.Closed) == 1 && c.Amounts[0].Value == 500_00 && c.Products[0].Value == "Pro":
				return sdk.Set("", "big")
			}
			return sdk.Set("", "small")
		},
	}
	w := newWorld(t, map[string]sdk.Plugin{"bought": plugin}, Classifier{Name: "bought", Plugin: "bought"})
	w.apply(crm.Company, []crm.Record{company("a", nil), company("b", nil), company("c", nil), company("new", nil)})
	sold := func(id, to string, minor int64, product, on string) crm.Record {
		r := deal(t, id, to, minor, "EUR", crm.Won, on)
		r.Fields["product"] = crm.TextValue(product)
		return r
	}
	w.apply(crm.Deal, []crm.Record{sold("1", "a", 100_00, "Basic", "2024-01-10"), sold("2", "b", 9_00, "Basic", "2025-01-10"), sold("3", "b", 500_00, "Pro", "2025-02-10"),
		sold("4", "c", 7000_00, "Max", "2026-03-10")})
	w.ok()
	x := w.ask("new")["bought"]
	if len(x.Up) != 1 || x.Up[0].Event == nil || x.Up[0].Class != "big" {
		t.Fatalf("%+v", x)
	}
	e := x.Up[0].Event
	var details []string
	for _, d := range e.Usual {
		details = append(details, d.Name+" "+Show(d.Value))
	}
	if e.Kind != OneMore || e.Like != 0 || e.Day != day(t, "2026-05-31") || !slices.Equal(details, []string{"amount 500.00 EUR", "product Pro"}) {
		t.Errorf("%+v %q", e, details)
	}
	if x = w.ask("a")["bought"]; x.Up != nil {
		t.Errorf("who has a deal has one to be like: %+v", x)
	}
}

func TestAnotherDealKeepsItsDistances(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 27, 9, 0, 0, 0, zone)
	if got := movedMicros(at.UnixMicro(), 3, zone); got != time.Date(2026, 3, 30, 9, 0, 0, 0, zone).UnixMicro() {
		t.Error("the time of day moved with summer time")
	}
	if moved(crm.DateValue(100), -3, zone) != crm.DateValue(97) || moved(crm.IntegerValue(100), -3, zone) != crm.IntegerValue(100) {
		t.Error("dates move, and nothing else")
	}
}
