package connector_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// bureau serves testdata/activities.yaml.
type bureau struct {
	rows    map[string][]map[string]any // by object, ascending by change time
	gone    map[string][]string
	refused map[string]int // the status that an object is refused with
	clock   clock
}

func newBureau(t *testing.T) (*bureau, *connector.Connector) {
	t.Helper()
	b := &bureau{rows: map[string][]map[string]any{}, gone: map[string][]string{}, refused: map[string]int{}, clock: clock{Manual: sandbox.NewManual(epoch)}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	data, err := os.ReadFile("testdata/activities.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Load("activities.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range connector.RunSamples(m) {
		t.Error(problem.Error.Error())
	}
	c, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": server.URL}, Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

func (b *bureau) add(object string, id int, more map[string]any) {
	row := map[string]any{"id": id, "changed": b.clock.Now().Unix(), "issued": epoch.Unix() - int64(id)*60}
	for k, v := range more {
		row[k] = v
	}
	b.rows[object] = append(b.rows[object], row)
}

func (b *bureau) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	object := path[len(path)-1]
	if status := b.refused[object]; status != 0 {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{}`))
		return
	}
	answer := map[string]any{}
	rows := []any{}
	switch {
	case object == "account":
		answer["id"], answer["currency"] = "1", "USD"
	case path[0] == "gone":
		for _, id := range b.gone[object] {
			rows = append(rows, map[string]any{"id": id})
		}
	default:
		since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		var match []any
		for _, row := range b.rows[object] {
			if row["changed"].(int64) >= since {
				match = append(match, row)
			}
		}
		end := len(match)
		if r.URL.Query().Has("since") {
			if end = min(after+3, end); end < len(match) {
				answer["next"] = strconv.Itoa(end)
			}
		}
		rows = append(rows, match[after:end]...)
	}
	answer["rows"] = rows
	_ = json.NewEncoder(w).Encode(answer)
}

func TestSeveralObjectsBecomeActivitiesWithIDsOfTheirOwn(t *testing.T) {
	b, c := newBureau(t)
	for id := range 5 {
		b.add("invoices", id, map[string]any{"total": "10.5", "money": "EUR", "state": "OPEN", "due": epoch.Unix(), "firm": "7", "order": "d1"})
		b.add("tickets", id, map[string]any{"state": "closed", "firm": "7"})
	}
	b.add("answers", 1, map[string]any{"points": 9, "person": "p1"})
	first := pull(t, c, crm.Activity, nil)
	if len(first.records) != 11 || !first.full {
		t.Fatalf("%d records, full %v", len(first.records), first.full)
	}
	invoice, answer := first.records["invoices:3"], first.records["answers:1"]
	if invoice.Fields["kind"].Text() != "invoice" || invoice.Fields["amount"].Money() != (crm.Money{Minor: 1050, Currency: "EUR"}) ||
		!invoice.Fields["due_at"].Time().Equal(epoch) || invoice.Linked(crm.Company) != "7" || invoice.Linked(crm.Deal) != "d1" {
		t.Errorf("%+v", invoice)
	}
	if answer.Fields["score"].Float() != 9 || answer.Fields["scale"].Text() != "nps" || answer.Linked(crm.Contact) != "p1" {
		t.Errorf("%+v", answer)
	}
	b.clock.Advance(3600e9)
	b.add("tickets", 9, nil)
	b.add("answers", 2, map[string]any{"points": 3})
	b.gone["invoices"] = []string{"2"}
	second := pull(t, c, crm.Activity, first.state)
	slices.Sort(second.deleted)
	if got := slices.Sorted(maps.Keys(second.times)); !slices.Equal(got, []string{"answers:2", "tickets:9"}) || second.full || !slices.Equal(second.deleted, []string{"invoices:2"}) {
		t.Errorf("changes %v, deleted %v, full %v", got, second.deleted, second.full)
	}
	var listed []string
	if err := c.IDs(context.Background(), crm.Activity, func(ids []string) error { listed = append(listed, ids...); return nil }); err != nil || !slices.Contains(listed, "tickets:9") || !slices.Contains(listed, "answers:1") {
		t.Errorf("%v, %v", listed, err)
	}
}

func TestAnOptionalObjectThatIsRefusedIsLeftOutAndComesBack(t *testing.T) {
	b, c := newBureau(t)
	for id := range 4 {
		b.add("invoices", id, map[string]any{"total": 1})
		b.add("tickets", id, nil)
	}
	b.refused["invoices"], b.refused["answers"] = http.StatusForbidden, http.StatusNotFound
	found, err := c.Check(context.Background())
	if err != nil || len(found) != 2 || !found[0].Warning || !found[1].Warning || found[0].Pointer != "answers" || !strings.Contains(found[1].Suggestion, "grant bills") {
		t.Errorf("%+v, %v", found, err)
	}
	first := pull(t, c, crm.Activity, nil)
	if len(first.records) != 4 || len(first.left) != 2 || first.left[0].Code != crm.CodeForbidden {
		t.Errorf("%d records, left out %+v", len(first.records), first.left)
	}
	none := func([]string) error { return nil }
	if err := c.IDs(context.Background(), crm.Activity, none); err != nil {
		t.Errorf("what was never read is compared with nothing: %v", err)
	}

	delete(b.refused, "invoices")
	b.clock.Advance(3600e9)
	second := pull(t, c, crm.Activity, first.state)
	if len(second.records) != 4 || second.full || len(second.left) != 1 {
		t.Errorf("the right was granted: %v, full %v, left out %v", second.times, second.full, second.left)
	}

	b.refused["invoices"] = http.StatusForbidden
	b.clock.Advance(3600e9)
	b.add("tickets", 8, nil)
	third := pull(t, c, crm.Activity, second.state)
	if len(third.records) != 1 || len(third.left) != 2 {
		t.Errorf("the right was taken away: %v, left out %v", third.times, third.left)
	}
	if err := c.IDs(context.Background(), crm.Activity, none); crm.CodeOf(err) != crm.CodeGuard {
		t.Errorf("what was read before must not count as gone: %v", err)
	}
	fresh := &pulled{}
	full := true
	if err := c.Pull(context.Background(), crm.Activity, nil, func(p connector.Page) error { fresh.take(p); full = full && p.Full; return nil }); err != nil || full {
		t.Errorf("a full pull that lacks an object must not say that it shows everything: %v", err)
	}

	delete(b.refused, "invoices")
	b.clock.Advance(3600e9)
	b.add("invoices", 9, map[string]any{"total": 2})
	fourth := pull(t, c, crm.Activity, third.state)
	if got := slices.Sorted(maps.Keys(fourth.times)); !slices.Equal(got, []string{"invoices:9"}) {
		t.Errorf("what was known before it was refused goes on from there: %v", got)
	}
}

func TestAnotherObjectInTheManifestIsListedAndTheOthersGoOn(t *testing.T) {
	b, c := newBureau(t)
	b.add("invoices", 1, map[string]any{"total": 1})
	b.add("tickets", 1, nil)
	first := pull(t, c, crm.Activity, nil)
	var state map[string]any
	if err := json.Unmarshal(first.state, &state); err != nil {
		t.Fatal(err)
	}
	objects := state["objects"].(map[string]any)
	delete(objects, "tickets") // as a manifest without them has left it
	older, _ := json.Marshal(state)
	b.clock.Advance(3600e9)
	second := pull(t, c, crm.Activity, older)
	if got := slices.Sorted(maps.Keys(second.times)); !slices.Equal(got, []string{"tickets:1"}) || second.full {
		t.Errorf("%v, full %v", got, second.full)
	}
	objects["tickets"], objects["visits"] = objects["invoices"], objects["invoices"]
	newer, _ := json.Marshal(state) // of a manifest that had one more
	if third := pull(t, c, crm.Activity, newer); !third.full || len(third.records) != 2 {
		t.Errorf("an object that is gone needs a full pull: %v", third.times)
	}
}
