package sync

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/sqlite"
)

// TestThePipelineOfARealAccount pulls the B2B sales pipeline through the real connector over HTTP, then what
// people do in an account afterwards, and compares the mirror with the account.
func TestThePipelineOfARealAccount(t *testing.T) {
	clock := sandbox.NewManual(time.Date(2018, 1, 2, 9, 0, 0, 0, time.UTC))
	account := hubspot.New(hubspot.Options{Clock: clock, Limits: hubspot.Professional()})
	loaded, err := demo.LoadSales(account)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := account.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	m, err := manifests.Load("hubspot")
	if err != nil {
		t.Fatal(err)
	}
	source, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": listener.URL}, Clock: clock,
		Secret: func(string) (string, error) { return account.Token(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	mirror, err := s.Connection(t.Context(), "hubspot", crm.Company)
	if err != nil {
		t.Fatal(err)
	}
	pull := func(o Options) Report {
		t.Helper()
		o.Currency = "USD"
		report, err := Pull(t.Context(), source, mirror, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Held) > 0 || report.Rejected() > 0 {
			t.Errorf("held %v, rejected %d", report.Held, report.Rejected())
		}
		return report
	}

	report := pull(Options{})
	same(t, "customers, deals, orphans", []int{report.Mirror.Customers, report.Mirror.Deals, report.Mirror.Orphans.Deals},
		[]int{85, 8800 - 1425, 1425})
	same(t, "people", report.Mirror.People+report.Mirror.Orphans.People, loaded.Contacts)
	compare(t, account, mirror)
	sequence := func() int64 {
		n, err := mirror.Sequence(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}

	before := sequence()
	clock.Advance(time.Hour)
	pull(Options{})
	same(t, "nothing changed", sequence(), before)

	companies, deals := account.Records(hubspot.Companies), account.Records(hubspot.Deals)
	update := func(kind, id string, values map[string]string) {
		t.Helper()
		if err := account.Update(kind, id, values); err != nil {
			t.Fatal(err)
		}
	}
	clock.Advance(time.Hour)
	update(hubspot.Deals, deals[0].ID, map[string]string{"amount": "12345.67"})
	update(hubspot.Companies, companies[3].ID, map[string]string{"country": "Norway"})
	account.Archive(hubspot.Deals, deals[7].ID)
	account.Archive(hubspot.Companies, companies[9].ID)
	if _, err := account.Merge(hubspot.Companies, companies[1].ID, companies[2].ID); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	report = pull(Options{})
	if !report.Changed() {
		t.Error("the changes did not arrive")
	}
	compare(t, account, mirror)

	clock.Advance(time.Hour)
	account.Erase(hubspot.Deals, deals[20].ID) // leaves no trace: only a comparison of ids finds it
	report = pull(Options{Reconcile: true})
	same(t, "found by the reconcile", report.Kinds[crm.Deal].Removed, 1)
	compare(t, account, mirror)
	// A full pull learns that links to the companies that went are no more, which no other pull is told.
	full := pull(Options{Full: true})
	same(t, "companies that a full pull changes", full.Kinds[crm.Company].Upserted+full.Kinds[crm.Company].Removed, 0)
	compare(t, account, mirror)
}

// owners are the primary companies of deals, as the account answers for them over its API.
func owners(t *testing.T, account *hubspot.Server, deals []*sandbox.Record) map[string]string {
	t.Helper()
	out := map[string]string{}
	for part := range slices.Chunk(deals, 1000) {
		type input struct {
			ID string `json:"id"`
		}
		var inputs []input
		for _, r := range part {
			inputs = append(inputs, input{r.ID})
		}
		body, err := json.Marshal(map[string]any{"inputs": inputs})
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/crm/v4/associations/deals/companies/batch/read", bytes.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+account.Token())
		request.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		account.Handler().ServeHTTP(recorder, request)
		var answer struct {
			Results []struct {
				From struct{ ID string }
				To   []struct {
					ToObjectID       json.Number
					AssociationTypes []struct{ Label string }
				}
			}
		}
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil || recorder.Code/100 != 2 {
			t.Fatalf("associations: status %d, %v", recorder.Code, err)
		}
		for _, r := range answer.Results {
			for _, to := range r.To {
				for _, a := range to.AssociationTypes {
					if a.Label == "Primary" {
						out[r.From.ID] = to.ToObjectID.String()
					}
				}
			}
		}
	}
	return out
}

// compare checks that each customer of the mirror has the deals of its company in the account, with their amounts.
func compare(t *testing.T, account *hubspot.Server, mirror *store.Conn) {
	t.Helper()
	got := map[string][]string{}
	err := mirror.Customers(t.Context(), "", func(cu *store.Customer) error {
		list := []string{cu.Fields.Get("country").Text()}
		for _, d := range cu.Deals {
			list = append(list, fmt.Sprintf("%s %s %s", d.ID, d.State, d.Field("amount")))
		}
		slices.Sort(list)
		got[cu.ID] = list
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{"closedwon": crm.Won, "closedlost": crm.Lost}
	want := map[string][]string{}
	for _, r := range account.Records(hubspot.Companies) {
		want[r.ID] = []string{r.Values["country"]}
	}
	deals := account.Records(hubspot.Deals)
	owner := owners(t, account, deals)
	for _, r := range deals {
		owner := owner[r.ID]
		if want[owner] == nil {
			continue
		}
		state := states[r.Values["dealstage"]]
		if state == "" {
			state = crm.Open
		}
		amount := r.Values["amount"]
		if amount != "" {
			m, err := crm.ParseMoney(amount, "USD")
			if err != nil {
				t.Fatal(err)
			}
			amount = m.Decimal()
		}
		want[owner] = append(want[owner], fmt.Sprintf("%s %s %s", r.ID, state, amount))
	}
	for _, list := range want {
		slices.Sort(list)
	}
	if len(got) != len(want) {
		t.Errorf("%d customers, the account has %d companies", len(got), len(want))
	}
	for id, list := range want {
		if !slices.Equal(got[id], list) {
			t.Errorf("company %s has %d deals in the mirror and %d in the account, or other ones", id, len(got[id])-1, len(list)-1)
		}
	}
}
