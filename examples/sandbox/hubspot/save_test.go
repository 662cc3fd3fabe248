package hubspot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

var kinds = []string{hubspot.Contacts, hubspot.Companies, hubspot.Deals}

func (a *account) save() []byte {
	a.t.Helper()
	var file bytes.Buffer
	if err := a.Save(&file); err != nil {
		a.t.Fatal(err)
	}
	return file.Bytes()
}

// restored opens the account once more from a file, under the same clock.
func (a *account) restored(o hubspot.Options) *account {
	a.t.Helper()
	o.Clock = a.clock
	s, err := hubspot.Restore(o, bytes.NewReader(a.save()))
	if err != nil {
		a.t.Fatal(err)
	}
	return &account{Server: s, t: a.t, clock: a.clock, token: s.Token()}
}

// same sends a request to both accounts and wants equal answers.
func same(t *testing.T, a, b *account, method, path string, body any) answer {
	t.Helper()
	x, y := a.call(method, path, body), b.call(method, path, body)
	if x.status != y.status || x.raw != y.raw {
		t.Fatalf("%s %s: before\n%d %.2000s\nafter\n%d %.2000s", method, path, x.status, x.raw, y.status, y.raw)
	}
	return x
}

// sameAccount reads all that the API tells of two accounts.
func sameAccount(t *testing.T, a, b *account) {
	t.Helper()
	paths := []string{"/account-info/v3/details", "/crm/v3/owners", "/crm/v3/limits/custom-properties", "/crm/v3/pipelines/deals"}
	for _, kind := range kinds {
		paths = append(paths, "/crm/v3/properties/"+kind, "/crm/v3/properties/"+kind+"/groups")
	}
	for _, path := range paths {
		if got := same(t, a, b, "GET", path, nil); got.status != 200 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	for _, kind := range kinds {
		var all []string
		for _, f := range a.must(200, "GET", "/crm/v3/properties/"+kind, nil).at("results").([]any) {
			all = append(all, f.(map[string]any)["name"].(string))
		}
		for _, archived := range []string{"false", "true"} {
			q := url.Values{"limit": {"100"}, "archived": {archived}, "properties": all}
			for after := "0"; after != ""; {
				q.Set("after", after)
				page := same(t, a, b, "GET", "/crm/v3/objects/"+kind+"?"+q.Encode(), nil)
				if page.status != 200 {
					t.Fatalf("list of %s: %d %s", kind, page.status, page.raw)
				}
				for _, to := range kinds {
					var inputs []map[string]string
					for _, id := range page.ids() {
						inputs = append(inputs, map[string]string{"id": id})
					}
					same(t, a, b, "POST", "/crm/v4/associations/"+kind+"/"+to+"/batch/read", map[string]any{"inputs": inputs})
				}
				after = page.text("paging", "next", "after")
			}
		}
		for _, search := range []string{
			`{"limit":200,"properties":["tier","name","dealstage"]}`,
			`{"limit":200,"filterGroups":[{"filters":[{"propertyName":"tier","operator":"HAS_PROPERTY"}]}],"properties":["tier"]}`,
			`{"limit":50,"after":"100","sorts":[{"propertyName":"createdate","direction":"DESCENDING"}]}`,
		} {
			if got := same(t, a, b, "POST", "/crm/v3/objects/"+kind+"/search", search); got.status != 200 {
				t.Errorf("search of %s: %d %s", kind, got.status, got.raw)
			}
		}
	}
}

// A demo account in which people and tools have worked answers after a restore as it
// did before, and goes on in the same way.
func TestARestoredAccountAnswersAsBefore(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited(), PortalID: 4711, TimeZone: "Europe/Berlin", Currency: "EUR", OtherCurrencies: []string{"USD"}, Rates: map[string]float64{"USD": 0.9}})
	if _, err := demo.LoadSales(a.Server); err != nil {
		t.Fatal(err)
	}
	a.must(201, "POST", "/crm/v3/properties/companies/groups", `{"name":"taxon","label":"Taxon"}`)
	a.must(201, "POST", "/crm/v3/properties/companies", `{"name":"tier","label":"Tier","type":"enumeration","fieldType":"select","groupName":"taxon",
		"options":[{"label":"<A> & more","value":"A","displayOrder":0,"hidden":false},{"label":"B","value":"B","displayOrder":1,"hidden":true}]}`)
	for _, kind := range []string{hubspot.Contacts, hubspot.Deals} {
		a.tier(kind)
	}
	a.clock.Advance(1234 * time.Millisecond)
	a.must(200, "PATCH", "/crm/v3/properties/deals/tier", `{"label":"Deal tier"}`)
	company, contact, deal := a.Records(hubspot.Companies), a.Records(hubspot.Contacts), a.Records(hubspot.Deals)
	a.must(200, "PATCH", "/crm/v3/objects/companies/"+company[0].ID, `{"properties":{"tier":"A","city":""}}`)
	a.must(200, "POST", "/crm/v3/objects/deals/batch/update",
		fmt.Sprintf(`{"inputs":[{"id":%q,"properties":{"tier":"A"}},{"id":%q,"properties":{"tier":"B"}}]}`, deal[0].ID, deal[8000].ID))
	a.clock.Advance(time.Hour)
	a.must(204, "DELETE", "/crm/v3/objects/deals/"+deal[3].ID, nil)
	a.must(204, "DELETE", "/crm/v3/objects/contacts/"+contact[3].ID, nil)
	merge := func(kind string, x, y *sandbox.Record) string {
		return a.must(200, "POST", "/crm/v3/objects/"+kind+"/merge", map[string]string{"primaryObjectId": x.ID, "objectIdToMerge": y.ID}).text("id")
	}
	merge(hubspot.Companies, company[1], company[2])
	survivor := merge(hubspot.Contacts, contact[0], contact[1])
	a.Erase(hubspot.Deals, deal[5].ID)
	a.SetPipelines(hubspot.DefaultPipeline(), sandbox.Pipeline{ID: "p2", Label: "Renewals", Order: 1, Stages: []sandbox.Stage{{ID: "r1", Label: "Due", Probability: 0.25}}})

	a.Erase(hubspot.Contacts, a.load(hubspot.Contacts, nil)) // the last id is nobody's

	b := a.restored(hubspot.Options{Limits: hubspot.Unlimited()})
	sameAccount(t, a, b)
	if !bytes.Equal(a.save(), b.save()) {
		t.Error("saving the restored account gives another file")
	}
	if got := same(t, a, b, "GET", "/crm/v3/objects/contacts/"+contact[1].ID, nil); got.text("id") != survivor {
		t.Errorf("a merged id leads to %s, want %s", got.text("id"), survivor)
	}
	same(t, a, b, "GET", "/crm/v3/objects/deals/"+deal[5].ID, nil)

	a.clock.Advance(time.Minute)
	same(t, a, b, "POST", "/crm/v3/objects/companies", `{"properties":{"name":"New GmbH","tier":"B"}}`)
	same(t, a, b, "PATCH", "/crm/v3/objects/deals/"+deal[9].ID, `{"properties":{"pipeline":"p2","dealstage":"r1","tier":"A"}}`)
	same(t, a, b, "POST", "/crm/v3/objects/contacts/merge", map[string]string{"primaryObjectId": survivor, "objectIdToMerge": contact[7].ID})
	same(t, a, b, "DELETE", "/crm/v3/objects/companies/"+company[6].ID, nil)
	if !bytes.Equal(a.save(), b.save()) {
		t.Error("the accounts have parted")
	}
}

func TestTheIndexStillLagsAfterARestore(t *testing.T) {
	lag := hubspot.Options{IndexLag: 10 * time.Second}
	a := open(t, lag)
	a.tier(hubspot.Companies)
	id := a.load(hubspot.Companies, map[string]string{"tier": "A"})
	a.clock.Advance(time.Minute)
	a.must(200, "PATCH", "/crm/v3/objects/companies/"+id, `{"properties":{"tier":"B"}}`)
	a.load(hubspot.Companies, map[string]string{"tier": "A"})
	b := a.restored(lag)
	for _, want := range []struct{ total, tier any }{{1.0, "A"}, {2.0, "B"}} {
		got := same(t, a, b, "POST", "/crm/v3/objects/companies/search", `{"properties":["tier"]}`)
		got.equal(t, want.total, "total")
		got.equal(t, want.tier, "results", 0, "properties", "tier")
		a.clock.Advance(10 * time.Second)
	}
}

// What belongs to the server does not go into the file.
func TestASavedAccountHoldsNoToken(t *testing.T) {
	a := open(t, hubspot.Options{Token: "pat-na1-0123456789abcdef", OAuth: &hubspot.OAuth{ClientID: "app", ClientSecret: "hush-hush-hush", RefreshToken: "refresh-me-refresh-me"}})
	access := a.must(200, "POST", "/oauth/v1/token", "grant_type=refresh_token&client_id=app&client_secret=hush-hush-hush&refresh_token=refresh-me-refresh-me").text("access_token")
	file := string(a.save())
	for _, secret := range []string{a.token, "hush-hush-hush", "refresh-me-refresh-me", access} {
		if strings.Contains(file, secret) {
			t.Errorf("%q is in the file", secret)
		}
	}
	b := a.restored(hubspot.Options{PortalID: 99})
	b.token = a.token
	b.must(401, "GET", "/crm/v3/objects/deals", nil)
	b.token = b.Token()
	b.must(200, "GET", "/account-info/v3/details", nil).equal(t, 99.0, "portalId")
}

func TestABrokenOrNewerFileIsRefused(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.load(hubspot.Companies, map[string]string{"name": "Acme"})
	a.load(hubspot.Companies, map[string]string{"name": "Bolt"})
	good := a.save()
	// edit changes the file's JSON.
	edit := func(change func(doc, companies map[string]any)) string {
		var doc map[string]any
		if err := json.Unmarshal(good, &doc); err != nil {
			t.Fatal(err)
		}
		change(doc, doc["data"].(map[string]any)["kinds"].(map[string]any)["companies"].(map[string]any))
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	for name, c := range map[string]struct{ file, want string }{
		"empty":         {"", "broken"},
		"cut off":       {string(good[:len(good)/2]), "broken"},
		"two documents": {string(good) + string(good), "broken"},
		"another kind":  {`{"name":"x"}`, "not a saved HubSpot sandbox"},
		"newer":         {edit(func(doc, _ map[string]any) { doc["version"], doc["data"] = 2, "of another shape" }), "format version 2, this program reads up to 1"},
		"no version":    {edit(func(doc, _ map[string]any) { delete(doc, "version") }), "format version 0"},
		"unknown part":  {edit(func(_, c map[string]any) { c["surprise"] = 1 }), `unknown field "surprise"`},
		"no time zone":  {edit(func(doc, _ map[string]any) { doc["settings"].(map[string]any)["timeZone"] = "Mars/Base" }), `time zone "Mars/Base"`},
		"no deals": {edit(func(doc, _ map[string]any) {
			delete(doc["data"].(map[string]any)["kinds"].(map[string]any), "deals")
		}), "lacks deals"},
		"record twice": {edit(func(_, c map[string]any) { c["records"] = append(c["records"].([]any), c["records"].([]any)[0]) }), `companies: record "1"`},
		"field twice":  {edit(func(_, c map[string]any) { c["fields"] = append(c["fields"].([]any), c["fields"].([]any)[0]) }), `companies: field "hs_object_id"`},
		"merge in a ring": {edit(func(_, c map[string]any) {
			c["merged"] = map[string]string{"8": "9", "9": "8"}
		}), "merged into itself"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hubspot.Restore(hubspot.Options{}, strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no space left")

func TestSaveTellsOfAFailedWrite(t *testing.T) {
	if err := open(t, hubspot.Options{}).Save(fullDisk{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
