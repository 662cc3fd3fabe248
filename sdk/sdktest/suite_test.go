package sdktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// A good plugin of each kind, and everything that can be wrong with one.

type settings struct {
	Least int64 `json:"least" schema:"minimum=0,default=3" doc:"From so many deals."`
}

type buyer struct {
	Deals int64                    `crm:"count(deals) where won" purpose:"Counts."`
	Worth sdk.Optional[sdk.Amount] `crm:"sum(deals.amount) where won" purpose:"Sums."`
	Names []sdk.Optional[string]   `crm:"deals.product" purpose:"Lists."`
	Score *float64                 `crm:"mean(activities.score)" purpose:"Averages."`
}

var (
	tags    = []sdk.Tag{sdk.Class("", sdk.Option{Code: "loyal"}, sdk.Option{Code: "casual"}), sdk.Score("share")}
	reasons = []sdk.Reason{{Code: "deals", Text: sdk.Text{En: "{n} deals."}, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}}},
		{Code: "unknown", Text: sdk.Text{En: "Nothing is known."}}}
)

func pointwise(classify func(sdk.Run, settings, buyer) sdk.Verdict) sdk.Pointwise[settings, buyer] {
	return sdk.Pointwise[settings, buyer]{
		Info: sdk.Info{ID: "test.loyal", Version: "1.0.0", Summary: "Loyal or casual"}, Tags: tags, Reasons: reasons,
		Presets:  []sdk.Preset[settings]{{Name: "strict", Label: sdk.Text{En: "Strict"}, Config: settings{Least: 9}}},
		Classify: classify,
	}
}

func loyal(_ sdk.Run, cfg settings, b buyer) sdk.Verdict {
	switch {
	case !b.Worth.OK:
		return sdk.Unclassified("unknown")
	case b.Deals >= cfg.Least:
		return sdk.Set("", "loyal").Because("deals", b.Deals).Set("share", float64(len(b.Names)))
	}
	return sdk.Set("", "casual").Because("deals", b.Deals)
}

type sums struct{ N, Total int64 }

type averages = sdk.Population[settings, buyer, sums, sums]

func population(change func(p *averages)) sdk.Plugin {
	p := averages{
		Info: sdk.Info{ID: "test.share", Version: "1.0.0", Summary: "Above the mean"}, Tags: tags, Reasons: reasons,
		Add:   func(_ sdk.Run, _ settings, _ sums, s *sums, b buyer) { s.N++; s.Total += b.Deals % 1000 },
		Merge: func(into *sums, other sums) { into.N += other.N; into.Total += other.Total },
		Fit: func(_ sdk.Run, _ settings, _ int, s sums) (sums, sdk.Report, error) {
			return s, sdk.Report{Customers: s.N}, nil
		},
		Classify: func(_ sdk.Run, _ settings, m sums, b buyer) sdk.Verdict {
			if (b.Deals%1000)*m.N > m.Total {
				return sdk.Set("", "loyal").Because("deals", b.Deals)
			}
			return sdk.Set("", "casual").Because("deals", b.Deals)
		},
	}
	if change != nil {
		change(&p)
	}
	return p
}

// fault runs one case and answers what it finds.
func fault(t *testing.T, target Target, name string, options ...Options) error {
	t.Helper()
	s, err := newSuite(target, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.stop()
	for _, c := range s.cases() {
		if c.name == name {
			ctx, cancel := context.WithTimeout(t.Context(), s.patience)
			defer cancel()
			return c.run(ctx, s)
		}
	}
	t.Fatalf("there is no case %q here", name)
	return nil
}

func TestGoodPluginsPass(t *testing.T) {
	Run(t, InProcess(pointwise(loyal)))
	Run(t, InProcess(population(nil)))
}

// proxy is a plugin with another one behind it, and something wrong in between.
type proxy struct {
	pb.ClassifierServiceServer
	describe  func(*pb.Manifest)
	request   func(*pb.ConfigureRequest)
	configure func(*pb.ConfigureResponse)
	answer    func(*pb.ClassifyResponse)
	header    func(*pb.ClassifyHeader)
	blind     bool          // answers without looking
	hang      chan struct{} // a cancelled call ends when it is closed
}

func (p *proxy) Describe(ctx context.Context, r *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	a, err := p.ClassifierServiceServer.Describe(ctx, r)
	if err == nil && p.describe != nil {
		a = proto.Clone(a).(*pb.DescribeResponse)
		p.describe(a.GetManifest())
	}
	return a, err
}

func (p *proxy) Configure(ctx context.Context, r *pb.ConfigureRequest) (*pb.ConfigureResponse, error) {
	if p.request != nil {
		p.request(r)
	}
	a, err := p.ClassifierServiceServer.Configure(ctx, r)
	if err == nil && p.configure != nil {
		a = proto.Clone(a).(*pb.ConfigureResponse)
		p.configure(a)
	}
	return a, err
}

func (p *proxy) Classify(s grpc.BidiStreamingServer[pb.ClassifyRequest, pb.ClassifyResponse]) error {
	for p.blind {
		m, err := s.Recv()
		if err != nil {
			return nil
		}
		if m.GetBatch() != nil {
			if err := s.Send(&pb.ClassifyResponse{Sequence: m.GetBatch().GetSequence(), Tags: nothing(len(m.GetBatch().GetKeys()) / protocol.KeyBytes)}); err != nil {
				return err
			}
		}
	}
	err := p.ClassifierServiceServer.Classify(&between{s, p})
	if p.hang != nil && s.Context().Err() != nil {
		<-p.hang
	}
	return err
}

// nothing is an answer without values for the two tags of the plugins here.
func nothing(n int) []*pb.Column {
	class, share := column.NewBuilder(column.Text, false), column.NewBuilder(column.Number, false)
	for range n {
		class.Missing()
		share.Missing()
	}
	return []*pb.Column{class.Column(), share.Column()}
}

func (p *proxy) Merge(s grpc.BidiStreamingServer[pb.MergeRequest, pb.MergeResponse]) error {
	if !p.blind {
		return p.ClassifierServiceServer.Merge(s)
	}
	m, err := s.Recv()
	for more := err; more == nil; { // who ends while the other side is sending is told so, at times
		_, more = s.Recv()
	}
	if err != nil {
		return err
	}
	chunk := &pb.Chunk{Data: []byte("{}"), Last: true}
	if !m.GetHeader().GetFinish() {
		return s.Send(&pb.MergeResponse{Part: &pb.MergeResponse_Summary{Summary: chunk}})
	}
	if err := s.Send(&pb.MergeResponse{Part: &pb.MergeResponse_Model{Model: chunk}}); err != nil {
		return err
	}
	return s.Send(&pb.MergeResponse{Part: &pb.MergeResponse_Report{Report: &pb.FitReport{}}})
}

type between struct {
	grpc.BidiStreamingServer[pb.ClassifyRequest, pb.ClassifyResponse]
	p *proxy
}

func (b *between) Recv() (*pb.ClassifyRequest, error) {
	m, err := b.BidiStreamingServer.Recv()
	if err == nil && m.GetHeader() != nil && b.p.header != nil {
		b.p.header(m.GetHeader())
	}
	return m, err
}

func (b *between) Send(m *pb.ClassifyResponse) error {
	if b.p.answer != nil {
		b.p.answer(m)
	}
	return b.BidiStreamingServer.Send(m)
}

func behind(plugin sdk.Plugin, p proxy) Target {
	return inProcess(func() (pb.ClassifierServiceServer, error) {
		impl, err := sdk.NewServer(plugin)
		q := p
		q.ClassifierServiceServer = impl
		return &q, err
	})
}

func TestEachCaseFindsItsFault(t *testing.T) {
	good := pointwise(loyal)
	calls := atomic.Int64{}
	oneInstance := proxy{request: func(r *pb.ConfigureRequest) { r.Instance = "one" }, header: func(h *pb.ClassifyHeader) { h.Instance = "one" }}
	for name, broken := range map[string]struct {
		target Target
		finds  string // in the message
	}{
		"manifest/valid":        {behind(good, proxy{describe: func(m *pb.Manifest) { m.Id = "Not An Id" }}), "id"},
		"manifest/pure":         {behind(good, proxy{describe: func(m *pb.Manifest) { m.Version = fmt.Sprintf("1.0.%d", calls.Add(1)) }}), "another manifest"},
		"manifest/schema":       {behind(good, proxy{describe: func(m *pb.Manifest) { m.ConfigSchema.Fields["required"] = list("nothing") }}), "example 0"},
		"manifest/unclassified": {behind(good, proxy{describe: func(m *pb.Manifest) { m.Tags[0].Options = m.Tags[0].Options[:2] }}), "unclassified"},
		"configure/examples": {behind(good, proxy{configure: func(a *pb.ConfigureResponse) {
			a.Reads = append(a.Reads, &pb.Read{Path: "email", Type: column.Text})
		}}), "email"},
		"configure/unknown key": {behind(good, proxy{request: func(r *pb.ConfigureRequest) { delete(r.GetConfig().GetFields(), "no_such_setting") }}), "accepted"},
		"configure/wrong type": {behind(good, proxy{configure: func(a *pb.ConfigureResponse) {
			for _, d := range a.Diagnostics {
				d.Pointer = "/somewhere"
			}
		}}), `not at "/least"`},
		"configure/missing": {behind(needy(), proxy{request: func(r *pb.ConfigureRequest) {
			r.Config = &structpb.Struct{Fields: map[string]*structpb.Value{"name": structpb.NewStringValue("x")}}
		}}), "accepted"},
		"configure/instances":        {behind(good, oneInstance), "second instance"},
		"configure/unknown instance": {behind(good, proxy{blind: true}), "never configured"},
		"classify/declared": {behind(good, proxy{answer: func(a *pb.ClassifyResponse) {
			for i := range a.Tags[0].GetStrings().GetLengths() {
				a.Tags[0].Strings.Lengths[i] = 0
			}
			a.Tags[0].Strings.Blob = nil
		}}), "no option"},
		"classify/order": {InProcess(pointwise(func(r sdk.Run, _ settings, b buyer) sdk.Verdict { return loyal(r, settings{calls.Add(1) % 5}, b) })), "another order"},
		"classify/split": {behind(good, proxy{answer: func(a *pb.ClassifyResponse) {
			if n := len(a.Tags[1].GetFixed()) / 8; n == 1 {
				a.Tags = nothing(n)
			}
		}}), "batches of 1"},
		"classify/explain": {InProcess(pointwise(func(r sdk.Run, _ settings, b buyer) sdk.Verdict {
			if r.Explain {
				return loyal(r, settings{0}, b)
			}
			return loyal(r, settings{6}, b)
		})), "without reasons"},
		"classify/repeat": {InProcess(pointwise(func(r sdk.Run, c settings, b buyer) sdk.Verdict { return loyal(r, c, b).Set("share", calls.Add(1)) })), "other bytes"},
		"classify/empty batch": {behind(good, proxy{answer: func(a *pb.ClassifyResponse) {
			if len(a.Tags[1].GetFixed()) == 0 {
				a.Tags = a.Tags[:1]
			}
		}}), "1 columns"},
		"classify/malformed batch": {behind(good, proxy{blind: true}), "without its first column"},
		"summaries/partitions": {InProcess(population(func(p *averages) {
			p.Merge = func(into *sums, other sums) { into.N, into.Total = into.N+other.N, max(into.Total, other.Total) }
		})), "other bytes"},
		"summaries/merge tree": {InProcess(population(func(p *averages) {
			p.Merge = func(into *sums, other sums) { into.N, into.Total = into.N+other.N, 3*into.Total+other.Total }
		})), "other bytes"},
		"summaries/order": {InProcess(population(func(p *averages) {
			p.Add = func(_ sdk.Run, _ settings, _ sums, s *sums, b buyer) { s.N, s.Total = s.N+1, 31*s.Total+b.Deals }
		})), "another order"},
		"summaries/neutral": {InProcess(population(func(p *averages) {
			p.Merge = func(into *sums, other sums) { into.N, into.Total = into.N+other.N+1, into.Total+other.Total }
		})), "neutral"},
		"summaries/small populations": {InProcess(population(func(p *averages) {
			p.Fit = func(_ sdk.Run, _ settings, _ int, s sums) (sums, sdk.Report, error) {
				if s.N < 2 {
					return s, sdk.Report{}, errors.New("too few")
				}
				return s, sdk.Report{Customers: s.N}, nil
			}
		})), "with 0 customers"},
		"summaries/damaged":  {behind(population(nil), proxy{blind: true}), "damaged"},
		"summaries/no model": {behind(population(nil), proxy{blind: true}), "without a model"},
		"summaries/size":     {behind(population(nil), proxy{describe: func(m *pb.Manifest) { m.Limits.SummaryBytes = 1 }}), "the manifest says 1"},
		"pointwise/no fit":   {behind(good, proxy{blind: true}), "fits a model"},
		"life/out of turn":   {behind(good, proxy{blind: true}), "before the header"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := fault(t, broken.target, name); err == nil || !strings.Contains(err.Error(), broken.finds) {
				t.Errorf("the case finds %v, not %q", err, broken.finds)
			}
		})
	}
}

func list(items ...any) *structpb.Value {
	l, err := structpb.NewList(items)
	if err != nil {
		panic(err)
	}
	return structpb.NewListValue(l)
}

// needy is a plugin with a setting that has no default.
func needy() sdk.Plugin {
	type needs struct {
		Name string `json:"name" schema:"required" doc:"Its name."`
	}
	return sdk.Pointwise[needs, buyer]{
		Info: sdk.Info{ID: "test.needy", Version: "1.0.0", Summary: "Needs a name"}, Tags: tags, Reasons: reasons, Example: needs{"x"},
		Classify: func(r sdk.Run, _ needs, b buyer) sdk.Verdict { return loyal(r, settings{}, b) },
	}
}

func TestManifestIsComparedWithItsFile(t *testing.T) {
	text, err := protocol.ManifestJSON(sdk.Manifest(pointwise(loyal)))
	if err != nil {
		t.Fatal(err)
	}
	if err := fault(t, InProcess(pointwise(loyal)), "manifest/file", Options{Manifest: text}); err != nil {
		t.Error(err)
	}
	other := []byte(strings.Replace(string(text), "1.0.0", "1.0.1", 1))
	if err := fault(t, InProcess(pointwise(loyal)), "manifest/file", Options{Manifest: other}); err == nil {
		t.Error("another plugin.json is taken for the same")
	}
}

func TestFieldsAreLookedUpInACatalogue(t *testing.T) {
	var catalogue []*pb.CatalogueField
	for _, path := range []string{"deals.amount", "deals.product"} {
		catalogue = append(catalogue, &pb.CatalogueField{Path: path, List: true})
	}
	err := fault(t, InProcess(pointwise(loyal)), "manifest/fields", Options{Setup: Setup{Catalogue: catalogue}})
	if err == nil || !strings.Contains(err.Error(), "the field activities.score") {
		t.Errorf("the case finds %v", err)
	}
}

func TestAHangingCallIsFound(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	target := behind(pointwise(loyal), proxy{hang: hang})
	s, err := newSuite(target)
	if err != nil {
		t.Fatal(err)
	}
	s.grace = 100 * time.Millisecond // nothing happens in it, however long it is
	for _, c := range lifeCases {
		if c.name != "life/cancel" {
			continue
		}
		if err := c.run(t.Context(), s); err == nil || !strings.Contains(err.Error(), "cancelled") {
			t.Errorf("the case finds %v", err)
		}
	}
	close(hang)
	s.conn.stop()
}
