package connector_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// TestTwentyThousandRecordsPastEveryCapAtTheFloorOfRequests takes 20,000 contacts (11,000 with the race detector), all changed, and as many writes through
// the limits of a free account. The floor is the fewest requests that HubSpot's caps allow (decision 23): pages of 100 by list and
// 200 by search, 1,000 ids in a batch of associations, 100 records in a write.
func TestTwentyThousandRecordsPastEveryCapAtTheFloorOfRequests(t *testing.T) {
	const n = many
	t.Parallel()
	a := newAccount(t, hubspot.Options{Limits: hubspot.Free()})
	old := epoch.Add(-48 * time.Hour)
	var companies []string
	for i := range 50 {
		id, err := a.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": fmt.Sprint(i)}, Created: old, Modified: old})
		if err != nil {
			t.Fatal(err)
		}
		companies = append(companies, id)
	}
	for i := range n {
		id, err := a.Load(hubspot.Contacts, sandbox.Record{Values: map[string]string{"lastname": fmt.Sprint(i)}, Created: old, Modified: old})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			a.Associate(hubspot.Contacts, id, hubspot.Companies, companies[i%50], true)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-34s %9s %7s %7s  %s\n", "what", "requests", "floor", "ratio", "apart")
	row := func(what string, sent, floor int, apart string) {
		fmt.Fprintf(&table, "%-34s %9d %7d %7.3f  %s\n", what, sent, floor, float64(sent)/float64(floor), apart)
		if float64(sent) > 1.05*float64(floor) {
			t.Errorf("%s: %d requests, the floor is %d", what, sent, floor)
		}
	}

	c := a.open(t)
	first := pull(t, c, crm.Contact, nil)
	counts := c.Counts()
	if len(first.records) != n {
		t.Fatalf("%d records", len(first.records))
	}
	row(fmt.Sprintf("first pull of %d contacts", n), counts.Pull+counts.Association, n/100+n/1000, fmt.Sprintf("discovery %d", counts.Discovery))

	a.clock.Advance(time.Hour)
	all := a.Records(hubspot.Contacts)
	for i, r := range all {
		a.rename(t, hubspot.Contacts, r.ID, fmt.Sprintf("Renamed %d", i))
		if i%7 == 0 {
			a.clock.Advance(time.Millisecond)
		}
	}
	a.clock.Advance(10 * time.Minute)
	c = a.open(t)
	second := pull(t, c, crm.Contact, first.state)
	counts = c.Counts()
	if len(second.records) != n {
		t.Fatalf("%d records", len(second.records))
	}
	row(fmt.Sprintf("%d changed contacts", n), counts.Pull+counts.Association, n/200+n/1000, fmt.Sprintf("discovery %d, archived %d, second pass %d", counts.Discovery, counts.Archived, counts.LatePass))

	a.clock.Advance(10 * time.Minute)
	idle := a.open(t)
	if p := pull(t, idle, crm.Contact, second.state); len(p.records) != 0 {
		t.Errorf("%d records although nothing changed", len(p.records))
	}
	if _, err := c.Provision(context.Background(), crm.Contact, abc); err != nil {
		t.Fatal(err)
	}
	writes := make([]connector.Write, n)
	for i, r := range all {
		writes[i] = connector.Write{ID: r.ID, Fields: map[string]string{"taxon_abc": "B", "taxon_abc_score": fmt.Sprint(i)}}
	}
	failed := 0
	err := c.Write(context.Background(), crm.Contact, writes, func(batch []connector.Outcome) error {
		a.clock.Advance(80 * time.Millisecond) // a request takes its time: a batch of 100 shares an instant
		for _, o := range batch {
			if o.Error != nil {
				failed++
			}
		}
		return nil
	})
	if err != nil || failed > 0 {
		t.Fatalf("%d failed, %v", failed, err)
	}
	row(fmt.Sprintf("%d contacts written", n), c.Counts().Write, n/100, fmt.Sprintf("provision %d", c.Counts().Provision))

	t.Logf("\n%snothing changed: %+v", table.String(), idle.Counts())

	for _, r := range a.Log.Requests() {
		if r.Status == 429 {
			t.Fatal("a rate limit was exceeded")
		}
	}
}

func TestAnIncrementalPullThatIsKilledResumesFromItsState(t *testing.T) {
	t.Parallel()
	a := newAccount(t, hubspot.Options{})
	a.load(t, 10, 3000, 0)
	state := pull(t, a.open(t), crm.Contact, nil).state
	a.clock.Advance(2 * time.Hour)
	for i, r := range a.Records(hubspot.Contacts) {
		a.rename(t, hubspot.Contacts, r.ID, "changed")
		if i%3 == 0 {
			a.clock.Advance(time.Millisecond)
		}
	}
	a.Archive(hubspot.Contacts, a.Records(hubspot.Contacts)[9].ID)
	a.clock.Advance(2 * time.Hour)
	// Killed after every page, in every phase: each process stores one page and dies while it works on the next.
	killed := errors.New("killed")
	p := &pulled{state: state}
	phases := 0
	for runs := 0; ; runs++ {
		if runs > 20 {
			t.Fatal("it does not come to an end")
		}
		pages := 0
		err := a.open(t).Pull(context.Background(), crm.Contact, p.state, func(page connector.Page) error {
			if pages == 1 {
				return killed
			}
			pages++
			phases++
			p.take(page)
			return nil
		})
		if err == nil {
			break
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
	}
	for id, n := range p.times {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if len(p.records) != 2999 || !slices.Equal(p.deleted, []string{"20"}) && len(p.deleted) != 1 {
		t.Errorf("%d changed, deleted %v", len(p.records), p.deleted)
	}
}
