// Package client speaks the classifier protocol with one plugin and holds it to its manifest: no column goes
// out that was not declared and approved, and no tag, option, reason or size comes in that was not. A
// violation is a crm.Error that names the plugin.
//
// At most protocol.Credit batches are unanswered, and a plugin that gives no sign for the progress time while
// one is expected is ended. It leaves to others how the process lives (launch, catalog), what the batches hold
// (measure) and what the tags mean (classify).
// Invariant: what its methods return without an error may be trusted in shape, type, length and vocabulary.
package client

import (
	"context"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Plugin is a running plugin. Its methods may be called at the same time, also for one instance.
type Plugin interface {
	// Manifest is what an administrator approved and Describe answered.
	Manifest() *pb.Manifest
	// Configure checks a configuration and binds it to Setup.Instance. With an error among the diagnostics
	// (Configured.Failed) the instance does not exist.
	Configure(ctx context.Context, setup Setup) (Configured, error)
	// Summarize folds batches into a summary. model is that of the pass before, nil in pass 0. next answers
	// batches with the effective reads as columns until io.EOF. The client numbers a batch, and nobody else may
	// write to it until it was answered.
	Summarize(ctx context.Context, instance string, pass uint32, model []byte, next func() (*pb.CustomerBatch, error)) (summary []byte, err error)
	// Merge adds summaries to one summary, or to a model and its report when finish is set.
	Merge(ctx context.Context, instance string, pass uint32, finish bool, model []byte, summaries [][]byte) (Merged, error)
	// Classify gives each batch of next with its checked answer to each, in order. model is nil for a plugin
	// of scope customer. next and each are called one at a time, by the caller's goroutine; their errors end
	// the call and are returned as they are.
	Classify(ctx context.Context, instance string, model []byte, explain bool, next func() (*pb.CustomerBatch, error), each func(*pb.CustomerBatch, *pb.ClassifyResponse) error) error
	// Close gives the plugin back. Its process is its catalog's.
	Close() error
}

// Setup is a configuration with all that it depends on.
type Setup struct {
	Instance  string         // chosen by the host; a second Configure replaces it
	Config    map[string]any // as decoded from JSON or YAML
	AsOf      time.Time      // start of the as-of day in Zone
	Zone      *time.Location
	Currency  string   // ISO 4217
	Digits    int      // of the currency's minor unit
	Subject   crm.Kind // crm.Company or crm.Contact
	Catalogue []*pb.CatalogueField
	// Fitted are the tags that the fit of a stored model reported (FitReport.Tags), so that options which the
	// fit added are accepted by a process that did not fit.
	Fitted []*pb.TagDefinition
}

// Merged is a summary, or a model with the report of its fit.
type Merged struct {
	Summary []byte
	Model   []byte
	Report  *pb.FitReport
}

// Process is what the client needs to know about the plugin's process; *launch.Process is one.
type Process interface {
	Done() <-chan struct{} // closed when it has ended
	Result() string        // how it ended
	Kill()
}

// Options are the times a plugin is given. Zero values are the defaults.
type Options struct {
	Progress time.Duration // between two signs of life; default a minute
	Fit      time.Duration // of Merge, for the fit itself; default half an hour
	Process  Process       // nil in tests within a process
}

// The defaults of Options.
const (
	DefaultProgress = time.Minute
	DefaultFit      = 30 * time.Minute
)

// Client is the Plugin at the other end of a connection.
type Client struct {
	manifest *pb.Manifest
	stub     pb.ClassifierServiceClient
	options  Options

	mu        sync.Mutex
	instances map[string]*instance
}

// instance is what a configuration reads and emits.
type instance struct {
	reads []*pb.Read
	tags  []*pb.TagDefinition
}

// New makes the client of a plugin with that manifest, which must be valid. Verify checks that the process
// agrees.
func New(conn grpc.ClientConnInterface, manifest *pb.Manifest, o Options) *Client {
	if o.Progress <= 0 {
		o.Progress = DefaultProgress
	}
	if o.Fit <= 0 {
		o.Fit = DefaultFit
	}
	return &Client{manifest: manifest, stub: pb.NewClassifierServiceClient(conn), options: o, instances: map[string]*instance{}}
}

var _ Plugin = (*Client)(nil)

// Manifest implements Plugin.
func (c *Client) Manifest() *pb.Manifest { return c.manifest }

// Close implements Plugin.
func (c *Client) Close() error { return nil }

// Verify asks the process for its manifest and compares it with the one that was approved.
func (c *Client) Verify(ctx context.Context) error {
	ctx, cancel := c.patience(ctx)
	defer cancel()
	answer, err := c.stub.Describe(ctx, &pb.DescribeRequest{})
	if err != nil {
		return c.failed(ctx, "describing itself", err)
	}
	if !proto.Equal(answer.GetManifest(), c.manifest) {
		return &crm.Error{Code: crm.CodePlugin, Message: "plugin " + c.id() + " describes itself otherwise than its plugin.json",
			Suggestion: "do not use it: install a package whose plugin.json was made by the same program (" + c.id() + " manifest)"}
	}
	return nil
}

func (c *Client) id() string { return c.manifest.GetId() }

func (c *Client) instance(id string) (*instance, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	inst := c.instances[id]
	if inst == nil {
		return nil, &crm.Error{Code: crm.CodeInternal, Message: "plugin " + c.id() + " is used for " + id + " before it was configured"}
	}
	return inst, nil
}

// limit is the largest summary or model in bytes.
func (c *Client) limit() int {
	if n := c.manifest.GetLimits().GetSummaryBytes(); n > 0 && n < protocol.SummaryBytes {
		return int(n)
	}
	return protocol.SummaryBytes
}

// Summarize implements Plugin.
func (c *Client) Summarize(ctx context.Context, instance string, pass uint32, model []byte, next func() (*pb.CustomerBatch, error)) ([]byte, error) {
	inst, err := c.instance(instance)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, c, "summarising", c.stub.Summarize)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.put(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Header{Header: &pb.SummarizeHeader{Instance: instance, Pass: pass}}}); err != nil {
		return nil, err
	}
	if err := c.chunks(model, func(chunk *pb.Chunk) error {
		return s.put(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Model{Model: chunk}})
	}); err != nil {
		return nil, err
	}
	err = exchange(s, inst, next,
		func(b *pb.CustomerBatch) *pb.SummarizeRequest {
			return &pb.SummarizeRequest{Part: &pb.SummarizeRequest_Batch{Batch: b}}
		},
		func(b *pb.CustomerBatch, answer *pb.SummarizeResponse) error {
			ack := answer.GetAck()
			if ack == nil {
				return c.violation("it answers something else than that it has taken a batch")
			}
			return c.inOrder(b, ack.GetSequence())
		})
	if err != nil {
		return nil, err
	}
	summary := c.assembly()
	for !summary.complete {
		answer, err := s.get(c.options.Progress)
		if err != nil {
			return nil, err
		}
		if err := summary.add("summary", answer.GetSummary()); err != nil {
			return nil, err
		}
	}
	return summary.data, s.end()
}

// Merge implements Plugin.
func (c *Client) Merge(ctx context.Context, instance string, pass uint32, finish bool, model []byte, summaries [][]byte) (Merged, error) {
	inst, err := c.instance(instance)
	if err != nil {
		return Merged{}, err
	}
	s, err := open(ctx, c, "merging summaries", c.stub.Merge)
	if err != nil {
		return Merged{}, err
	}
	defer s.close()
	if err := s.put(&pb.MergeRequest{Part: &pb.MergeRequest_Header{Header: &pb.MergeHeader{Instance: instance, Pass: pass, Finish: finish}}}); err != nil {
		return Merged{}, err
	}
	if err := c.chunks(model, func(chunk *pb.Chunk) error {
		return s.put(&pb.MergeRequest{Part: &pb.MergeRequest_Model{Model: chunk}})
	}); err != nil {
		return Merged{}, err
	}
	for _, summary := range summaries {
		if summary == nil {
			summary = []byte{}
		}
		if err := c.chunks(summary, func(chunk *pb.Chunk) error {
			return s.put(&pb.MergeRequest{Part: &pb.MergeRequest_Summary{Summary: chunk}})
		}); err != nil {
			return Merged{}, err
		}
	}
	s.finish()
	if !finish {
		return c.mergedSummary(s)
	}
	return c.fitted(s, inst)
}

func (c *Client) mergedSummary(s *stream[pb.MergeRequest, pb.MergeResponse]) (Merged, error) {
	summary := c.assembly()
	for !summary.complete {
		answer, err := s.get(c.options.Progress)
		if err != nil {
			return Merged{}, err
		}
		if err := summary.add("summary", answer.GetSummary()); err != nil {
			return Merged{}, err
		}
	}
	return Merged{Summary: summary.data}, s.end()
}

func (c *Client) fitted(s *stream[pb.MergeRequest, pb.MergeResponse], inst *instance) (Merged, error) {
	model := c.assembly()
	for wait := c.options.Fit; !model.complete; wait = c.options.Progress {
		answer, err := s.get(wait)
		if err != nil {
			return Merged{}, err
		}
		if err := model.add("model", answer.GetModel()); err != nil {
			return Merged{}, err
		}
	}
	answer, err := s.get(c.options.Progress)
	if err != nil {
		return Merged{}, err
	}
	report := answer.GetReport()
	if report == nil {
		return Merged{}, c.violation("it answers no report after its model")
	}
	if err := c.checkReport(report, inst); err != nil {
		return Merged{}, err
	}
	return Merged{Model: model.data, Report: report}, s.end()
}

// Classify implements Plugin.
func (c *Client) Classify(ctx context.Context, instance string, model []byte, explain bool, next func() (*pb.CustomerBatch, error), each func(*pb.CustomerBatch, *pb.ClassifyResponse) error) error {
	inst, err := c.instance(instance)
	if err != nil {
		return err
	}
	s, err := open(ctx, c, "classifying", c.stub.Classify)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.put(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Header{Header: &pb.ClassifyHeader{Instance: instance, Explain: explain}}}); err != nil {
		return err
	}
	if err := c.chunks(model, func(chunk *pb.Chunk) error {
		return s.put(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Model{Model: chunk}})
	}); err != nil {
		return err
	}
	check := c.checker(c.effectiveTags(inst), explain)
	err = exchange(s, inst, next,
		func(b *pb.CustomerBatch) *pb.ClassifyRequest {
			return &pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: b}}
		},
		func(b *pb.CustomerBatch, answer *pb.ClassifyResponse) error {
			if err := c.inOrder(b, answer.GetSequence()); err != nil {
				return err
			}
			if err := check.answer(len(b.GetKeys())/protocol.KeyBytes, answer); err != nil {
				return err
			}
			return each(b, answer)
		})
	if err != nil {
		return err
	}
	return s.end()
}

func (c *Client) effectiveTags(inst *instance) []*pb.TagDefinition {
	c.mu.Lock()
	defer c.mu.Unlock()
	return inst.tags
}

func (c *Client) inOrder(b *pb.CustomerBatch, sequence uint64) error {
	if sequence != b.GetSequence() {
		return c.violation("it answers batch %d where batch %d was next", sequence, b.GetSequence())
	}
	return nil
}

// exchange sends batches and takes their answers, at most protocol.Credit batches ahead.
func exchange[Q, A any](s *stream[Q, A], inst *instance, next func() (*pb.CustomerBatch, error), wrap func(*pb.CustomerBatch) *Q, take func(*pb.CustomerBatch, *A) error) error {
	var unanswered []*pb.CustomerBatch
	sequence, more := uint64(0), true
	for more || len(unanswered) > 0 {
		if more && len(unanswered) < protocol.Credit {
			batch, err := next()
			if err == io.EOF {
				more = false
				s.finish()
				continue
			}
			if err != nil {
				return err
			}
			if err := s.client.checkBatch(batch, inst); err != nil {
				return err
			}
			batch.Sequence = sequence
			sequence++
			if err := s.put(wrap(batch)); err != nil {
				return err
			}
			unanswered = append(unanswered, batch)
			if !s.ready() {
				continue
			}
		}
		answer, err := s.get(s.client.options.Progress)
		if err != nil {
			return err
		}
		if err := take(unanswered[0], answer); err != nil {
			return err
		}
		unanswered = unanswered[1:]
	}
	return nil
}
