package conformance

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/pipedrive"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// pipedriveOver is the answer to a call too many, of the burst and of the day alike: no Retry-After.
var pipedriveOver = sandbox.Answer(429, `{"success":false,"error":"request over limit","errorCode":429,"error_info":"","data":null}`, "Content-Type", "application/json", "x-ratelimit-reset", "2")

var _ = register(pipedriveDialect)

var pipedriveDialect = Dialect{
	Name: "pipedrive",
	Ways: []Way{
		{Name: "token", Secrets: map[string]string{"api_token": pipedrive.DefaultToken}, Static: "api_token", NewSecret: "99999999000040008000a11ce0000002aaaaaaaa"},
		{Name: "oauth", Settings: map[string]string{"client_id": "app"}, Secrets: map[string]string{"client_secret": "s3cret-of-the-app", "refresh_token": "only-refresh-token"}},
	},
	Open: func(s Setup) Server {
		// One Lite seat: 20 calls in 2 seconds, 80 with OAuth; the day has room for the suite.
		a := pipedrive.New(pipedrive.Options{Clock: s.Clock, Burst: 20, DailyTokens: 2_000_000, RefuseUnknown: true, Currency: "EUR", TimeZone: "Europe/Tallinn",
			OAuth: &pipedrive.OAuth{ClientID: "app", ClientSecret: "s3cret-of-the-app", RefreshToken: "only-refresh-token"}})
		objects := pipedriveObjects()
		return Server{Account: &a.Account, Listen: a.Listen,
			Link: func(object, id, toObject, toID string) {
				a.Link(objects[object].Store, id, objects[toObject].Store, toID)
			},
			Merge: func(object, winner, loser string) (string, error) {
				return winner, a.Merge(objects[object].Store, winner, loser)
			},
			Live: func(object string) (ids []string) {
				for _, r := range a.Records(objects[object].Store) {
					if (r.Values["is_archived"] == "true") == (object == "archived_deals") {
						ids = append(ids, r.ID)
					}
				}
				return ids
			}}
	},
	Objects: pipedriveObjects(),
	NewOption: func(s Server, object, field, label string) {
		s.Store.EditField(object, field, func(f *sandbox.Field) {
			f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: "9999", Label: label})
		})
	},
	// The vendor's specification: limit up to 500, one record an update.
	Caps: Caps{List: 500, Changed: 500, Write: 1},
	Throttled: map[string]http.HandlerFunc{
		"429 without Retry-After": pipedriveOver,
		"502 with HTML":           sandbox.HTML(502),
	},
	Exhausted: pipedriveOver, // again and again
	Absent: map[string]string{
		"merges":    "a merge is told by a webhook only",
		"deletions": "deleted deals are listed for 30 days, archived ones, persons and organizations by no list",
		"lag":       "nothing documented lags",
	},
}

func pipedriveObjects() map[string]Object {
	deal := Object{Store: pipedrive.Deals, Fields: map[string]string{"name": "title", "amount": "value", "closed_at": "close_time"}, Linked: []crm.Kind{crm.Company, crm.Contact},
		States: map[string]map[string]string{crm.Open: {"status": "open"}, crm.Won: {"status": "won"}, crm.Lost: {"status": "lost"}}}
	kept := deal
	kept.Fixed = map[string]string{"is_archived": "true"}
	return map[string]Object{
		"organizations":  {Store: pipedrive.Organizations, Fields: map[string]string{"name": "name", "domain": "website", "country": "address.country", "city": "address.locality", "employees": "employee_count"}},
		"persons":        {Store: pipedrive.Persons, Fields: map[string]string{"name": "name", "email": "emails", "job_title": "job_title", "country": "postal_address.country", "city": "postal_address.locality"}, Linked: []crm.Kind{crm.Company}},
		"deals":          deal,
		"archived_deals": kept,
		"activities": {Store: pipedrive.Activities, Edit: "subject", Fields: map[string]string{"occurred_at": "marked_as_done_time"}, Fixed: map[string]string{"type": "call", "done": "true"},
			Expect: map[string]string{"kind": "call", "status": "done"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	}
}

// blocked is the error that tells of the ban: whoever reads it knows what to do.
func blocked(err error) bool {
	var e *crm.Error
	return crm.CodeOf(err) == crm.CodeProtocol && errors.As(err, &e) && strings.Contains(e.Suggestion, "has blocked this network address")
}

// The front of Pipedrive bans a client with a page of HTML. A pull ends with the first such answer, and what came before is
// not lost: from the state of its last page the next one goes on.
func TestABanOfPipedriveEndsAPull(t *testing.T) {
	w := newWorld(t, &pipedriveDialect, options{})
	w.smallPages(20)
	w.fill(t, 90, 0, 0, 0)
	p, c := &pulled{}, w.connect(t)
	take := func(page connector.Page) error { p.take(page); return nil }
	remove := w.Faults.Add(sandbox.Fault{Path: "/organizations", Skip: 2, Answer: pipedrive.Blocked()})
	if err := c.Pull(t.Context(), crm.Company, nil, take); !blocked(err) {
		t.Fatalf("the pull ends with %v", err)
	}
	if n := remove(); n != 1 {
		t.Errorf("%d requests were sent, the first of which told of the ban", n)
	}
	before := len(p.records)
	if before == 0 || c.Counts().Retries > 0 {
		t.Errorf("%d records had come, %d requests were repeated", before, c.Counts().Retries)
	}
	if err := w.connect(t).Pull(t.Context(), crm.Company, p.state, take); err != nil {
		t.Fatalf("afterwards the pull ends with %v", err)
	}
	if !slices.Equal(p.ids(), w.live(crm.Company)) {
		t.Errorf("%d of %d organizations came", len(p.records), len(w.live(crm.Company)))
	}
	for id, n := range p.times {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

// A write ends as well: the requests that were under way are the last ones, what is written is told, and the rest is written
// when it is asked for again.
func TestABanOfPipedriveEndsAWrite(t *testing.T) {
	w := newWorld(t, &pipedriveDialect, options{})
	kind, object := w.target()
	for i := range 60 {
		w.add(t, object, i)
	}
	specs := w.specs(object)
	c := w.connect(t)
	states := w.provision(t, c, kind, object, specs)
	var writes []connector.Write
	for i, r := range w.put[object] {
		writes = append(writes, connector.Write{ID: r.id, Fields: values(specs, i)})
	}
	remove := w.Faults.Add(sandbox.Fault{Method: "PATCH", Skip: 20, Answer: pipedrive.Blocked()})
	out, err := w.write(t, c, kind, writes)
	if !blocked(err) {
		t.Fatalf("the write ends with %v", err)
	}
	if n := remove(); n < 1 || n > 4 { // as many as are under way at once
		t.Errorf("%d requests met the ban", n)
	}
	if len(out) != 20 {
		t.Errorf("the outcomes of %d records are told, 20 were written", len(out))
	}
	again, err := w.write(t, w.own(t, kind, states, specs), kind, slices.DeleteFunc(slices.Clone(writes), func(x connector.Write) bool {
		_, written := out[x.ID]
		return written
	}))
	if err != nil || len(again) != 40 {
		t.Fatalf("afterwards the write ends with %v, %d outcomes", err, len(again))
	}
	for _, x := range writes {
		if err := w.holds(object, x.ID, states, x.Fields); err != nil {
			t.Error(err)
		}
	}
}
