package connector_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func (a *crmAccount) rename(t *testing.T, kind, id, value string) {
	t.Helper()
	name := map[string]string{hubspot.Companies: "name", hubspot.Contacts: "lastname", hubspot.Deals: "dealname"}[kind]
	if err := a.Update(kind, id, map[string]string{name: value}); err != nil {
		t.Fatal(err)
	}
}

func TestEqualInstantsAtPageEdgesAndBeyondTheWindowAreAllRead(t *testing.T) {
	t.Parallel()
	a := newAccount(t, hubspot.Options{LexicographicIDs: true, Limits: hubspot.Unlimited(), EmptyPages: 9, ShortPages: 5})
	for i := range 11_000 {
		if _, err := a.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	first := pull(t, a.open(t), crm.Company, nil)
	all := a.Records(hubspot.Companies)
	a.clock.Advance(time.Hour)
	for i, r := range all { // 300 alone, then 10,400 at one instant (a bulk edit), then 300 alone
		a.rename(t, hubspot.Companies, r.ID, fmt.Sprintf("Renamed %d", i))
		if i < 300 || i >= 10_700 {
			a.clock.Advance(3 * time.Millisecond)
		}
	}
	a.clock.Advance(10 * time.Minute)
	c := a.open(t)
	second := pull(t, c, crm.Company, first.state)
	if !slices.Equal(second.ids(), ids(all)) {
		t.Fatalf("%d records came, %d changed", len(second.records), len(all))
	}
	t.Logf("%d requests for 11,000 changes, 10,400 of them at one instant, with every fifth page short and every ninth empty (floor of full pages: 55)", c.Counts().Pull)
}

func TestTheEchoOfOurOwnBatchesIsReadAtTheFloor(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: hubspot.Unlimited()})
	for i := range 2400 {
		if _, err := a.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	first := pull(t, a.open(t), crm.Company, nil)
	a.clock.Advance(time.Hour)
	for i, r := range a.Records(hubspot.Companies) { // batches of 100 at one instant: our own write-back
		a.rename(t, hubspot.Companies, r.ID, fmt.Sprintf("Renamed %d", i))
		if i%100 == 99 {
			a.clock.Advance(50 * time.Millisecond)
		}
	}
	a.clock.Advance(10 * time.Minute)
	c := a.open(t)
	second := pull(t, c, crm.Company, first.state)
	if n := c.Counts().Pull; len(second.records) != 2400 || n > 12 {
		t.Errorf("%d records in %d requests, the floor is 12", len(second.records), n)
	}
}

func TestAGapLongerThanTheCRMRemembersDeletionsNeedsAFullPull(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 5, 0, 0)
	c := a.open(t)
	state := pull(t, c, crm.Company, nil).state
	a.clock.Advance(91 * 24 * time.Hour)
	if p := pull(t, c, crm.Company, state); !p.full || len(p.records) != 5 {
		t.Errorf("full %v, %d records", p.full, len(p.records))
	}
}

func TestRecordsThatMoveWhileTheyAreListedAreNotSkipped(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: hubspot.Unlimited()})
	a.load(t, 1000, 0, 0)
	c := a.open(t)
	state := pull(t, c, crm.Company, nil).state
	all := a.Records(hubspot.Companies)
	a.clock.Advance(time.Hour)
	for _, r := range all {
		a.rename(t, hubspot.Companies, r.ID, "first")
		a.clock.Advance(time.Millisecond)
	}
	a.clock.Advance(time.Minute)
	p := &pulled{}
	i := 0
	err := c.Pull(t.Context(), crm.Company, state, func(page connector.Page) error {
		p.take(page)
		for range 5 { // people go on working: what was listed already moves to the end
			a.clock.Advance(time.Millisecond)
			a.rename(t, hubspot.Companies, all[i].ID, "second")
			i++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.records) != 1000 {
		t.Errorf("%d of 1,000 records came", len(p.records))
	}
}
