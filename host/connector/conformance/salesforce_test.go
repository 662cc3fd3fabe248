package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/salesforce"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// salesforceDay is a date.
func salesforceDay(text string) string { return text[:10] }

var salesforceLinks = []crm.Kind{crm.Company, crm.Contact, crm.Deal}

var salesforceObjects = map[string]Object{
	"accounts": {Store: salesforce.Account, Fields: map[string]string{"name": "Name", "domain": "Website", "country": "BillingCountry", "city": "BillingCity", "employees": "NumberOfEmployees"}},
	"contacts": {Store: salesforce.Contact, Fields: map[string]string{"name": "LastName", "email": "Email", "job_title": "Title", "country": "MailingCountry", "city": "MailingCity"},
		Linked: []crm.Kind{crm.Company}},
	"deals": {Store: salesforce.Opportunity, Fields: map[string]string{"name": "Name", "amount": "Amount", "closed_at": "CloseDate"}, Forms: map[string]func(string) string{"closed_at": salesforceDay},
		States: map[string]map[string]string{crm.Open: {"StageName": salesforce.StageOpen}, crm.Won: {"StageName": salesforce.StageWon}, crm.Lost: {"StageName": salesforce.StageLost}},
		Linked: []crm.Kind{crm.Company, crm.Contact}},
	"cases": {Store: salesforce.Case, Edit: "Subject", Fixed: map[string]string{"Status": "New"}, Expect: map[string]string{"kind": "ticket", "status": "New"}, Linked: []crm.Kind{crm.Company, crm.Contact}},
	"quotes": {Store: salesforce.Quote, Edit: "Name", Fields: map[string]string{"amount": "GrandTotal"}, Fixed: map[string]string{"Status": "Draft"},
		Expect: map[string]string{"kind": "quote", "status": "Draft"}, Linked: salesforceLinks},
	"events": {Store: salesforce.Event, Edit: "Subject", Fields: map[string]string{"occurred_at": "StartDateTime"}, Expect: map[string]string{"kind": "meeting"}, Linked: salesforceLinks},
	"tasks": {Store: salesforce.Task, Edit: "Subject", Fields: map[string]string{"occurred_at": "CompletedDateTime"}, Fixed: map[string]string{"Status": "Completed", "TaskSubtype": "Call"},
		Expect: map[string]string{"kind": "call", "status": "Completed"}, Linked: salesforceLinks},
}

// salesforceKey is the key of the app's certificate.
var salesforceKey = func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}()

func salesforcePEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(salesforceKey)}))
}

// salesforceError is an error answer: an array.
func salesforceError(status int, code, message string) http.HandlerFunc {
	return sandbox.Answer(status, `[{"message":"`+message+`","errorCode":"`+code+`"}]`, "Content-Type", "application/json")
}

var _ = register(Dialect{
	Name:     "salesforce",
	Settings: map[string]string{"client_id": salesforce.DefaultClientID, "currency": "EUR", "activities": "cases, quotes, events, tasks"},
	Ways: []Way{
		{Name: "refresh", Secrets: map[string]string{"client_secret": salesforce.DefaultClientSecret, "refresh_token": salesforce.DefaultRefreshToken}},
		{Name: "jwt", Settings: map[string]string{"username": salesforce.DefaultUser}, Secrets: map[string]string{"private_key": salesforcePEM()}},
		{Name: "client_credentials", Secrets: map[string]string{"client_secret": salesforce.DefaultClientSecret}},
	},
	Open: func(s Setup) Server {
		// Developer Edition: 15,000 requests in 24 hours. Pages may be smaller than the 200 rows that a client may ask for at least.
		a := salesforce.New(salesforce.Options{Clock: s.Clock, Lag: s.Lag, PerDay: 15000, Rotate: true, LeastPage: 1, Key: &salesforceKey.PublicKey, TimeZone: "Europe/Berlin"})
		return Server{Account: &a.Account, Listen: a.Listen,
			Link: func(object, id, toObject, toID string) {
				if deal, ok := a.Store.Get(salesforce.Opportunity, id); ok && toObject == "contacts" { // since the deal is there
					a.Store.Put(salesforce.Role, sandbox.Record{Created: deal.Created, Modified: deal.Created,
						Values: map[string]string{"OpportunityId": id, "ContactId": toID, "IsPrimary": "true"}})
					return
				}
				a.Link(salesforceObjects[object].Store, id, salesforceObjects[toObject].Store, toID)
			},
			Merge: func(object, winner, loser string) (string, error) {
				return winner, a.Merge(salesforceObjects[object].Store, winner, loser)
			}}
	},
	Objects: salesforceObjects,
	// REST API guide: 2,000 rows a page, 200 records in a collection; an address of 16,384 bytes holds some 500 ids.
	Caps: Caps{List: 2000, Changed: 2000, Write: 200, Associations: 500, WriteJob: Job{Requests: 5, Records: 100_000}},
	Throttled: map[string]http.HandlerFunc{
		"403 of too many at once": salesforceError(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
		"503":                     salesforceError(503, "SERVER_UNAVAILABLE", "HTTP server unavailable"),
		"500 of a lock":           salesforceError(500, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
		"502 with HTML":           sandbox.HTML(502),
	},
	Exhausted: salesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
	Absent: map[string]string{
		"deal/merges":  "opportunities cannot be merged",
		"deal/merging": "opportunities cannot be merged",
		"life":         "the answer for a token has no expires_in",
	},
})

// In an org with several currencies amounts are in that of their record; in one with a single currency the column is not asked for.
func TestSalesforceCurrencies(t *testing.T) {
	for _, several := range []bool{false, true} {
		i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Name == "salesforce" })
		d := dialects[i]
		d.Open = func(s Setup) Server {
			a := salesforce.New(salesforce.Options{Clock: s.Clock, Currencies: several, LeastPage: 1, Key: &salesforceKey.PublicKey})
			return Server{Account: &a.Account, Listen: a.Listen}
		}
		w := newWorld(t, &d, options{})
		values, want := map[string]string{"Name": "x"}, "EUR"
		if several {
			values["CurrencyIsoCode"], want = "JPY", "JPY"
		}
		load := func(object, property string) string {
			t.Helper()
			all := maps.Clone(values)
			all[property] = "12"
			id, err := w.Account.Load(object, sandbox.Record{Values: all})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		deal, quote := load(salesforce.Opportunity, "Amount"), load(salesforce.Quote, "GrandTotal")
		c := w.connect(t)
		for id, kind := range map[string]crm.Kind{deal: crm.Deal, "quotes:" + quote: crm.Activity} {
			record, ok := w.pull(t, c, kind, nil).records[id]
			if got := record.Field("amount").Money().Currency; !ok || got != want {
				t.Errorf("several currencies %t: the amount of a %s is in %q, want %s", several, kind, got, want)
			}
		}
	}
}

// A record that another transaction holds is written once more at the end of the run; one that is held for longer is told, and
// left to the next run. By a job it is the same.
func TestSalesforceLockedRecordsAreWrittenOnceMore(t *testing.T) {
	i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Name == "salesforce" })
	for _, n := range []int{450, 4200} {
		w := newWorld(t, &dialects[i], options{})
		kind, object := w.target()
		for k := range n {
			w.add(t, object, k)
		}
		specs := w.specs(object)
		c := w.connect(t)
		states := w.provision(t, c, kind, object, specs)
		var writes []connector.Write
		held := map[string]bool{} // true: for longer than the run
		for k, r := range w.put[object] {
			writes = append(writes, connector.Write{ID: r.id, Fields: values(specs, k)})
			if k%20 == 3 {
				times := 1
				if held[r.id] = k == 43; held[r.id] {
					times = 2
				}
				w.Account.RejectWrites(w.d.Objects[object].Store, r.id, times, sandbox.Rejection{Code: salesforce.Locked})
			}
		}
		out, err := w.write(t, c, kind, writes)
		if err != nil || len(out) != len(writes) {
			t.Fatalf("%d outcomes of %d, %v", len(out), len(writes), err)
		}
		for _, x := range writes {
			o := out[x.ID]
			if long := held[x.ID]; long != (o.Error != nil) || long && !o.Transient {
				t.Fatalf("%d records: %s, held for long %t: %v, transient %t", n, x.ID, long, o.Error, o.Transient)
			}
			if o.Error != nil {
				continue
			}
			if err := w.holds(object, x.ID, states, x.Fields); err != nil {
				t.Fatal(err)
			}
		}
	}
}
