package connector_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// label is a label with those below it.
type label struct {
	ID    int     `json:"id"`
	Name  string  `json:"name"`
	Below []label `json:"below"`
}

// labels serves testdata/labels.yaml.
type labels struct {
	mu    sync.Mutex
	next  int
	roots []*label
	marks map[string]map[int]bool // by record
	asked string                  // properties of the last listing
}

func newLabels(t *testing.T) (*labels, func() *connector.Connector) {
	t.Helper()
	l := &labels{next: 1, marks: map[string]map[int]bool{"7": {}, "8": {}}}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	data, err := os.ReadFile("testdata/labels.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Load("labels.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return l, func() *connector.Connector {
		c, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": server.URL}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func (l *labels) below(root *label, names []string) {
	for _, name := range names {
		root.Below = append(root.Below, label{ID: l.next, Name: name})
		l.next++
	}
}

func (l *labels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var body struct {
		Name  string
		Below []string
		Items []struct {
			ID          string
			Add, Remove []int
		}
	}
	if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer := map[string]any{"id": "1", "currency": "USD"}
	switch id, _ := strings.CutPrefix(r.URL.Path, "/labels/"); {
	case r.URL.Path == "/labels" && r.Method == http.MethodPost:
		root := &label{ID: l.next, Name: body.Name}
		l.next++
		l.below(root, body.Below)
		l.roots = append(l.roots, root)
	case r.URL.Path == "/labels":
		answer["rows"] = l.roots
	case id != r.URL.Path:
		for _, root := range l.roots {
			if strconv.Itoa(root.ID) == id {
				l.below(root, body.Below)
			}
		}
	case r.URL.Path == "/firms":
		l.asked = r.URL.Query().Get("only")
		var rows []any
		for _, id := range slices.Sorted(maps.Keys(l.marks)) {
			rows = append(rows, map[string]any{"id": id, "name": "Firm", "marks": slices.Sorted(maps.Keys(l.marks[id]))})
		}
		answer["rows"] = rows
	case r.URL.Path == "/relabel":
		for _, item := range body.Items {
			for _, n := range item.Remove {
				delete(l.marks[item.ID], n)
			}
			for _, n := range item.Add {
				l.marks[item.ID][n] = true
			}
		}
	}
	_ = json.NewEncoder(w).Encode(answer) // the client's loss
}

func TestLabelsStandInThePlaceOfFields(t *testing.T) {
	l, open := newLabels(t)
	c := open()
	abc := connector.FieldSpec{Key: "taxon_abc", Label: "ABC", Type: crm.Text, Options: []connector.Option{{Code: "A", Label: "Key"}, {Code: "B", Label: "Other"}}}
	rfm := connector.FieldSpec{Key: "taxon_rfm", Label: "RFM", Type: crm.Text, Options: []connector.Option{{Code: "new", Label: "New"}}}
	score := connector.FieldSpec{Key: "taxon_score", Label: "Score", Type: crm.Number}
	if states, err := c.Examine(t.Context(), crm.Company, []connector.FieldSpec{score}); err != nil || states[0].Error == nil {
		t.Errorf("a number is no label: %+v, %v", states, err)
	}
	var states []connector.FieldState
	for _, created := range []bool{true, false} {
		var err error
		if states, err = c.Provision(t.Context(), crm.Company, []connector.FieldSpec{abc, rfm}); err != nil || states[0].Created != created || len(states[0].Codec) != 2 {
			t.Fatalf("%+v, %v", states, err)
		}
	}
	foreign := 99
	l.marks["7"][foreign] = true // somebody else's
	write := func(c *connector.Connector, values map[string]string) *crm.Error {
		t.Helper()
		var refused *crm.Error
		err := c.Write(t.Context(), crm.Company, []connector.Write{{ID: "7", Fields: values}}, func(out []connector.Outcome) error {
			refused = out[0].Error
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return refused
	}
	read := func(c *connector.Connector) map[string]string {
		t.Helper()
		values, err := c.Read(t.Context(), crm.Company, []string{"7"}, []string{"taxon_abc", "taxon_rfm"})
		if err != nil {
			t.Fatal(err)
		}
		return values["7"]
	}
	for _, step := range []struct{ write, want map[string]string }{
		{map[string]string{"taxon_abc": "A", "taxon_rfm": "new"}, map[string]string{"taxon_abc": "A", "taxon_rfm": "new"}},
		{map[string]string{"taxon_abc": "B"}, map[string]string{"taxon_abc": "B", "taxon_rfm": "new"}},
		{map[string]string{"taxon_rfm": ""}, map[string]string{"taxon_abc": "B"}},
	} {
		if refused := write(c, step.write); refused != nil {
			t.Errorf("%v: %v", step.write, refused)
		}
		if got := read(c); !maps.Equal(got, step.want) {
			t.Errorf("after %v: %v", step.write, got)
		}
	}
	if !l.marks["7"][foreign] || l.asked != "marks" {
		t.Errorf("marks are %v, asked for was %q", l.marks["7"], l.asked)
	}
	if refused := write(c, map[string]string{"taxon_abc": "Z"}); refused == nil || refused.Pointer != "taxon_abc" {
		t.Errorf("a class without a label: %v", refused)
	}

	// A later process knows the fields from its ledger, a person adds a label of his own, and marks a firm with two.
	later := open()
	later.RecallFields(crm.Company, states)
	l.below(l.roots[0], []string{"Mine"})
	l.marks["7"][l.roots[0].Below[2].ID] = true
	if got := read(later); got["taxon_abc"] != "B;Mine" {
		t.Errorf("%v", got)
	}
	if write(later, map[string]string{"taxon_abc": "A"}); read(later)["taxon_abc"] != "A" {
		t.Errorf("%v", read(later))
	}
	abc.Options = append(abc.Options, connector.Option{Code: "C", Label: "Small"})
	if states, err := later.Provision(t.Context(), crm.Company, []connector.FieldSpec{abc}); err != nil || !states[0].Extended || len(l.roots[0].Below) != 4 {
		t.Errorf("%+v, %v", states, err)
	}
	later.SetOwnFields(crm.Company, []string{"taxon_abc", "taxon_rfm"})
	err := later.Pull(t.Context(), crm.Company, nil, func(p connector.Page) error {
		if len(p.Records) != 2 || p.Records[0].Own["taxon_abc"] != "A" || len(p.Records[1].Own) != 0 {
			t.Errorf("%+v", p.Records)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
