package run

import (
	"reflect"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func micros(day string) int64 {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

func dated(day string) store.Fields {
	return store.PackFields(map[string]crm.Value{"created_at": crm.MicrosValue(micros(day))})
}

func TestACustomerIsThereFromItsFirstTrace(t *testing.T) {
	p := &past{end: micros("2025-07-01"), subject: crm.Company}
	deal := func(created, closed string) store.Deal {
		d := store.Deal{CreatedAt: store.NoTime, ClosedAt: store.NoTime, State: crm.Won}
		if created != "" {
			d.CreatedAt = micros(created)
		}
		if closed != "" {
			d.ClosedAt = micros(closed)
		}
		return d
	}
	for what, c := range map[string]struct {
		customer store.Customer
		want     bool
	}{
		"created before":                         {store.Customer{Fields: dated("2025-06-30")}, true},
		"created on the day":                     {store.Customer{Fields: dated("2025-07-01")}, false},
		"imported later, bought before":          {store.Customer{Fields: dated("2025-08-01"), Deals: []store.Deal{deal("", "2025-03-01")}}, true},
		"of unknown date, first bought later":    {store.Customer{Deals: []store.Deal{deal("2025-08-01", "2025-08-01")}}, false},
		"of unknown date, asked before":          {store.Customer{Activities: []store.Activity{{OccurredAt: micros("2025-01-01")}}}, true},
		"of unknown date, asked later":           {store.Customer{Activities: []store.Activity{{OccurredAt: micros("2025-09-01")}}}, false},
		"of unknown date without any trace":      {store.Customer{}, true},
		"of unknown date with an undated record": {store.Customer{Deals: []store.Deal{deal("", "")}}, true},
	} {
		if got := p.existed(&c.customer); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

func TestRecordsAreAsTheyWereKnown(t *testing.T) {
	p := &past{end: micros("2025-07-01"), subject: crm.Company}
	extra := store.PackFields(map[string]crm.Value{"lost_reason": crm.TextValue("price")})
	c := store.Customer{ID: "7", Fields: dated("2024-01-01"),
		People: []store.Person{{ID: "p1", Fields: dated("2024-01-01")}, {ID: "p2", Fields: dated("2025-12-01")}},
		Deals: []store.Deal{
			{ID: "won before", State: crm.Won, Stage: "done", CreatedAt: micros("2025-01-01"), ClosedAt: micros("2025-06-30"), Extra: extra},
			{ID: "lost later", State: crm.Lost, Stage: "gone", CreatedAt: micros("2025-01-01"), ClosedAt: micros("2025-07-01"), Amount: crm.Money{Minor: 500, Currency: "USD"}, Extra: extra},
			{ID: "open", State: crm.Open, Stage: "talking", CreatedAt: micros("2025-01-01"), ClosedAt: micros("2026-01-01"), Extra: extra},
			{ID: "begun later", State: crm.Open, CreatedAt: micros("2025-07-02"), ClosedAt: store.NoTime},
			{ID: "won later, begun who knows when", State: crm.Won, CreatedAt: store.NoTime, ClosedAt: micros("2025-08-01")},
		},
		Activities: []store.Activity{
			{ID: "paid later", Kind: "invoice", Status: "paid", OccurredAt: micros("2025-05-01"), DueAt: micros("2025-05-31"), PaidAt: micros("2025-07-15")},
			{ID: "paid before", Kind: "invoice", Status: "paid", OccurredAt: micros("2025-05-01"), DueAt: micros("2025-05-31"), PaidAt: micros("2025-06-15")},
			{ID: "later", Kind: "call", OccurredAt: micros("2025-07-01"), DueAt: store.NoTime, PaidAt: store.NoTime},
		}}
	pages := map[crm.Kind][]crm.Record{}
	p.add(&c, pages)
	got := map[string]map[string]string{}
	for _, kind := range crm.Kinds {
		for _, r := range pages[kind] {
			fields := map[string]string{}
			for _, name := range []string{"state", "stage", "amount", "closed_at", "lost_reason", "status", "paid_at"} {
				if v := r.Field(name); !v.Missing() {
					fields[name] = v.String()
				}
			}
			got[r.ID] = fields
			if kind != crm.Company && r.Linked(crm.Company) != "7" {
				t.Errorf("%s belongs to %q", r.ID, r.Linked(crm.Company))
			}
		}
	}
	want := map[string]map[string]string{
		"7": {}, "p1": {},
		"won before":  {"state": "won", "stage": "done", "closed_at": "2025-06-30T00:00:00Z", "lost_reason": "price"},
		"lost later":  {"state": "open", "amount": "5.00"},
		"open":        {"state": "open", "stage": "talking", "closed_at": "2026-01-01T00:00:00Z", "lost_reason": "price"},
		"paid later":  {},
		"paid before": {"status": "paid", "paid_at": "2025-06-15T00:00:00Z"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nwant\n%v", got, want)
	}
}
