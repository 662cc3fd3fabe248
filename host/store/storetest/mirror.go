package storetest

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func records(s *suite) {
	at := time.Date(2025, 12, 31, 23, 59, 59, 123456000, time.UTC)
	full := []crm.Record{
		{Kind: crm.Company, ID: "A", Fields: map[string]crm.Value{
			"name": crm.TextValue("Größe & 华北 \"x\""), "employees": crm.IntegerValue(-7), "annual_revenue": crm.AmountValue(crm.Money{Minor: math.MinInt64, Currency: "JPY"}),
			"created_at": crm.TimeValue(at), "founded": crm.DateValue(-25000), "rate": crm.NumberValue(-0.125), "vip": crm.BooleanValue(true), "blank": crm.TextValue("")}},
		{Kind: crm.Contact, ID: "p", Fields: map[string]crm.Value{"email": crm.TextValue("a@b.example"), "decision_maker": crm.BooleanValue(false)},
			Links: []crm.Link{{Kind: crm.Company, ID: "A", Primary: true}}},
		{Kind: crm.Deal, ID: "d", Fields: map[string]crm.Value{
			"state": crm.TextValue(crm.Won), "amount": crm.AmountValue(crm.Money{Minor: 150050, Currency: "USD"}), "base_amount": crm.AmountValue(crm.Money{Minor: -1, Currency: "EUR"}),
			"created_at": crm.TimeValue(at), "closed_at": crm.MicrosValue(-1), "stage": crm.TextValue("won"), "pipeline": crm.TextValue("default"), "product": crm.TextValue("GTX"),
			"category": crm.TextValue("new"), "owner": crm.TextValue("7"), "name": crm.TextValue("Deal"), "margin": crm.NumberValue(0.3), "probability": crm.IntegerValue(100)},
			Links: []crm.Link{{Kind: crm.Company, ID: "A", Primary: true}, {Kind: crm.Contact, ID: "p", Primary: true}}},
		// Values of unusual types keep them; the typed places stay empty.
		{Kind: crm.Deal, ID: "e", Fields: map[string]crm.Value{"amount": crm.NumberValue(3), "closed_at": crm.DateValue(20000), "state": crm.TextValue("")},
			Links: []crm.Link{{Kind: crm.Company, ID: "A", Primary: true}}},
		{Kind: crm.Activity, ID: "v", Fields: map[string]crm.Value{"kind": crm.TextValue("survey"), "scale": crm.TextValue("nps"), "status": crm.TextValue("done"),
			"score": crm.NumberValue(9), "amount": crm.AmountValue(crm.Money{Minor: 0, Currency: "USD"}), "occurred_at": crm.MicrosValue(0),
			"due_at": crm.TimeValue(at), "paid_at": crm.TimeValue(at.Add(time.Hour)), "channel": crm.TextValue("mail")},
			Links: []crm.Link{{Kind: crm.Company, ID: "A", Primary: true}, {Kind: crm.Deal, ID: "d", Primary: true}}},
	}
	for _, r := range full {
		s.page(r)
	}
	for _, want := range full {
		got, customer, ok, err := s.conn.Record(s.ctx, want.Kind, want.ID)
		s.ok(err)
		if !ok || customer != "A" || !reflect.DeepEqual(got, want) {
			s.Errorf("stored %+v, read %+v of customer %q", want, got, customer)
		}
	}
	s.ok(s.conn.Customers(s.ctx, "", func(cu *store.Customer) error {
		s.same("company's fields", cu.Fields.Map(), full[0].Fields)
		s.same("a field", cu.Fields.Get("founded"), full[0].Fields["founded"])
		s.same("no field", cu.Fields.Get("fax").Missing(), true)
		s.same("person's fields", cu.People[0].Fields.Map(), full[1].Fields)
		d, odd, v := cu.Deals[0], cu.Deals[1], cu.Activities[0]
		s.same("deal", []any{d.State, d.Amount, d.BaseAmount, d.CreatedAt, d.ClosedAt, d.Field("margin")},
			[]any{"won", "1500.50 USD", "-0.01 EUR", at.UnixMicro(), -1, "0.3"})
		s.same("deal of unusual types", []any{odd.Amount.Currency, odd.ClosedAt == store.NoTime, odd.Field("amount"), odd.Field("closed_at"), odd.Field("name").Missing()},
			[]any{"", true, "3", "2024-10-04", true})
		s.same("activity", []any{v.Kind, v.HasScore, v.Score, v.Amount, v.OccurredAt, v.Field("channel"), v.Field("paid_at")},
			[]any{"survey", true, 9, "0.00 USD", 0, "mail", "2026-01-01T00:59:59.123456Z"})
		for name, want := range full[2].Fields {
			s.same("deal's "+name, d.Field(name), want)
		}
		return nil
	}))

	sequence := s.sequence()
	echo := full[0]
	echo.UpdatedAt, echo.Own = at.Add(time.Hour), map[string]string{"taxon_abc": "A"}
	s.same("the echo of our own write", s.page(echo), store.Applied{Unchanged: 1})
	s.same("changed by it", s.changed(sequence), []string{})
	s.same("sequence", s.sequence(), sequence)
	changed := full[2]
	changed.Fields = map[string]crm.Value{"amount": crm.AmountValue(crm.Money{Minor: 2, Currency: "USD"})}
	s.same("a changed deal", s.page(changed), store.Applied{Upserted: 1})
	s.same("its customer", s.changed(sequence), []string{"A"})
	s.same("listed twice, the last version counts", s.page(full[2], changed), store.Applied{Unchanged: 1})

	big := company("Z")
	big.Fields["note"] = crm.TextValue(strings.Repeat("长", 100_000))
	s.page(big)
	var many []crm.Record
	for i := range 1500 {
		many = append(many, deal(fmt.Sprintf("z%04d", i), to(crm.Company, "Z")))
	}
	s.same("many deals of one customer", s.page(many...), store.Applied{Upserted: 1500})
	s.ok(s.conn.CustomersByID(s.ctx, []string{"Z", "none", "A", "Z"}, func(cu *store.Customer) error {
		s.same("deals of "+cu.ID, len(cu.Deals), map[string]int{"A": 2, "Z": 1500}[cu.ID])
		return nil
	}))
	counts, err := s.conn.Counts(s.ctx)
	s.ok(err)
	s.same("counts", counts, store.Counts{Customers: 2, People: 1, Deals: 1502, Activities: 1})
	_, err = s.conn.ApplyPage(s.ctx, crm.Deal, store.PageUpdate{Records: []crm.Record{{Kind: crm.Deal, ID: ""}}, State: []byte("s")})
	s.ok(err) // passed over
}

func homes(s *suite) {
	// Deals and people arrive before their company, and wait.
	s.page(deal("d1", to(crm.Company, "A")), deal("d2", to(crm.Contact, "p1")), deal("d3"))
	s.page(activity("a1", to(crm.Deal, "d2")), activity("a2", to(crm.Contact, "p1"), to(crm.Deal, "d1")))
	s.page(contact("p1", to(crm.Company, "B")), contact("p2"))
	s.same("nobody is a customer yet", s.shape(s.conn), []string{})
	orphans, err := s.conn.Orphans(s.ctx, 10)
	s.ok(err)
	s.same("waiting", []int{orphans.People, orphans.Deals, orphans.Activities, len(orphans.Sample)}, []int{2, 3, 2, 7})

	s.page(company("A"), company("B"))
	s.same("they reach it", s.shape(s.conn), []string{"A[|d1|]", "B[p1|d2|a1 a2]"})
	orphans, err = s.conn.Orphans(s.ctx, 10)
	s.ok(err)
	s.same("orphans", orphans, store.Orphans{People: 1, Deals: 1, Sample: []store.Orphan{{Kind: crm.Contact, ID: "p2"}, {Kind: crm.Deal, ID: "d3"}}})

	before := s.sequence()
	s.page(contact("p1", to(crm.Company, "A")))
	s.same("a contact that changes its company takes along what reaches it through the contact", s.shape(s.conn), []string{"A[p1|d1 d2|a1 a2]", "B[||]"})
	s.same("both changed", s.changed(before), []string{"A", "B"})

	s.page(deal("d2", to(crm.Company, "B"), to(crm.Contact, "p1")))
	s.same("a company of its own comes first; an activity follows its deal", s.shape(s.conn), []string{"A[p1|d1|a2]", "B[|d2|a1]"})

	s.page(contact("p1"))
	s.same("a contact without company: its activity falls back to the deal", s.shape(s.conn), []string{"A[|d1|a2]", "B[|d2|a1]"})
	s.page(deal("d1", to(crm.Contact, "p1")))
	s.same("a deal whose contact has none is an orphan, with its activities", s.shape(s.conn), []string{"A[||]", "B[|d2|a1]"})
	s.page(contact("p1", to(crm.Company, "A")))
	s.same("until the contact has one", s.shape(s.conn), []string{"A[p1|d1|a2]", "B[|d2|a1]"})

	s.remove(crm.Contact, "p1")
	s.same("without the contact", s.shape(s.conn), []string{"A[||]", "B[|d2|a1]"})
	s.remove(crm.Deal, "d2")
	s.same("an activity of a deal that is gone", s.shape(s.conn), []string{"A[||]", "B[||]"})
	s.page(deal("d2", to(crm.Company, "A")))
	s.same("and back", s.shape(s.conn), []string{"A[|d2|a1]", "B[||]"})

	s.remove(crm.Company, "A")
	s.same("a company that is gone", s.shape(s.conn), []string{"B[||]"})
	s.page(company("A"))
	s.same("comes back with its deals", s.shape(s.conn), []string{"A[|d2|a1]", "B[||]"})
	counts, err := s.conn.Counts(s.ctx)
	s.ok(err)
	s.same("counts", counts, store.Counts{Customers: 2, Deals: 1, Activities: 1, Orphans: store.Orphans{People: 1, Deals: 2, Activities: 1}})

	s.page(deal("m", crm.Link{Kind: crm.Company, ID: "A"}, crm.Link{Kind: crm.Company, ID: "B", Primary: true}))
	s.same("the primary company counts", s.shape(s.conn), []string{"A[|d2|a1]", "B[|m|]"})

	people := s.connection("people", crm.Contact)
	s.pageOf(people, company("A"), company("B"))
	s.pageOf(people, contact("p1", to(crm.Company, "A")), contact("p2"))
	s.pageOf(people, deal("d1", to(crm.Company, "A"), to(crm.Contact, "p1")), deal("d2", to(crm.Company, "A")))
	s.pageOf(people, activity("a1", to(crm.Deal, "d1")), activity("a2", to(crm.Contact, "p2"), to(crm.Deal, "d1")), activity("a3", to(crm.Company, "A")))
	s.same("contacts as customers", s.shape(people), []string{"p1[|d1|a1]", "p2[||a2]"})
	orphans, err = people.Orphans(s.ctx, 9)
	s.ok(err)
	s.same("their orphans", orphans, store.Orphans{Deals: 1, Activities: 1, Sample: []store.Orphan{{Kind: crm.Deal, ID: "d2", Company: "A"}, {Kind: crm.Activity, ID: "a3", Company: "A"}}})
	_, customer, ok, err := people.Record(s.ctx, crm.Company, "B")
	s.ok(err)
	s.same("companies are kept", []any{customer, ok}, []any{"", true})
}

func merges(s *suite) {
	s.page(company("A"), company("B"))
	s.page(contact("p", to(crm.Company, "A")), contact("q", to(crm.Company, "B")))
	s.page(deal("d1", to(crm.Company, "A")), deal("d2", to(crm.Contact, "p")), deal("d3", to(crm.Company, "B")))
	s.page(activity("a", to(crm.Deal, "d2")))
	before := s.sequence()
	b := company("B")
	b.MergedIDs = []string{"A", "older"}
	s.page(b)
	s.same("what belonged to a merged company belongs to the other", s.shape(s.conn), []string{"B[p q|d1 d2 d3|a]"})
	s.same("changed", s.changed(before), []string{"B"})
	s.page(deal("d4", to(crm.Company, "A")), deal("d5", to(crm.Company, "older")))
	s.same("old ids mean the new one", s.shape(s.conn), []string{"B[p q|d1 d2 d3 d4 d5|a]"})
	before = s.sequence()
	s.same("the same again is no change", s.page(b), store.Applied{Unchanged: 1})
	s.same("sequence", s.sequence(), before)
	c := company("C")
	c.MergedIDs = []string{"B"}
	s.page(c)
	s.same("merged again", s.shape(s.conn), []string{"C[p q|d1 d2 d3 d4 d5|a]"})
	s.page(deal("d6", to(crm.Company, "older")))
	s.same("chains", s.shape(s.conn), []string{"C[p q|d1 d2 d3 d4 d5 d6|a]"})

	s.page(company("D"))
	r := contact("r", to(crm.Company, "D"))
	r.MergedIDs = []string{"p"}
	s.page(r)
	s.same("a merged contact takes along what reaches a company through it", s.shape(s.conn), []string{"C[q|d1 d3 d4 d5 d6|]", "D[r|d2|a]"})
	e := deal("e", to(crm.Company, "C"))
	e.MergedIDs = []string{"d2"}
	s.page(e)
	s.same("a merged deal its activities", s.shape(s.conn), []string{"C[q|d1 d3 d4 d5 d6 e|a]", "D[r||]"})
	s.page(company("A"))
	s.same("an id that comes back stands for itself", s.shape(s.conn), []string{"A[||]", "C[q|d1 d3 d4 d5 d6 e|a]", "D[r||]"})
	counts, err := s.conn.Counts(s.ctx)
	s.ok(err)
	s.same("counts", counts, store.Counts{Customers: 3, People: 2, Deals: 6, Activities: 1})
}

func pulls(s *suite) {
	apply := func(kind crm.Kind, page store.PageUpdate) store.Applied {
		s.Helper()
		applied, err := s.conn.ApplyPage(s.ctx, kind, page)
		s.ok(err)
		return applied
	}
	state := func() string {
		s.Helper()
		b, err := s.conn.SyncState(s.ctx, crm.Company)
		s.ok(err)
		return string(b)
	}
	s.same("from zero", state(), "")
	full := store.PageUpdate{Full: true, State: []byte("page 1"), Records: []crm.Record{company("A"), company("B"), company("C"), company("D")}}
	apply(crm.Company, full)
	s.same("state of a page", state(), "page 1")
	n, err := s.conn.FinishPull(s.ctx, crm.Company, 1)
	s.ok(err)
	s.same("a pull that did not end removes nothing", n, 0)
	apply(crm.Company, store.PageUpdate{Full: true, Last: true, State: []byte("end")})
	n, err = s.conn.FinishPull(s.ctx, crm.Company, 1)
	s.ok(err)
	s.same("everything was seen", n, 0)

	apply(crm.Company, store.PageUpdate{Last: true, State: []byte("end 2"), Records: []crm.Record{company("E")}})
	n, err = s.conn.FinishPull(s.ctx, crm.Company, 0)
	s.ok(err)
	s.same("an incremental pull removes nothing", n, 0)

	// A second full pull: B is gone, C cannot be read, the process dies between the pages.
	apply(crm.Company, store.PageUpdate{Full: true, State: []byte("p1"), Records: []crm.Record{company("A")},
		Rejected: []crm.Rejected{{Kind: crm.Company, ID: "C", Error: &crm.Error{Code: crm.CodeRecord, Message: "bad"}}}})
	s.store = s.open()
	s.conn = s.connection("main", crm.Company)
	apply(crm.Company, store.PageUpdate{Full: true, Last: true, State: []byte("p2"), Records: []crm.Record{company("D"), company("E")}})
	_, err = s.conn.FinishPull(s.ctx, crm.Company, 0.1)
	s.refused(err, crm.CodeGuard)
	s.same("the guard keeps all", s.shape(s.conn), []string{"A[||]", "B[||]", "C[||]", "D[||]", "E[||]"})
	_, err = s.conn.FinishPull(s.ctx, crm.Company, 0.1)
	s.ok(err)
	rejected, err := s.conn.Rejected(s.ctx, store.StagePull, 0)
	s.ok(err)
	s.same("rejected", []any{len(rejected), rejected[0].ID, rejected[0].Error.Message}, []any{1, "C", "bad"})

	apply(crm.Company, store.PageUpdate{Full: true, Last: true, State: []byte("p3"), Records: []crm.Record{company("A"), company("C"), company("D"), company("E")}})
	n, err = s.conn.FinishPull(s.ctx, crm.Company, 0.2)
	s.ok(err)
	s.same("removed", n, 1)
	s.same("left", s.shape(s.conn), []string{"A[||]", "C[||]", "D[||]", "E[||]"})
	count, err := s.conn.CountRejected(s.ctx, "")
	s.ok(err)
	s.same("a record that arrives leaves the ledger", count, 0)

	result, err := s.conn.Reconcile(s.ctx, crm.Company, func(emit func([]string) error) error {
		s.ok(emit([]string{"A", "C", "new"}))
		return emit([]string{"E"})
	}, 0.5)
	s.ok(err)
	s.same("reconciled", result, store.Reconciled{Listed: 4, Unknown: 1, Removed: 1})
	s.same("left", s.shape(s.conn), []string{"A[||]", "C[||]", "E[||]"})
	_, err = s.conn.Reconcile(s.ctx, crm.Company, func(func([]string) error) error { return nil }, 0.5)
	s.refused(err, crm.CodeGuard)
	s.same("an empty listing removes nothing", len(s.shape(s.conn)), 3)
	_, err = s.conn.Reconcile(s.ctx, crm.Company, func(func([]string) error) error { return fmt.Errorf("the CRM does not answer") }, 1)
	if err == nil || err.Error() != "the CRM does not answer" || len(s.shape(s.conn)) != 3 {
		s.Errorf("a listing that fails: %v, %v", err, s.shape(s.conn))
	}
	apply(crm.Company, store.PageUpdate{Full: true, State: []byte("p1"), Records: []crm.Record{company("A")}})
	_, err = s.conn.Reconcile(s.ctx, crm.Company, func(func([]string) error) error { return nil }, 1)
	s.refused(err, crm.CodeConflict)
	s.ok(s.conn.ResetSync(s.ctx, crm.Company))
	s.same("from zero again", state(), "")
	apply(crm.Company, store.PageUpdate{Full: true, Last: true, State: []byte("p1"), Records: []crm.Record{company("C")}})
	n, err = s.conn.FinishPull(s.ctx, crm.Company, 1)
	s.ok(err)
	s.same("what only the abandoned pull saw is gone as well", []any{n, s.shape(s.conn)}, []any{2, []string{"C[||]"}})
}

func order(s *suite) {
	ids := []string{"Z", "a", "B", "é", "-1", "10", "9", "_x", "A b", "a-b", "ab"}
	var list []crm.Record
	for _, id := range ids {
		list = append(list, company(id))
	}
	s.page(list...)
	want := []string{"-1", "10", "9", "A b", "B", "Z", "_x", "a", "a-b", "ab", "é"}
	var got []string
	s.ok(s.conn.Customers(s.ctx, "", func(cu *store.Customer) error { got = append(got, cu.ID); return nil }))
	s.same("bytewise order", got, want)
	got = nil
	s.ok(s.conn.Customers(s.ctx, "B", func(cu *store.Customer) error { got = append(got, cu.ID); return nil }))
	s.same("after a cursor", got, want[5:])
	s.same("changed", s.changed(0), want)
	got = nil
	s.ok(s.conn.CustomersByID(s.ctx, ids, func(cu *store.Customer) error { got = append(got, cu.ID); return nil }))
	s.same("by id", got, want)
	stop := fmt.Errorf("enough")
	if err := s.conn.Customers(s.ctx, "", func(*store.Customer) error { return stop }); err != stop {
		s.Errorf("the callback's error: %v", err)
	}
	list = nil
	for i := range 1201 {
		list = append(list, company(fmt.Sprintf("m%04d", i)))
	}
	s.page(list...)
	n := 0
	s.ok(s.conn.Customers(s.ctx, "m", func(cu *store.Customer) error { n++; return nil }))
	s.same("many pages", n, 1202)
}
