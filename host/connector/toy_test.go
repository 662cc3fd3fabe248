package connector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func TestEveryWayOfPagingReadsEverything(t *testing.T) {
	s, c, _ := newToy(t)
	p := pull(t, c, crm.Company, nil)
	if s.views != 1 {
		t.Errorf("what comes before a listing was asked %d times, want once for all pages", s.views)
	}
	if len(p.records) != 30+25+25+25 || !p.full {
		t.Errorf("%d records", len(p.records))
	}
	for id, n := range p.times {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestAPullOfSeveralObjectsResumesInTheRightOne(t *testing.T) {
	_, c, _ := newToy(t)
	whole := pull(t, c, crm.Company, nil)
	for cut := 1; cut < len(whole.sizes); cut++ {
		p := &pulled{}
		n := 0
		stop := fmt.Errorf("stop")
		_ = c.Pull(context.Background(), crm.Company, nil, func(page connector.Page) error { // the error is ours
			if n == cut {
				return stop
			}
			n++
			p.take(page)
			return nil
		})
		if err := c.Pull(context.Background(), crm.Company, p.state, func(page connector.Page) error { p.take(page); return nil }); err != nil {
			t.Fatal(err)
		}
		for id, n := range p.times {
			if n != 1 {
				t.Errorf("cut after %d: %s came %d times", cut, id, n)
			}
		}
		if len(p.records) != len(whole.records) || !p.last {
			t.Errorf("cut after %d: %d of %d records", cut, len(p.records), len(whole.records))
		}
	}
}

func TestPagingThatGoesWrongIsFound(t *testing.T) {
	for name, c := range map[string]struct{ path, answer, want string }{
		"the same page":     {"/number", `{"code":0,"has_more":true,"rows":[{"id":"1","name":"x"}]}`, "the same page again"},
		"a link in circles": {"/link", `{"code":0,"next":"/link?at=10","rows":[]}`, "one empty page after the other"},
		"endless":           {"/number", `{"code":0,"has_more":true,"rows":[]}`, "one empty page after the other"},
		"another host":      {"/link", `{"code":0,"next":"https://evil.example/link","rows":[{"id":"1","name":"x"}]}`, "another host"},
		"no rows":           {"/next", `{"code":0,"index":0,"of":1}`, "not with what was asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			s, conn, _ := newToy(t)
			s.fault = func(path string) (string, bool) { return c.answer, path == c.path }
			err := conn.Pull(context.Background(), crm.Company, nil, func(connector.Page) error { return nil })
			if crm.CodeOf(err) != crm.CodeProtocol || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("beyond the ceiling", func(t *testing.T) {
		s, conn, _ := newToy(t)
		n := 0
		s.fault = func(path string) (string, bool) {
			if path != "/offset" {
				return "", false
			}
			n++
			rows, _ := json.Marshal(s.rows("x", n*10, 10, 1000))
			return `{"code":0,"rows":` + string(rows) + `}`, true
		}
		err := conn.Pull(context.Background(), crm.Company, nil, func(connector.Page) error { return nil })
		if crm.CodeOf(err) != crm.CodeProtocol || !strings.Contains(err.Error(), "more records than its paging can reach") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAListingThatMustBeginAgainDoes(t *testing.T) {
	s, c, _ := newToy(t)
	struck := false
	s.fault = func(path string) (string, bool) {
		if path == "/link" && len(s.calls) > 0 && !struck && slices.Index(s.calls, "/link") != len(s.calls)-1 {
			struck = true
			return `{"code":55}`, true
		}
		return "", false
	}
	if p := pull(t, c, crm.Company, nil); !struck || len(p.records) != 105 {
		t.Errorf("%d records", len(p.records))
	}
}

func TestWhatComesNewestFirstIsReadUpToTheLastChangeSeen(t *testing.T) {
	s, c, clock := newToy(t)
	for i := range 60 { // one a minute, the newest now
		s.feed = append(s.feed, map[string]any{"id": fmt.Sprintf("o%03d", i), "name": "x", "at": epoch.Add(-time.Duration(i) * time.Minute).Unix()})
	}
	first := pull(t, c, crm.Deal, nil)
	again := pull(t, c, crm.Deal, first.state)
	clock.Advance(time.Hour)
	for i := range 25 {
		s.feed = append([]any{map[string]any{"id": fmt.Sprintf("n%03d", i), "name": "y", "at": clock.Now().Add(-time.Minute * time.Duration(25-i)).Unix()}}, s.feed...)
	}
	s.calls = nil
	p := pull(t, c, crm.Deal, again.state)
	if len(p.records) != 25 || len(p.times) != 25 {
		t.Errorf("%d records, want the 25 that are new", len(p.records))
	}
	pages := 0
	for _, call := range s.calls {
		if call == "/feed" {
			pages++
		}
	}
	if pages != 3 {
		t.Errorf("%d pages were read, want 3", pages)
	}
	if p = pull(t, c, crm.Deal, p.state); len(p.records) != 0 {
		t.Errorf("%d records come again", len(p.records))
	}
}

func TestKeysetsWithoutACursorAndWithSecondsLoseNothing(t *testing.T) {
	s, c, clock := newToy(t)
	old := epoch.Add(-time.Hour).Unix()
	for i := range 73 {
		s.people = append(s.people, map[string]any{"id": fmt.Sprintf("p%03d", i), "name": fmt.Sprint(i), "at": old + int64(i%5), "mail": "x@example.com", "firms": []any{map[string]any{"no": i + 1}, map[string]any{"no": i + 2}}})
	}
	first := pull(t, c, crm.Contact, nil)
	if len(first.records) != 73 {
		t.Fatalf("%d records", len(first.records))
	}
	r := first.records["p003"]
	if r.Linked(crm.Company) != "4" || len(r.Links) != 2 {
		t.Errorf("the record is %+v", r)
	}
	clock.Advance(time.Hour)
	var want []string
	for i := range s.people { // 41 share a second, which is more than four pages; 6 do not
		if i%3 != 0 || i < 20 {
			s.people[i]["at"] = clock.Now().Unix()
			if i%9 == 0 {
				s.people[i]["at"] = clock.Now().Unix() + int64(i)
			}
			s.people[i]["name"] = "changed"
			want = append(want, s.people[i]["id"].(string))
		}
	}
	clock.Advance(time.Hour)
	second := pull(t, c, crm.Contact, first.state)
	if !slices.Equal(second.ids(), want) {
		t.Errorf("%d records came, %d changed", len(second.records), len(want))
	}
	clock.Advance(time.Hour)
	if third := pull(t, c, crm.Contact, second.state); len(third.records) != 0 {
		t.Errorf("%v came although nothing changed", third.ids())
	}
	// A record that changes twice within one second is delivered twice.
	s.people[0]["at"], s.people[0]["name"] = clock.Now().Unix(), "once"
	fourth := pull(t, c, crm.Contact, second.state)
	s.people[0]["name"] = "twice"
	fifth := pull(t, c, crm.Contact, fourth.state)
	r = fifth.records["p000"]
	if r.Field("name").Text() != "twice" {
		t.Errorf("the second change within a second is lost: %v", fifth.ids())
	}
}

// A record may leave an object by a change of a property: it is told as gone, once, and comes again when it comes back.
func TestARecordThatLeavesItsObjectByAChangeIsGone(t *testing.T) {
	s, c, clock := newToy(t)
	s.fields["people"] = map[string]map[string]any{"left": {"key": "left", "title": "Left", "kind": "number"}} // asked for where it is there
	for i := range 12 {
		s.people = append(s.people, map[string]any{"id": fmt.Sprintf("p%03d", i), "name": fmt.Sprint(i), "at": epoch.Add(-time.Hour).Unix(), "left": i / 11})
	}
	first := pull(t, c, crm.Contact, nil)
	if len(first.records) != 11 || len(first.deleted) != 0 {
		t.Fatalf("everything: %v, gone are %v", first.ids(), first.deleted)
	}
	state := first.state
	for _, step := range []struct {
		what          string
		left          any
		records, gone []string
	}{
		{"it leaves", 1, []string{"p004"}, []string{"p003"}},
		{"nothing changes", nil, nil, nil},
		{"it comes back", 0, []string{"p003"}, nil},
		{"it cannot be told", "perhaps", nil, nil},
		{"it leaves again", 1, nil, []string{"p003"}},
	} {
		clock.Advance(time.Hour)
		if step.left != nil {
			s.people[3]["left"], s.people[3]["at"] = step.left, clock.Now().Unix()
		}
		if step.what == "it leaves" { // and another one changes
			s.people[4]["at"] = clock.Now().Unix()
		}
		clock.Advance(time.Hour)
		p := pull(t, c, crm.Contact, state)
		if state = p.state; p.full || !slices.Equal(p.ids(), step.records) || !slices.Equal(p.deleted, step.gone) {
			t.Errorf("%s: %v came, gone are %v", step.what, p.ids(), p.deleted)
		}
		if unclear := step.left == "perhaps"; unclear != (len(p.rejected) == 1) {
			t.Errorf("%s: rejected are %v", step.what, p.rejected)
		}
	}
}

func TestFieldsWithKeysAndOptionsOfTheCRMsOwn(t *testing.T) {
	s, c, _ := newToy(t)
	s.people = []map[string]any{{"id": "p001", "name": "x", "at": epoch.Unix()}}
	specs := []connector.FieldSpec{abc[0], abc[1], abc[2], abc[4]}
	s.lost = true // the first creation arrives and is not answered: it must not be made twice
	states, err := c.Provision(context.Background(), crm.Contact, specs)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.fields["people"]) != len(specs) {
		t.Errorf("%d fields were made, want %d", len(s.fields["people"]), len(specs))
	}
	if fmt.Sprint(states[0].Codec) != "map[A:1 B:2 C:3]" || states[0].Name == "taxon_abc" {
		t.Errorf("the state is %+v", states[0])
	}
	more := specs[0]
	more.Options = append(slices.Clone(more.Options), connector.Option{Code: "N", Label: "None"})
	states, err = c.Provision(context.Background(), crm.Contact, []connector.FieldSpec{more})
	if err != nil || !states[0].Extended || states[0].Codec["N"] != "103" {
		t.Fatalf("%+v, %v", states, err)
	}
	var writes []connector.Write
	for i := range 16 {
		writes = append(writes, connector.Write{ID: fmt.Sprintf("p%03d", i), Fields: map[string]string{"taxon_abc": "B", "taxon_abc_score": "2.5", "taxon_abc_watch": "true", "taxon_abc_since": ""}})
	}
	outcomes := map[string]connector.Outcome{}
	if err := c.Write(context.Background(), crm.Contact, writes, func(batch []connector.Outcome) error {
		for _, o := range batch {
			outcomes[o.ID] = o
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, w := range writes {
		o := outcomes[w.ID]
		switch w.ID[len(w.ID)-1] {
		case '4':
			if o.Error == nil || !o.Transient {
				t.Errorf("%s: %+v", w.ID, o)
			}
		case '5':
			if o.Error == nil || o.Error.Code != crm.CodeNotFound {
				t.Errorf("%s: %+v", w.ID, o)
			}
		default:
			v := s.values[w.ID]
			if o.Error != nil || v[states[0].Name] != "2" {
				t.Errorf("%s: %+v, %v", w.ID, o, v)
			}
			typed := map[string]bool{}
			for _, value := range v {
				typed[fmt.Sprintf("%T", value)] = true
			}
			if !typed["float64"] || !typed["bool"] || !typed["<nil>"] {
				t.Errorf("%s: the values are not typed: %v", w.ID, v)
			}
		}
	}
	read, err := c.Read(context.Background(), crm.Contact, []string{"p000", "p005"}, []string{"taxon_abc", "taxon_abc_score", "taxon_abc_watch", "taxon_abc_since"})
	if err != nil || len(read) != 1 || fmt.Sprint(read["p000"]) != "map[taxon_abc:B taxon_abc_score:2.5 taxon_abc_watch:true]" {
		t.Errorf("read %v, %v", read, err)
	}

	// Another process is told what this one found out; a field is ours whatever a person calls it.
	s.fields["people"][states[0].Name]["title"] = "Our ABC"
	later := s.open()
	later.RecallFields(crm.Contact, states)
	later.SetOwnFields(crm.Contact, []string{"taxon_abc"})
	if existing, err := later.ExistingFields(context.Background(), crm.Contact, []string{"taxon_abc"}); err != nil || len(existing) != 1 {
		t.Errorf("later it finds %v, %v", existing, err)
	}
	read, err = later.Read(context.Background(), crm.Contact, []string{"p000"}, []string{"taxon_abc"})
	if err != nil || fmt.Sprint(read["p000"]) != "map[taxon_abc:B]" {
		t.Errorf("later it reads %v, %v", read, err)
	}
}

func TestEqualValuesAreWrittenTogetherAndABadRecordFailsAlone(t *testing.T) {
	s, c, _ := newToy(t)
	if _, err := c.Provision(context.Background(), crm.Deal, abc[:2]); err != nil {
		t.Fatal(err)
	}
	var writes []connector.Write
	for i := range 10 {
		writes = append(writes, connector.Write{ID: fmt.Sprintf("orders%03d", i), Fields: map[string]string{"taxon_abc": []string{"A", "B"}[i%2]}})
	}
	failed := []string{}
	if err := c.Write(context.Background(), crm.Deal, writes, func(batch []connector.Outcome) error {
		for _, o := range batch {
			if o.Error != nil {
				failed = append(failed, o.ID)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(failed, []string{"orders003"}) || len(s.values) != 9 {
		t.Errorf("failed %v, written %d", failed, len(s.values))
	}
}

// Where a CRM also takes values of each record's own, they go together; what it refuses is found, and a server without that request
// is written to by equal values.
func TestDistinctValuesAreWrittenTogetherWhereTheCRMCan(t *testing.T) {
	for name, has := range map[string]bool{"the server has the request": true, "the server lacks it": false} {
		t.Run(name, func(t *testing.T) {
			s, c, _ := newToy(t)
			s.each = has
			states, err := c.Provision(context.Background(), crm.Deal, abc[:2])
			if err != nil {
				t.Fatal(err)
			}
			var writes []connector.Write
			for i := range 29 { // nine are equal, of which eight fill a request; the others differ
				score := "2.5"
				if i >= 9 {
					score = fmt.Sprint(100 + i)
				}
				id := fmt.Sprintf("orders%03d", 10+i)
				if i == 20 {
					id = "orders003"
				}
				writes = append(writes, connector.Write{ID: id, Fields: map[string]string{"taxon_abc": "A", "taxon_abc_score": score}})
			}
			s.calls = nil
			written, failed := 0, []string{}
			if err := c.Write(context.Background(), crm.Deal, writes, func(batch []connector.Outcome) error {
				for _, o := range batch {
					if written++; o.Error != nil {
						failed = append(failed, o.ID)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if written != 29 || !slices.Equal(failed, []string{"orders003"}) || len(s.values) != 28 {
				t.Errorf("%d outcomes, failed %v, written %d", written, failed, len(s.values))
			}
			for _, w := range slices.Concat(writes[:20], writes[21:]) {
				if fmt.Sprint(s.values[w.ID][states[1].Name]) != w.Fields["taxon_abc_score"] {
					t.Errorf("%s has %v", w.ID, s.values[w.ID])
				}
			}
			together, equal := 0, 0
			for _, call := range s.calls {
				switch call {
				case "/write_each":
					together++
				case "/write_same":
					equal++
				}
			}
			// Eight and the last one, which is alone, go by equal values, and the pair with the bad one in the end.
			if has && (together != 7 || equal != 4) || !has && together > 12 {
				t.Errorf("%d requests of distinct values, %d of equal ones", together, equal)
			}
		})
	}
}

func TestAFieldThatNeverAppearsIsToldAndTheOthersAreMade(t *testing.T) {
	s, c, _ := newToy(t)
	s.hidden = abc[0].Label
	states, err := c.Provision(context.Background(), crm.Contact, abc[:2])
	if crm.CodeOf(err) != crm.CodeProtocol || len(states) != 2 || states[0].Error == nil || states[1].Error != nil || !states[1].Created {
		t.Errorf("%+v, %v", states, err)
	}
}

func TestAFieldThatAPersonMustMakeComesWithInstructions(t *testing.T) {
	s, c, _ := newToy(t)
	states, err := c.Provision(context.Background(), crm.Activity, abc[3:4])
	if err != nil || !states[0].Missing || states[0].Instructions != "Add the field ABC reason" {
		t.Fatalf("%+v, %v", states, err)
	}
	s.fields["visits"]["z1"] = map[string]any{"key": "z1", "title": "ABC reason", "kind": "line"}
	states, err = c.Provision(context.Background(), crm.Activity, abc[3:4])
	if err != nil || states[0].Missing || states[0].Name != "z1" {
		t.Fatalf("%+v, %v", states, err)
	}
	if err := c.Write(context.Background(), crm.Activity, []connector.Write{{ID: "visit/1", Fields: map[string]string{"taxon_abc_reason": "x"}}}, func([]connector.Outcome) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(s.values["visit/1"]) != "map[z1:x]" {
		t.Errorf("written %v", s.values)
	}
}

func TestAFieldThatIsGoneIsMadeAgainByAPersonWhereNoProgramCan(t *testing.T) {
	s, c, _ := newToy(t)
	c.SetOwnFields(crm.Activity, []string{"taxon_abc_reason"})
	c.RecallFields(crm.Activity, []connector.FieldState{{Key: "taxon_abc_reason", Name: "z1"}})
	gone := func() []crm.Problem {
		t.Helper()
		found, err := c.Check(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(found, func(p crm.Problem) bool { return p.Code != crm.CodeNotFound })
	}
	found := gone()
	if len(found) != 1 || !strings.Contains(found[0].Message, "a person has to make it again") || !strings.Contains(found[0].Suggestion, "taxon check") {
		t.Fatalf("%v", found)
	}
	if _, err := c.Examine(context.Background(), crm.Activity, abc[3:4]); err != nil { // now it is known what the field is to be
		t.Fatal(err)
	}
	if found = gone(); len(found) != 1 || found[0].Suggestion != "Add the field ABC reason" {
		t.Errorf("%v", found)
	}
	s.fields["visits"]["z1"] = map[string]any{"key": "z1", "title": "Renamed", "kind": "line"}
	if found = gone(); len(found) != 0 {
		t.Errorf("%v", found)
	}
}

func TestATrialSaysThatTheCRMNamesAFieldItself(t *testing.T) {
	s, c, _ := newToy(t)
	spec := abc[3]
	try := func() connector.WriteTrial {
		t.Helper()
		shown, err := c.TryWrite(context.Background(), crm.Contact, "1", spec, "x")
		if err != nil || len(shown) == 0 {
			t.Fatalf("%+v, %v", shown, err)
		}
		return shown[len(shown)-1]
	}
	if last := try(); last.For != "write record" || !strings.Contains(last.Body, spec.Key) || !strings.Contains(last.Note, "in the place of "+spec.Key) {
		t.Errorf("%+v", last)
	}
	s.fields["people"]["z1"] = map[string]any{"key": "z1", "title": spec.Label, "kind": "line"}
	if last := try(); !strings.Contains(last.Body, "z1") || last.Note != "" {
		t.Errorf("%+v", last)
	}
}

func TestAFieldKnownByItsLabelIsFoundByAProcessThatMadeNone(t *testing.T) {
	s, c, _ := newToy(t)
	s.fields["visits"] = map[string]map[string]any{"z1": {"key": "z1", "title": "ABC reason", "kind": "line"}}
	states, err := c.Examine(context.Background(), crm.Activity, abc[3:4])
	if err != nil || states[0].Missing || states[0].Name != "z1" {
		t.Errorf("%+v, %v", states, err)
	}
}

func TestATokenIsSharedByManyAndMadeOnce(t *testing.T) {
	s, c, clock := newToy(t)
	for round := range 3 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := c.IDs(context.Background(), crm.Company, func([]string) error { return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if s.tokens != round+1 {
			t.Errorf("round %d: %d tokens", round, s.tokens)
		}
		if round == 0 {
			clock.Advance(900 * time.Second) // past 85 % of its life
		} else {
			s.mu.Lock()
			s.current = "revoked"
			s.mu.Unlock()
		}
	}
}
