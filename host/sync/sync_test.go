package sync

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/sqlite"
	"github.com/taxonhq/taxon/host/store/storetest"
)

// fakeCRM delivers pages by kind. The state is the number of pages delivered; from zero it is a full pull.
type fakeCRM struct {
	pages   map[crm.Kind][]connector.Page
	ids     map[crm.Kind][]string
	offered []crm.Kind // nil: all
	fail    error      // after failAt pages of this pull
	failAt  int
	calls   []string
}

func (f *fakeCRM) Capabilities() map[crm.Kind]connector.Capabilities {
	all := map[crm.Kind]connector.Capabilities{}
	for _, kind := range crm.Kinds {
		all[kind] = connector.Capabilities{List: f.offered == nil || slices.Contains(f.offered, kind)}
	}
	return all
}

func (f *fakeCRM) Pull(_ context.Context, kind crm.Kind, state []byte, emit func(connector.Page) error) error {
	f.calls = append(f.calls, fmt.Sprintf("%s from %q", kind, state))
	from := 0
	if state != nil {
		n, err := strconv.Atoi(string(state))
		if err != nil {
			return err
		}
		from = n
	}
	for i, page := range f.pages[kind][from:] {
		if f.fail != nil && i == f.failAt {
			return f.fail
		}
		page.State = []byte(strconv.Itoa(from + i + 1))
		if err := emit(page); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeCRM) IDs(_ context.Context, kind crm.Kind, emit func([]string) error) error {
	f.calls = append(f.calls, string(kind)+" ids")
	return emit(f.ids[kind])
}

func record(kind crm.Kind, id, name string, links ...crm.Link) crm.Record {
	return crm.Record{Kind: kind, ID: id, Fields: map[string]crm.Value{"name": crm.TextValue(name)}, Links: links}
}

func newMirror(t *testing.T) *store.Conn {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), storetest.NewClock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := s.Connection(t.Context(), "main", crm.Company)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func customers(t *testing.T, c *store.Conn) (out []string) {
	t.Helper()
	err := c.Customers(t.Context(), "", func(cu *store.Customer) error {
		out = append(out, fmt.Sprintf("%s %q %d deals", cu.ID, cu.Fields.Get("name").Text(), len(cu.Deals)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func TestAPullGoesThroughTheKindsInOrderAndRejectsBadRecords(t *testing.T) {
	mirror := newMirror(t)
	badDeal := record(crm.Deal, "d3", "x", crm.Link{Kind: crm.Company, ID: "A"})
	badDeal.Fields["state"] = crm.TextValue("secret state")
	source := &fakeCRM{offered: []crm.Kind{crm.Company, crm.Contact, crm.Deal}, pages: map[crm.Kind][]connector.Page{
		crm.Company: {{Records: []crm.Record{record(crm.Company, "A", " Acme\x00 "), record(crm.Company, "B", "Beta")}, Full: true},
			{Rejected: []crm.Rejected{{Kind: crm.Company, ID: "C\x00", Error: &crm.Error{Code: crm.CodeRecord, Message: "no JSON"}}}, Full: true, Last: true}},
		crm.Deal: {{Records: []crm.Record{record(crm.Deal, "d1", "1", crm.Link{Kind: crm.Company, ID: "A"}), record(crm.Deal, "d2", "2"), badDeal}, Full: true, Last: true}},
	}}
	var progress []string
	report, err := Pull(t.Context(), source, mirror, Options{Run: 5, Progress: func(p Progress) {
		progress = append(progress, fmt.Sprintf("%s %d/%d %v", p.Kind, p.Records, p.Pages, p.Done))
	}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "calls", source.calls, []string{`company from ""`, `contact from ""`, `deal from ""`})
	same(t, "skipped", report.Skipped, []crm.Kind{crm.Activity})
	same(t, "companies", report.Kinds[crm.Company], KindReport{Pages: 2, Records: 3, Upserted: 2, Rejected: 1})
	same(t, "deals", report.Kinds[crm.Deal], KindReport{Pages: 1, Records: 3, Upserted: 2, Rejected: 1})
	same(t, "mirror", report.Mirror, store.Counts{Customers: 2, Deals: 1, Orphans: store.Orphans{Deals: 1, Sample: []store.Orphan{}}})
	same(t, "rejected and changed", []any{report.Rejected(), report.Changed()}, []any{2, true})
	same(t, "progress", progress, []string{"company 2/1 false", "company 3/2 false", "company 3/2 true", "contact 0/0 true", "deal 3/1 false", "deal 3/1 true"})
	same(t, "customers", customers(t, mirror), []string{`A "Acme" 1 deals`, `B "Beta" 0 deals`})
	rejected, err := mirror.Rejected(t.Context(), store.StagePull, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rejected {
		if strings.Contains(r.Error.Error(), "secret") || r.Run != 5 {
			t.Errorf("rejected %+v", r)
		}
	}
	same(t, "the ledger", []string{string(rejected[0].Kind) + rejected[0].ID, string(rejected[1].Kind) + rejected[1].ID}, []string{"company", "deald3"})

	source.calls = nil
	report, err = Pull(t.Context(), source, mirror, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "calls of the next pull", source.calls, []string{`company from "2"`, `contact from ""`, `deal from "1"`})
	same(t, "nothing changed", report.Changed(), false)
}

func TestAPullThatStopsGoesOnWhereItStopped(t *testing.T) {
	mirror := newMirror(t)
	source := &fakeCRM{offered: []crm.Kind{crm.Company}, pages: map[crm.Kind][]connector.Page{crm.Company: {
		{Records: []crm.Record{record(crm.Company, "A", "a")}, Full: true}, {Records: []crm.Record{record(crm.Company, "B", "b")}, Full: true},
		{Records: []crm.Record{record(crm.Company, "C", "c")}, Full: true, Last: true}}}}
	source.fail, source.failAt = errors.New("the CRM does not answer"), 2
	report, err := Pull(t.Context(), source, mirror, Options{})
	if !errors.Is(err, source.fail) {
		t.Fatalf("got %v", err)
	}
	same(t, "what was pulled by then", report.Kinds[crm.Company], KindReport{Pages: 2, Records: 2, Upserted: 2})
	source.fail, source.calls = nil, nil
	report, err = Pull(t.Context(), source, mirror, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "calls", source.calls, []string{`company from "2"`})
	same(t, "the rest", report.Kinds[crm.Company], KindReport{Pages: 1, Records: 1, Upserted: 1})
	same(t, "nothing is lost", len(customers(t, mirror)), 3)
}

func TestWhatAFullPullDoesNotSeeIsGoneUnlessItIsTooMuch(t *testing.T) {
	mirror := newMirror(t)
	page := func(ids ...string) []connector.Page {
		p := connector.Page{Full: true, Last: true}
		for _, id := range ids {
			p.Records = append(p.Records, record(crm.Company, id, id))
		}
		return []connector.Page{p}
	}
	source := &fakeCRM{offered: []crm.Kind{crm.Company}}
	pull := func(o Options, ids ...string) Report {
		t.Helper()
		source.pages = map[crm.Kind][]connector.Page{crm.Company: page(ids...)}
		o.Full = true
		report, err := Pull(t.Context(), source, mirror, o)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	pull(Options{}, "A", "B", "C", "D", "E")
	report := pull(Options{}, "A", "B", "C", "D")
	same(t, "one of five", []any{report.Kinds[crm.Company].Removed, len(report.Held)}, []any{1, 0})
	report = pull(Options{}, "A", "B")
	same(t, "half of them", []any{report.Kinds[crm.Company].Removed, len(report.Held), len(customers(t, mirror))}, []any{0, 1, 4})
	if h := report.Held[0]; !h.Warning || h.Code != crm.CodeGuard || h.Suggestion == "" {
		t.Errorf("held %+v", h)
	}
	report = pull(Options{Guard: 0.5}, "A", "B")
	same(t, "allowed", []any{report.Kinds[crm.Company].Removed, len(report.Held), len(customers(t, mirror))}, []any{2, 0, 2})

	source.ids = map[crm.Kind][]string{crm.Company: {"A", "new"}}
	report, err := Pull(t.Context(), source, mirror, Options{Reconcile: true, Guard: 1})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "reconciled", report.Kinds[crm.Company], KindReport{Removed: 1, Unknown: 1})
	source.ids[crm.Company] = nil
	report, err = Pull(t.Context(), source, mirror, Options{Reconcile: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "an empty listing", []any{len(report.Held), len(customers(t, mirror))}, []any{1, 1})
}

func TestAConfigurationThatDoesNotFitTheConnectorStopsThePull(t *testing.T) {
	r := record(crm.Company, "A", "a")
	r.Fields["colour"] = crm.TextValue("red")
	source := &fakeCRM{pages: map[crm.Kind][]connector.Page{crm.Company: {{Records: []crm.Record{r}, Last: true}}}}
	mirror := newMirror(t)
	if _, err := Pull(t.Context(), source, mirror, Options{}); crm.CodeOf(err) != crm.CodeConfig {
		t.Errorf("got %v", err)
	}
	if state, err := mirror.SyncState(t.Context(), crm.Company); err != nil || state != nil {
		t.Errorf("the page counts as pulled: %q, %v", state, err)
	}
	catalogue, err := crm.NewCatalogue(crm.Field{Kind: crm.Company, Name: "colour", Type: crm.Text})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Pull(t.Context(), source, mirror, Options{Catalogue: catalogue}); err != nil {
		t.Error(err)
	}
}

func TestACancelledPullStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	source := &fakeCRM{pages: map[crm.Kind][]connector.Page{crm.Company: {{Records: []crm.Record{record(crm.Company, "A", "a")}}, {Records: []crm.Record{record(crm.Company, "B", "b")}}}}}
	mirror := newMirror(t)
	_, err := Pull(ctx, source, mirror, Options{Progress: func(Progress) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	same(t, "the first page", len(customers(t, mirror)), 1)
}

// What records become depends on the account's zone and currency: with others, everything is pulled again.
func TestAnotherZoneOrCurrencyPullsEverythingAgain(t *testing.T) {
	mirror := newMirror(t)
	signed := record(crm.Deal, "d1", "x")
	signed.Fields = map[string]crm.Value{"closed_at": crm.DateValue(crm.DayOf(time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), time.UTC))}
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	fake := &fakeCRM{pages: map[crm.Kind][]connector.Page{crm.Deal: {{Records: []crm.Record{signed}, Full: true, Last: true}}}}
	for _, step := range []struct {
		options Options
		again   bool
	}{
		{Options{Zone: zone("Europe/Berlin"), Currency: "EUR"}, true},
		{Options{Zone: zone("Europe/Berlin"), Currency: "EUR"}, false},
		{Options{Zone: zone("Asia/Shanghai"), Currency: "EUR"}, true},
		{Options{Zone: zone("Asia/Shanghai"), Currency: "CNY"}, true},
		{Options{Zone: zone("Asia/Shanghai"), Currency: "CNY"}, false},
	} {
		report, err := Pull(t.Context(), fake, mirror, step.options)
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Kinds[crm.Deal].Records == 1; got != step.again {
			t.Errorf("in %s with %s everything is pulled: %v", step.options.Zone, step.options.Currency, got)
		}
	}
}
