package classify

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/sqlite"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// world is a mirror with plugins that live in this process, spoken to over gRPC.
type world struct {
	t       testing.TB
	store   *store.Store
	mirror  *store.Conn
	plugins *bench
	in      Input
	page    int
}

func newWorld(t testing.TB, plugins map[string]sdk.Plugin, classifiers ...Classifier) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "taxon.db"), crm.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	mirror, err := s.Connection(t.Context(), "main", crm.Company)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := crm.NewCatalogue(crm.Field{Kind: crm.Company, Name: "taxon_abc", Type: crm.Text}, crm.Field{Kind: crm.Deal, Name: "margin", Type: crm.Number})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{plugins: plugins, version: map[string]string{}}
	t.Cleanup(b.stop)
	return &world{t: t, store: s, mirror: mirror, plugins: b, in: Input{Mirror: mirror, Cache: s, Catalogue: catalogue, Classifiers: classifiers, Plugins: b,
		AsOf: day(t, "2026-06-01"), Zone: time.UTC, Currency: "EUR", KeySecret: []byte("secret"), RunID: 1, SpoolDir: t.TempDir()}}
}

// bench serves plugins over in-memory connections.
type bench struct {
	plugins map[string]sdk.Plugin
	version map[string]string
	served  map[string]*served
	starts  int
	wrap    func(ref string, p client.Plugin) client.Plugin
}

type served struct {
	client client.Plugin
	stop   func()
}

func (b *bench) Manifest(ref string) (*pb.Manifest, error) {
	p, ok := b.plugins[ref]
	if !ok {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no plugin " + ref}
	}
	return sdk.Manifest(p), nil
}

func (b *bench) Hash(ref string) string { return ref + "@" + b.version[ref] }

func (b *bench) Start(_ context.Context, ref string) (client.Plugin, error) {
	b.starts++
	if b.served == nil {
		b.served = map[string]*served{}
	}
	if b.served[ref] == nil {
		server, err := sdk.NewServer(b.plugins[ref])
		if err != nil {
			return nil, err
		}
		b.served[ref] = serveOver(sdk.Manifest(b.plugins[ref]), server)
	}
	if b.wrap != nil {
		return b.wrap(ref, b.served[ref].client), nil
	}
	return b.served[ref].client, nil
}

func serveOver(m *pb.Manifest, impl pb.ClassifierServiceServer) *served {
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions(hclog.NewNullLogger())...)
	pb.RegisterClassifierServiceServer(server, impl)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Stop
	}()
	conn, err := grpc.NewClient("passthrough:///plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessage), grpc.MaxCallSendMsgSize(protocol.MaxMessage)))
	if err != nil {
		panic(err)
	}
	return &served{client: client.New(conn, m, client.Options{}), stop: func() {
		_ = conn.Close()
		server.Stop()
		<-done
	}}
}

func (b *bench) stop() {
	for ref, s := range b.served {
		s.stop()
		delete(b.served, ref)
	}
}

func day(t testing.TB, s string) crm.Day {
	t.Helper()
	d, err := crm.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *world) apply(kind crm.Kind, records []crm.Record, deleted ...string) {
	w.t.Helper()
	w.page++
	if _, err := w.mirror.ApplyPage(w.t.Context(), kind, store.PageUpdate{Records: records, Deleted: deleted, State: fmt.Append(nil, w.page)}); err != nil {
		w.t.Fatal(err)
	}
}

func company(id string, fields map[string]crm.Value) crm.Record {
	return crm.Record{Kind: crm.Company, ID: id, Fields: fields}
}

func deal(t testing.TB, id, company string, minor int64, currency, state, closed string) crm.Record {
	at := crm.TimeValue(day(t, closed).Start(time.UTC))
	return crm.Record{Kind: crm.Deal, ID: id, Links: []crm.Link{{Kind: crm.Company, ID: company, Primary: true}}, Fields: map[string]crm.Value{
		"state": crm.TextValue(state), "amount": crm.AmountValue(crm.Money{Minor: minor, Currency: currency}), "created_at": at, "closed_at": at}}
}

// companies makes n companies c0000 …, of which company i has i won deals of i euro.
func (w *world) companies(n int) {
	var records, deals []crm.Record
	for i := range n {
		id := fmt.Sprintf("c%04d", i)
		records = append(records, company(id, map[string]crm.Value{"name": crm.TextValue("Company " + id), "country": crm.TextValue([]string{"China", "Kenya"}[i%2])}))
		for k := range min(i, 5) {
			deals = append(deals, deal(w.t, fmt.Sprintf("d%04d-%d", i, k), id, int64(i)*100, "EUR", crm.Won, fmt.Sprintf("2026-0%d-01", 1+k)))
		}
	}
	w.apply(crm.Company, records)
	w.apply(crm.Deal, deals)
}

func (w *world) run() *Result {
	w.t.Helper()
	w.in.RunID++
	r, err := Run(w.t.Context(), w.in)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// ok runs and wants no classifier to fail.
func (w *world) ok() *Result {
	w.t.Helper()
	r := w.run()
	for _, e := range r.Failed() {
		w.t.Fatal(e)
	}
	return r
}

// tags are the main tags of all customers.
func (w *world) tags(classifier string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	err := w.mirror.Tags(w.t.Context(), classifier, func(r *store.TagRow) error {
		out[r.Customer] = r.Value("")
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) row(classifier, customer string) store.TagRow {
	w.t.Helper()
	rows, err := w.mirror.TagsOf(w.t.Context(), customer)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows[classifier]
}

func (w *world) wantTag(classifier, customer, value string) {
	w.t.Helper()
	row := w.row(classifier, customer)
	if row.Value("") != value {
		w.t.Errorf("%s of %s is %q, not %q", classifier, customer, row.Value(""), value)
	}
}

func (w *world) wantReason(classifier, customer, words string) {
	w.t.Helper()
	reasons, err := ParseReasons(w.row(classifier, customer).Reasons)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := w.plugins.Manifest(classifier)
	if err != nil {
		m = nil
	}
	var all []string
	for _, r := range reasons {
		all = append(all, Words(m, r, "en"))
	}
	if !slices.Contains(all, words) {
		w.t.Errorf("reasons of %s: %q", customer, all)
	}
}

func wantError(t *testing.T, e *crm.Error, code crm.Code, parts ...string) {
	t.Helper()
	if e == nil {
		t.Error("no error")
		return
	}
	if e.Code != code {
		t.Errorf("code %s, not %s", e.Code, code)
	}
	for _, p := range parts {
		if !strings.Contains(e.Error(), p) {
			t.Errorf("%q does not say %q", e.Error(), p)
		}
	}
}

// The plugins of the tests.

type loyalConfig struct {
	Min int64 `json:"min" schema:"minimum=1,default=3" doc:"Won deals of a loyal customer."`
}

type loyalCustomer struct {
	Won     int64   `crm:"count(deals) where won" purpose:"Counts won deals." required:"true"`
	Country *string `crm:"country" purpose:"Shown in the reason."`
}

// loyal judges each customer alone.
func loyal() sdk.Plugin {
	return sdk.Pointwise[loyalConfig, loyalCustomer]{
		Info: sdk.Info{ID: "loyal", Version: "1.0.0", Summary: "Loyal or casual", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "loyal"}, sdk.Option{Code: "casual"}), sdk.IntegerTag("deals")},
		Reasons: []sdk.Reason{{Code: "won", Text: sdk.Text{En: "{n} won deals in {country}.", ZhHans: "{country}：{n}个成交。"},
			Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "country", Type: sdk.String}}}},
		Classify: func(_ sdk.Run, cfg loyalConfig, c loyalCustomer) sdk.Verdict {
			if c.Won == 5 && c.Country != nil && *c.Country == "fail" {
				return sdk.Failed("bad_country", "the country is a fault")
			}
			country := "?"
			if c.Country != nil {
				country = *c.Country
			}
			class := "casual"
			if c.Won >= cfg.Min {
				class = "loyal"
			}
			return sdk.Set("", class).Set("deals", c.Won).Because("won", c.Won, country)
		},
	}
}

type none struct{}

type rankedCustomer struct {
	Revenue sdk.Amount `crm:"sum(deals.amount) where won" purpose:"Ranks customers." required:"true"`
	Last    time.Time  `crm:"max(deals.closed_at) where won" purpose:"Silent ones are not ranked." required:"true"`
}

type rankedSum struct{ Customers, Revenue int64 }

type rankedModel struct{ Mean int64 }

// ranked compares each customer with the mean of all.
func ranked() sdk.Plugin { return rankedPasses(1) }

func rankedPasses(passes int) sdk.Plugin {
	return sdk.Population[none, rankedCustomer, rankedSum, rankedModel]{
		Info:    sdk.Info{ID: "ranked", Version: "1.0.0", Summary: "Above or below the mean", License: "Apache-2.0", StateVersion: 1},
		Tags:    []sdk.Tag{sdk.Class("", sdk.Option{Code: "above"}, sdk.Option{Code: "below"})},
		Reasons: []sdk.Reason{{Code: "mean", Text: sdk.Text{En: "{revenue}, where the mean is {mean}."}, Args: []sdk.Arg{{Name: "revenue", Type: sdk.Money}, {Name: "mean", Type: sdk.Money}}}},
		Passes:  passes,
		Add: func(_ sdk.Run, _ none, m rankedModel, s *rankedSum, c rankedCustomer) {
			if m.Mean == 0 || int64(c.Revenue) >= m.Mean {
				s.Customers, s.Revenue = s.Customers+1, s.Revenue+int64(c.Revenue)
			}
		},
		Merge: func(into *rankedSum, o rankedSum) {
			into.Customers, into.Revenue = into.Customers+o.Customers, into.Revenue+o.Revenue
		},
		Fit: func(_ sdk.Run, _ none, pass int, s rankedSum) (rankedModel, sdk.Report, error) {
			return rankedModel{Mean: s.Revenue / max(1, s.Customers)}, sdk.Report{Customers: s.Customers, AnotherPass: pass+1 < passes}, nil
		},
		Classify: func(_ sdk.Run, _ none, m rankedModel, c rankedCustomer) sdk.Verdict {
			class := "below"
			if int64(c.Revenue) >= m.Mean {
				class = "above"
			}
			return sdk.Set("", class).Because("mean", c.Revenue, sdk.Amount(m.Mean))
		},
	}
}

type echoConfig struct {
	Reads    []string `json:"reads" doc:"What is read."`
	Required bool     `json:"required" doc:"Whether all of it is required."`
	Type     string   `json:"type" schema:"default=text" doc:"Of what is read."`
}

// echo reads what its configuration says, and gives back what it reads.
func echo(patterns ...string) sdk.Plugin {
	types := map[string]sdk.Type{"text": sdk.String, "integer": sdk.Integer, "amount": sdk.Money}
	var reads []sdk.Read
	for _, p := range patterns {
		reads = append(reads, sdk.Read{Path: p, Type: sdk.String, Purpose: "For the test."})
	}
	return sdk.Pointwise[echoConfig, sdk.Row]{
		Info:    sdk.Info{ID: "echo", Version: "1.0.0", Summary: "Gives back what it reads", License: "Apache-2.0"},
		Tags:    []sdk.Tag{sdk.TextTag("")},
		Reads:   reads,
		Example: echoConfig{Reads: []string{"country"}},
		Configure: func(_ sdk.Run, cfg echoConfig, _ sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
			var d sdk.Diagnostics
			if len(cfg.Reads) == 0 {
				d.Errorf("/reads", "empty", "nothing is read")
			}
			var e sdk.Effective
			for _, r := range cfg.Reads {
				e.Reads = append(e.Reads, sdk.Read{Path: r, Type: types[cfg.Type], Required: cfg.Required, Purpose: "For the test."})
			}
			return e, d
		},
		Classify: func(_ sdk.Run, cfg echoConfig, row sdk.Row) sdk.Verdict {
			var out []string
			for i := range row.Len() {
				switch {
				case row.Missing(i):
					out = append(out, "-")
				case cfg.Type == "text":
					out = append(out, row.Text(i))
				default:
					out = append(out, fmt.Sprint(row.Int(i)))
				}
			}
			return sdk.Set("", strings.Join(out, "|"))
		},
	}
}

func reads(paths ...any) map[string]any { return map[string]any{"reads": paths} }
