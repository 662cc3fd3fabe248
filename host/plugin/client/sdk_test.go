package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// connect serves a plugin within the process.
func connect(t *testing.T, impl pb.ClassifierServiceServer) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(protocol.MaxMessage), grpc.MaxSendMsgSize(2*protocol.MaxMessage))
	pb.RegisterClassifierServiceServer(server, impl)
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///bufconn",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
	})
	return conn
}

type config struct {
	Window string `json:"window" schema:"default=365d" doc:"Window."`
	Limit  int    `json:"limit" schema:"default=3,minimum=1" doc:"Limit."`
}

type customer struct {
	Revenue sdk.Amount `crm:"sum(deals.amount) where won within {/window}" purpose:"Compares revenue."`
	Country string     `crm:"country" purpose:"Names the country."`
}

type state struct{ Sum, Count int64 }

// average is a population plugin: above or below the mean.
func average() sdk.Plugin {
	return sdk.Population[config, customer, state, state]{
		Info:    sdk.Info{ID: "acme.average", Version: "1.2.0", Summary: "Above or below the average", License: "MIT", StateVersion: 1},
		Tags:    []sdk.Tag{sdk.Class("", sdk.Option{Code: "above", Label: sdk.Text{En: "Above"}}, sdk.Option{Code: "below", Label: sdk.Text{En: "Below"}})},
		Reasons: []sdk.Reason{{Code: "mean", Text: sdk.Text{En: "The mean is {mean} in {country}"}, Args: []sdk.Arg{{Name: "mean", Type: sdk.Money}, {Name: "country", Type: sdk.String}}}},
		Add: func(_ sdk.Run, _ config, _ state, s *state, c customer) {
			s.Sum += int64(c.Revenue)
			s.Count++
		},
		Merge: func(into *state, other state) {
			into.Sum += other.Sum
			into.Count += other.Count
		},
		Fit: func(_ sdk.Run, _ config, _ int, s state) (state, sdk.Report, error) {
			if s.Count == 0 {
				return s, sdk.Report{}, errors.New("nobody to fit")
			}
			return s, sdk.Report{Customers: s.Count, Metrics: map[string]float64{"mean": float64(s.Sum) / float64(s.Count)}}, nil
		},
		Classify: func(_ sdk.Run, _ config, m state, c customer) sdk.Verdict {
			mean := m.Sum / m.Count
			if int64(c.Revenue) > mean {
				return sdk.Set("", "above").Because("mean", sdk.Amount(mean), c.Country)
			}
			return sdk.Set("", "below").Because("mean", sdk.Amount(mean), c.Country)
		},
	}
}

// setup is a configuration as of a fixed day.
func setup(instance string, config map[string]any) Setup {
	return Setup{Instance: instance, Config: config, AsOf: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), Zone: time.UTC, Currency: "USD", Digits: 2, Subject: crm.Company}
}

// batches answers count batches of n customers: revenue is the number of the customer.
func batches(count, n int) func() (*pb.CustomerBatch, error) {
	made := 0
	return func() (*pb.CustomerBatch, error) {
		if made == count {
			return nil, io.EOF
		}
		revenue, country := column.NewBuilder(column.Amount, false), column.NewBuilder(column.Text, false)
		for i := range n {
			revenue.Int(int64(made*n + i))
			country.Text(fmt.Sprintf("land %d", i%7))
		}
		made++
		return &pb.CustomerBatch{Keys: make([]byte, n*protocol.KeyBytes), Columns: []*pb.Column{revenue.Column(), country.Column()}}, nil
	}
}

func start(t *testing.T) *Client {
	t.Helper()
	impl, err := sdk.NewServer(average())
	if err != nil {
		t.Fatal(err)
	}
	return New(connect(t, impl), sdk.Manifest(average()), Options{})
}

func TestAWholeRunWithAPluginOfTheSDK(t *testing.T) {
	c := start(t)
	ctx := t.Context()
	if err := c.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	configured, err := c.Configure(ctx, setup("x", map[string]any{"window": "90d"}))
	if err != nil || configured.Failed() {
		t.Fatal(configured, err)
	}
	if path := configured.Reads[0].GetPath(); path != "sum(deals.amount) where won within 90d" {
		t.Errorf("it reads %q", path)
	}
	first, err := c.Summarize(ctx, "x", 0, nil, batches(9, 100))
	if err != nil {
		t.Fatal(err)
	}
	empty, err := c.Summarize(ctx, "x", 0, nil, batches(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := c.Merge(ctx, "x", 0, false, nil, [][]byte{first, empty})
	if err != nil {
		t.Fatal(err)
	}
	fitted, err := c.Merge(ctx, "x", 0, true, nil, [][]byte{merged.Summary})
	if err != nil {
		t.Fatal(err)
	}
	if fitted.Report.GetCustomers() != 900 || fitted.Report.GetMetrics()["mean"] != 449.5 {
		t.Errorf("report %v", fitted.Report)
	}
	above, seen := 0, 0
	err = c.Classify(ctx, "x", fitted.Model, true, batches(9, 100), func(b *pb.CustomerBatch, a *pb.ClassifyResponse) error {
		if b.GetSequence() != uint64(seen) || a.GetSequence() != uint64(seen) {
			t.Errorf("batch %d and answer %d, want %d", b.GetSequence(), a.GetSequence(), seen)
		}
		seen++
		var r column.Reader
		if err := r.Reset(a.GetTags()[0], column.Text, false, 100); err != nil {
			return err
		}
		for i := range 100 {
			if r.Text(i) == "above" {
				above++
			}
		}
		if len(a.GetReasons()[0].GetCustomers()) != 100 {
			t.Errorf("%d reasons", len(a.GetReasons()[0].GetCustomers()))
		}
		return nil
	})
	if err != nil || seen != 9 || above != 450 {
		t.Errorf("%d batches, %d above, error %v", seen, above, err)
	}
}

func TestErrorsOfTheCallerEndACallAsTheyAre(t *testing.T) {
	c := start(t)
	if _, err := c.Configure(t.Context(), setup("x", nil)); err != nil {
		t.Fatal(err)
	}
	mine := errors.New("mine")
	model := []byte(`{"Sum":1,"Count":1}`)
	if err := c.Classify(t.Context(), "x", model, false, func() (*pb.CustomerBatch, error) { return nil, mine }, nil); err != mine {
		t.Errorf("error of next: %v", err)
	}
	if err := c.Classify(t.Context(), "x", model, false, batches(3, 2), func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return mine }); err != mine {
		t.Errorf("error of each: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(mine)
	if _, err := c.Summarize(ctx, "x", 0, nil, batches(3, 2)); !errors.Is(err, mine) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestTheHostSendsOnlyWhatWasAgreed(t *testing.T) {
	c := start(t)
	if err := c.Classify(t.Context(), "x", nil, false, batches(1, 1), nil); crm.CodeOf(err) != crm.CodeInternal {
		t.Errorf("an instance that is not configured: %v", err)
	}
	if _, err := c.Configure(t.Context(), setup("x", nil)); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(b *pb.CustomerBatch){
		"one column too many": func(b *pb.CustomerBatch) { b.Columns = append(b.Columns, b.Columns[0]) },
		"another type":        func(b *pb.CustomerBatch) { b.Columns[0], b.Columns[1] = b.Columns[1], b.Columns[0] },
		"half a key":          func(b *pb.CustomerBatch) { b.Keys = b.Keys[1:] },
		"too many customers":  func(b *pb.CustomerBatch) { b.Keys = make([]byte, protocol.KeyBytes*(protocol.BatchCustomers+1)) },
	} {
		next := func() (*pb.CustomerBatch, error) {
			b, err := batches(1, 3)()
			spoil(b)
			return b, err
		}
		if _, err := c.Summarize(t.Context(), "x", 0, nil, next); crm.CodeOf(err) != crm.CodeInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABadConfigurationIsADiagnosticAndLeavesNoInstance(t *testing.T) {
	c := start(t)
	if _, err := c.Configure(t.Context(), setup("x", nil)); err != nil {
		t.Fatal(err)
	}
	got, err := c.Configure(t.Context(), setup("x", map[string]any{"limit": 0, "unknown": []string{"a"}}))
	if err != nil || !got.Failed() || len(got.Diagnostics) != 2 {
		t.Fatalf("%v %v", got, err)
	}
	if err := c.Classify(t.Context(), "x", nil, false, batches(1, 1), nil); crm.CodeOf(err) != crm.CodeInternal {
		t.Errorf("the refused instance can be used: %v", err)
	}
}

func TestConfiguredSurvivesJSON(t *testing.T) {
	c := start(t)
	before, err := c.Configure(t.Context(), setup("x", nil))
	if err != nil {
		t.Fatal(err)
	}
	before.Diagnostics = []*pb.Diagnostic{{Severity: pb.Severity_SEVERITY_WARNING, Summary: "careful"}}
	text, err := before.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var after Configured
	if err := after.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	same := len(before.Reads) == len(after.Reads) && len(before.Tags) == len(after.Tags) && proto.Equal(before.Diagnostics[0], after.Diagnostics[0])
	for i := range before.Reads {
		same = same && proto.Equal(before.Reads[i], after.Reads[i])
	}
	for i := range before.Tags {
		same = same && proto.Equal(before.Tags[i], after.Tags[i])
	}
	if !same {
		t.Errorf("%v is not %v", after, before)
	}
}

func TestAFitThatFailsSaysWhy(t *testing.T) {
	c := start(t)
	if _, err := c.Configure(t.Context(), setup("x", nil)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Merge(t.Context(), "x", 0, true, nil, nil)
	if crm.CodeOf(err) != crm.CodePlugin || err.Error()[:len("plugin acme.average failed while merging summaries: ")] != "plugin acme.average failed while merging summaries: " {
		t.Errorf("error %v", err)
	}
}
