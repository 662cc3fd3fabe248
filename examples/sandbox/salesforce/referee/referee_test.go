package referee_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/salesforce"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

// TestTheUsualClientAcceptsTheSandbox runs referee.cjs and then looks into the org for what the client wrote.
func TestTheUsualClientAcceptsTheSandbox(t *testing.T) {
	s := salesforce.New(salesforce.Options{PerDay: 15000, JobTime: time.Nanosecond})
	load := func(object string, values map[string]string) string {
		id, err := s.Load(object, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	account, gone := load(salesforce.Account, map[string]string{"Name": "Acme"}), load(salesforce.Account, map[string]string{"Name": "Gone"})
	s.Archive(salesforce.Account, gone)
	load(salesforce.Contact, map[string]string{"LastName": "O'Neil", "AccountId": account})
	for i := range 2500 {
		load(salesforce.Opportunity, map[string]string{"Name": fmt.Sprint("Deal ", i), "Amount": fmt.Sprint(i), "StageName": salesforce.StageWon, "CloseDate": "2026-05-01"})
	}
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	sandboxtest.Referee(t, "SANDBOX_URL="+l.URL, "CLIENT_ID="+salesforce.DefaultClientID, "CLIENT_SECRET="+salesforce.DefaultClientSecret,
		"REFRESH_TOKEN="+salesforce.DefaultRefreshToken, "ACCOUNT="+account, "GONE="+gone)

	r, _ := s.Store.Get(salesforce.Account, account)
	if r.Values["taxon_abc__c"] != "C" {
		t.Errorf("the client's value is not in the org: %v", r.Values)
	}
	for _, kind := range []string{"token", "query", "queryAll", "sobjects", "describe", "tooling", "composite", "job"} {
		if s.Log.Count(kind) == 0 {
			t.Errorf("the client made no call of kind %s", kind)
		}
	}
}
