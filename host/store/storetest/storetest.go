// Package storetest is the conformance suite of stores: what package store promises, checked through its
// exported surface on any engine.
//
// Run takes a function that answers the URL of a fresh, empty database; host/store/sqlite and
// host/store/postgres call it with theirs. The suite knows nothing of an engine.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Clock is a clock that stands still until it is set.
type Clock struct{ At time.Time }

// NewClock is a clock at an instant of no importance.
func NewClock() *Clock { return &Clock{At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

// Now is where the clock stands.
func (c *Clock) Now() time.Time { return c.At }

// Sleep sets the clock forward.
func (c *Clock) Sleep(_ <-chan struct{}, d time.Duration) bool {
	c.At = c.At.Add(d)
	return true
}

// Engine opens stores for the suite.
type Engine struct {
	// Fresh answers the URL of a new, empty database.
	Fresh func(t testing.TB) string
	// Open opens a URL.
	Open func(ctx context.Context, url string, clock crm.Clock) (*store.Store, error)
}

// Run runs the suite.
func Run(t *testing.T, engine Engine) {
	for _, c := range []struct {
		name string
		run  func(*suite)
	}{
		{"opening", opening}, {"records", records}, {"homes", homes}, {"merges", merges}, {"pulls", pulls},
		{"random pulls agree with a simple model", randomPulls},
		{"tags", tags}, {"models", models}, {"plans", plans}, {"values", values}, {"ledgers", ledgers}, {"runs", runs},
		{"leases", leases}, {"order", order}, {"forgetting", forgetting}, {"writers side by side", concurrency},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := NewClock()
			s := &suite{T: t, engine: engine, clock: clock, url: engine.Fresh(t), ctx: context.Background()}
			s.store = s.open()
			s.conn = s.connection("main", crm.Company)
			c.run(s)
		})
	}
}

// suite is one test's store.
type suite struct {
	*testing.T
	engine Engine
	clock  *Clock
	url    string
	ctx    context.Context
	store  *store.Store
	conn   *store.Conn
}

func (s *suite) open() *store.Store {
	s.Helper()
	st, err := s.engine.Open(s.ctx, s.url, s.clock)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := st.Close(); err != nil {
			s.Error(err)
		}
	})
	return st
}

func (s *suite) connection(name string, subject crm.Kind) *store.Conn {
	s.Helper()
	c, err := s.store.Connection(s.ctx, name, subject)
	s.ok(err)
	return c
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// refused checks the code of an error.
func (s *suite) refused(err error, code crm.Code) {
	s.Helper()
	if crm.CodeOf(err) != code {
		s.Fatalf("got error %v (code %q), want code %q", err, crm.CodeOf(err), code)
	}
}

// same compares what prints.
func (s *suite) same(what string, got, want any) {
	s.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		s.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// page applies records, all of one kind.
func (s *suite) page(records ...crm.Record) store.Applied {
	s.Helper()
	return s.pageOf(s.conn, records...)
}

func (s *suite) pageOf(c *store.Conn, records ...crm.Record) store.Applied {
	s.Helper()
	applied, err := c.ApplyPage(s.ctx, records[0].Kind, store.PageUpdate{Records: records, State: []byte("s"), Last: true})
	s.ok(err)
	return applied
}

func (s *suite) remove(kind crm.Kind, ids ...string) {
	s.Helper()
	applied, err := s.conn.ApplyPage(s.ctx, kind, store.PageUpdate{Deleted: ids, State: []byte("s"), Last: true})
	s.ok(err)
	s.same("deleted", applied.Deleted, len(ids))
}

// shape shows customers with the ids of what belongs to them: "A[p1 p2|d1|a1]".
func (s *suite) shape(c *store.Conn) []string {
	s.Helper()
	var out []string
	s.ok(c.Customers(s.ctx, "", func(cu *store.Customer) error {
		out = append(out, shapeOf(cu))
		return nil
	}))
	return out
}

func shapeOf(cu *store.Customer) string {
	var people, deals, activities []string
	for i := range cu.People {
		people = append(people, cu.People[i].ID)
	}
	for i := range cu.Deals {
		deals = append(deals, cu.Deals[i].ID)
	}
	for i := range cu.Activities {
		activities = append(activities, cu.Activities[i].ID)
	}
	join := func(ids []string) string {
		text := fmt.Sprint(ids)
		return text[1 : len(text)-1]
	}
	return cu.ID + "[" + join(people) + "|" + join(deals) + "|" + join(activities) + "]"
}

// changed lists the customers changed since a sequence number.
func (s *suite) changed(since int64) []string {
	s.Helper()
	var ids []string
	s.ok(s.conn.ChangedCustomers(s.ctx, since, func(id string) error { ids = append(ids, id); return nil }))
	return ids
}

func (s *suite) sequence() int64 {
	s.Helper()
	n, err := s.conn.Sequence(s.ctx)
	s.ok(err)
	return n
}

// record makes a record with a name and links such as "company:A".
func record(kind crm.Kind, id string, links ...crm.Link) crm.Record {
	return crm.Record{Kind: kind, ID: id, Fields: map[string]crm.Value{"name": crm.TextValue("name of " + id)}, Links: links}
}

func to(kind crm.Kind, id string) crm.Link { return crm.Link{Kind: kind, ID: id} }

func company(id string) crm.Record { return record(crm.Company, id) }
func contact(id string, links ...crm.Link) crm.Record {
	return record(crm.Contact, id, links...)
}
func deal(id string, links ...crm.Link) crm.Record     { return record(crm.Deal, id, links...) }
func activity(id string, links ...crm.Link) crm.Record { return record(crm.Activity, id, links...) }
