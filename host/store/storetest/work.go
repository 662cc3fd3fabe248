package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func tags(s *suite) {
	s.page(company("A"), company("B"), company("C"))
	row := func(customer, class string) store.TagRow {
		return store.TagRow{Customer: customer, Values: []store.TagValue{{Key: "", Value: class}, {Key: "score", Value: "0.8"}},
			Reasons: []byte(`[{"code":"share"}]`), Since: 20000, AsOf: 20001, Input: [16]byte{1, 2, 3}, Model: 7, Run: 9, Standing: []byte(`{"day":"2024-10-05"}`)}
	}
	s.ok(s.conn.SaveTags(s.ctx, "abc", []store.TagRow{row("B", "B"), row("A", "A"), row("gone", "A")}))
	s.ok(s.conn.SaveTags(s.ctx, "rfm", []store.TagRow{row("A", "champion"), {Customer: "C"}}))
	list := func(read func(fn func(*store.TagRow) error) error) (out []string) {
		s.Helper()
		s.ok(read(func(r *store.TagRow) error { out = append(out, r.Customer+"="+r.Value("")); return nil }))
		return out
	}
	all := func() []string {
		return list(func(fn func(*store.TagRow) error) error { return s.conn.Tags(s.ctx, "abc", fn) })
	}
	s.same("all, in order, of customers in the mirror", all(), []string{"A=A", "B=B"})
	s.same("a range", list(func(fn func(*store.TagRow) error) error { return s.conn.TagsBetween(s.ctx, "abc", "AA", "Z", fn) }), []string{"B=B"})
	s.same("by id", list(func(fn func(*store.TagRow) error) error {
		return s.conn.TagsByID(s.ctx, "abc", []string{"B", "C", "A", "B"}, fn)
	}), []string{"A=A", "B=B"})
	of, err := s.conn.TagsOf(s.ctx, "A")
	s.ok(err)
	s.same("of a customer", []any{slices.Sorted(maps.Keys(of)), of["abc"]}, []any{[]string{"abc", "rfm"}, row("A", "A")})
	at := row("A", "C")
	at.Standing = nil
	s.ok(s.conn.SaveTags(s.ctx, "abc", []store.TagRow{at}))
	s.same("replaced", all(), []string{"A=C", "B=B"})
	var standings []string
	s.ok(s.conn.Tags(s.ctx, "abc", func(r *store.TagRow) error { standings = append(standings, string(r.Standing)); return nil }))
	s.same("what rules of stability remember", standings, []string{"", `{"day":"2024-10-05"}`})
	s.ok(s.conn.DeleteTags(s.ctx, "abc", []string{"B", "none"}))
	s.same("removed", all(), []string{"A=C"})
	s.remove(crm.Company, "A")
	s.same("tags go with their customer", all(), []string{})
	names, err := s.conn.Classifiers(s.ctx)
	s.ok(err)
	s.same("classifiers", names, []string{"rfm"})
	s.ok(s.conn.ForgetClassifier(s.ctx, "rfm"))
	names, err = s.conn.Classifiers(s.ctx)
	s.ok(err)
	s.same("classifiers", names, []string{})
}

func models(s *suite) {
	_, ok, err := s.conn.Model(s.ctx, "abc")
	s.ok(err)
	s.same("no model", ok, false)
	m := store.Model{Classifier: "abc", Key: "k", AsOf: 20000, Plugin: "p", Config: "c", StateVersion: 3, Bytes: []byte{0, 1, 2}, Customers: 85,
		Tags: []byte("t"), Report: json.RawMessage(`{"a":1}`), Run: 4}
	first, err := s.conn.SaveModel(s.ctx, m)
	s.ok(err)
	got, ok, err := s.conn.Model(s.ctx, "abc")
	s.ok(err)
	m.ID, m.CreatedAt = first, s.clock.Now()
	s.same("the model", []any{ok, got}, []any{true, m})
	m.Bytes = nil
	second, err := s.conn.SaveModel(s.ctx, m)
	s.ok(err)
	got, _, err = s.conn.Model(s.ctx, "abc")
	s.ok(err)
	s.same("the current one", []any{got.ID, len(got.Bytes)}, []any{second, 0})
	got, ok, err = s.conn.ModelByID(s.ctx, first)
	s.ok(err)
	s.same("an earlier one, without its bytes", []any{ok, got.Key, got.Bytes == nil}, []any{true, "k", true})

	w := store.Work{Classifier: "abc", Key: "w", Sequence: 5, AsOf: 20000, Model: second, Run: 4, Result: json.RawMessage(`{}`)}
	s.ok(s.conn.SaveWork(s.ctx, w))
	w.Sequence = 6
	s.ok(s.conn.SaveWork(s.ctx, w))
	work, ok, err := s.conn.Work(s.ctx, "abc")
	s.ok(err)
	s.same("work", []any{work, ok}, []any{w, true})
	_, ok, err = s.conn.Work(s.ctx, "rfm")
	s.ok(err)
	s.same("no work", ok, false)

	_, ok, err = s.store.Configured(s.ctx, "key")
	s.ok(err)
	s.same("not configured", ok, false)
	s.ok(s.store.SaveConfigured(s.ctx, "key", []byte("1")))
	s.ok(s.store.SaveConfigured(s.ctx, "key", []byte("2")))
	data, ok, err := s.store.Configured(s.ctx, "key")
	s.ok(err)
	s.same("configured", []any{string(data), ok}, []any{"2", true})
}

func plans(s *suite) {
	s.page(company("A"), company("B"), company("C"))
	w, err := s.conn.BeginPlan(s.ctx, store.Plan{Run: 3, AsOf: 20000})
	s.ok(err)
	s.ok(w.Add(s.ctx, []store.PlanRow{{Kind: crm.Company, Record: "x", Customer: "x"}}))
	w, err = s.conn.BeginPlan(s.ctx, store.Plan{Run: 3, AsOf: 20000})
	s.ok(err)
	change := func(value string) []store.Change {
		return []store.Change{{Classifier: "abc", Field: "taxon_abc", Old: "C", Written: "C", New: value, Cause: "data", Reason: json.RawMessage(`{"code":"share"}`)}}
	}
	rows := []store.PlanRow{{Kind: crm.Company, Record: "A", Customer: "A", Changes: change("A")}, {Kind: crm.Company, Record: "B", Customer: "B", Changes: change("B")}}
	s.ok(w.Add(s.ctx, rows))
	s.ok(w.Add(s.ctx, []store.PlanRow{{Kind: crm.Contact, Record: "C", Customer: "C", Changes: change("")}}))
	s.same("numbered", []int64{rows[0].Seq, rows[1].Seq}, []int64{1, 2})
	list, err := s.conn.Plans(s.ctx, 0)
	s.ok(err)
	s.same("a draft is no plan", list, []store.Plan{})
	plan, err := w.Commit(s.ctx, "hash", json.RawMessage(`{"changes":3}`))
	s.ok(err)
	s.same("the plan", plan, store.Plan{ID: w.ID(), Run: 3, AsOf: 20000, Hash: "hash", Status: store.PlanReady, Rows: 3, Summary: json.RawMessage(`{"changes":3}`),
		CreatedAt: s.clock.Now(), UpdatedAt: s.clock.Now()})

	states := func(states ...store.RowState) (out []string) {
		s.Helper()
		s.ok(s.conn.PlanRows(s.ctx, plan.ID, states, func(r store.PlanRow) error {
			text := fmt.Sprintf("%d %s %s %s %d", r.Seq, r.Record, r.Changes[0].New, r.State, r.Attempts)
			if r.Error != nil {
				text += " " + r.Error.Message
			}
			out = append(out, text)
			return nil
		}))
		return out
	}
	s.same("rows", states(), []string{"1 A A pending 0", "2 B B pending 0", "3 C  pending 0"})
	s.ok(s.conn.MarkSent(s.ctx, plan.ID, []int64{1, 2}))
	s.same("sent", states(store.RowSent), []string{"1 A A sent 1", "2 B B sent 1"})
	s.ok(s.conn.Settle(s.ctx, plan.ID, []store.Settlement{
		{Seq: 1, State: store.RowDone, Written: map[string]string{"taxon_abc": "A"}},
		{Seq: 2, State: store.RowFailed, Error: &crm.Error{Code: crm.CodeRecord, Message: "refused"}}}))
	s.ok(s.conn.MarkSent(s.ctx, plan.ID, []int64{1, 3})) // 1 is settled
	s.same("settled", states(), []string{"1 A A done 1", "2 B B failed 1 refused", "3 C  sent 1"})
	s.ok(s.conn.Settle(s.ctx, plan.ID, []store.Settlement{{Seq: 3, State: store.RowPending}}))
	s.same("to be sent again", states(store.RowPending, store.RowSent), []string{"3 C  pending 1"})
	counts, err := s.conn.PlanCounts(s.ctx, plan.ID)
	s.ok(err)
	s.same("counts", counts, map[store.RowState]int64{store.RowDone: 1, store.RowFailed: 1, store.RowPending: 1})
	s.same("written", s.targets(crm.Company, "abc"), []string{"A@A tags[] written[taxon_abc:A] current[taxon_abc:A]"})

	other := s.connection("other", crm.Company)
	s.ok(other.PlanRows(s.ctx, plan.ID, nil, func(store.PlanRow) error { return errors.New("another connection's plan") }))
	s.ok(other.MarkSent(s.ctx, plan.ID, []int64{3}))
	s.same("untouched", states(store.RowPending), []string{"3 C  pending 1"})

	s.ok(s.conn.SetPlanStatus(s.ctx, plan.ID, store.PlanApplied))
	for range 2 {
		w, err = s.conn.BeginPlan(s.ctx, store.Plan{})
		s.ok(err)
		_, err = w.Commit(s.ctx, "h", nil)
		s.ok(err)
	}
	list, err = s.conn.Plans(s.ctx, 2)
	s.ok(err)
	s.same("newest first", []any{len(list), list[0].Status, list[1].Status}, []any{2, store.PlanReady, store.PlanSuperseded})
	w, err = s.conn.BeginPlan(s.ctx, store.Plan{})
	s.ok(err)
	s.ok(w.Discard(s.ctx))
	_, err = w.Commit(s.ctx, "h", nil)
	s.refused(err, crm.CodeConflict)
	s.ok(s.conn.PrunePlans(s.ctx, 1))
	_, ok, err := s.conn.Plan(s.ctx, plan.ID)
	s.ok(err)
	s.same("pruned", []any{ok, states()}, []any{false, []string{}})
}

// targets shows what a plan compares.
func (s *suite) targets(kind crm.Kind, classifiers ...string) (out []string) {
	s.Helper()
	show := func(t *store.Target) error {
		text := t.ID + "@" + t.Customer + " tags["
		for _, c := range classifiers {
			if row := t.Tags[c]; row != nil {
				text += c + ":" + row.Value("")
			}
		}
		w, c := fmt.Sprint(t.Written), fmt.Sprint(t.Current)
		out = append(out, text+"] written"+strings.TrimPrefix(w, "map")+" current"+strings.TrimPrefix(c, "map"))
		return nil
	}
	s.ok(s.conn.Targets(s.ctx, kind, classifiers, show))
	all := out
	out = nil
	s.ok(s.conn.TargetsByID(s.ctx, kind, classifiers, []string{"q", "A", "p", "C", "B", "none"}, show))
	s.same("by id", out, all)
	return all
}

func values(s *suite) {
	a, p := company("A"), contact("p", to(crm.Company, "A"))
	a.Own = map[string]string{"taxon_abc": "B", "taxon_old": ""}
	p.Own = map[string]string{"taxon_abc": "C"}
	s.page(a, company("B"), company("C"))
	s.page(p, contact("q", to(crm.Company, "nowhere")))
	s.ok(s.conn.SaveTags(s.ctx, "abc", []store.TagRow{{Customer: "A", Values: []store.TagValue{{Value: "A"}}}, {Customer: "B", Values: []store.TagValue{{Value: "B"}}}}))
	s.ok(s.conn.SetWritten(s.ctx, crm.Company, store.Values{"A": {"taxon_abc": "B", "taxon_rfm": "x"}, "C": {"taxon_abc": "C"}}))
	s.same("companies", s.targets(crm.Company, "abc"), []string{"A@A tags[abc:A] written[taxon_abc:B taxon_rfm:x] current[taxon_abc:B]",
		"B@B tags[abc:B] written[] current[]", "C@C tags[] written[taxon_abc:C] current[]"})
	s.same("their people", s.targets(crm.Contact, "abc"), []string{"p@A tags[abc:A] written[] current[taxon_abc:C]"})

	s.ok(s.conn.SetWritten(s.ctx, crm.Company, store.Values{"A": {"taxon_rfm": ""}, "C": {"taxon_abc": ""}}))
	s.ok(s.conn.SetCurrent(s.ctx, crm.Company, store.Values{"A": {"taxon_abc": "hand"}}))
	differing := func() (out []string) {
		s.Helper()
		s.ok(s.conn.Differing(s.ctx, crm.Company, func(id string) error { out = append(out, id); return nil }))
		return out
	}
	s.same("differing", differing(), []string{"A"})
	s.same("read afresh", s.targets(crm.Company), []string{"A@A tags[] written[taxon_abc:B] current[taxon_abc:hand]"})
	a.Own = map[string]string{"taxon_abc": "B"}
	s.same("the pull's value counts, though the content is the same", s.page(a), store.Applied{Unchanged: 1})
	s.same("after the pull", s.targets(crm.Company), []string{"A@A tags[] written[taxon_abc:B] current[taxon_abc:B]"})
	s.same("none differs", differing(), []string(nil))
	a.Own = nil
	s.page(a)
	s.same("differing, cleared", differing(), []string{"A"})
	s.same("cleared by hand", s.targets(crm.Company), []string{"A@A tags[] written[taxon_abc:B] current[]"})

	// A page that shows a record as it was before our last write says nothing about our fields.
	at := s.clock.Now()
	old := company("B")
	old.Own = map[string]string{"taxon_abc": "old"}
	w, err := s.conn.BeginPlan(s.ctx, store.Plan{})
	s.ok(err)
	s.ok(w.Add(s.ctx, []store.PlanRow{{Kind: crm.Company, Record: "B"}}))
	settle := func(updated time.Time) {
		s.ok(s.conn.Settle(s.ctx, w.ID(), []store.Settlement{{Seq: 1, State: store.RowDone, Written: map[string]string{"taxon_abc": "B"}, UpdatedAt: updated}}))
	}
	current := func() string { return s.targets(crm.Company)[1] }
	settle(at)
	settle(time.Time{}) // one whose time is not known does not undo that
	old.UpdatedAt = at.Add(-time.Millisecond)
	s.page(old)
	s.same("an old version", current(), "B@B tags[] written[taxon_abc:B] current[taxon_abc:B]")
	old.UpdatedAt = at
	s.page(old)
	s.same("a version as new as the write", current(), "B@B tags[] written[taxon_abc:B] current[taxon_abc:old]")
	settle(at.Add(time.Minute))
	old.UpdatedAt = time.Time{}
	s.page(old)
	s.same("a version without a time", current(), "B@B tags[] written[taxon_abc:B] current[taxon_abc:old]")
	s.ok(s.conn.SetWritten(s.ctx, crm.Company, store.Values{"B": {"taxon_abc": ""}}))
	s.page(company("B"))
	s.ok(w.Discard(s.ctx))

	written := func(fields ...string) (out []string) {
		s.Helper()
		s.ok(s.conn.WrittenRecords(s.ctx, crm.Company, fields, func(id string, values map[string]string) error {
			out = append(out, fmt.Sprint(id, " ", values))
			return nil
		}))
		return out
	}
	s.ok(s.conn.SetWritten(s.ctx, crm.Company, store.Values{"B": {"taxon_rfm": "y"}, "unknown": {"taxon_abc": "C"}}))
	s.same("written records", written(), []string{"A map[taxon_abc:B]", "B map[taxon_rfm:y]", "unknown map[taxon_abc:C]"})
	s.same("of a field", written("taxon_rfm", "none"), []string{"B map[taxon_rfm:y]"})
	// What a draft adopts counts once it is a plan; a draft that another one replaces leaves nothing.
	for _, commit := range []bool{false, true} {
		w, err := s.conn.BeginPlan(s.ctx, store.Plan{})
		s.ok(err)
		s.ok(w.Adopt(s.ctx, crm.Company, store.Values{"B": {"taxon_new": "n", "taxon_rfm": ""}}))
		if commit {
			s.ok(w.Adopt(s.ctx, crm.Contact, store.Values{"p": {"taxon_new": "q"}}))
		}
		s.same("written before the plan", written("taxon_new", "taxon_rfm"), []string{"B map[taxon_rfm:y]"})
		if commit {
			_, err = w.Commit(s.ctx, "h", nil)
			s.ok(err)
			s.same("with the plan", written("taxon_new", "taxon_rfm"), []string{"B map[taxon_new:n]"})
		}
	}
	s.ok(s.conn.SetWritten(s.ctx, crm.Company, store.Values{"B": {"taxon_new": "", "taxon_rfm": "y"}}))
	s.ok(s.conn.SetWritten(s.ctx, crm.Contact, store.Values{"p": {"taxon_new": ""}}))
	s.ok(s.conn.SetWritten(s.ctx, crm.Company, store.Values{"B": {"taxon_gone": "1"}}))
	s.ok(s.conn.SetCurrent(s.ctx, crm.Company, store.Values{"B": {"taxon_gone": "1", "taxon_rfm": "y"}}))
	s.ok(s.conn.ForgetValues(s.ctx, crm.Company, []string{"taxon_gone"}))
	s.same("without a forgotten field", s.targets(crm.Company)[1], "B@B tags[] written[taxon_rfm:y] current[taxon_rfm:y]")
	s.remove(crm.Company, "A")
	s.same("values go with their record", written(), []string{"B map[taxon_rfm:y]", "unknown map[taxon_abc:C]"})

	var many []crm.Record
	var rows []store.TagRow
	for i := range 1200 {
		r := company(fmt.Sprintf("m%04d", i))
		many, rows = append(many, r), append(rows, store.TagRow{Customer: r.ID, Values: []store.TagValue{{Value: fmt.Sprint(i)}}})
	}
	s.page(many...)
	s.ok(s.conn.SaveTags(s.ctx, "many", rows))
	n := 0
	s.ok(s.conn.Targets(s.ctx, crm.Company, []string{"none", "many"}, func(t *store.Target) error {
		if row := t.Tags["many"]; row != nil {
			if want := fmt.Sprintf("m%04d", n); t.ID != want || row.Value("") != fmt.Sprint(n) || len(t.Tags) != 1 {
				s.Errorf("target %d is %s with %s", n, t.ID, row.Value(""))
			}
			n++
		}
		return nil
	}))
	s.same("many pages", n, 1200)
}

func ledgers(s *suite) {
	o := store.Override{Kind: crm.Company, Record: "A", Field: "taxon_abc", Classifier: "abc", Value: "B", Replaced: "A", Run: 2}
	s.ok(s.conn.SaveOverrides(s.ctx, []store.Override{o, {Kind: crm.Contact, Record: "p", Field: "taxon_abc", Kept: true}}))
	o.Kept = true
	s.ok(s.conn.SaveOverrides(s.ctx, []store.Override{o}))
	var got []store.Override
	read := func() {
		s.ok(s.conn.Overrides(s.ctx, func(o store.Override) error { got = append(got, o); return nil }))
	}
	read()
	o.At = s.clock.Now()
	s.same("overrides", []any{len(got), got[0], got[1].Record, got[1].Kept}, []any{2, o, "p", true})
	s.ok(s.conn.DeleteOverrides(s.ctx, got[:1]))
	got = nil
	read()
	s.same("left", []any{len(got), got[0].Record}, []any{1, "p"})

	f := store.Field{Kind: crm.Company, Key: "taxon_abc", Name: "taxon_abc__c", Classifier: "abc", Label: "ABC", Type: crm.Text, Codec: map[string]string{"A": "1"},
		Spec: "hash", Created: true}
	s.ok(s.conn.SaveFields(s.ctx, []store.Field{f, {Kind: crm.Company, Key: "taxon_rfm", Missing: true, Instructions: "make it"}}))
	f.Label = "ABC class"
	s.ok(s.conn.SaveFields(s.ctx, []store.Field{f}))
	fields, err := s.conn.Fields(s.ctx)
	s.ok(err)
	f.UpdatedAt = s.clock.Now()
	s.same("fields", []any{len(fields), fields[0], fields[1].Instructions}, []any{2, f, "make it"})
	s.ok(s.conn.DeleteFields(s.ctx, crm.Company, []string{"taxon_abc"}))
	fields, err = s.conn.Fields(s.ctx)
	s.ok(err)
	s.same("left", len(fields), 1)

	bad := func(id, message string) crm.Rejected {
		return crm.Rejected{Kind: crm.Deal, ID: id, Error: &crm.Error{Code: crm.CodeRecord, Message: message, Pointer: "/amount"}}
	}
	s.ok(s.conn.AddRejected(s.ctx, store.StageWrite, 1, []crm.Rejected{bad("1", "a"), bad("1", "b"), bad("", "no id")}))
	first := s.clock.Now()
	s.clock.At = s.clock.At.Add(time.Hour)
	s.ok(s.conn.AddRejected(s.ctx, store.StageWrite, 2, []crm.Rejected{bad("1", "c")}))
	list, err := s.conn.Rejected(s.ctx, store.StageWrite, 1)
	s.ok(err)
	r := list[0]
	s.same("counted", []any{r.ID, r.Error.Message, r.Error.Pointer, r.Times, r.Run, r.FirstAt, r.LastAt}, []any{"1", "c", "/amount", 3, 2, first, s.clock.Now()})
	n, err := s.conn.CountRejected(s.ctx, store.StagePull)
	s.ok(err)
	s.same("of another stage", n, 0)
	s.ok(s.conn.ClearRejected(s.ctx, store.StageWrite, crm.Deal, []string{"1"}))
	n, err = s.conn.CountRejected(s.ctx, "")
	s.ok(err)
	s.same("left", n, 1)
	s.ok(s.conn.ClearRejected(s.ctx, store.StageWrite, crm.Deal, nil))
	n, err = s.conn.CountRejected(s.ctx, "")
	s.ok(err)
	s.same("none", n, 0)
}

func runs(s *suite) {
	id, err := s.conn.BeginRun(s.ctx, store.Run{Command: "run", Owner: "host 1", AsOf: 20000, Settings: json.RawMessage(`{"rates":[]}`)})
	s.ok(err)
	s.ok(s.conn.AddRequests(s.ctx, id, map[string]int64{"pull": 3, "write": 0}))
	s.ok(s.conn.AddRequests(s.ctx, id, map[string]int64{"pull": 2, "write": 1}))
	started := s.clock.Now()
	s.clock.At = s.clock.At.Add(time.Minute)
	s.ok(s.conn.Heartbeat(s.ctx, id))
	s.clock.At = s.clock.At.Add(store.HeartbeatTimeout)
	r, ok, err := s.conn.Run(s.ctx, id)
	s.ok(err)
	s.same("a living run", []any{ok, r.Status, r.StartedAt, r.Requests, string(r.Settings), r.AsOf}, []any{true, "running", started, map[string]int64{"pull": 5, "write": 1}, `{"rates":[]}`, "2024-10-04"})
	s.clock.At = s.clock.At.Add(time.Second)
	r, _, err = s.conn.Run(s.ctx, id)
	s.ok(err)
	s.same("one that died", []any{r.Status, r.FinishedAt.IsZero()}, []any{"interrupted", true})
	next, err := s.conn.BeginRun(s.ctx, store.Run{Command: "pull"})
	s.ok(err)
	s.ok(s.conn.FinishRun(s.ctx, next, store.RunFailed, json.RawMessage(`{}`), &crm.Error{Code: crm.CodeRateLimit, Message: "quota"}))
	list, err := s.conn.Runs(s.ctx, 0)
	s.ok(err)
	s.same("newest first", []any{len(list), list[0].ID, list[0].Status, list[0].Error.Code, list[1].Status, list[1].FinishedAt}, []any{2, next, "failed", "rate_limit", "interrupted", started.Add(time.Minute)})
	list, err = s.conn.Runs(s.ctx, 1)
	s.ok(err)
	s.same("limited", len(list), 1)
	s.refused(s.conn.FinishRun(s.ctx, 999, store.RunDone, nil, nil), crm.CodeConflict)
	_, ok, err = s.conn.Run(s.ctx, 999)
	s.ok(err)
	s.same("no such run", ok, false)
}
