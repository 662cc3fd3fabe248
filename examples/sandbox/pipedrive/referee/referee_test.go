package referee_test

import (
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/pipedrive"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

// TestTheOfficialClientAcceptsTheSandbox runs referee.cjs and then looks into the
// company for what the client wrote.
func TestTheOfficialClientAcceptsTheSandbox(t *testing.T) {
	s := pipedrive.New(pipedrive.Options{RefuseUnknown: true})
	load := func(kind string, values map[string]string) string {
		id, err := s.Load(kind, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	organization := load(pipedrive.Organizations, map[string]string{"name": "Acme", "address.country": "Germany"})
	person := load(pipedrive.Persons, map[string]string{"name": "Ada", "emails": "ada@example.com"})
	s.Link(pipedrive.Persons, person, pipedrive.Organizations, organization)
	for i := range 250 {
		load(pipedrive.Deals, map[string]string{"title": fmt.Sprint("Deal ", i), "value": fmt.Sprint(i), "status": "won"})
	}
	load(pipedrive.Deals, map[string]string{"title": "Kept", "is_archived": "true"})
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	sandboxtest.Referee(t, "SANDBOX_URL="+l.URL, "SANDBOX_TOKEN="+s.Token())

	r, _ := s.Store.Get(pipedrive.Persons, person)
	written := 0
	for _, f := range s.Store.Fields(pipedrive.Persons) {
		if !f.BuiltIn && len(f.Options) == 3 && r.Values[f.Name] == f.Options[0].Value {
			written++
		}
	}
	if written != 1 {
		t.Errorf("the client's value is not in the account: %v", r.Values)
	}
	for _, kind := range []string{"account", "list", "read", "update", "field", "field_write"} {
		if s.Log.Count(kind) == 0 {
			t.Errorf("the client made no call of kind %s", kind)
		}
	}
}
