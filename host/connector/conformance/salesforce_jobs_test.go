package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/salesforce"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// salesforceWorld is an org with small thresholds for jobs.
func salesforceWorld(t *testing.T) *world {
	t.Helper()
	i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Name == "salesforce" })
	w := newWorld(t, &dialects[i], options{})
	for _, name := range []string{"accounts", "contacts", "deals"} {
		w.m.Objects[name].List.Job.Above, w.m.Objects[name].List.Job.Size, w.m.Objects[name].Write.Job.Above = 100, 60, 100
	}
	return w
}

// A large first load and a large write go by Bulk API 2.0: what comes is the same as by pages, links included; of the records
// written each bad one is told.
func TestSalesforceLoadsInBulk(t *testing.T) {
	w := salesforceWorld(t)
	w.fill(t, 150, 170, 130, 0)
	c := w.connect(t)
	specs := w.specs("accounts")
	states := w.provision(t, c, crm.Company, "accounts", specs)
	c = w.own(t, crm.Company, states, specs)
	for _, kind := range []crm.Kind{crm.Company, crm.Contact, crm.Deal} {
		before, asked := w.Log.Count("query"), c.Counts().Association
		p := w.pull(t, c, kind, nil)
		if n := c.Counts().Association - asked; n > 0 {
			t.Errorf("%s: %d requests for links, although what comes by a job has the primary ones in its rows", kind, n)
		}
		if !slices.Equal(p.ids(), w.live(kind)) || len(p.rejected) > 0 {
			t.Errorf("%s: %d of %d records came, %v", kind, len(p.records), len(w.live(kind)), p.rejected)
		}
		for _, object := range w.d.wanted(w.m, kind) {
			for _, r := range w.put[object] {
				got := p.records[r.id]
				for linked, id := range r.linked {
					if !slices.ContainsFunc(got.Links, func(l crm.Link) bool { return l.Kind == linked && l.ID == id && l.Primary }) {
						t.Errorf("%s: %s has no link to %s", kind, r.id, id)
					}
				}
			}
		}
		if n := w.Log.Count("query") - before; n > 4 {
			t.Errorf("%s: %d queries were asked although there are jobs", kind, n)
		}
	}
	gone, ruled := w.put["accounts"][3].id, w.put["accounts"][5].id
	w.Delete("accounts", gone)
	w.Reject("accounts", ruled, "the rule about "+privateWord)
	var writes []connector.Write
	for i, r := range w.put["accounts"] {
		writes = append(writes, connector.Write{ID: r.id, Fields: values(specs, i)})
	}
	writes[7].Fields["taxon_abc"] = "Z"
	updates := w.Log.Count("composite")
	out, err := w.write(t, c, crm.Company, writes)
	if err != nil || w.Log.Count("composite") != updates {
		t.Fatalf("the write ends with %v; %d collections were sent", err, w.Log.Count("composite")-updates)
	}
	for i, x := range writes {
		want := map[string]crm.Code{gone: crm.CodeNotFound, ruled: crm.CodeRecord, writes[7].ID: crm.CodeRecord}[x.ID]
		if o := out[x.ID]; crm.CodeOf(asError(o.Error)) != want {
			t.Errorf("%d: %s is told as %v, want %q", i, x.ID, o.Error, want)
		}
		if want == "" {
			if err := w.holds("accounts", x.ID, states, x.Fields); err != nil {
				t.Error(err)
			}
		}
	}
}

func asError(e *crm.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// A process that ends between the creation of a field and its permission leaves a field that nobody sees: the next one makes it
// visible.
func TestAFieldThatWasMadeAndNotPermittedIsPermittedByTheNextRun(t *testing.T) {
	w := salesforceWorld(t)
	remove := w.Faults.Add(sandbox.Fault{Path: "FieldPermissions", Answer: sandbox.Answer(400, `[{"errorCode":"UNKNOWN_EXCEPTION","message":""}]`, "Content-Type", "application/json")})
	specs := w.specs("accounts")[:1]
	if _, err := w.connect(t).Provision(t.Context(), crm.Company, specs); err == nil {
		t.Fatal("the permission was refused, and nothing is said")
	}
	remove()
	states, err := w.connect(t).Provision(t.Context(), crm.Company, specs)
	if err != nil || states[0].Name != "taxon_abc__c" || states[0].Missing {
		t.Fatalf("%+v, %v", states, err)
	}
	for _, r := range w.Store.All("PermissionSet") {
		w.Store.Update("PermissionSet", r.ID, map[string]string{"Name": "Another"})
	}
	_, err = w.connect(t).Provision(t.Context(), crm.Contact, specs)
	if err == nil || !strings.Contains(fmt.Sprintf("%+v", err), "permission set") {
		t.Errorf("without the permission set: %v", err)
	}
}

// OpportunityContactRole: a changed contact is a change of the opportunity although its own stamp stays; more roles than a page
// holds are all read.
func TestContactsOfOpportunitiesAreFollowed(t *testing.T) {
	w := salesforceWorld(t)
	w.fill(t, 3, 40, 40, 0)
	c := w.connect(t)
	deal := w.put["deals"][4].id
	for i := range 2100 {
		w.Store.Put(salesforce.Role, sandbox.Record{Values: map[string]string{"OpportunityId": deal, "ContactId": fmt.Sprintf("003%012dAAA", 900000+i)}})
	}
	w.clock.Advance(time.Hour)
	p := w.pull(t, c, crm.Deal, nil)
	if n := len(p.records[deal].Links); n < 2100 {
		t.Errorf("the deal has %d links", n)
	}
	w.clock.Advance(time.Hour)
	other := w.put["deals"][6].id
	for _, r := range w.Store.All(salesforce.Role) {
		if r.Values["OpportunityId"] == other {
			w.Store.Update(salesforce.Role, r.ID, map[string]string{"ContactId": w.put["contacts"][30].id})
		}
	}
	w.clock.Advance(settle)
	p = w.pull(t, c, crm.Deal, p.state)
	if !slices.Equal(p.ids(), []string{other}) {
		t.Fatalf("%v came", p.ids())
	}
	if !slices.ContainsFunc(p.records[other].Links, func(l crm.Link) bool { return l.ID == w.put["contacts"][30].id && l.Primary }) {
		t.Errorf("its links are %v", p.records[other].Links)
	}
}
