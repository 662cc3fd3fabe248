package manifests_test

import (
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

func TestEveryManifestLoadsAndItsSamplesAreAsExpected(t *testing.T) {
	if len(manifests.Names()) == 0 {
		t.Fatal("there are no manifests")
	}
	for _, name := range manifests.Names() {
		m, err := manifests.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != name {
			t.Errorf("%s.yaml calls itself %q", name, m.Name)
		}
		if len(m.Samples) == 0 {
			t.Errorf("%s has no samples", name)
		}
		for _, p := range connector.RunSamples(m) {
			t.Errorf("%s: %s", name, p.Error.Error())
		}
	}
}

// What a customer has bought more of than the smallest size, a header tells, or a setting can.
func TestNoQuotaOfAnHourOrADayIsFixed(t *testing.T) {
	for _, name := range manifests.Names() {
		m, err := manifests.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for bucket, limit := range m.Limits {
			if limit.Per >= time.Hour && limit.Size == nil && limit.Max == "" {
				t.Errorf("%s: nobody can say that %s has more than %d", name, bucket, limit.Requests)
			}
		}
	}
}

func TestAnUnknownNameIsNotFound(t *testing.T) {
	if _, err := manifests.Load("../hubspot"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("got %v", err)
	}
}
