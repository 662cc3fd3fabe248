package referee_test

import (
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

// TestTheOfficialClientAcceptsTheSandbox runs referee.cjs and then looks into the
// account for what the client wrote.
func TestTheOfficialClientAcceptsTheSandbox(t *testing.T) {
	app := &hubspot.OAuth{ClientID: "client", ClientSecret: "secret", RefreshToken: "refresh"}
	s := account(t, hubspot.Options{OAuth: app, Limits: hubspot.Unlimited()})
	s.Faults.Add(sandbox.Fault{Method: "GET", Path: "/objects/deals", Skip: 1, Times: 1, Answer: hubspot.Failed(502, 0)})
	s.Faults.Next(1, "POST", "/objects/deals/search", hubspot.RateLimited("SECONDLY", 0))
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	sandboxtest.Referee(t, "SANDBOX_URL="+l.URL, "SANDBOX_TOKEN="+s.Token(),
		"OAUTH_CLIENT="+app.ClientID, "OAUTH_SECRET="+app.ClientSecret, "OAUTH_REFRESH="+app.RefreshToken)

	companies := s.Records(hubspot.Companies)
	if a, b := companies[0].Values["taxon_abc"], companies[1].Values["taxon_abc"]; a != "A" || b != "B" {
		t.Errorf("written classes %q and %q", a, b)
	}
	if f, _ := s.Property(hubspot.Companies, "taxon_abc"); len(f.Options) != 3 || f.Group != "taxon" {
		t.Errorf("property %+v", f)
	}
	for _, kind := range []string{"list", "list_archived", "search", "association", "batch_update", "batch_read", "property_write", "group_write", "pipeline", "owner", "token"} {
		if s.Log.Count(kind) == 0 {
			t.Errorf("the client made no call of kind %s", kind)
		}
	}
}

// account has two companies, 250 deals of amounts 0 to 249 and an owner.
func account(t *testing.T, o hubspot.Options) *hubspot.Server {
	t.Helper()
	s := hubspot.New(o)
	load := func(kind string, values map[string]string) string {
		id, err := s.Load(kind, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	s.AddOwner(sandbox.Owner{Email: "owner@example.com", FirstName: "Only", LastName: "Owner"})
	companies := []string{load(hubspot.Companies, map[string]string{"name": "One"}), load(hubspot.Companies, map[string]string{"name": "Two"})}
	for i := range 250 {
		id := load(hubspot.Deals, map[string]string{"dealname": fmt.Sprint("Deal ", i), "amount": fmt.Sprint(i), "dealstage": "closedwon"})
		s.Associate(hubspot.Deals, id, hubspot.Companies, companies[i%2], true)
	}
	return s
}
