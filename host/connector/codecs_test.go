package connector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// vault serves testdata/codecs.yaml.
type vault struct {
	mu    sync.Mutex
	rows  map[string]map[string]any
	reads int
	drops func(id string) bool // writes that vanish
	blind bool                 // reading back fails
}

func newVault(t *testing.T, n int) (*vault, *connector.Connector) {
	t.Helper()
	v := &vault{rows: map[string]map[string]any{}, drops: func(string) bool { return false }}
	for i := range n {
		id := fmt.Sprintf("f%03d", i)
		v.rows[id] = map[string]any{"id": id, "changed": epoch.Unix(), "name": "Firm", "trades": []string{"paper", "print"}, "heads": "12.0",
			"turnover": map[string]any{"micros": "1500500000", "code": "eur"}, "born": "2026-01-02 03:04:05",
			"taxon_size": false, "taxon_flag": "N", "taxon_class": []int{}}
	}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	data, err := os.ReadFile("testdata/codecs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Load("codecs.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	c, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": server.URL}, Clock: clock{Manual: sandbox.NewManual(epoch)},
		OwnFields: map[crm.Kind][]string{crm.Company: {"taxon_size", "taxon_flag", "taxon_day", "taxon_at", "taxon_class", "taxon_note"}}})
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	var body struct {
		IDs   []string
		Items []map[string]any
	}
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	_ = decoder.Decode(&body) // an empty body is none
	rows := []any{}
	switch r.URL.Path {
	case "/account":
		_, _ = w.Write([]byte(`{"id":"1","currency":"USD"}`))
		return
	case "/fields":
		for key, kind := range map[string]string{"taxon_size": "micros", "taxon_flag": "letter", "taxon_day": "millis", "taxon_at": "stamp", "taxon_note": "line"} {
			rows = append(rows, map[string]any{"key": key, "type": kind})
		}
		rows = append(rows, map[string]any{"key": "taxon_class", "type": "pick", "options": []any{map[string]any{"id": 11, "name": "A"}, map[string]any{"id": 12, "name": "B"}}})
	case "/firms":
		for _, id := range slices.Sorted(maps.Keys(v.rows)) {
			rows = append(rows, v.rows[id])
		}
	case "/read":
		v.reads++
		if v.blind {
			w.WriteHeader(http.StatusForbidden)
		}
		for _, id := range body.IDs {
			if row, ok := v.rows[id]; ok {
				rows = append(rows, row)
			}
		}
	case "/write":
		for _, item := range body.Items {
			id := fmt.Sprint(item["id"])
			if row, ok := v.rows[id]; ok && !v.drops(id) {
				maps.Copy(row, item)
			}
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"rows": rows})
}

var classSpec = []connector.FieldSpec{{Key: "taxon_class", Label: "Class", Type: crm.Text, Options: []connector.Option{{Code: "A", Label: "A"}, {Code: "B", Label: "B"}}}}

func TestStandardValuesAreReadInTheFormsOfACRM(t *testing.T) {
	_, c := newVault(t, 1)
	r := pull(t, c, crm.Company, nil).records["f000"]
	got := map[string]string{}
	for name, value := range r.Fields {
		got[name] = value.String()
	}
	want := map[string]string{"name": "Firm", "industry": "paper;print", "employees": "12", "annual_revenue": "1500.50", "created_at": "2026-01-02T03:04:05Z"}
	if !maps.Equal(got, want) || r.Fields["annual_revenue"].Money().Currency != "EUR" || !r.UpdatedAt.Equal(epoch) {
		t.Errorf("%v, changed at %s", got, r.UpdatedAt)
	}
	if !maps.Equal(r.Own, map[string]string{"taxon_flag": "false"}) {
		t.Errorf("own fields: %v", r.Own)
	}
}

func TestOwnValuesAreWrittenInTheFormsOfACRMAndReadBack(t *testing.T) {
	v, c := newVault(t, 1)
	if _, err := c.Provision(context.Background(), crm.Company, classSpec); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{"taxon_size": "12.5", "taxon_flag": "true", "taxon_day": "2026-02-03", "taxon_at": "2026-02-03T04:05:06Z", "taxon_class": "B", "taxon_note": "why"}
	write := func(fields map[string]string) []connector.Outcome {
		t.Helper()
		var all []connector.Outcome
		if err := c.Write(context.Background(), crm.Company, []connector.Write{{ID: "f000", Fields: fields}}, func(o []connector.Outcome) error { all = append(all, o...); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := write(fields); len(got) != 1 || got[0].Error != nil {
		t.Fatalf("%+v", got)
	}
	stored, err := json.Marshal(v.rows["f000"])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"taxon_size":12500000,`, `"taxon_flag":"Y"`, `"taxon_day":1770076800000,`, `"taxon_at":"2026-02-03 04:05:06"`, `"taxon_class":[12]`} {
		if !strings.Contains(string(stored)+",", part) {
			t.Errorf("%s is not in %s", part, stored)
		}
	}
	if own := pull(t, c, crm.Company, nil).records["f000"].Own; !maps.Equal(own, fields) {
		t.Errorf("read as %v", own)
	}
	cleared := maps.Clone(fields)
	for key := range cleared {
		cleared[key] = ""
	}
	if got := write(cleared); got[0].Error != nil {
		t.Errorf("cleared: %v", got[0].Error)
	}
	if got := write(map[string]string{"taxon_size": "large"}); got[0].Error == nil || got[0].Error.Pointer != "taxon_size" {
		t.Errorf("what has no such form is refused: %+v", got)
	}
}

func TestWhatTheCRMSaysItHasWrittenIsReadBack(t *testing.T) {
	v, c := newVault(t, 10)
	v.drops = func(id string) bool { return id == "f004" }
	var writes []connector.Write
	for i := range 11 { // the last one does not exist
		writes = append(writes, connector.Write{ID: fmt.Sprintf("f%03d", i), Fields: map[string]string{"taxon_note": "new", "taxon_size": "33.3333333333"}})
	}
	outcomes := map[string]connector.Outcome{}
	if err := c.Write(context.Background(), crm.Company, writes, func(all []connector.Outcome) error {
		for _, o := range all {
			if _, twice := outcomes[o.ID]; twice {
				t.Errorf("%s is told twice", o.ID)
			}
			outcomes[o.ID] = o
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for id, o := range outcomes {
		want := map[string]crm.Code{"f004": crm.CodeRecord, "f010": crm.CodeNotFound}[id]
		if got := codeOf(o); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if n := c.Counts(); len(outcomes) != 11 || n.Write != 6 || n.Read != 4 || v.reads != 4 {
		t.Errorf("%d outcomes, %d writes and %d reads: the fewest are 6 and 4", len(outcomes), n.Write, n.Read)
	}

	v.blind = true
	outcomes = map[string]connector.Outcome{}
	err := c.Write(context.Background(), crm.Company, writes[:8], func(all []connector.Outcome) error {
		for _, o := range all {
			outcomes[o.ID] = o
		}
		return nil
	})
	if err == nil {
		t.Error("reading back fails, and nobody says so")
	}
	for id, o := range outcomes {
		if !o.Transient || codeOf(o) != crm.CodeUnavailable {
			t.Errorf("%s: %+v", id, o)
		}
	}
}

func TestACRMThatKeepsNothingIsGivenUp(t *testing.T) {
	v, c := newVault(t, 900)
	v.drops = func(string) bool { return true }
	var writes []connector.Write
	for i := range 900 {
		writes = append(writes, connector.Write{ID: fmt.Sprintf("f%03d", i), Fields: map[string]string{"taxon_note": "new"}})
	}
	told := 0
	err := c.Write(context.Background(), crm.Company, writes, func(all []connector.Outcome) error { told += len(all); return nil })
	if crm.CodeOf(err) != crm.CodeConfig || told >= 400 {
		t.Errorf("%d records told, %v", told, err)
	}
}

func codeOf(o connector.Outcome) crm.Code {
	if o.Error == nil {
		return ""
	}
	return o.Error.Code
}

func TestPropertiesThatAListOfCustomFieldsLacksAreNoFinding(t *testing.T) {
	_, c := newVault(t, 1)
	if found, err := c.Check(context.Background()); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}
