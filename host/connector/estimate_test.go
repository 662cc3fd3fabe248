package connector_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

func TestAnEstimateIsWhatThePullTakes(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: hubspot.Professional()})
	a.load(t, 150, 1050, 600)
	c := a.open(t)
	before, err := c.Estimate(context.Background(), connector.Expectation{Count: true})
	if err != nil {
		t.Fatal(err)
	}
	states := map[crm.Kind][]byte{}
	begin := c.Counts()
	for _, kind := range crm.Kinds {
		states[kind] = pull(t, c, kind, nil).state
	}
	took := c.Counts().Total() - begin.Total()
	if before.Requests < took-1 || before.Requests > took+1 { // what the estimate has asked for is known already
		t.Errorf("estimated %d requests, took %d: %+v", before.Requests, took, before)
	}
	for _, o := range before.Objects {
		want := map[string]int{"companies": 150, "contacts": 1050, "deals": 600}[o.Object]
		if o.From != "counted" || o.Records != want || !o.Everything {
			t.Errorf("%+v", o)
		}
	}
	if len(before.Quotas) != 1 || before.Quotas[0].Takes != before.Requests || before.Quotas[0].Days != 1 || before.Asked == 0 || before.Seconds <= 0 {
		t.Errorf("%+v", before)
	}

	a.clock.Advance(2 * time.Hour)
	for _, r := range a.Records(hubspot.Contacts)[:450] {
		if err := a.Update(hubspot.Contacts, r.ID, map[string]string{"city": "Ulm"}); err != nil {
			t.Fatal(err)
		}
	}
	a.clock.Advance(time.Hour)
	next, err := c.Estimate(context.Background(), connector.Expectation{Count: true, States: states})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range next.Objects {
		// The changes are looked for a second time, since enough time has passed.
		if o.Object == "contacts" && (o.Records != 450 || o.Everything || o.Pages != 3+3 || o.Associations != 1 || o.Deletions != 1 || o.IDs != 0) {
			t.Errorf("%+v", o)
		}
	}
	begin = c.Counts()
	for _, kind := range crm.Kinds {
		pull(t, c, kind, states[kind])
	}
	if took := c.Counts().Total() - begin.Total(); next.Requests < took-2 || next.Requests > took+2 {
		t.Errorf("estimated %d requests for the changes, took %d: %+v", next.Requests, took, next)
	}
	sent := a.Log.Count()
	copied := map[crm.Kind]int{crm.Company: 150, crm.Contact: 1050}
	full, err := c.Estimate(context.Background(), connector.Expectation{States: states, Copied: copied, Full: true})
	if err != nil || a.Log.Count() != sent || full.Asked != 0 {
		t.Errorf("%d requests for an estimate without counts: %+v, %v", a.Log.Count()-sent, full, err)
	}
	for _, o := range full.Objects { // the last pull brought no deals, as it seems: none are assumed
		if want := copied[o.Kind]; !o.Everything || o.From != "copy" || o.Records != want {
			t.Errorf("%+v", o)
		}
	}
}

func TestAnEstimateHasTheComparisonOfIDs(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: hubspot.Professional()})
	a.load(t, 150, 1050, 600)
	c := a.open(t)
	states, copied := map[crm.Kind][]byte{}, map[crm.Kind]int{crm.Company: 150, crm.Contact: 1050, crm.Deal: 600, crm.Activity: 0}
	for _, kind := range crm.Kinds {
		states[kind] = pull(t, c, kind, nil).state
	}
	a.clock.Advance(2 * time.Hour)
	for _, e := range []connector.Expectation{
		{States: states, Copied: copied}, {States: states, Count: true}, {States: states, Records: copied}, {Full: true, Records: copied}, {Full: true, Count: true},
	} {
		without, err := c.Estimate(context.Background(), e)
		if err != nil {
			t.Fatal(err)
		}
		e.Reconcile = true
		with, err := c.Estimate(context.Background(), e)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, o := range with.Objects {
			if want, known := map[string]int{"companies": 2, "contacts": 11, "deals": 6}[o.Object]; known && o.IDs != want {
				t.Errorf("%+v", o)
			}
			compared += o.IDs
		}
		begin := c.Counts().Reconcile
		for _, kind := range crm.Kinds {
			if err := c.IDs(context.Background(), kind, func([]string) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if took := c.Counts().Reconcile - begin; with.Requests-without.Requests != compared || compared < took-1 || compared > took+1 {
			t.Errorf("the comparison was to take %d of %d requests, without it %d, and took %d", compared, with.Requests, without.Requests, took)
		}
	}
}

func TestAnEstimateHasWhatIsReadAgain(t *testing.T) {
	s, c, clock := newToy(t)
	for i := range 60 { // ten in each second, all within the overlap
		s.feed = append(s.feed, map[string]any{"id": fmt.Sprintf("o%03d", i), "name": "x", "at": epoch.Add(-time.Duration(i/10) * time.Second).Unix()})
	}
	state := pull(t, c, crm.Deal, nil).state // of another list, which has none of them
	clock.Advance(5 * time.Second)
	state = pull(t, c, crm.Deal, state).state
	for range 2 {
		clock.Advance(20 * time.Second)
		e, err := c.Estimate(context.Background(), connector.Expectation{States: map[crm.Kind][]byte{crm.Deal: state}, Copied: map[crm.Kind]int{crm.Deal: 60}})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(e.Objects, func(o connector.ObjectEstimate) bool { return o.Kind == crm.Deal })
		before := c.Counts().Pull
		again := pull(t, c, crm.Deal, state)
		if took := c.Counts().Pull - before; len(again.records) != 0 || e.Objects[i].Everything || e.Objects[i].Pages < took-1 || e.Objects[i].Pages > took+1 || took < 6 {
			t.Errorf("%d pages were taken, %d records delivered: %+v", took, len(again.records), e.Objects[i])
		}
		state = again.state
	}
	clock.Advance(time.Hour) // what has changed then is the last to be read again
	state = pull(t, c, crm.Deal, state).state
	clock.Advance(time.Hour)
	e, err := c.Estimate(context.Background(), connector.Expectation{States: map[crm.Kind][]byte{crm.Deal: state}, Copied: map[crm.Kind]int{crm.Deal: 60}})
	if i := slices.IndexFunc(e.Objects, func(o connector.ObjectEstimate) bool { return o.Kind == crm.Deal }); err != nil || e.Objects[i].Pages > 2 {
		t.Errorf("%+v, %v", e.Objects[i], err)
	}
}

func TestAnEstimateSeesThatNoLinkTellsWhatChanged(t *testing.T) {
	s, c, _ := newWorks(t)
	s.units = append(s.units, &unit{id: "u1", name: "One"})
	state := pull(t, c, crm.Company, nil).state
	for _, known := range []bool{true, false} {
		if !known { // as from a table that does not track changes
			state = regexp.MustCompile(`"delta":"[^"]*",`).ReplaceAll(state, nil)
		}
		e, err := c.Estimate(context.Background(), connector.Expectation{States: map[crm.Kind][]byte{crm.Company: state}})
		if err != nil {
			t.Fatal(err)
		}
		if p := pull(t, c, crm.Company, state); e.Objects[0].Object != "units" || e.Objects[0].Everything != p.full || p.full == known {
			t.Errorf("link known %v, full pull %v: %+v", known, p.full, e.Objects)
		}
	}
}

func TestAnEstimateWaitsForJobs(t *testing.T) {
	s, c, clock := newWorks(t)
	s.load(107)
	asked := 0
	s.fault = func(w http.ResponseWriter, r *http.Request) bool { // done when it has been asked after ten times
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/jobs/") || strings.HasSuffix(r.URL.Path, "/result") {
			return false
		}
		if asked++; asked < 8 {
			reply(w, 200, map[string]any{"state": "Queued"})
		}
		return asked < 8
	}
	known := map[crm.Kind]int{crm.Company: 0, crm.Contact: 107, crm.Deal: 0, crm.Activity: 0}
	e, err := c.Estimate(context.Background(), connector.Expectation{Full: true, Records: known})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(e.Objects, func(o connector.ObjectEstimate) bool { return o.Object == "people" })
	begin := clock.Now()
	pull(t, c, crm.Contact, nil)
	passed := clock.Now().Sub(begin).Seconds()
	jobs := 0.0
	for _, o := range e.Objects {
		if o.Job {
			jobs++
		}
	}
	answers := float64(e.Requests) * 0.3
	if asked != 10 || !e.Objects[i].Job || e.Seconds-answers < jobs*50 || e.Seconds-answers > jobs*passed*1.5 {
		t.Errorf("%g s passed for one of %g jobs that was asked after %d times: %+v", passed, jobs, asked, e)
	}
	if all := strings.Join(e.Assumptions, "; "); !strings.Contains(all, "a job is done when it has been asked after 10 times, one time each 7 s") {
		t.Error(all)
	}
}

// The documented account of each CRM whose limiter holds requests back by the minute or the hour.
func TestAWindowIsWaitedForWholeOnceItIsFull(t *testing.T) {
	for _, c := range []struct {
		crm, limit  string
		settings    map[string]string
		records     map[crm.Kind]int
		least, most float64
	}{
		{"freshsales", "hour", nil, map[crm.Kind]int{crm.Company: 10_000, crm.Contact: 10_000, crm.Deal: 50_000, crm.Activity: 20_000}, 3672, 3800},
		{"freshsales", "", nil, map[crm.Kind]int{crm.Company: 10_000, crm.Contact: 10_000, crm.Deal: 50_000, crm.Activity: 0}, 0, 300},
		{"twenty", "minute", map[string]string{"calls_per_minute": "40"}, map[crm.Kind]int{crm.Company: 2000, crm.Contact: 2000, crm.Deal: 5000, crm.Activity: 0}, 61.2, 70},
	} {
		e := estimateOf(t, c.crm, c.settings, connector.Expectation{Full: true, Records: c.records})
		if e.Seconds < c.least || e.Seconds > c.most || e.SlowestLimit != c.limit {
			t.Errorf("%s: %d requests in %g s, held back by %q, want %g to %g s", c.crm, e.Requests, e.Seconds, e.SlowestLimit, c.least, c.most)
		}
	}
}

// estimateOf is an estimate of a connector that nobody answers.
func estimateOf(t *testing.T, name string, settings map[string]string, expects connector.Expectation) connector.Estimate {
	t.Helper()
	m, err := manifests.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{}
	for input, i := range m.Inputs {
		if given[input] = settings[input]; given[input] == "" && i.Default == "" && !i.Optional {
			given[input] = "x"
			if i.Type == "url" {
				given[input] = "https://crm.example.com"
			}
		}
	}
	c, err := connector.Open(m, connector.Options{Settings: given, Tokens: connector.FileTokens(t.TempDir()), Secret: func(string) (string, error) { return "x", nil }})
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Estimate(t.Context(), expects)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnEstimateSaysWhatItAssumes(t *testing.T) {
	_, c := newBureau(t)
	e, err := c.Estimate(context.Background(), connector.Expectation{Records: map[crm.Kind]int{crm.Activity: 600}})
	if err != nil {
		t.Fatal(err)
	}
	if e.Asked != 0 || len(e.Objects) != 3 || e.Objects[0].Records != 200 || e.Objects[0].From != "given" || e.Objects[1].Pages != 67 || e.Requests != 1+2+67+67 {
		t.Errorf("%+v", e)
	}
	if all := strings.Join(e.Assumptions, "; "); !strings.Contains(all, "spread evenly over 3 objects") || !strings.Contains(all, "an answer takes 0.3 s") {
		t.Error(all)
	}
	if e, err = c.Estimate(context.Background(), connector.Expectation{}); err != nil || e.Objects[0].From != "assumed" || !strings.Contains(strings.Join(e.Assumptions, "; "), "--records activity=N") {
		t.Errorf("%+v, %v", e, err)
	}
	a := newAccount(t, hubspot.Options{Limits: hubspot.Professional()})
	if e, err = a.open(t).Estimate(context.Background(), connector.Expectation{}); err != nil || !e.Countable ||
		e.Assumptions[0] != "each object of the kind company, contact, deal, activity has 10000 records, since nobody knows (--records company=N,contact=N,deal=N,activity=N says better)" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAQuotaIsAsLongAndAsLargeAsTheSettingsAndTheManifestSay(t *testing.T) {
	for _, c := range []struct {
		crm      string
		settings map[string]string
		size     int
		seconds  float64
		days     int
	}{
		{"zoho", map[string]string{"client_id": "x"}, 5000, 86400, 1},
		{"zoho", map[string]string{"client_id": "x", "credits": "50000"}, 50_000, 86400, 1},
		{"freshsales", map[string]string{"base_url": "https://crm.example.com"}, 1000, 3600, 0},
		{"dynamics", map[string]string{"base_url": "https://crm.example.com", "client_id": "x", "tenant_id": "x", "requests_a_day": "700000"}, 700_000, 86400, 1},
	} {
		m, err := manifests.Load(c.crm)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := connector.Open(m, connector.Options{Settings: c.settings, Tokens: connector.FileTokens(t.TempDir()), Secret: func(string) (string, error) { return "x", nil }})
		if err != nil {
			t.Fatal(err)
		}
		e, err := conn.Estimate(t.Context(), connector.Expectation{Full: true})
		if err != nil || len(e.Quotas) != 1 {
			t.Fatalf("%s: %+v, %v", c.crm, e, err)
		}
		if q := e.Quotas[0]; q.Size != c.size || q.Seconds != c.seconds || q.Days != c.days || q.Share <= 0 || strings.Contains(strings.Join(e.Assumptions, " "), "first answer") {
			t.Errorf("%s: %+v, %q", c.crm, q, e.Assumptions)
		}
	}
}
