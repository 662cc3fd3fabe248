package referee_test

import (
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
	"github.com/taxonhq/taxon/examples/sandbox/zoho"
)

// TestTheOfficialClientAcceptsTheSandbox runs referee.cjs and then looks into the
// organisation for what the client wrote.
func TestTheOfficialClientAcceptsTheSandbox(t *testing.T) {
	s := zoho.New(zoho.Options{JobTime: 1})
	load := func(module string, values map[string]string) string {
		id, err := s.Load(module, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	account, gone := load(zoho.Accounts, map[string]string{"Account_Name": "Acme"}), load(zoho.Accounts, map[string]string{"Account_Name": "Gone"})
	s.Archive(zoho.Accounts, gone)
	for i := range 450 {
		load(zoho.Deals, map[string]string{"Deal_Name": fmt.Sprint("Deal ", i), "Amount": fmt.Sprint(i), "Stage": zoho.StageWon, "Closing_Date": "2026-05-01", "Account_Name": account})
	}
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	sandboxtest.Referee(t, "SANDBOX_URL="+l.URL, "CLIENT_ID="+zoho.DefaultClientID, "CLIENT_SECRET="+zoho.DefaultClientSecret, "REFRESH_TOKEN="+zoho.DefaultRefreshToken,
		"ACCOUNT="+account, "GONE="+gone, "RESOURCES="+t.TempDir())

	r, _ := s.Store.Get(zoho.Accounts, account)
	if r.Values["Phone"] != "+49 1" || s.Workflows != 0 {
		t.Errorf("the client's value is not in the organisation: %v, %d workflows ran", r.Values, s.Workflows)
	}
	for _, kind := range []string{"token", "account", "list", "list_deleted", "update", "field", "field_write", "count", "bulk"} {
		if s.Log.Count(kind) == 0 {
			t.Errorf("the client made no call of kind %s", kind)
		}
	}
}
