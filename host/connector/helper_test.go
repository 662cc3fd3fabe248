package connector_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

// epoch is when the tests' time begins.
var epoch = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// clock is the sandbox's clock for the connector: waiting moves it on and takes no time.
type clock struct {
	*sandbox.Manual
	ahead time.Duration // of the sandbox's clock
}

func (c clock) Now() time.Time { return c.Manual.Now().Add(c.ahead) }

func (c clock) Sleep(done <-chan struct{}, d time.Duration) bool {
	select {
	case <-done:
		return false
	default:
		c.Advance(d)
		return true
	}
}

// crmAccount is a simulated account and a clock that it shares with its clients.
type crmAccount struct {
	*hubspot.Server
	clock clock
	url   string
	api   string
}

// apis are the path families that conformance runs over.
var apis = []string{"2026-09", "2026-03", "v3"}

func newAccount(t *testing.T, o hubspot.Options) *crmAccount {
	t.Helper()
	manual := sandbox.NewManual(epoch)
	o.Clock = manual
	if o.Limits == nil {
		o.Limits = hubspot.Professional()
	}
	s := hubspot.New(o)
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &crmAccount{Server: s, clock: clock{Manual: manual}, url: l.URL, api: "2026-09"}
}

// open connects to the account.
func (a *crmAccount) open(t *testing.T, change ...func(*connector.Options)) *connector.Connector {
	t.Helper()
	m, err := manifests.Load("hubspot")
	if err != nil {
		t.Fatal(err)
	}
	o := connector.Options{
		Settings: map[string]string{"base_url": a.url, "api": a.api},
		Secret:   func(string) (string, error) { return a.Token(), nil },
		Clock:    a.clock,
	}
	for _, f := range change {
		f(&o)
	}
	c, err := connector.Open(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pulled gathers what a pull delivers.
type pulled struct {
	records  map[string]crm.Record
	times    map[string]int // how often a record came
	deleted  []string
	rejected []crm.Rejected
	sizes    []int
	state    []byte
	full     bool
	last     bool
	left     []crm.Problem
}

func (p *pulled) take(page connector.Page) {
	if p.records == nil {
		p.records, p.times = map[string]crm.Record{}, map[string]int{}
	}
	for _, r := range page.Records {
		p.records[r.ID] = r
		p.times[r.ID]++
	}
	p.sizes = append(p.sizes, len(page.Records))
	p.deleted = append(p.deleted, page.Deleted...)
	p.rejected = append(p.rejected, page.Rejected...)
	p.left = append(p.left, page.LeftOut...)
	p.state, p.full, p.last = page.State, page.Full, page.Last
}

func (p *pulled) ids() []string {
	var ids []string
	for id := range p.records {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, sandbox.CompareIDs)
	return ids
}

func pull(t *testing.T, c *connector.Connector, kind crm.Kind, state []byte) *pulled {
	t.Helper()
	p := &pulled{state: state}
	if err := c.Pull(context.Background(), kind, state, func(page connector.Page) error { p.take(page); return nil }); err != nil {
		t.Fatalf("pull %s: %v", kind, err)
	}
	if !p.last {
		t.Errorf("pull %s: the last page does not say so", kind)
	}
	return p
}

// load puts n deals into the account, spread over time, with companies and contacts of their own.
func (a *crmAccount) load(t *testing.T, companies, contacts, deals int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	at := func() time.Time {
		return epoch.Add(-30*24*time.Hour + time.Duration(random.Int64N(int64(29*24*time.Hour)))).Truncate(time.Millisecond)
	}
	put := func(kind string, values map[string]string) string {
		created := at()
		id, err := a.Load(kind, sandbox.Record{Values: values, Created: created, Modified: created})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	var companyIDs, contactIDs []string
	for i := range companies {
		companyIDs = append(companyIDs, put(hubspot.Companies, map[string]string{
			"name": fmt.Sprintf("Company %d", i), "domain": fmt.Sprintf("c%d.example", i), "country": "Germany", "numberofemployees": strconv.Itoa(i + 1)}))
	}
	for i := range contacts {
		id := put(hubspot.Contacts, map[string]string{
			"firstname": "Person", "lastname": strconv.Itoa(i), "email": fmt.Sprintf("p%d@example.com", i), "phone": "+49 30 1234567"})
		contactIDs = append(contactIDs, id)
		if companies > 0 && i%3 != 0 {
			a.Associate(hubspot.Contacts, id, hubspot.Companies, companyIDs[i%companies], true)
		}
	}
	stages := []string{"closedwon", "closedlost", "qualifiedtobuy"}
	for i := range deals {
		id := put(hubspot.Deals, map[string]string{
			"dealname": fmt.Sprintf("Deal %d", i), "amount": fmt.Sprintf("%d.50", i), "dealstage": stages[i%3], "closedate": "2026-02-01T12:00:00Z"})
		if companies > 0 && i%5 != 0 {
			a.Associate(hubspot.Deals, id, hubspot.Companies, companyIDs[i%companies], true)
			a.Associate(hubspot.Deals, id, hubspot.Companies, companyIDs[(i+1)%companies], false)
		}
		if contacts > 0 && i%2 == 0 {
			a.Associate(hubspot.Deals, id, hubspot.Contacts, contactIDs[i%contacts], false)
		}
	}
}

func ids(records []*sandbox.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.ID)
	}
	return out
}

// eachAPI runs a test over all path families.
func eachAPI(t *testing.T, test func(t *testing.T, api string)) {
	for _, api := range apis {
		t.Run(strings.ReplaceAll(api, ".", "_"), func(t *testing.T) { test(t, api) })
	}
}

func hubspotManifest() (*manifest.Manifest, error) { return manifests.Load("hubspot") }
