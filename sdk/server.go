package sdk

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// server speaks the protocol for one compiled plugin. It keeps configured instances and nothing else.
type server struct {
	pb.UnimplementedClassifierServiceServer
	classifier *classifier
	instances  instances
}

// instances holds the configured instances by the id that the host chose, at most protocol.Instances: the
// one used longest ago gives way.
type instances struct {
	mu    sync.Mutex
	by    map[string]*instance
	order []string // by last use, the latest last
}

func (s *instances) put(id string, inst *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[string]*instance{}
	}
	if s.by[id] == nil && len(s.by) >= protocol.Instances {
		delete(s.by, s.order[0])
		s.order = s.order[1:]
	}
	s.by[id] = inst
	s.touch(id)
}

func (s *instances) get(id string) (*instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inst := s.by[id]
	if inst == nil {
		return nil, status.Errorf(codes.FailedPrecondition, "the instance %q is not configured", id)
	}
	s.touch(id)
	return inst, nil
}

func (s *instances) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, id)
	s.remove(id)
}

func (s *instances) touch(id string) {
	s.remove(id)
	s.order = append(s.order, id)
}

func (s *instances) remove(id string) {
	for i, x := range s.order {
		if x == id {
			s.order = append(s.order[:i], s.order[i+1:]...)
			return
		}
	}
}

// Describe implements the protocol.
func (s *server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{Manifest: s.classifier.manifest}, nil
}

// Configure implements the protocol.
func (s *server) Configure(_ context.Context, r *pb.ConfigureRequest) (*pb.ConfigureResponse, error) {
	run, err := runOf(r)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	var fields []CatalogueField
	for _, f := range r.GetCatalogue() {
		fields = append(fields, CatalogueField{Path: f.GetPath(), Type: f.GetType(), List: f.GetList(), Options: f.GetOptions(), Sensitive: f.GetSensitive()})
	}
	inst, found := s.classifier.configure(run, r.GetConfig().AsMap(), NewCatalogue(fields...))
	if inst == nil {
		s.instances.drop(r.GetInstance())
		return &pb.ConfigureResponse{Diagnostics: found.proto()}, nil
	}
	s.instances.put(r.GetInstance(), inst)
	return &pb.ConfigureResponse{Diagnostics: found.proto(), Reads: inst.reads, Tags: inst.tags}, nil
}

func runOf(r *pb.ConfigureRequest) (Run, error) {
	if r.GetInstance() == "" {
		return Run{}, fmt.Errorf("the instance has no id")
	}
	if !r.GetAsOf().IsValid() {
		return Run{}, fmt.Errorf("as_of is missing")
	}
	zone, err := time.LoadLocation(r.GetTimeZone())
	if err != nil {
		return Run{}, fmt.Errorf("the time zone %q is unknown", r.GetTimeZone())
	}
	at := r.GetAsOf().AsTime().In(zone)
	return Run{AsOf: at, Day: DayOf(at, zone), Zone: zone, Currency: r.GetCurrency(), CurrencyDigits: int(min(r.GetCurrencyDigits(), 9)),
		Subject: r.GetSubject()}, nil
}

// begin finds the instance that a stream's first message is for.
func begin[H interface {
	comparable
	GetInstance() string
}](s *server, header H) (*instance, error) {
	var none H
	if header == none {
		return nil, outOfTurn("the header")
	}
	return s.instances.get(header.GetInstance())
}

// Classify implements the protocol.
func (s *server) Classify(stream grpc.BidiStreamingServer[pb.ClassifyRequest, pb.ClassifyResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	inst, err := begin(s, header)
	if err != nil {
		return err
	}
	model := s.collector()
	var classify classifyStream
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch part := m.GetPart().(type) {
		case *pb.ClassifyRequest_Model:
			if classify != nil {
				return outOfTurn("a batch")
			}
			if err := model.add(part.Model); err != nil {
				return err
			}
		case *pb.ClassifyRequest_Batch:
			if classify == nil {
				if classify, err = inst.engine.classify(model.whole(), header.GetExplain()); err != nil {
					return err
				}
			}
			answer, err := classify(stream.Context(), part.Batch)
			if err != nil {
				return err
			}
			if err := stream.Send(answer); err != nil {
				return err
			}
		default:
			return outOfTurn("a batch")
		}
	}
}

// Summarize implements the protocol.
func (s *server) Summarize(stream grpc.BidiStreamingServer[pb.SummarizeRequest, pb.SummarizeResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	inst, err := begin(s, header)
	if err != nil {
		return err
	}
	model := s.collector()
	var fold summarizeStream
	for err == nil {
		var m *pb.SummarizeRequest
		if m, err = stream.Recv(); err != nil {
			break
		}
		switch part := m.GetPart().(type) {
		case *pb.SummarizeRequest_Model:
			if fold.add != nil {
				return outOfTurn("a batch")
			}
			err = model.add(part.Model)
		case *pb.SummarizeRequest_Batch:
			if fold.add == nil {
				if fold, err = inst.engine.summarize(int(header.GetPass()), model.whole()); err != nil {
					return err
				}
			}
			if err = fold.add(stream.Context(), part.Batch); err == nil {
				err = stream.Send(&pb.SummarizeResponse{Part: &pb.SummarizeResponse_Ack{Ack: &pb.BatchAck{Sequence: part.Batch.GetSequence()}}})
			}
		default:
			return outOfTurn("a batch")
		}
	}
	if err != io.EOF {
		return err
	}
	if fold.add == nil { // no customer at all
		if fold, err = inst.engine.summarize(int(header.GetPass()), model.whole()); err != nil {
			return err
		}
	}
	summary, err := fold.finish()
	if err != nil {
		return status.Errorf(codes.Internal, "the summary cannot be written: %v", err)
	}
	return s.send(summary, func(c *pb.Chunk) error {
		return stream.Send(&pb.SummarizeResponse{Part: &pb.SummarizeResponse_Summary{Summary: c}})
	})
}

// Merge implements the protocol.
func (s *server) Merge(stream grpc.BidiStreamingServer[pb.MergeRequest, pb.MergeResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	inst, err := begin(s, header)
	if err != nil {
		return err
	}
	merge := inst.engine.merge(int(header.GetPass()))
	summary, before := s.collector(), s.collector()
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch part := m.GetPart().(type) {
		case *pb.MergeRequest_Model:
			err = before.add(part.Model)
		case *pb.MergeRequest_Summary:
			if err = summary.add(part.Summary); err == nil && summary.complete {
				err = merge.add(summary.whole())
				summary = s.collector()
			}
		default:
			err = outOfTurn("a summary")
		}
		if err != nil {
			return err
		}
	}
	if !header.GetFinish() {
		merged, err := merge.summary()
		if err != nil {
			return status.Errorf(codes.Internal, "the summary cannot be written: %v", err)
		}
		return s.send(merged, func(c *pb.Chunk) error {
			return stream.Send(&pb.MergeResponse{Part: &pb.MergeResponse_Summary{Summary: c}})
		})
	}
	model, report, err := merge.model(before.whole())
	if err != nil {
		return err
	}
	if err := s.send(model, func(c *pb.Chunk) error {
		return stream.Send(&pb.MergeResponse{Part: &pb.MergeResponse_Model{Model: c}})
	}); err != nil {
		return err
	}
	return stream.Send(&pb.MergeResponse{Part: &pb.MergeResponse_Report{Report: report}})
}

func outOfTurn(expected string) error {
	return status.Errorf(codes.InvalidArgument, "%s was expected here", expected)
}

// limit is the largest summary or model.
func (s *server) limit() int {
	if n := s.classifier.manifest.GetLimits().GetSummaryBytes(); n > 0 {
		return int(n)
	}
	return protocol.SummaryBytes
}

func (s *server) collector() *collector { return &collector{limit: s.limit()} }

// collector puts chunks together.
type collector struct {
	data     []byte
	complete bool
	limit    int
}

func (c *collector) add(chunk *pb.Chunk) error {
	if c.complete {
		return outOfTurn("nothing after the last chunk")
	}
	if len(chunk.GetData()) > protocol.ChunkBytes || len(c.data)+len(chunk.GetData()) > c.limit {
		return status.Errorf(codes.ResourceExhausted, "a summary or model is larger than %d bytes, or a chunk than %d", c.limit, protocol.ChunkBytes)
	}
	c.data = append(c.data, chunk.GetData()...)
	c.complete = chunk.GetLast()
	return nil
}

// whole is what the chunks were; nil when there was none.
func (c *collector) whole() []byte {
	if !c.complete {
		return nil
	}
	if c.data == nil {
		return []byte{}
	}
	return c.data
}

// send cuts data into chunks.
func (s *server) send(data []byte, send func(*pb.Chunk) error) error {
	if len(data) > s.limit() {
		return status.Errorf(codes.ResourceExhausted, "the summary or model has %d bytes, more than %d", len(data), s.limit())
	}
	for {
		n := min(len(data), protocol.ChunkBytes)
		if err := send(&pb.Chunk{Data: data[:n], Last: n == len(data)}); err != nil {
			return err
		}
		if data = data[n:]; len(data) == 0 {
			return nil
		}
	}
}
