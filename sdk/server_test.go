package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// dial serves a plugin and answers a client and what it logged.
func dial(t testing.TB, p sdk.Plugin) (pb.ClassifierServiceClient, *bytes.Buffer) {
	t.Helper()
	impl, err := sdk.NewServer(p)
	if err != nil {
		t.Fatal(err)
	}
	logged := &bytes.Buffer{}
	log := hclog.New(&hclog.LoggerOptions{Output: logged, JSONFormat: true})
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions(log, grpc.WaitForHandlers(true))...)
	pb.RegisterClassifierServiceServer(server, impl)
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessage), grpc.MaxCallSendMsgSize(protocol.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
	})
	return pb.NewClassifierServiceClient(conn), logged
}

func configure(t testing.TB, c pb.ClassifierServiceClient, instance string, config map[string]any) *pb.ConfigureResponse {
	t.Helper()
	s, err := structpb.NewStruct(config)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Configure(context.Background(), &pb.ConfigureRequest{Instance: instance, Config: s, AsOf: timestamppb.New(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
		TimeZone: "UTC", Currency: "USD", CurrencyDigits: 2, Subject: "company"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// numbers is a batch with one column of integers.
func numbers(values ...int64) *pb.CustomerBatch {
	return &pb.CustomerBatch{Keys: make([]byte, protocol.KeyBytes*len(values)), Columns: []*pb.Column{column.FromInts(column.Integer, values, nil)}}
}

func classify(c pb.ClassifierServiceClient, instance string, explain bool, batches ...*pb.CustomerBatch) ([]*pb.ClassifyResponse, error) {
	s, err := c.Classify(context.Background())
	if err != nil {
		return nil, err
	}
	if err := s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Header{Header: &pb.ClassifyHeader{Instance: instance, Explain: explain}}}); err != nil {
		return nil, err
	}
	var answers []*pb.ClassifyResponse
	for _, b := range batches {
		if err := s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: b}}); err != nil {
			return nil, err
		}
		a, err := s.Recv()
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, s.CloseSend()
}

type counted struct {
	N int64 `crm:"count(deals)" purpose:"test"`
}

// judge is a plugin on one number with a class, a score, a date and a text.
func judge(f func(n int64) sdk.Verdict) sdk.Plugin {
	return sdk.Pointwise[none, counted]{
		Info:     sdk.Info{ID: "test.judge", Version: "1.0.0", Summary: "Judges"},
		Tags:     []sdk.Tag{sdk.Class("", sdk.Option{Code: "good"}), sdk.Score("score"), sdk.DateTag("day"), sdk.TextTag("note"), sdk.AmountTag("sum"), sdk.BooleanTag("flag")},
		Reasons:  []sdk.Reason{{Code: "n", Text: sdk.Text{En: "{n}"}, Args: []sdk.Arg{{Name: "n", Type: sdk.Number}}}},
		Classify: func(_ sdk.Run, _ none, c counted) sdk.Verdict { return f(c.N) },
	}
}

func TestAPanicIsAStatusAndStaysInTheLog(t *testing.T) {
	c, logged := dial(t, judge(func(n int64) sdk.Verdict {
		if n == 13 {
			panic("secret of customer 13")
		}
		return sdk.Set("", "good")
	}))
	configure(t, c, "a", nil)
	_, err := classify(c, "a", false, numbers(1, 13))
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "13") || strings.Contains(err.Error(), ".go") {
		t.Errorf("the host is told %v", err)
	}
	if !strings.Contains(logged.String(), "server_test.go") {
		t.Errorf("the log does not say where: %s", logged)
	}
	if a, err := classify(c, "a", false, numbers(1)); err != nil || len(a) != 1 {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWhatIsUndeclaredIsAFaultOfThePlugin(t *testing.T) {
	for says, v := range map[string]sdk.Verdict{
		`tag "colour" is not declared`:    sdk.Set("colour", "red"),
		`no option "bad"`:                 sdk.Set("", "bad"),
		`tag "score" has type`:            sdk.Set("score", "high"),
		`tag "day" has type`:              sdk.Set("day", 1.5),
		`reason "why" is not declared`:    sdk.Set("", "good").Because("why"),
		`has 0 arguments, 1 are declared`: sdk.Set("", "good").Because("n"),
		`argument 0 of the reason "n"`:    sdk.Set("", "good").Because("n", "x"),
		`tag "" has type`:                 sdk.Set("", []string{"good"}),
	} {
		c, _ := dial(t, judge(func(int64) sdk.Verdict { return v }))
		configure(t, c, "a", nil)
		if _, err := classify(c, "a", true, numbers(1)); status.Code(err) != codes.Internal || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

func TestAFaultOfOneCustomerIsItsOwn(t *testing.T) {
	c, _ := dial(t, judge(func(n int64) sdk.Verdict {
		switch n {
		case 1:
			return sdk.Failed("odd", "an odd customer").Set("", "good")
		case 2:
			return sdk.Set("score", math.NaN()).Set("", "good").Because("n", 1)
		case 3:
			return sdk.Set("day", sdk.Amount(1)).Set("", "good")
		case 4:
			return sdk.Set("note", "a\xffb")
		}
		return sdk.Set("", "good").Set("score", 3).Set("flag", true).Set("sum", 7).Set("day", sdk.Day(9)).Set("note", "ü").Because("n", 5)
	}))
	configure(t, c, "a", nil)
	answers, err := classify(c, "a", true, numbers(0, 1, 2, 4))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, p := range answers[0].GetProblems() {
		codes = append(codes, fmt.Sprint(p.GetCustomer(), p.GetCode()))
	}
	if strings.Join(codes, " ") != "1 odd 2 not_finite 3 not_utf8" && strings.Join(codes, " ") != "1odd 2not_finite 3not_utf8" {
		t.Errorf("the problems are %v", codes)
	}
	var r column.Reader
	for i, kind := range []pb.ValueType{column.Text, column.Number, column.Date, column.Text, column.Amount, column.Boolean} {
		if err := r.Reset(answers[0].GetTags()[i], kind, false, 4); err != nil {
			t.Fatal(err)
		}
		for at := range 4 {
			if r.Missing(at) != (at > 0) {
				t.Errorf("tag %d of customer %d is missing: %v", i, at, r.Missing(at))
			}
		}
	}
	if n := len(answers[0].GetReasons()[0].GetCustomers()); n != 1 {
		t.Errorf("there are reasons of %d customers", n)
	}
}

func TestVerdictsAreValues(t *testing.T) {
	start := sdk.Set("", "good").Set("score", 1).Set("day", sdk.Day(1)).Set("note", "x").Set("sum", 1).Because("n", 1)
	one, two := start.Set("flag", true).Because("n", 2), start.Set("flag", false).Because("n", 3)
	c, _ := dial(t, judge(func(n int64) sdk.Verdict { return map[int64]sdk.Verdict{1: one, 2: two}[n] }))
	configure(t, c, "a", nil)
	answers, err := classify(c, "a", true, numbers(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	var r column.Reader
	if err := r.Reset(answers[0].GetTags()[5], column.Boolean, false, 2); err != nil || !r.Bool(0) || r.Bool(1) {
		t.Errorf("the flags are %v and %v (%v)", r.Bool(0), r.Bool(1), err)
	}
	reasons := answers[0].GetReasons()[0]
	if err := r.Reset(reasons.GetArguments()[0], column.Number, false, 4); err != nil || r.Float(1) != 2 || r.Float(3) != 3 || fmt.Sprint(reasons.GetPlaces()) != "[0 1 0 1]" {
		t.Errorf("the reasons are %v (%v)", reasons, err)
	}
}

func TestManyTagsAndArguments(t *testing.T) {
	var tags []sdk.Tag
	var args []sdk.Arg
	verdict, values := sdk.Verdict{}, []any{}
	text := ""
	for i := range 9 {
		name := fmt.Sprint("t", i)
		tags = append(tags, sdk.IntegerTag(name))
		args = append(args, sdk.Arg{Name: name, Type: sdk.Integer})
		verdict = verdict.Set(name, i)
		values = append(values, 10*i)
		text += "{" + name + "} "
	}
	verdict = verdict.Set("t0", 100).Because("many", values...)
	p := sdk.Pointwise[none, counted]{Info: sdk.Info{ID: "test.many", Version: "1.0.0", Summary: "Many"}, Tags: tags,
		Reasons:  []sdk.Reason{{Code: "many", Text: sdk.Text{En: text}, Args: args}},
		Classify: func(sdk.Run, none, counted) sdk.Verdict { return verdict }}
	c, _ := dial(t, p)
	configure(t, c, "a", nil)
	answers, err := classify(c, "a", true, numbers(1))
	if err != nil {
		t.Fatal(err)
	}
	var r column.Reader
	for i := range 9 {
		if err := r.Reset(answers[0].GetTags()[i], column.Integer, false, 1); err != nil || r.Int(0) != map[bool]int64{true: 100, false: int64(i)}[i == 0] {
			t.Errorf("tag %d is %d (%v)", i, r.Int(0), err)
		}
		if err := r.Reset(answers[0].GetReasons()[0].GetArguments()[i], column.Integer, false, 1); err != nil || r.Int(0) != int64(10*i) {
			t.Errorf("argument %d is %d (%v)", i, r.Int(0), err)
		}
	}
}

func TestInstancesAreBounded(t *testing.T) {
	c, _ := dial(t, judge(func(int64) sdk.Verdict { return sdk.Set("", "good") }))
	for i := range protocol.Instances {
		configure(t, c, fmt.Sprint(i), nil)
	}
	if _, err := classify(c, "0", false, numbers(1)); err != nil {
		t.Fatal(err)
	}
	configure(t, c, "one more", nil) // instance 1 was used longest ago
	if _, err := classify(c, "1", false, numbers(1)); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("the oldest instance: %v", err)
	}
	for _, id := range []string{"0", "2", "one more"} {
		if _, err := classify(c, id, false, numbers(1)); err != nil {
			t.Errorf("instance %s: %v", id, err)
		}
	}
}

func TestAFaultyConfigurationRemovesTheInstance(t *testing.T) {
	c, _ := dial(t, judge(func(int64) sdk.Verdict { return sdk.Set("", "good") }))
	configure(t, c, "a", nil)
	if a := configure(t, c, "a", map[string]any{"x": 1}); len(a.GetDiagnostics()) != 1 || len(a.GetTags()) != 0 {
		t.Errorf("the answer is %v", a)
	}
	if _, err := classify(c, "a", false, numbers(1)); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("the instance goes on: %v", err)
	}
}

// state is as large as its configuration says.
type state struct{ Text string }

func large(size int) sdk.Plugin {
	return sdk.Population[none, counted, state, state]{
		Info: sdk.Info{ID: "test.large", Version: "1.0.0", Summary: "Large"}, Tags: []sdk.Tag{sdk.IntegerTag("")},
		Add:   func(_ sdk.Run, _ none, _ state, s *state, _ counted) { s.Text = strings.Repeat("x", size) },
		Merge: func(into *state, other state) { into.Text = max(into.Text, other.Text) },
		Fit: func(_ sdk.Run, _ none, _ int, s state) (state, sdk.Report, error) {
			if size == 1 {
				return s, sdk.Report{}, errors.New("nothing to fit")
			}
			return s, sdk.Report{Customers: 1, Metrics: map[string]float64{"size": float64(len(s.Text))}}, nil
		},
		Classify: func(_ sdk.Run, _ none, m state, _ counted) sdk.Verdict { return sdk.Set("", len(m.Text)) },
	}
}

func TestSummariesTravelInChunks(t *testing.T) {
	const size = 5 << 20
	c, _ := dial(t, large(size))
	configure(t, c, "a", nil)
	s, err := c.Summarize(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Send(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Header{Header: &pb.SummarizeHeader{Instance: "a"}}})
	_ = s.Send(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Batch{Batch: numbers(1)}})
	_ = s.CloseSend()
	var chunks []*pb.Chunk
	for {
		a, err := s.Recv()
		if err != nil {
			break
		}
		if a.GetSummary() != nil {
			chunks = append(chunks, a.GetSummary())
		}
	}
	total := 0
	for i, chunk := range chunks {
		total += len(chunk.GetData())
		if len(chunk.GetData()) > protocol.ChunkBytes || chunk.GetLast() != (i == len(chunks)-1) {
			t.Errorf("chunk %d has %d bytes, last %v", i, len(chunk.GetData()), chunk.GetLast())
		}
	}
	if total < size || len(chunks) < 5 {
		t.Fatalf("%d bytes in %d chunks", total, len(chunks))
	}
	m, err := c.Merge(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Send(&pb.MergeRequest{Part: &pb.MergeRequest_Header{Header: &pb.MergeHeader{Instance: "a", Finish: true}}})
	for _, chunk := range chunks {
		_ = m.Send(&pb.MergeRequest{Part: &pb.MergeRequest_Summary{Summary: chunk}})
	}
	_ = m.CloseSend()
	for {
		a, err := m.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if a.GetReport() != nil {
			if a.GetReport().GetMetrics()["size"] != size {
				t.Errorf("the report is %v", a.GetReport())
			}
			break
		}
	}
}

func TestAFitThatFailsSaysWhy(t *testing.T) {
	c, _ := dial(t, large(1))
	configure(t, c, "a", nil)
	m, err := c.Merge(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Send(&pb.MergeRequest{Part: &pb.MergeRequest_Header{Header: &pb.MergeHeader{Instance: "a", Finish: true}}})
	_ = m.CloseSend()
	if _, err := m.Recv(); status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), "nothing to fit") {
		t.Errorf("the error is %v", err)
	}
}

func TestMessagesOfSixteenMebibytesAreTaken(t *testing.T) {
	c, _ := dial(t, judge(func(int64) sdk.Verdict { return sdk.Set("", "good") }))
	configure(t, c, "a", nil)
	if _, err := classify(c, "a", false, numbers(make([]int64, 600_000)...)); err != nil {
		t.Errorf("14 MiB in a message: %v", err)
	}
}
