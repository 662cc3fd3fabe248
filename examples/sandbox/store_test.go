package sandbox_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newStore(o sandbox.StoreOptions) (*sandbox.Store, *sandbox.Manual) {
	clock := sandbox.NewManual(noon)
	o.Clock = clock
	return sandbox.NewStore(o), clock
}

func put(s *sandbox.Store, kind, id string) string {
	return s.Put(kind, sandbox.Record{ID: id}).ID
}

func ids(list []*sandbox.Record) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}

func TestPagesFollowIDOrderWhateverTheOrderOfLoading(t *testing.T) {
	s, _ := newStore(sandbox.StoreOptions{})
	for _, id := range []string{"100", "9", "20", "3"} {
		put(s, "x", id)
	}
	if made := put(s, "x", ""); made != "101" {
		t.Errorf("an id that was loaded may not be handed out again: %s", made)
	}
	page, more := s.Page("x", "", 2, nil)
	if got := ids(page); !slices.Equal(got, []string{"3", "9"}) || !more {
		t.Errorf("first page %v, %v", got, more)
	}
	s.Erase("x", "9") // a cursor outlives its record
	page, more = s.Page("x", "9", 10, nil)
	if got := ids(page); !slices.Equal(got, []string{"20", "100", "101"}) || more {
		t.Errorf("second page %v, %v", got, more)
	}
}

func TestARecordThatWasHandedOutDoesNotChange(t *testing.T) {
	s, clock := newStore(sandbox.StoreOptions{})
	before := s.Put("x", sandbox.Record{Values: map[string]string{"a": "1", "b": "2", "empty": ""}})
	clock.Advance(1500 * time.Microsecond)
	after, _ := s.Update("x", before.ID, map[string]string{"a": "", "c": "3"})
	if len(before.Values) != 2 || before.Values["a"] != "1" || !before.Modified.Equal(noon) {
		t.Errorf("before: %+v", before)
	}
	if len(after.Values) != 2 || after.Values["c"] != "3" || !after.Modified.Equal(noon.Add(time.Millisecond)) {
		t.Errorf("after: %+v", after)
	}
	if _, ok := s.Update("x", "none", nil); ok {
		t.Error("an unknown record was updated")
	}
}

func TestMergeCarriesValuesAndLinks(t *testing.T) {
	s, _ := newStore(sandbox.StoreOptions{})
	w := s.Put("x", sandbox.Record{Values: map[string]string{"a": "w"}}).ID
	l := s.Put("x", sandbox.Record{Values: map[string]string{"a": "l", "b": "l"}}).ID
	y := put(s, "y", "")
	s.Link("x", l, "y", y, []string{"main"}, []string{"back"})
	s.Link("x", l, "x", w, nil, nil)
	r, err := s.Merge("x", w, l, true)
	if err != nil {
		t.Fatal(err)
	}
	if r.Values["a"] != "w" || r.Values["b"] != "l" || !slices.Equal(r.Merged, []string{w, l}) {
		t.Errorf("survivor %+v", r)
	}
	if links := s.Links("x", r.ID, "y"); len(links) != 1 || !links[0].Has("main") {
		t.Errorf("links %v", links)
	}
	if links := s.Links("y", y, "x"); len(links) != 1 || links[0].ID != r.ID || !links[0].Has("back") {
		t.Errorf("way back %v", links)
	}
	if links := s.Links("x", r.ID, "x"); len(links) != 0 {
		t.Errorf("a record linked to itself: %v", links)
	}
	if got, _ := s.Resolve("x", l); got == nil || got.ID != r.ID {
		t.Errorf("the old id leads to %v", got)
	}
	if _, ok := s.Get("x", l); ok {
		t.Error("the old id still has a record")
	}
	if _, err := s.Merge("x", w, l, true); err == nil {
		t.Error("what is gone was merged")
	}
	again, err := s.Merge("x", r.ID, put(s, "x", ""), false)
	if err != nil || again.ID != r.ID {
		t.Errorf("merge into the winner: %v, %v", again, err)
	}
}

func TestLinksHideArchivedRecordsAndForgetErasedOnes(t *testing.T) {
	s, _ := newStore(sandbox.StoreOptions{})
	x, a, b := put(s, "x", ""), put(s, "y", ""), put(s, "y", "")
	s.Link("x", x, "y", a, []string{"main"}, nil)
	s.Link("x", x, "y", b, nil, nil)
	s.Archive("y", a)
	if links := s.Links("x", x, "y"); len(links) != 1 || links[0].ID != b {
		t.Errorf("links %v", links)
	}
	s.Restore("y", a)
	s.Unlabel("x", x, "y", "main")
	if links := s.Links("x", x, "y"); len(links) != 2 || links[0].Has("main") || s.Links("y", a, "x")[0].Has("main") {
		t.Errorf("links %v", links)
	}
	s.Erase("x", x)
	if links := s.Links("y", b, "x"); len(links) != 0 {
		t.Errorf("links to an erased record: %v", links)
	}
	s.Link("x", put(s, "x", ""), "y", b, nil, nil)
	s.Unlink("y", b, "x", s.Links("y", b, "x")[0].ID)
	if links := s.Links("y", b, "x"); len(links) != 0 {
		t.Errorf("links %v", links)
	}
}

func TestTheIndexShowsTheLastVersionItKnows(t *testing.T) {
	s, clock := newStore(sandbox.StoreOptions{IndexLag: 10 * time.Second})
	id := s.Put("x", sandbox.Record{Values: map[string]string{"v": "0"}}).ID
	shown := func() string {
		snap := s.Indexed("x")
		if len(snap.Records) == 0 {
			return "nothing"
		}
		return snap.Records[0].Values["v"]
	}
	var got []string
	for second := range 16 { // versions 1 to 5 come at seconds 1 to 5
		if second > 0 {
			clock.Advance(time.Second)
			if second <= 5 {
				s.Update("x", id, map[string]string{"v": fmt.Sprint(second)})
			}
		}
		got = append(got, shown())
	}
	want := []string{"nothing", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing", "0", "1", "2", "3", "4", "5"}
	if !slices.Equal(got, want) {
		t.Errorf("shown %v, want %v", got, want)
	}
	if !s.Indexed("x").Settled {
		t.Error("nothing waits, yet the index is not settled")
	}
}

func TestSchemaChanges(t *testing.T) {
	s, _ := newStore(sandbox.StoreOptions{})
	for _, name := range []string{"a", "b", "c"} {
		if err := s.AddField("x", sandbox.Field{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if s.AddField("x", sandbox.Field{Name: "a"}) == nil {
		t.Error("a field was defined twice")
	}
	id := s.Put("x", sandbox.Record{Values: map[string]string{"a": "1", "b": "2"}}).ID
	if !s.RemoveField("x", "a") || s.RemoveField("x", "a") {
		t.Error("removal")
	}
	if r, _ := s.Get("x", id); r.Values["a"] != "" || r.Values["b"] != "2" {
		t.Errorf("values %v", r.Values)
	}
	f, ok := s.EditField("x", "c", func(f *sandbox.Field) { f.Label = "new" })
	if have, _ := s.Field("x", "c"); !ok || f.Label != "new" || have.Label != "new" {
		t.Errorf("edited %+v", f)
	}
	if len(s.Fields("x")) != 2 {
		t.Errorf("fields %v", s.Fields("x"))
	}
	if s.AddGroup("x", sandbox.Group{Name: "g"}) != nil || s.AddGroup("x", sandbox.Group{Name: "g"}) == nil || !s.RemoveGroup("x", "g") || s.RemoveGroup("x", "g") {
		t.Error("groups")
	}
}

func TestConcurrentUse(t *testing.T) {
	s, clock := newStore(sandbox.StoreOptions{IndexLag: time.Second})
	company := put(s, "company", "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				r := s.Put("deal", sandbox.Record{Values: map[string]string{"a": "1"}})
				s.Link("deal", r.ID, "company", company, nil, nil)
				s.Update("deal", r.ID, map[string]string{"a": "2"})
				s.Page("deal", r.ID, 10, nil)
				s.Indexed("deal")
				s.Links("company", company, "deal")
				clock.Advance(time.Millisecond)
			}
		})
	}
	wg.Wait()
	if s.Len("deal") != 400 || len(s.Links("company", company, "deal")) != 400 {
		t.Errorf("%d deals, %d links", s.Len("deal"), len(s.Links("company", company, "deal")))
	}
}

func TestAHeldChangeAppearsAfterLaterOnes(t *testing.T) {
	clock := sandbox.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s := sandbox.NewStore(sandbox.StoreOptions{Clock: clock, IndexLag: time.Second})
	a := s.Put("company", sandbox.Record{Values: map[string]string{"name": "a"}}).ID
	b := s.Put("company", sandbox.Record{Values: map[string]string{"name": "b"}}).ID
	clock.Advance(time.Minute)
	s.Update("company", a, map[string]string{"name": "a2"})
	s.Hold("company", a, time.Hour)
	clock.Advance(time.Second)
	s.Update("company", b, map[string]string{"name": "b2"})
	names := func() string {
		snap := s.Indexed("company")
		if len(snap.Records) != 2 {
			t.Fatalf("%d records", len(snap.Records))
		}
		return snap.Records[0].Values["name"] + " " + snap.Records[1].Values["name"]
	}
	clock.Advance(time.Second)
	if got := names(); got != "a b2" {
		t.Errorf("the index shows %s", got)
	}
	clock.Advance(time.Hour)
	if got := names(); got != "a2 b2" {
		t.Errorf("in the end the index shows %s", got)
	}
}
