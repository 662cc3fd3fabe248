package sdktest

import (
	"context"
	"errors"
	"fmt"
	"time"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

var lifeCases = []testCase{
	{"life/cancel", func(ctx context.Context, s *suite) error {
		conn, err := s.target.start()
		if err != nil {
			return err
		}
		stopped := make(chan struct{})
		stop := func() {
			go func() {
				conn.stop()
				close(stopped)
			}()
		}
		if err := s.on(conn).cancelled(ctx); err != nil {
			stop()
			return err
		}
		stop()
		select {
		case <-stopped:
			return nil
		case <-time.After(s.grace):
			return errors.New("a cancelled call keeps the plugin from stopping")
		}
	}},
	{"life/out of turn", func(ctx context.Context, s *suite) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := s.conn.client.Classify(ctx)
		if err != nil {
			return err
		}
		if err := stream.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: &pb.CustomerBatch{}}}); err != nil {
			return err
		}
		if _, err := stream.Recv(); err == nil {
			return errors.New("a batch before the header is answered")
		}
		return nil
	}},
}

// on is the suite on another connection of the same target.
func (s *suite) on(conn *connection) *suite {
	other := *s
	other.conn, other.wire = conn, wire{conn.client}
	return &other
}

// cancelled leaves calls in the middle, one after the other, and wants the plugin to work afterwards.
func (s *suite) cancelled(ctx context.Context) error {
	if len(s.configs) == 0 {
		return nil
	}
	w, err := s.prepare(ctx, "cancelled", s.configs[0])
	if err != nil {
		return err
	}
	model, err := s.fitted(ctx, w)
	if err != nil {
		return err
	}
	rows := w.table.all()
	b, err := w.table.batch(0, rows)
	if err != nil {
		return err
	}
	for range 8 {
		call, cancel := context.WithCancel(ctx)
		stream, err := s.conn.client.Classify(call)
		if err == nil {
			err = stream.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Header{Header: &pb.ClassifyHeader{Instance: w.name}}})
		}
		if err == nil && model != nil {
			err = chunks(model, func(c *pb.Chunk) error {
				return stream.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Model{Model: c}})
			})
		}
		if err == nil {
			err = stream.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: b}})
		}
		cancel()
		if err != nil {
			return err
		}
	}
	if _, _, err := s.classify(ctx, w, model, true, rows, 50); err != nil {
		return fmt.Errorf("after cancelled calls: %w", err)
	}
	return nil
}
