package connector_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

func TestCapabilitiesAreWhatTheManifestOffers(t *testing.T) {
	m, err := hubspotManifest()
	if err != nil {
		t.Fatal(err)
	}
	all := connector.CapabilitiesOf(m)
	company, activity := all[crm.Company], all[crm.Activity]
	if !company.Incremental || !company.Deletions || !company.Merges || company.BatchSize != 100 || !company.CreateField || !company.ExtendOptions || len(company.Instead) != 0 {
		t.Errorf("companies: %+v", company)
	}
	if activity.Write || !slices.Contains(activity.Activities, "invoice") || !slices.Contains(activity.Optional, "meetings") {
		t.Errorf("activities: %+v", activity)
	}
	c := newAccount(t, hubspot.Options{}).open(t, func(o *connector.Options) { o.Settings["activities"] = "tickets" })
	if got := c.Capabilities()[crm.Activity].Activities; !slices.Equal(got, []string{"ticket"}) {
		t.Errorf("a connection that wants tickets has %v", got)
	}
}

func TestDeletionsThatSomeObjectsTellAreSaid(t *testing.T) {
	m, err := manifests.Load("pipedrive")
	if err != nil {
		t.Fatal(err)
	}
	all := connector.CapabilitiesOf(m)
	deal := all[crm.Deal] // the archived ones have no list of what was deleted
	if deal.Deletions || !deal.SomeDeletions || !strings.Contains(strings.Join(deal.Instead, "; "), "some objects do not tell deletions") {
		t.Errorf("deals: %+v", deal)
	}
	if people := all[crm.Contact]; people.SomeDeletions {
		t.Errorf("contacts: %+v", people)
	}
}

func TestFieldsThatAreMadeUnderAConditionAreSaid(t *testing.T) {
	for name, want := range map[string]string{"espocrm": "secrets of the way login", "dolibarr": "the CRM's release can", "hubspot": ""} {
		m, err := manifests.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		company := connector.CapabilitiesOf(m)[crm.Company]
		if !company.CreateField || company.Conditional != (want != "") || !strings.Contains(strings.Join(company.Instead, "; "), want) {
			t.Errorf("%s: %+v", name, company)
		}
	}
}

func TestWhetherRecordsGoTogetherIsSaid(t *testing.T) {
	for name, want := range map[string]string{"twenty": "records that get the same values are written together", "odoo": "records whose values differ are written together where"} {
		m, err := manifests.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if company := connector.CapabilitiesOf(m)[crm.Company]; !strings.Contains(strings.Join(company.Instead, "; "), want) {
			t.Errorf("%s: %+v", name, company)
		}
	}
}

func TestWhatACRMCannotDoIsSaidWithWhatIsDoneInstead(t *testing.T) {
	_, c, _ := newToy(t)
	for kind, want := range map[crm.Kind][]string{
		crm.Company: {"every pull reads everything", "merges are not told"},
		crm.Deal:    {"records whose values differ are written together where"},
		crm.Contact: {"deletions are not told"},
	} {
		got := strings.Join(c.Capabilities()[kind].Instead, "; ")
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %q is not in %s", kind, text, got)
			}
		}
	}
}
