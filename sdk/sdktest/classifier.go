package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Setup is a configuration and the run it is for. The zero value is the plugin's defaults as of 2026-01-01.
type Setup struct {
	Config    map[string]any
	AsOf      time.Time // start of the as-of day; default 2026-01-01 in Zone
	Zone      string    // default UTC
	Currency  string    // default USD
	Digits    int       // digits of the currency; default 2
	Subject   string    // default company
	Catalogue []*pb.CatalogueField
}

func (s Setup) request(instance string) (*pb.ConfigureRequest, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, err
	}
	if s.AsOf.IsZero() {
		s.AsOf = time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	}
	if s.Zone == "" {
		s.Zone = "UTC"
	}
	if s.Currency == "" {
		s.Currency, s.Digits = "USD", 2
	}
	if s.Subject == "" {
		s.Subject = "company"
	}
	config := &structpb.Struct{}
	if s.Config != nil { // by way of JSON, so that a test may write lists of any type
		text, err := json.Marshal(s.Config)
		if err == nil {
			err = config.UnmarshalJSON(text)
		}
		if err != nil {
			return nil, fmt.Errorf("the configuration: %w", err)
		}
	}
	return &pb.ConfigureRequest{Instance: instance, Config: config, AsOf: timestamppb.New(s.AsOf), TimeZone: s.Zone, Currency: s.Currency,
		CurrencyDigits: uint32(s.Digits), Subject: s.Subject, Catalogue: s.Catalogue}, nil
}

// Customer is a customer of a test: values by the path of the effective read. A value is string, int64,
// float64, bool, time.Time, sdk.Day, sdk.Amount or a slice of one; a path that is not there is missing.
type Customer map[string]any

// Classifier is a configured plugin in a test of an author.
type Classifier struct {
	t        *testing.T
	wire     wire
	manifest *pb.Manifest
	Reads    []*pb.Read          // effective
	Tags     []*pb.TagDefinition // effective
	Report   *pb.FitReport       // of the last fit
	model    []byte
	pid      int // of its process; 0 within the test's
}

// Start starts a plugin and configures it; a diagnostic of severity error fails the test.
func Start(t *testing.T, target Target, setup Setup) *Classifier {
	t.Helper()
	c, diagnostics := Configure(t, target, setup)
	for _, d := range diagnostics {
		if d.GetSeverity() == pb.Severity_SEVERITY_ERROR {
			t.Fatalf("the configuration is refused: %s: %s", d.GetPointer(), d.GetSummary())
		}
	}
	return c
}

// Configure is Start for tests that want to see diagnostics. With an error among them the classifier cannot
// be used further.
func Configure(t *testing.T, target Target, setup Setup) (*Classifier, []*pb.Diagnostic) {
	t.Helper()
	conn, err := target.start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.stop)
	described, err := conn.client.Describe(t.Context(), &pb.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	request, err := setup.request("test")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := conn.client.Configure(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return &Classifier{t: t, wire: wire{conn.client}, manifest: described.GetManifest(), Reads: answer.GetReads(), Tags: answer.GetTags(), pid: conn.pid}, answer.GetDiagnostics()
}

// Fit fits the model of a population plugin to these customers. A plugin with FitAfter sees the model of the
// Fit before, as it does in a host.
func (c *Classifier) Fit(customers []Customer) {
	c.t.Helper()
	parts := [][]*pb.CustomerBatch{c.batches(customers)}
	var last []byte
	if slices.Contains(c.manifest.GetFeatures(), protocol.LastModel) {
		last = c.model
	}
	model, report, err := c.wire.fit(c.t.Context(), "test", int(c.manifest.GetLimits().GetMaxPasses()), last, parts)
	if err != nil {
		c.t.Fatal(err)
	}
	c.model, c.Report = model, report
	if len(report.GetTags()) > 0 {
		c.Tags = report.GetTags()
	}
}

// Classify answers what the plugin says about each customer, with reasons. A population plugin that was not
// fitted yet is fitted to them first.
func (c *Classifier) Classify(customers []Customer) []Result {
	c.t.Helper()
	if c.manifest.GetScope() == pb.Scope_SCOPE_POPULATION && c.model == nil {
		c.Fit(customers)
	}
	var results []Result
	rules := contract{c.Tags, c.manifest.GetReasons()}
	err := c.wire.classify(context.WithoutCancel(c.t.Context()), "test", c.model, true, c.batches(customers), func(b *pb.CustomerBatch, a *pb.ClassifyResponse) error {
		some, err := rules.decode(b, a)
		results = append(results, some...)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return results
}

func (c *Classifier) batches(customers []Customer) []*pb.CustomerBatch {
	c.t.Helper()
	t, err := tableOf(c.Reads, customers)
	if err != nil {
		c.t.Fatal(err)
	}
	batches, err := t.split(t.all(), 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	return batches
}

// tableOf holds customers as an author writes them. A value that is not read is an error.
func tableOf(reads []*pb.Read, customers []Customer) (*table, error) {
	t := &table{reads: reads}
	for i, customer := range customers {
		row := make([]cell, len(reads))
		used := 0
		for j, read := range reads {
			if x, ok := customer[read.GetPath()]; ok {
				row[j] = cellOf(x)
				used++
			}
		}
		if used != len(customer) {
			return nil, fmt.Errorf("customer %d has values that are not read; the plugin reads %v", i, paths(reads))
		}
		t.add(fmt.Sprint(i), row)
	}
	return t, nil
}

func paths(reads []*pb.Read) []string {
	var list []string
	for _, r := range reads {
		list = append(list, r.GetPath())
	}
	return list
}
