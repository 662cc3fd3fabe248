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

func TestIncrementalFindsExactlyTheChanges(t *testing.T) {
	eachAPI(t, func(t *testing.T, api string) {
		a := newAccount(t, hubspot.Options{ShortPages: 4, EmptyPages: 5})
		a.api = api
		a.load(t, 30, 400, 900)
		c := a.open(t)
		for kind, name := range map[crm.Kind]string{crm.Company: hubspot.Companies, crm.Contact: hubspot.Contacts, crm.Deal: hubspot.Deals} {
			first := pull(t, c, kind, nil)
			a.clock.Advance(time.Hour)
			var want []string
			for i, r := range a.Records(name) {
				if i%3 == 1 {
					a.rename(t, name, r.ID, fmt.Sprintf("Renamed %d", i))
					want = append(want, r.ID)
					if i%2 == 0 { // half of them share an instant with the one before
						a.clock.Advance(time.Millisecond)
					}
				}
			}
			a.clock.Advance(10 * time.Minute)
			second := pull(t, c, kind, first.state)
			if second.full || !slices.Equal(second.ids(), want) {
				t.Fatalf("%s: %d records came (full %v), %d changed", kind, len(second.records), second.full, len(want))
			}
			for id, n := range second.times {
				if n != 1 {
					t.Errorf("%s %s came %d times", kind, id, n)
				}
			}
			a.clock.Advance(10 * time.Minute)
			if third := pull(t, c, kind, second.state); len(third.records) != 0 {
				t.Errorf("%s: %d records came although nothing changed", kind, len(third.records))
			}
		}
	})
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

func TestAChangeThatTheIndexShowsLateIsFoundByTheNextPullOrTheSecondPass(t *testing.T) {
	a := newAccount(t, hubspot.Options{IndexLag: 90 * time.Second})
	a.load(t, 20, 0, 0)
	c := a.open(t)
	state := pull(t, c, crm.Company, nil).state
	all := a.Records(hubspot.Companies)
	a.clock.Advance(time.Hour)
	a.rename(t, hubspot.Companies, all[0].ID, "seen at once")
	a.clock.Advance(80 * time.Second)
	a.rename(t, hubspot.Companies, all[1].ID, "still behind the index")
	a.clock.Advance(15 * time.Second)
	p := pull(t, c, crm.Company, state)
	if !slices.Equal(p.ids(), []string{all[0].ID}) {
		t.Fatalf("the first pull brings %v", p.ids())
	}
	a.clock.Advance(5 * time.Minute)
	if p = pull(t, c, crm.Company, p.state); !slices.Equal(p.ids(), []string{all[1].ID}) {
		t.Fatalf("the second pull brings %v", p.ids())
	}
	if n := c.Counts().LatePass; n != 0 {
		t.Errorf("%d requests of the second pass, want none yet", n)
	}
}

// lagging is an account whose index is far behind for one record.
func TestTheSecondPassFindsWhatTheOverlapMisses(t *testing.T) {
	a := newAccount(t, hubspot.Options{IndexLag: 30 * time.Minute})
	a.load(t, 20, 0, 0)
	c := a.open(t)
	state := pull(t, c, crm.Company, nil).state
	all := a.Records(hubspot.Companies)
	a.clock.Advance(10 * time.Minute)
	a.rename(t, hubspot.Companies, all[0].ID, "late")
	a.clock.Advance(15 * time.Minute)
	p := pull(t, c, crm.Company, state)
	if len(p.records) != 0 {
		t.Fatalf("%v came early", p.ids())
	}
	found := 0
	for range 12 {
		a.clock.Advance(20 * time.Minute)
		p = pull(t, c, crm.Company, p.state)
		found += p.times[all[0].ID]
	}
	if found != 1 {
		t.Errorf("the late change came %d times", found)
	}
}

func TestAnOwnClockThatIsAheadOrBehindLosesNothing(t *testing.T) {
	for _, ahead := range []time.Duration{20 * time.Minute, -20 * time.Minute} {
		a := newAccount(t, hubspot.Options{})
		a.load(t, 20, 0, 0)
		a.dated(t)
		a.clock.ahead = ahead
		c := a.open(t)
		state := pull(t, c, crm.Company, nil).state
		a.clock.Advance(time.Minute)
		changed := a.Records(hubspot.Companies)[3].ID
		a.rename(t, hubspot.Companies, changed, "changed")
		a.clock.Advance(time.Minute)
		if p := pull(t, c, crm.Company, state); !slices.Contains(p.ids(), changed) {
			t.Errorf("with a clock %v ahead the change is not found", ahead)
		}
	}
}

func TestDeletionsAndMergesAreLearned(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		a := newAccount(t, hubspot.Options{MergeKeepsID: keeps})
		a.load(t, 10, 0, 250)
		c := a.open(t)
		state := pull(t, c, crm.Deal, nil).state
		all := a.Records(hubspot.Deals)
		a.clock.Advance(2 * time.Hour)
		a.Archive(hubspot.Deals, all[5].ID)
		a.Archive(hubspot.Deals, all[200].ID)
		survivor, err := a.Merge(hubspot.Deals, all[10].ID, all[11].ID)
		if err != nil {
			t.Fatal(err)
		}
		a.clock.Advance(10 * time.Minute)
		p := pull(t, c, crm.Deal, state)
		gone := slices.Sorted(slices.Values(p.deleted))
		want := slices.Sorted(slices.Values([]string{all[5].ID, all[200].ID}))
		for _, id := range want {
			if !slices.Contains(gone, id) {
				t.Errorf("the deletion of %s is not learned: %v", id, gone)
			}
		}
		merged := p.records[survivor].MergedIDs
		if !slices.Contains(merged, all[11].ID) || keeps == slices.Contains(merged, all[10].ID) {
			t.Errorf("ids kept %v: the survivor %s has absorbed %v", keeps, survivor, merged)
		}
		a.clock.Advance(2 * time.Hour)
		if p = pull(t, c, crm.Deal, p.state); len(p.deleted) != 0 {
			t.Errorf("old deletions come again: %v", p.deleted)
		}
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
