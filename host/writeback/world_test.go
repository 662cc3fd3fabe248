package writeback

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/open"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// testClock moves a second with every look, so that what happens later has a later time.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

func (c *testClock) Sleep(<-chan struct{}, time.Duration) bool { return true }

// world is a CRM, a store, and what is classified.
type world struct {
	t           testing.TB
	ctx         context.Context
	crm         *fakeCRM
	asCRM       CRM // what plans are made and applied with
	store       *store.Store
	conn        *store.Conn
	clock       *testClock
	asOf        crm.Day
	run         int64
	cause       string            // that the classification notes
	people      map[string]string // contact to company
	classifiers []Classifier
}

func newWorld(t testing.TB, subject crm.Kind) *world {
	t.Helper()
	fake := newFake()
	w := &world{t: t, ctx: context.Background(), crm: fake, asCRM: fake, clock: &testClock{now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)},
		people: map[string]string{}, classifiers: []Classifier{abc()}}
	w.asOf = crm.DayOf(w.clock.Now(), time.UTC)
	w.openStore(filepath.Join(t.TempDir(), "taxon.db"), subject)
	return w
}

func (w *world) openStore(path string, subject crm.Kind) {
	w.t.Helper()
	s, err := open.Open(w.ctx, "sqlite:"+path, w.clock)
	w.must(err)
	w.t.Cleanup(func() { w.must(s.Close()) })
	w.store = s
	w.conn, err = s.Connection(w.ctx, "main", subject)
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// abc is a classifier with two classes, unclassified, and a score.
func abc() Classifier {
	option := func(code, zh string) *pb.TagOption {
		return &pb.TagOption{Code: code, Label: words("Class "+code, zh), Handling: words("Handle as "+code, "处理"+zh)}
	}
	return Classifier{
		Name: "abc", Guard: 1, WriteTo: []crm.Kind{crm.Company}, Plugin: "builtin@1", Config: "c1",
		Tags: []*pb.TagDefinition{
			{Key: "", Type: pb.ValueType_VALUE_TYPE_TEXT, Label: words("ABC class", "ABC 类别"),
				Options: []*pb.TagOption{option("A", "甲"), option("B", "乙"), option("C", "丙"), option("unclassified", "未分类")}},
			{Key: "score", Type: pb.ValueType_VALUE_TYPE_NUMBER, Label: words("Score", "得分")},
		},
		Words: func(reasons []byte) (string, error) { return string(reasons), nil },
	}
}

func words(en, zh string) *pb.Text {
	return &pb.Text{ByLanguage: map[string]string{"en": en, "zh-Hans": zh}}
}

// record puts a record into the CRM.
func (w *world) record(kind crm.Kind, id string) {
	if w.crm.records[kind] == nil {
		w.crm.records[kind] = map[string]map[string]string{}
	}
	w.crm.records[kind][id] = map[string]string{}
}

// companies puts n companies c001, c002 … into the CRM and answers their ids.
func (w *world) companies(n int) []string {
	var ids []string
	for i := range n {
		id := fmt.Sprintf("c%03d", i+1)
		w.record(crm.Company, id)
		ids = append(ids, id)
	}
	return ids
}

// pull brings the CRM's records into the mirror as a full pull does: own fields only as far as they are known.
func (w *world) pull() {
	w.t.Helper()
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		var records []crm.Record
		for _, id := range slices.Sorted(maps.Keys(w.crm.records[kind])) {
			r := crm.Record{Kind: kind, ID: id, UpdatedAt: w.clock.Now(), Own: map[string]string{},
				Fields: map[string]crm.Value{"name": crm.TextValue("Name of " + id)}}
			for _, key := range w.crm.own[kind] {
				if v := w.crm.value(kind, id, key); v != "" {
					r.Own[key] = v
				}
			}
			if company := w.people[id]; kind == crm.Contact && company != "" {
				r.Links = []crm.Link{{Kind: crm.Company, ID: company, Primary: true}}
			}
			records = append(records, r)
		}
		_, err := w.conn.ApplyPage(w.ctx, kind, store.PageUpdate{Records: records, State: []byte("{}"), Full: true, Last: true})
		w.must(err)
		_, err = w.conn.FinishPull(w.ctx, kind, 1)
		w.must(err)
	}
}

// touch changes a customer's data.
func (w *world) touch(id string) {
	w.t.Helper()
	r := crm.Record{Kind: crm.Company, ID: id, UpdatedAt: w.clock.Now(), Own: map[string]string{},
		Fields: map[string]crm.Value{"name": crm.TextValue("Name of " + id + " " + w.clock.Now().String())}}
	for _, key := range w.crm.own[crm.Company] {
		if v := w.crm.value(crm.Company, id, key); v != "" {
			r.Own[key] = v
		}
	}
	_, err := w.conn.ApplyPage(w.ctx, crm.Company, store.PageUpdate{Records: []crm.Record{r}, State: []byte("{}"), Last: true})
	w.must(err)
}

// tag says what a classifier says about customers: class and score by "A" or "A 0.5".
func (w *world) tag(classifier, class string, customers ...string) {
	w.t.Helper()
	var rows []store.TagRow
	for _, id := range customers {
		row := store.TagRow{Customer: id, Since: w.asOf, AsOf: w.asOf, Run: w.run, Cause: w.cause, Values: []store.TagValue{{Key: "", Value: class}, {Key: "score", Value: strconv.Itoa(len(class))}}}
		row.Reasons = []byte("because of " + class)
		rows = append(rows, row)
	}
	w.must(w.conn.SaveTags(w.ctx, classifier, rows))
}

func (w *world) input() Input {
	w.run++
	return Input{Store: w.conn, CRM: w.asCRM, Account: "4711", Run: w.run, AsOf: w.asOf, Language: "en", Classifiers: w.classifiers, Clock: w.clock}
}

func (w *world) plan() *Plan {
	w.t.Helper()
	p, err := Make(w.ctx, w.input())
	w.must(err)
	return p
}

func (w *world) changes(p *Plan) []Change {
	w.t.Helper()
	var out []Change
	w.must(Changes(w.ctx, w.conn, p.ID, func(c Change) error { out = append(out, c); return nil }))
	return out
}

func (w *world) apply(p *Plan) Report {
	w.t.Helper()
	r, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.asCRM, Account: "4711", Plan: p.ID, Run: w.run})
	w.must(err)
	return r
}

// expect compares what the CRM holds.
func (w *world) expect(kind crm.Kind, id, key, value string) {
	w.t.Helper()
	if got := w.crm.value(kind, id, key); got != value {
		w.t.Errorf("%s %s has %s = %q, expected %q", kind, id, key, got, value)
	}
}

func expectCode(t testing.TB, err error, code crm.Code) {
	t.Helper()
	if crm.CodeOf(err) != code {
		t.Errorf("the error is %v, expected one of code %s", err, code)
	}
}
