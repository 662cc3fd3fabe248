package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// as opens the account by a manifest of another name or version that describes the same.
func (a *crmAccount) as(t *testing.T, name, version string) *connector.Connector {
	t.Helper()
	m, err := hubspotManifest()
	if err != nil {
		t.Fatal(err)
	}
	other := *m
	other.Name, other.Version = name, version
	c, err := connector.Open(&other, connector.Options{Settings: map[string]string{"base_url": a.url}, Secret: func(string) (string, error) { return a.Token(), nil }, Clock: a.clock})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheStateOfAnotherVersionOfTheManifestServes(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 0, 1200, 0)
	first := pull(t, a.as(t, "hubspot", "1"), crm.Contact, nil)
	a.clock.Advance(time.Hour)
	if err := a.Update(hubspot.Contacts, a.Records(hubspot.Contacts)[7].ID, map[string]string{"city": "Ulm"}); err != nil {
		t.Fatal(err)
	}
	a.clock.Advance(time.Hour)
	if second := pull(t, a.as(t, "hubspot", "2"), crm.Contact, first.state); second.full || len(second.records) != 1 {
		t.Errorf("a finished pull: %d records, full %v", len(second.records), second.full)
	}

	cut, stop := &pulled{}, errors.New("killed")
	if err := a.as(t, "hubspot", "1").Pull(context.Background(), crm.Contact, nil, func(p connector.Page) error {
		if len(cut.sizes) == 1 {
			return stop
		}
		cut.take(p)
		return nil
	}); !errors.Is(err, stop) || cut.last {
		t.Fatal(err)
	}
	same := pull(t, a.as(t, "hubspot", "1"), crm.Contact, cut.state)
	other := pull(t, a.as(t, "hubspot", "2"), crm.Contact, cut.state)
	if len(same.records) != 1200-len(cut.records) || len(other.records) != 1200-len(cut.records) || !other.full {
		t.Errorf("an unfinished pull lacks records: %d and %d after %d", len(same.records), len(other.records), len(cut.records))
	}
	if strange := pull(t, a.as(t, "other", "1"), crm.Contact, first.state); !strange.full || len(strange.records) != 1200 {
		t.Errorf("another connector's state: %d records, full %v", len(strange.records), strange.full)
	}
}

func TestAPhaseThatAnotherManifestHasBegunIsNoHarm(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 0, 3, 0)
	first := pull(t, a.open(t), crm.Contact, nil)
	for _, phase := range []string{"changed", "late", "archived", "new", "touched"} {
		var state map[string]any
		if err := json.Unmarshal(first.state, &state); err != nil {
			t.Fatal(err)
		}
		own := state["objects"].(map[string]any)["contacts"].(map[string]any)
		state["current"], own["phase"], own["touch"] = "contacts", phase, 5
		under, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		m, err := hubspotManifest()
		if err != nil {
			t.Fatal(err)
		}
		poorer, contacts := *m, *m.Objects["contacts"]
		contacts.Changed, contacts.Deleted = nil, nil
		poorer.Objects = map[string]*manifest.Object{"contacts": &contacts}
		for _, m := range []*manifest.Manifest{m, &poorer} {
			c, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": a.url}, Secret: func(string) (string, error) { return a.Token(), nil }, Clock: a.clock})
			if err != nil {
				t.Fatal(err)
			}
			pull(t, c, crm.Contact, under)
		}
	}
}
