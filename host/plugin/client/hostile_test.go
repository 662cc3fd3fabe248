package client

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// patience is far more than anything here takes.
const patience = 2 * time.Minute

// hostile is a plugin that answers what a test says.
type hostile struct {
	pb.UnimplementedClassifierServiceServer
	manifest  *pb.Manifest
	configure func(*pb.ConfigureResponse)
	answer    func(n int, sequence uint64) *pb.ClassifyResponse // nil: no answer
	before    []*pb.SummarizeResponse                           // instead of the acknowledgement
	summary   []*pb.SummarizeResponse
	merge     []*pb.MergeResponse
	status    error
	hang      bool
}

func (h *hostile) Describe(ctx context.Context, _ *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	if h.hang {
		return nil, hang(ctx)
	}
	return &pb.DescribeResponse{Manifest: h.manifest}, h.status
}

// hang keeps a call waiting until it is ended. A plugin that knew of a deadline could say that it was exceeded before
// the time is up for the host.
func hang(ctx context.Context) error {
	if _, has := ctx.Deadline(); has {
		return status.Error(codes.DeadlineExceeded, "context deadline exceeded")
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h *hostile) Configure(ctx context.Context, _ *pb.ConfigureRequest) (*pb.ConfigureResponse, error) {
	if h.hang && h.configure != nil {
		return nil, hang(ctx)
	}
	r := &pb.ConfigureResponse{Reads: plainReads(), Tags: h.manifest.GetTags()}
	if h.configure != nil {
		h.configure(r)
	}
	return r, nil
}

func (h *hostile) Classify(stream grpc.BidiStreamingServer[pb.ClassifyRequest, pb.ClassifyResponse]) error {
	if h.hang {
		<-stream.Context().Done()
		return stream.Context().Err()
	}
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			return h.status
		}
		if err != nil {
			return err
		}
		if b := m.GetBatch(); b != nil {
			a := h.answer(len(b.GetKeys())/protocol.KeyBytes, b.GetSequence())
			if a == nil {
				return h.status
			}
			if err := stream.Send(a); err != nil {
				return err
			}
		}
	}
}

func (h *hostile) Summarize(stream grpc.BidiStreamingServer[pb.SummarizeRequest, pb.SummarizeResponse]) error {
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if b := m.GetBatch(); b != nil {
			answers := h.before
			if answers == nil {
				answers = []*pb.SummarizeResponse{{Part: &pb.SummarizeResponse_Ack{Ack: &pb.BatchAck{Sequence: b.GetSequence()}}}}
			}
			for _, a := range answers {
				if err := stream.Send(a); err != nil {
					return err
				}
			}
		}
	}
	for _, a := range h.summary {
		if err := stream.Send(a); err != nil {
			return err
		}
	}
	return h.status
}

func (h *hostile) Merge(stream grpc.BidiStreamingServer[pb.MergeRequest, pb.MergeResponse]) error {
	for {
		if _, err := stream.Recv(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	for _, a := range h.merge {
		if err := stream.Send(a); err != nil {
			return err
		}
	}
	return h.status
}

func plainReads() []*pb.Read {
	return []*pb.Read{{Path: "sum(deals.amount) where won within 90d", Type: column.Amount}, {Path: "country", Type: column.Text}}
}

func english(s string) *pb.Text { return &pb.Text{ByLanguage: map[string]string{"en": s}} }

// manifest is what the hostile plugin promises.
func manifest() *pb.Manifest {
	schema, err := structpb.NewStruct(map[string]any{"type": "object"})
	if err != nil {
		panic(err)
	}
	m := &pb.Manifest{Id: "acme.evil", Version: "1.0.0", Summary: "Evil", Scope: pb.Scope_SCOPE_POPULATION, StateVersion: 1, ConfigSchema: schema,
		Reads: []*pb.Read{{Path: "sum(deals.amount) where won within {/window}", Type: column.Amount, Purpose: "p"}, {Path: "country", Type: column.Text, Purpose: "p"}},
		Tags: []*pb.TagDefinition{
			{Key: "", Type: column.Text, Label: english("Class"), Options: []*pb.TagOption{{Code: "good", Label: english("Good")}, {Code: "unclassified", Label: english("?")}}},
			{Key: "score", Type: column.Integer, Label: english("Score")},
			{Key: "group", Type: column.Text, Label: english("Group"), Open: true, Options: []*pb.TagOption{{Code: "g0", Label: english("G")}}},
		},
		Reasons: []*pb.ReasonDefinition{{Code: "why", Text: english("{value}"), Arguments: []*pb.ReasonArgument{{Name: "value", Type: column.Integer}}}},
		Limits:  &pb.Limits{SummaryBytes: 3 << 20},
	}
	if err := protocol.ValidateManifest(m); err != nil {
		panic(err)
	}
	return m
}

func client(t *testing.T, h *hostile, o Options) *Client {
	t.Helper()
	if h.manifest == nil {
		h.manifest = manifest()
	}
	if o.Progress == 0 {
		o.Progress = patience
	}
	return New(connect(t, h), h.manifest, o)
}

func configured(t *testing.T, h *hostile, o Options) *Client {
	t.Helper()
	c := client(t, h, o)
	if got, err := c.Configure(t.Context(), setup("x", map[string]any{"window": "90d"})); err != nil || got.Failed() {
		t.Fatal(got, err)
	}
	return c
}

// wants checks that an error names the plugin, has the code and says so.
func wants(t *testing.T, err error, code crm.Code, text string) {
	t.Helper()
	if crm.CodeOf(err) != code || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "plugin acme.evil ") {
		t.Errorf("error %q of code %s, want %q of code %s", err, crm.CodeOf(err), text, code)
	}
}

func ints(values ...int64) *pb.Column { return column.FromInts(column.Integer, values, nil) }

func texts(values ...string) *pb.Column {
	b := column.NewBuilder(column.Text, false)
	for _, v := range values {
		if v == "" {
			b.Missing()
		} else {
			b.Text(v)
		}
	}
	return b.Column()
}

// good is an answer that keeps the protocol, for two customers.
func good(sequence uint64) *pb.ClassifyResponse {
	return &pb.ClassifyResponse{Sequence: sequence, Tags: []*pb.Column{texts("good", "unclassified"), ints(1, 2), texts("g0", "")},
		Reasons: []*pb.Reasons{{Definition: 0, Customers: []uint32{0, 1}, Places: []uint32{0, 0}, Arguments: []*pb.Column{ints(7, 8)}}}}
}

func TestAnswersThatBreakTheProtocolAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(a *pb.ClassifyResponse)
		want  string
	}{
		"wrong order":           {func(a *pb.ClassifyResponse) { a.Sequence++ }, "it answers batch 1 where batch 0 was next"},
		"a tag less":            {func(a *pb.ClassifyResponse) { a.Tags = a.Tags[:1] }, "it answers 1 tags, the configuration emits 3"},
		"a tag more":            {func(a *pb.ClassifyResponse) { a.Tags = append(a.Tags, ints(1, 2)) }, "it answers 4 tags"},
		"no column":             {func(a *pb.ClassifyResponse) { a.Tags[1] = nil }, `the column of the tag "score" is not valid`},
		"undeclared option":     {func(a *pb.ClassifyResponse) { a.Tags[0] = texts("gold", "good") }, `it answers the option "gold" of the tag "", which is not declared`},
		"option not yet fitted": {func(a *pb.ClassifyResponse) { a.Tags[2] = texts("g1", "") }, `it answers the option "g1" of the tag "group"`},
		"wrong type":            {func(a *pb.ClassifyResponse) { a.Tags[1] = texts("a", "b") }, `the column of the tag "score" is not valid`},
		"too short":             {func(a *pb.ClassifyResponse) { a.Tags[1] = ints(1) }, `the column of the tag "score" is not valid`},
		"a list":                {func(a *pb.ClassifyResponse) { a.Tags[1].Lengths = []uint32{1, 1} }, `the column of the tag "score" is not valid`},
		"huge text":             {func(a *pb.ClassifyResponse) { a.Tags[0] = texts(strings.Repeat("x", maxText+1), "good") }, "it answers the option"},
		"undeclared reason":     {func(a *pb.ClassifyResponse) { a.Reasons[0].Definition = 1 }, "it answers reason 1, its manifest declares 1"},
		"reason twice":          {func(a *pb.ClassifyResponse) { a.Reasons = append(a.Reasons, a.Reasons[0]) }, "it answers 2 kinds of reasons"},
		"reason of nobody":      {func(a *pb.ClassifyResponse) { a.Reasons[0].Customers[1] = 2 }, "is of customer 2 in a batch of 2"},
		"reason without place":  {func(a *pb.ClassifyResponse) { a.Reasons[0].Places = nil }, "has 0 places for 2 customers"},
		"no argument":           {func(a *pb.ClassifyResponse) { a.Reasons[0].Arguments = nil }, "has 0 arguments, its manifest declares 1"},
		"argument's type":       {func(a *pb.ClassifyResponse) { a.Reasons[0].Arguments[0] = texts("a", "b") }, "the argument value of the reason why is not valid"},
		"too many reasons": {func(a *pb.ClassifyResponse) {
			n := maxReasons + 1
			a.Reasons[0] = &pb.Reasons{Customers: make([]uint32, n), Places: make([]uint32, n), Arguments: []*pb.Column{ints(make([]int64, n)...)}}
		}, "a customer has more than 32 reasons"},
		"unclassified for no reason": {func(a *pb.ClassifyResponse) { a.Reasons = nil }, "it calls a customer unclassified without a reason"},
		"problem of nobody":          {func(a *pb.ClassifyResponse) { a.Problems = []*pb.Problem{{Customer: 2, Code: "x"}} }, "a problem is of customer 2"},
		"problem without a code":     {func(a *pb.ClassifyResponse) { a.Problems = []*pb.Problem{{Customer: 1}} }, "a problem has no code"},
		"two problems": {func(a *pb.ClassifyResponse) {
			a.Problems = []*pb.Problem{{Customer: 1, Code: "x"}, {Customer: 1, Code: "x"}}
		}, "a customer has two problems"},
		"problem and tag": {func(a *pb.ClassifyResponse) { a.Problems = []*pb.Problem{{Customer: 1, Code: "x"}} }, `a customer with a problem has the tag "" too`},
	} {
		t.Run(name, func(t *testing.T) {
			c := configured(t, &hostile{answer: func(_ int, sequence uint64) *pb.ClassifyResponse {
				a := good(sequence)
				test.spoil(a)
				return a
			}}, Options{})
			err := c.Classify(t.Context(), "x", nil, true, batches(3, 2), func(*pb.CustomerBatch, *pb.ClassifyResponse) error {
				t.Error("the answer was handed on")
				return nil
			})
			wants(t, err, crm.CodeProtocol, test.want)
		})
	}
}

func TestAnswersThatKeepTheProtocolAreTaken(t *testing.T) {
	c := configured(t, &hostile{answer: func(_ int, sequence uint64) *pb.ClassifyResponse { return good(sequence) }}, Options{})
	taken := 0
	each := func(*pb.CustomerBatch, *pb.ClassifyResponse) error { taken++; return nil }
	if err := c.Classify(t.Context(), "x", []byte("model"), true, batches(20, 2), each); err != nil || taken != 20 {
		t.Errorf("%d batches, error %v", taken, err)
	}
	if err := c.Classify(t.Context(), "x", nil, false, batches(0, 2), each); err != nil {
		t.Errorf("no batch: %v", err)
	}
}

func TestStreamsThatEndWrongAreRefused(t *testing.T) {
	answers := 0
	stopsEarly := func(_ int, sequence uint64) *pb.ClassifyResponse {
		if answers++; answers > 2 {
			return nil
		}
		return good(sequence)
	}
	discard := func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil }
	c := configured(t, &hostile{answer: stopsEarly}, Options{})
	wants(t, c.Classify(t.Context(), "x", nil, true, batches(50, 2), discard), crm.CodeProtocol, "before everything is answered")

	answers = 0
	c = configured(t, &hostile{answer: stopsEarly, status: status.Error(codes.Internal, "a\x1b[31m table\nis missing")}, Options{})
	wants(t, c.Classify(t.Context(), "x", nil, true, batches(50, 2), discard), crm.CodePlugin, `failed while classifying: "a [31m table is missing"`)

	c = configured(t, &hostile{answer: func(_ int, sequence uint64) *pb.ClassifyResponse {
		a := good(sequence)
		a.Problems = []*pb.Problem{{Code: strings.Repeat("x", protocol.MaxMessage)}}
		return a
	}}, Options{})
	wants(t, c.Classify(t.Context(), "x", nil, true, batches(1, 2), discard), crm.CodeProtocol, "for its size while classifying")

	plain := New(connect(t, pb.UnimplementedClassifierServiceServer{}), manifest(), Options{})
	wants(t, plain.Verify(t.Context()), crm.CodeProtocol, "does not do what its manifest promises")
}

// process is a process that a test ends.
type process struct {
	done   chan struct{}
	killed chan struct{}
}

func (p *process) Done() <-chan struct{} { return p.done }

func (p *process) Result() string { return "signal: killed" }

func (p *process) Kill() { close(p.killed); close(p.done) }

func TestAPluginThatHangsIsEnded(t *testing.T) {
	for name, call := range map[string]func(c *Client) error{
		"classify": func(c *Client) error {
			return c.Classify(context.Background(), "x", nil, true, batches(50, 2), func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil })
		},
		"a large model": func(c *Client) error {
			return c.Classify(context.Background(), "x", make([]byte, 3<<20), true, batches(50, 2), func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil })
		},
		"verify":    func(c *Client) error { return c.Verify(context.Background()) },
		"configure": func(c *Client) error { _, err := c.Configure(context.Background(), setup("y", nil)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			p := &process{done: make(chan struct{}), killed: make(chan struct{})}
			h := &hostile{}
			c := configured(t, h, Options{})
			c.options = Options{Progress: time.Second, Process: p}
			h.hang, h.configure = true, func(*pb.ConfigureResponse) {}
			wants(t, call(c), crm.CodePlugin, "gave no sign of life")
			select {
			case <-p.killed:
			default:
				t.Error("the process still lives")
			}
		})
	}
}

func TestAProcessThatEndedIsNamed(t *testing.T) {
	p := &process{done: make(chan struct{})}
	close(p.done)
	c := configured(t, &hostile{answer: func(int, uint64) *pb.ClassifyResponse { return nil }, status: status.Error(codes.Unavailable, "eof")}, Options{Process: p})
	err := c.Classify(t.Context(), "x", nil, true, batches(5, 2), nil)
	wants(t, err, crm.CodePlugin, "ended while classifying (signal: killed)")
}

func chunk(n int, last bool) *pb.Chunk { return &pb.Chunk{Data: make([]byte, n), Last: last} }

func summary(c *pb.Chunk) *pb.SummarizeResponse {
	return &pb.SummarizeResponse{Part: &pb.SummarizeResponse_Summary{Summary: c}}
}

func ack(n uint64) *pb.SummarizeResponse {
	return &pb.SummarizeResponse{Part: &pb.SummarizeResponse_Ack{Ack: &pb.BatchAck{Sequence: n}}}
}

func TestSummariesAreHeldToTheProtocol(t *testing.T) {
	mib := chunk(1<<20, false)
	for name, test := range map[string]struct {
		h    hostile
		want string
	}{
		"wrong acknowledgement": {hostile{before: []*pb.SummarizeResponse{ack(7)}}, "it answers batch 7 where batch 0 was next"},
		"summary first":         {hostile{before: []*pb.SummarizeResponse{summary(chunk(1, true))}}, "something else than that it has taken a batch"},
		"nothing":               {hostile{before: []*pb.SummarizeResponse{{}}}, "something else than that it has taken a batch"},
		"two acknowledgements":  {hostile{before: []*pb.SummarizeResponse{ack(0), ack(0)}}, "it answers batch 0 where batch 1 was next"},
		"no summary":            {hostile{}, "before everything is answered"},
		"no last chunk":         {hostile{summary: []*pb.SummarizeResponse{summary(mib)}}, "before everything is answered"},
		"an acknowledgement":    {hostile{summary: []*pb.SummarizeResponse{ack(2)}}, "something else where a summary was expected"},
		"a large chunk":         {hostile{summary: []*pb.SummarizeResponse{summary(chunk(1<<20+1, true))}}, "a chunk of its summary has 1048577 bytes"},
		"an empty chunk":        {hostile{summary: []*pb.SummarizeResponse{summary(chunk(0, false))}}, "a chunk of its summary is empty"},
		"too large":             {hostile{summary: []*pb.SummarizeResponse{summary(mib), summary(mib), summary(mib), summary(chunk(1, true))}}, "its summary is larger than 3145728 bytes"},
		"more than a summary":   {hostile{summary: []*pb.SummarizeResponse{summary(chunk(1, true)), summary(chunk(1, true))}}, "it answers more than it was asked"},
	} {
		t.Run(name, func(t *testing.T) {
			c := configured(t, &test.h, Options{})
			_, err := c.Summarize(t.Context(), "x", 0, nil, batches(2, 2))
			wants(t, err, crm.CodeProtocol, test.want)
		})
	}
	c := configured(t, &hostile{summary: []*pb.SummarizeResponse{summary(mib), summary(chunk(5, true))}}, Options{})
	if data, err := c.Summarize(t.Context(), "x", 1, []byte("model"), batches(2, 2)); err != nil || len(data) != 1<<20+5 {
		t.Errorf("%d bytes, error %v", len(data), err)
	}
}

func TestFitsAreHeldToTheProtocol(t *testing.T) {
	model := &pb.MergeResponse{Part: &pb.MergeResponse_Model{Model: chunk(4, true)}}
	merged := &pb.MergeResponse{Part: &pb.MergeResponse_Summary{Summary: chunk(4, true)}}
	report := func(r *pb.FitReport) *pb.MergeResponse {
		return &pb.MergeResponse{Part: &pb.MergeResponse_Report{Report: r}}
	}
	group := func(code string) []*pb.TagDefinition {
		return []*pb.TagDefinition{{Key: "group", Type: column.Text, Label: english("Group"), Open: true, Options: []*pb.TagOption{{Code: code, Label: english("G")}}}}
	}
	for name, test := range map[string]struct {
		answers []*pb.MergeResponse
		want    string
	}{
		"a summary":           {[]*pb.MergeResponse{merged}, "something else where a model was expected"},
		"no report":           {[]*pb.MergeResponse{model}, "before everything is answered"},
		"another model":       {[]*pb.MergeResponse{model, model}, "it answers no report after its model"},
		"a report first":      {[]*pb.MergeResponse{report(&pb.FitReport{})}, "something else where a model was expected"},
		"more":                {[]*pb.MergeResponse{model, report(&pb.FitReport{}), model}, "it answers more than it was asked"},
		"an undeclared tag":   {[]*pb.MergeResponse{model, report(&pb.FitReport{Tags: []*pb.TagDefinition{{Key: "more", Type: column.Integer, Label: english("M")}}})}, `the tag "more", which its manifest does not declare`},
		"a closed option":     {[]*pb.MergeResponse{model, report(&pb.FitReport{Tags: []*pb.TagDefinition{{Type: column.Text, Label: english("M"), Options: []*pb.TagOption{{Code: "gold", Label: english("G")}}}}})}, `the option "gold" of the tag "", which its manifest does not declare`},
		"no end of a metric":  {[]*pb.MergeResponse{model, report(&pb.FitReport{Metrics: map[string]float64{"r": inf()}})}, `the metric "r" is not finite`},
		"a silent diagnostic": {[]*pb.MergeResponse{model, report(&pb.FitReport{Diagnostics: []*pb.Diagnostic{{}}})}, "does not say what is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			c := configured(t, &hostile{merge: test.answers}, Options{})
			_, err := c.Merge(t.Context(), "x", 0, true, nil, [][]byte{{1}})
			wants(t, err, crm.CodeProtocol, test.want)
		})
	}

	h := &hostile{merge: []*pb.MergeResponse{model, report(&pb.FitReport{Tags: group("g1")})}}
	h.answer = func(_ int, sequence uint64) *pb.ClassifyResponse {
		a := good(sequence)
		a.Tags[2] = texts("g1", "")
		return a
	}
	c := configured(t, h, Options{})
	discard := func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil }
	if err := c.Classify(t.Context(), "x", nil, true, batches(1, 2), discard); err == nil {
		t.Error("an option was taken before the fit added it")
	}
	if got, err := c.Merge(t.Context(), "x", 0, true, nil, nil); err != nil || len(got.Model) != 4 {
		t.Fatal(got, err)
	}
	if err := c.Classify(t.Context(), "x", nil, true, batches(1, 2), discard); err != nil {
		t.Errorf("the option that the fit added is refused: %v", err)
	}
	// Another process, which did not fit, learns the options with the stored model.
	c = client(t, h, Options{})
	s := setup("x", map[string]any{"window": "90d"})
	s.Fitted = group("g1")
	if _, err := c.Configure(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := c.Classify(t.Context(), "x", nil, true, batches(1, 2), discard); err != nil {
		t.Errorf("the option of a stored model is refused: %v", err)
	}
}

func inf() float64 {
	zero := 0.0
	return 1 / zero
}
