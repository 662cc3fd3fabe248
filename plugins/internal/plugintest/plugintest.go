// Package plugintest lets the tests of first-party plugins say what a customer is and see what
// the classifier answers, through the protocol's own server in the same process.
//
// Conformance with the protocol is sdk/sdktest's business; this package is for what a plugin
// decides. Invariant: a test sees only what a host would see.
package plugintest

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// AsOf is the as-of day of every test: 2026-01-01 in Shanghai.
var AsOf = time.Date(2026, 1, 1, 0, 0, 0, 0, mustZone("Asia/Shanghai"))

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// Customer is the value of each column by path: a string, int, float64, bool, time.Time,
// sdk.Day or sdk.Amount, a []any of them for a list, nil for missing. A path that is absent is
// missing.
type Customer map[string]any

// Result is what a classifier answered about a customer.
type Result struct {
	Tags    map[string]string // by key, canonical text; a missing one is absent
	Reasons []Reason          // in the order given
	Problem string            // code of a problem
}

// Reason is one of them.
type Reason struct {
	Code string
	Args []string
}

// Because reports whether a reason of the code was given.
func (r Result) Because(code string) bool { return r.Reason(code) != nil }

// Reason is the arguments of the first reason of the code, nil when there is none.
func (r Result) Reason(code string) []string {
	for _, reason := range r.Reasons {
		if reason.Code == code {
			return append([]string{}, reason.Args...)
		}
	}
	return nil
}

// Classifier is a configured plugin.
type Classifier struct {
	client   pb.ClassifierServiceClient
	manifest *pb.Manifest
	Reads    []*pb.Read
	Tags     []*pb.TagDefinition
}

// Field is a field of the catalogue.
func Field(path string, t sdk.Type) sdk.CatalogueField {
	return sdk.CatalogueField{Path: path, Type: t}
}

// List is a list column of the catalogue.
func List(path string, t sdk.Type) sdk.CatalogueField {
	return sdk.CatalogueField{Path: path, Type: t, List: true}
}

// Configure configures the plugin, or fails the test.
func Configure(t testing.TB, p sdk.Plugin, config map[string]any, catalogue ...sdk.CatalogueField) *Classifier {
	t.Helper()
	c, diagnostics := configure(t, p, config, catalogue)
	for _, d := range diagnostics {
		if d.GetSeverity() == pb.Severity_SEVERITY_ERROR {
			t.Fatalf("configuration refused at %s: %s %s", d.GetPointer(), d.GetSummary(), d.GetDetail())
		}
	}
	return c
}

// Diagnose answers what the plugin says about a configuration.
func Diagnose(t testing.TB, p sdk.Plugin, config map[string]any, catalogue ...sdk.CatalogueField) []*pb.Diagnostic {
	t.Helper()
	_, diagnostics := configure(t, p, config, catalogue)
	return diagnostics
}

func configure(t testing.TB, p sdk.Plugin, config map[string]any, catalogue []sdk.CatalogueField) (*Classifier, []*pb.Diagnostic) {
	t.Helper()
	impl, err := sdk.NewServer(p)
	if err != nil {
		t.Fatal(err)
	}
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	pb.RegisterClassifierServiceServer(server, impl)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		server.Stop()
		<-done
	})
	c := &Classifier{client: pb.NewClassifierServiceClient(conn)}
	described, err := c.client.Describe(t.Context(), &pb.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	c.manifest = described.GetManifest()
	object, err := structpb.NewStruct(config)
	if err != nil {
		t.Fatal(err)
	}
	request := &pb.ConfigureRequest{Instance: "test", Config: object, AsOf: timestamppb.New(AsOf), TimeZone: AsOf.Location().String(),
		Currency: "CNY", CurrencyDigits: 2, Subject: "company"}
	for _, f := range catalogue {
		request.Catalogue = append(request.Catalogue, &pb.CatalogueField{Path: f.Path, Type: f.Type, List: f.List, Options: f.Options})
	}
	answer, err := c.client.Configure(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	c.Reads, c.Tags = answer.GetReads(), answer.GetTags()
	return c, answer.GetDiagnostics()
}

// Classify answers one result for each customer.
func (c *Classifier) Classify(t testing.TB, customers ...Customer) []Result {
	t.Helper()
	stream, err := c.client.Classify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	header := &pb.ClassifyHeader{Instance: "test", Explain: true}
	if err := stream.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Header{Header: header}}); err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: c.batch(t, customers)}}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	return c.results(t, answer, len(customers))
}

// One classifies a single customer.
func (c *Classifier) One(t testing.TB, customer Customer) Result {
	t.Helper()
	return c.Classify(t, customer)[0]
}

func (c *Classifier) batch(t testing.TB, customers []Customer) *pb.CustomerBatch {
	t.Helper()
	batch := &pb.CustomerBatch{Sequence: 1}
	for i, customer := range customers {
		key := make([]byte, protocol.KeyBytes)
		binary.BigEndian.PutUint64(key, uint64(i))
		batch.Keys = append(batch.Keys, key...)
		for path := range customer {
			if !c.reads(path) {
				t.Fatalf("the classifier does not read %q", path)
			}
		}
	}
	for _, read := range c.Reads {
		builder := column.NewBuilder(read.GetType(), read.GetList())
		for _, customer := range customers {
			value, there := customer[read.GetPath()]
			items, isList := value.([]any)
			switch {
			case read.GetList():
				if there && !isList {
					t.Fatalf("%q is a list", read.GetPath())
				}
				for _, item := range items {
					if item == nil {
						builder.MissingItem()
					} else {
						put(t, builder, item)
					}
				}
				builder.EndList()
			case value == nil:
				builder.Missing()
			default:
				put(t, builder, value)
			}
		}
		batch.Columns = append(batch.Columns, builder.Column())
	}
	return batch
}

func (c *Classifier) reads(path string) bool {
	for _, read := range c.Reads {
		if read.GetPath() == path {
			return true
		}
	}
	return false
}

func put(t testing.TB, b *column.Builder, value any) {
	t.Helper()
	switch v := value.(type) {
	case string:
		b.Text(v)
	case int:
		b.Int(int64(v))
	case float64:
		b.Float(v)
	case bool:
		b.Bool(v)
	case time.Time:
		b.Int(v.UnixMicro())
	case sdk.Day:
		b.Int(int64(v))
	case sdk.Amount:
		b.Int(int64(v))
	default:
		t.Fatalf("a column cannot hold %T", value)
	}
}

func (c *Classifier) results(t testing.TB, answer *pb.ClassifyResponse, n int) []Result {
	t.Helper()
	results := make([]Result, n)
	for i := range results {
		results[i].Tags = map[string]string{}
	}
	for i, tag := range c.Tags {
		values := read(t, answer.GetTags()[i], tag.GetType(), n)
		for customer, value := range values {
			if value != nil {
				results[customer].Tags[tag.GetKey()] = *value
			}
		}
	}
	for _, problem := range answer.GetProblems() {
		results[problem.GetCustomer()].Problem = problem.GetCode()
	}
	for place := uint32(0); ; place++ {
		found := false
		for _, reasons := range answer.GetReasons() {
			definition := c.manifest.GetReasons()[reasons.GetDefinition()]
			var args [][]*string
			for i, argument := range definition.GetArguments() {
				args = append(args, read(t, reasons.GetArguments()[i], argument.GetType(), len(reasons.GetCustomers())))
			}
			for i, customer := range reasons.GetCustomers() {
				if reasons.GetPlaces()[i] != place {
					continue
				}
				found = true
				reason := Reason{Code: definition.GetCode()}
				for _, values := range args {
					text := ""
					if values[i] != nil {
						text = *values[i]
					}
					reason.Args = append(reason.Args, text)
				}
				results[customer].Reasons = append(results[customer].Reasons, reason)
			}
		}
		if !found {
			return results
		}
	}
}

func read(t testing.TB, c *pb.Column, kind sdk.Type, n int) []*string {
	t.Helper()
	var reader column.Reader
	if err := reader.Reset(c, kind, false, n); err != nil {
		t.Fatal(err)
	}
	values := make([]*string, n)
	for i := range values {
		if reader.Missing(i) {
			continue
		}
		text := ""
		switch kind {
		case sdk.String:
			text = reader.Text(i)
		case sdk.Number:
			text = strconv.FormatFloat(reader.Float(i), 'f', -1, 64)
		case sdk.Boolean:
			text = strconv.FormatBool(reader.Bool(i))
		case sdk.Date:
			text = sdk.Day(reader.Int(i)).String()
		default:
			text = fmt.Sprint(reader.Int(i))
		}
		values[i] = &text
	}
	return values
}
