package writeback

import (
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// hub is a world whose CRM is the HubSpot sandbox, reached through the real connector.
type hub struct {
	*world
	server    *hubspot.Server
	url       string
	connector *connector.Connector
	ids       []string
}

func newHub(t *testing.T, companies int) *hub {
	t.Helper()
	h := &hub{world: newWorld(t, crm.Company), server: hubspot.New(hubspot.Options{Limits: hubspot.Unlimited(), FirstID: 1000})}
	for range companies {
		id, err := h.server.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": "Example"}})
		h.must(err)
		h.ids = append(h.ids, id)
	}
	listener, err := h.server.Listen("")
	h.must(err)
	t.Cleanup(func() { listener.Close() })
	h.url = listener.URL
	h.connector, err = connectTo(h.url, h.clock)
	h.must(err)
	h.asCRM = h.connector
	return h
}

// pullHub brings what changed since the last pull into the mirror.
func (h *hub) pullHub() {
	h.t.Helper()
	state, err := h.conn.SyncState(h.ctx, crm.Company)
	h.must(err)
	h.must(h.connector.Pull(h.ctx, crm.Company, state, func(p connector.Page) error {
		_, err := h.conn.ApplyPage(h.ctx, crm.Company, store.PageUpdate{Records: p.Records, Deleted: p.Deleted, State: p.State, Full: p.Full, Last: p.Last})
		return err
	}))
	_, err = h.conn.FinishPull(h.ctx, crm.Company, 1)
	h.must(err)
}

func (h *hub) value(id, key string) string { return h.server.Value(hubspot.Companies, id, key) }

// TestPlanReachesHubSpot takes a plan through provisioning, 1 % of bad records, the echo of our own writes, a hand edit
// and retirement, over HTTP.
func TestPlanReachesHubSpot(t *testing.T) {
	h := newHub(t, 300)
	h.classifiers[0].Parts = []string{"score", PartReason, PartSince}
	h.pullHub()
	h.tag("abc", "A", h.ids[:100]...)
	h.tag("abc", "B", h.ids[100:]...)
	bad := map[string]bool{h.ids[7]: true, h.ids[150]: true, h.ids[299]: true}
	for id := range bad {
		h.server.RejectWrites(hubspot.Companies, id, 0, "VALIDATION_ERROR", "the account's rule wants a VAT number")
	}
	report := h.apply(h.plan())
	if report.Records != 297 || report.Written != 4*297 || report.Rejected != 3 || report.Requests.Write != 3 {
		t.Fatalf("applying reports %+v", report)
	}
	for i, id := range h.ids {
		want := map[bool]string{true: "A", false: "B"}[i < 100]
		if bad[id] {
			want = ""
		}
		if got := h.value(id, "taxon_abc"); got != want {
			t.Errorf("%s has %q, expected %q", id, got, want)
		}
	}
	if id := h.ids[0]; h.value(id, "taxon_abc_score") != "1" || h.value(id, "taxon_abc_reason") != "because of A" || h.value(id, "taxon_abc_since") != "2026-01-31" {
		t.Errorf("the parts are %q, %q, %q", h.value(id, "taxon_abc_score"), h.value(id, "taxon_abc_reason"), h.value(id, "taxon_abc_since"))
	}
	if f, ok := h.server.Property(hubspot.Companies, "taxon_abc"); !ok || f.Label != "ABC class" || len(f.Options) != 4 {
		t.Errorf("the field is %+v", f)
	}

	for id := range bad {
		h.server.RejectWrites(hubspot.Companies, id, 1, "VALIDATION_ERROR", "once more")
	}
	h.pullHub() // the echo
	if p := h.plan(); p.Summary.Records != 3 || p.Summary.Kept != 0 {
		t.Fatalf("after the echo the plan is %+v: %v", p.Summary, h.changes(p))
	} else if report := h.apply(p); report.Rejected != 3 {
		t.Errorf("applying reports %+v", report)
	} else if report := h.apply(h.plan()); report.Records != 3 {
		t.Errorf("mended, applying reports %+v", report)
	}

	h.must(h.server.Update(hubspot.Companies, h.ids[0], map[string]string{"taxon_abc": "C"}))
	h.pullHub()
	h.tag("abc", "B", h.ids[0], h.ids[1])
	p := h.plan()
	if got := h.changes(p); p.Summary.Kept != 1 || p.Summary.Records != 1 || got[0].Record != h.ids[1] {
		t.Fatalf("with a hand edit the plan is %+v: %v", p.Summary, got)
	}
	h.must(h.server.Update(hubspot.Companies, h.ids[1], map[string]string{"taxon_abc": "C"}))
	report, err := Apply(h.ctx, ApplyInput{Store: h.conn, CRM: h.connector, Account: "4711", Plan: p.ID, Run: h.run, Reread: true})
	h.must(err)
	if report.Skipped != 1 || report.Written != 0 || h.value(h.ids[1], "taxon_abc") != "C" {
		t.Errorf("with an edit after the plan, applying reports %+v", report)
	}

	h.run++
	report, err = Retire(h.ctx, RetireInput{Store: h.conn, CRM: h.connector, Run: h.run, AsOf: h.asOf, Clock: h.clock, Classifier: "abc", Clear: true})
	h.must(err)
	if h.value(h.ids[5], "taxon_abc") != "" || h.value(h.ids[5], "taxon_abc_reason") != "" || h.value(h.ids[0], "taxon_abc") != "C" {
		t.Errorf("after clearing %s has %q and %s %q: %+v", h.ids[5], h.value(h.ids[5], "taxon_abc"), h.ids[0], h.value(h.ids[0], "taxon_abc"), report)
	}
}

// TestOldVersionsInTheIndexAreNoEdits pulls while the CRM's index still shows the records as they were before we wrote.
func TestOldVersionsInTheIndexAreNoEdits(t *testing.T) {
	w := newWorld(t, crm.Company)
	clock := sandbox.NewManual(w.clock.Now())
	h := &hub{world: w, server: hubspot.New(hubspot.Options{Clock: clock, Limits: hubspot.Unlimited(), IndexLag: time.Minute})}
	listener, err := h.server.Listen("")
	h.must(err)
	t.Cleanup(func() { listener.Close() })
	h.connector, err = connectTo(listener.URL, clock)
	h.must(err)
	h.asCRM = h.connector
	for range 5 {
		id, err := h.server.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": "Example"}})
		h.must(err)
		h.ids = append(h.ids, id)
	}
	clock.Advance(2 * time.Minute)
	h.pullHub()
	for _, class := range []string{"A", "B", "C"} {
		h.tag("abc", class, h.ids...)
		h.apply(h.plan())
		clock.Advance(time.Second)
		h.pullHub()
		if p := h.plan(); p.Summary.Kept+p.Summary.Changes != 0 {
			t.Errorf("after writing %s the plan is %+v", class, p.Summary)
		}
	}
	h.must(h.server.Update(hubspot.Companies, h.ids[0], map[string]string{"taxon_abc": "A"}))
	clock.Advance(2 * time.Minute)
	h.pullHub()
	if p := h.plan(); p.Summary.Kept != 1 || p.Summary.Changes != 0 {
		t.Errorf("after an edit the plan is %+v", p.Summary)
	}
}
