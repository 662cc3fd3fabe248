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

// Client secrets and refresh tokens go to the vendor's place for them, wherever the API is; a sandbox on this machine is its own.
func TestSecretsAreSentToTheVendorsTokenServer(t *testing.T) {
	for _, c := range []struct{ crm, variable, base, want, api string }{
		{"zoho", "accounts", "", "https://accounts.zoho.eu", "https://api.example"},
		{"zoho", "accounts", "https://sandbox.zohoapis.eu", "https://accounts.zoho.eu", "https://sandbox.zohoapis.eu"},
		{"zoho", "accounts", "http://127.0.0.1:8093", "http://127.0.0.1:8093", "http://127.0.0.1:8093"},
		{"zoho", "accounts", "https://localhost.example.com", "https://accounts.zoho.eu", "https://localhost.example.com"},
		{"dynamics", "login", "https://contoso.crm4.dynamics.com", "https://login.microsoftonline.com", ""},
		{"dynamics", "login", "http://localhost:8094", "http://localhost:8094", ""},
		{"dynamics", "login", "http://127.0.0.1.example.com", "https://login.microsoftonline.com", ""},
	} {
		m, err := manifests.Load(c.crm)
		if err != nil {
			t.Fatal(err)
		}
		vars := map[string]any{"config": map[string]any{"base_url": c.base, "data_center": "eu", "login_url": ""}, "body": map[string]any{"api_domain": "https://api.example"}}
		if got, err := m.Vars[c.variable].Text(vars); err != nil || got != c.want {
			t.Errorf("%s: with base_url %q secrets go to %s, %v", c.crm, c.base, got, err)
		}
		for _, auth := range m.Auth {
			if got, err := auth.Exchange.BaseURL.Text(vars); err != nil || got != c.api {
				t.Errorf("%s: with base_url %q requests go to %s, %v", c.crm, c.base, got, err)
			}
		}
	}
}

func TestAnUnknownNameIsNotFound(t *testing.T) {
	if _, err := manifests.Load("../hubspot"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("got %v", err)
	}
}
