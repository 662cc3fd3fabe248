package connector_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

func TestAnEstimateIsWhatThePullTakes(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: hubspot.Professional()})
	a.load(t, 150, 1050, 600)
	c := a.open(t)
	before, err := c.Estimate(context.Background(), connector.Expectation{Count: true})
	if err != nil {
		t.Fatal(err)
	}
	states := map[crm.Kind][]byte{}
	begin := c.Counts()
	for _, kind := range crm.Kinds {
		states[kind] = pull(t, c, kind, nil).state
	}
	took := c.Counts().Total() - begin.Total()
	if before.Requests < took-1 || before.Requests > took+1 { // what the estimate has asked for is known already
		t.Errorf("estimated %d requests, took %d: %+v", before.Requests, took, before)
	}
	for _, o := range before.Objects {
		want := map[string]int{"companies": 150, "contacts": 1050, "deals": 600}[o.Object]
		if o.From != "counted" || o.Records != want || !o.Everything {
			t.Errorf("%+v", o)
		}
	}
	if len(before.Quotas) != 1 || before.Quotas[0].Takes != before.Requests || before.Quotas[0].Days != 1 || before.Asked == 0 || before.Seconds <= 0 {
		t.Errorf("%+v", before)
	}

	a.clock.Advance(2 * time.Hour)
	for _, r := range a.Records(hubspot.Contacts)[:450] {
		if err := a.Update(hubspot.Contacts, r.ID, map[string]string{"city": "Ulm"}); err != nil {
			t.Fatal(err)
		}
	}
	a.clock.Advance(time.Hour)
	next, err := c.Estimate(context.Background(), connector.Expectation{Count: true, States: states})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range next.Objects {
		if o.Object == "contacts" && (o.Records != 450 || o.Everything || o.Pages != 3 || o.Associations != 1 || o.Deletions != 1) {
			t.Errorf("%+v", o)
		}
	}
	sent := a.Log.Count()
	copied := map[crm.Kind]int{crm.Company: 150, crm.Contact: 1050}
	full, err := c.Estimate(context.Background(), connector.Expectation{States: states, Copied: copied, Full: true})
	if err != nil || a.Log.Count() != sent || full.Asked != 0 {
		t.Errorf("%d requests for an estimate without counts: %+v, %v", a.Log.Count()-sent, full, err)
	}
	for _, o := range full.Objects { // the last pull brought no deals, as it seems: none are assumed
		if want := copied[o.Kind]; !o.Everything || o.From != "copy" || o.Records != want {
			t.Errorf("%+v", o)
		}
	}
}

func TestAnEstimateSaysWhatItAssumes(t *testing.T) {
	_, c := newBureau(t)
	e, err := c.Estimate(context.Background(), connector.Expectation{Records: map[crm.Kind]int{crm.Activity: 600}})
	if err != nil {
		t.Fatal(err)
	}
	if e.Asked != 0 || len(e.Objects) != 3 || e.Objects[0].Records != 200 || e.Objects[0].From != "given" || e.Objects[1].Pages != 67 || e.Requests != 1+2+67+67 {
		t.Errorf("%+v", e)
	}
	if all := strings.Join(e.Assumptions, "; "); !strings.Contains(all, "spread evenly over 3 objects") || !strings.Contains(all, "an answer takes 0.3 s") {
		t.Error(all)
	}
	if e, err = c.Estimate(context.Background(), connector.Expectation{}); err != nil || e.Objects[0].From != "assumed" || !strings.Contains(strings.Join(e.Assumptions, "; "), "--records activity=N") {
		t.Errorf("%+v, %v", e, err)
	}
	a := newAccount(t, hubspot.Options{Limits: hubspot.Professional()})
	if e, err = a.open(t).Estimate(context.Background(), connector.Expectation{}); err != nil || !e.Countable ||
		e.Assumptions[0] != "each object of the kind company, contact, deal, activity has 10000 records, since nobody knows (--records company=N,contact=N,deal=N,activity=N says better)" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAQuotaIsAsLongAndAsLargeAsTheSettingsAndTheManifestSay(t *testing.T) {
	for _, c := range []struct {
		crm      string
		settings map[string]string
		size     int
		seconds  float64
		days     int
	}{
		{"zoho", map[string]string{"client_id": "x"}, 5000, 86400, 1},
		{"zoho", map[string]string{"client_id": "x", "credits": "50000"}, 50_000, 86400, 1},
		{"freshsales", map[string]string{"base_url": "https://crm.example.com"}, 1000, 3600, 0},
		{"dynamics", map[string]string{"base_url": "https://crm.example.com", "client_id": "x", "tenant_id": "x", "requests_a_day": "700000"}, 700_000, 86400, 1},
	} {
		m, err := manifests.Load(c.crm)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := connector.Open(m, connector.Options{Settings: c.settings, Tokens: connector.FileTokens(t.TempDir()), Secret: func(string) (string, error) { return "x", nil }})
		if err != nil {
			t.Fatal(err)
		}
		e, err := conn.Estimate(t.Context(), connector.Expectation{Full: true})
		if err != nil || len(e.Quotas) != 1 {
			t.Fatalf("%s: %+v, %v", c.crm, e, err)
		}
		if q := e.Quotas[0]; q.Size != c.size || q.Seconds != c.seconds || q.Days != c.days || q.Share <= 0 || strings.Contains(strings.Join(e.Assumptions, " "), "first answer") {
			t.Errorf("%s: %+v, %q", c.crm, q, e.Assumptions)
		}
	}
}
