package sdktest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// wire speaks the protocol with a plugin and refuses what a host would refuse of its form: order, sequence,
// sizes and chunks.
type wire struct{ client pb.ClassifierServiceClient }

// chunks cuts data as a host does.
func chunks(data []byte, send func(*pb.Chunk) error) error {
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

// assembly puts a plugin's chunks together.
type assembly struct {
	data []byte
	done bool
}

func (a *assembly) add(c *pb.Chunk) error {
	switch {
	case a.done:
		return errors.New("a chunk follows the last one")
	case len(c.GetData()) > protocol.ChunkBytes:
		return fmt.Errorf("a chunk has %d bytes, more than %d", len(c.GetData()), protocol.ChunkBytes)
	case len(a.data)+len(c.GetData()) > protocol.SummaryBytes:
		return fmt.Errorf("a summary or model is larger than %d bytes", protocol.SummaryBytes)
	}
	a.data = append(a.data, c.GetData()...)
	a.done = c.GetLast()
	return nil
}

// sending reports the stream's own error when sending failed.
func sending[Req, Res any](s grpc.BidiStreamingClient[Req, Res], err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := s.Recv(); err != nil {
		return err
	}
	return errors.New("the stream ended early")
}

// summarize folds batches into a summary.
func (w wire) summarize(ctx context.Context, instance string, pass int, model []byte, batches []*pb.CustomerBatch) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := w.client.Summarize(ctx)
	if err != nil {
		return nil, err
	}
	send := func(r *pb.SummarizeRequest) error { return s.Send(r) }
	err = send(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Header{Header: &pb.SummarizeHeader{Instance: instance, Pass: uint32(pass)}}})
	if err == nil && pass > 0 {
		err = chunks(model, func(c *pb.Chunk) error { return send(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Model{Model: c}}) })
	}
	for i := 0; i < len(batches) && err == nil; i++ {
		if err = send(&pb.SummarizeRequest{Part: &pb.SummarizeRequest_Batch{Batch: batches[i]}}); err != nil {
			break
		}
		answer, err := s.Recv()
		if err != nil {
			return nil, err
		}
		if answer.GetAck() == nil || answer.GetAck().GetSequence() != batches[i].GetSequence() {
			return nil, fmt.Errorf("batch %d is not acknowledged", batches[i].GetSequence())
		}
	}
	if err != nil {
		return nil, sending(s, err)
	}
	if err := s.CloseSend(); err != nil {
		return nil, err
	}
	var summary assembly
	for {
		answer, err := s.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if answer.GetSummary() == nil {
			return nil, errors.New("a chunk of the summary was expected")
		}
		if err := summary.add(answer.GetSummary()); err != nil {
			return nil, err
		}
	}
	if !summary.done {
		return nil, errors.New("the summary has no last chunk")
	}
	return summary.data, nil
}

// merged is the answer to Merge.
type merged struct {
	summary, model []byte
	report         *pb.FitReport
}

func (w wire) merge(ctx context.Context, instance string, pass int, finish bool, model []byte, summaries ...[]byte) (m merged, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := w.client.Merge(ctx)
	if err != nil {
		return m, err
	}
	err = s.Send(&pb.MergeRequest{Part: &pb.MergeRequest_Header{Header: &pb.MergeHeader{Instance: instance, Pass: uint32(pass), Finish: finish}}})
	if err == nil && model != nil {
		err = chunks(model, func(c *pb.Chunk) error { return s.Send(&pb.MergeRequest{Part: &pb.MergeRequest_Model{Model: c}}) })
	}
	for i := 0; i < len(summaries) && err == nil; i++ {
		err = chunks(summaries[i], func(c *pb.Chunk) error { return s.Send(&pb.MergeRequest{Part: &pb.MergeRequest_Summary{Summary: c}}) })
	}
	if err != nil {
		return m, sending(s, err)
	}
	if err := s.CloseSend(); err != nil {
		return m, err
	}
	var summary, fitted assembly
	for {
		answer, err := s.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return m, err
		}
		switch part := answer.GetPart().(type) {
		case *pb.MergeResponse_Summary:
			err = summary.add(part.Summary)
		case *pb.MergeResponse_Model:
			err = fitted.add(part.Model)
		case *pb.MergeResponse_Report:
			if !fitted.done {
				return m, errors.New("the report comes before the model")
			}
			m.report = part.Report
		default:
			return m, errors.New("an empty answer to Merge")
		}
		if err != nil {
			return m, err
		}
	}
	if finish && (!fitted.done || m.report == nil) {
		return m, errors.New("the fit answers no model and report")
	}
	if !finish && !summary.done {
		return m, errors.New("the merge answers no summary")
	}
	m.summary, m.model = summary.data, fitted.data
	return m, nil
}

// classify answers each batch; each is called with the answers in order.
func (w wire) classify(ctx context.Context, instance string, model []byte, explain bool, batches []*pb.CustomerBatch, each func(*pb.CustomerBatch, *pb.ClassifyResponse) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := w.client.Classify(ctx)
	if err != nil {
		return err
	}
	err = s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Header{Header: &pb.ClassifyHeader{Instance: instance, Explain: explain}}})
	if err == nil && model != nil {
		err = chunks(model, func(c *pb.Chunk) error { return s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Model{Model: c}}) })
	}
	answered := 0
	receive := func() error {
		answer, err := s.Recv()
		if err == io.EOF {
			return fmt.Errorf("batch %d has no answer", batches[answered].GetSequence())
		}
		if err != nil {
			return err
		}
		if answer.GetSequence() != batches[answered].GetSequence() {
			return fmt.Errorf("batch %d was answered where %d was due", answer.GetSequence(), batches[answered].GetSequence())
		}
		answered++
		return each(batches[answered-1], answer)
	}
	for i := 0; i < len(batches) && err == nil; i++ {
		if err = s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: batches[i]}}); err != nil {
			break
		}
		if i-answered+1 >= protocol.Credit {
			if err := receive(); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return sending(s, err)
	}
	if err := s.CloseSend(); err != nil {
		return err
	}
	for answered < len(batches) {
		if err := receive(); err != nil {
			return err
		}
	}
	if _, err := s.Recv(); err != io.EOF {
		if err == nil {
			err = errors.New("there are more answers than batches")
		}
		return err
	}
	return nil
}

// fit runs all passes over the parts and answers the model; one part per summary. last is the model of an
// earlier fit, for plugins that see it, or nil.
func (w wire) fit(ctx context.Context, instance string, maxPasses int, last []byte, parts [][]*pb.CustomerBatch) (model []byte, report *pb.FitReport, err error) {
	for pass := 0; ; pass++ {
		var summaries [][]byte
		for _, part := range parts {
			s, err := w.summarize(ctx, instance, pass, model, part)
			if err != nil {
				return nil, nil, fmt.Errorf("pass %d: %w", pass, err)
			}
			summaries = append(summaries, s)
		}
		before := model
		if pass == 0 {
			before = last
		}
		m, err := w.merge(ctx, instance, pass, true, before, summaries...)
		if err != nil {
			return nil, nil, fmt.Errorf("pass %d: %w", pass, err)
		}
		model, report = m.model, m.report
		if model == nil {
			model = []byte{}
		}
		if !report.GetAnotherPass() || pass+1 >= max(maxPasses, 1) {
			return model, report, nil
		}
	}
}
