package connector_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
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

func TestWhatACRMCannotDoIsSaidWithWhatIsDoneInstead(t *testing.T) {
	_, c, _ := newToy(t)
	for kind, want := range map[crm.Kind][]string{
		crm.Company: {"every pull reads everything", "merges are not told"},
		crm.Deal:    {"records that get the same values are written together"},
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
