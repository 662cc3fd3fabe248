package sdk

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// engine is a configured classifier as the server sees it: without the author's types. Each method makes
// what one stream needs; the streams of an instance are independent of each other.
type engine interface {
	classify(model []byte, explain bool) (classifyStream, error)
	summarize(pass int, model []byte) (summarizeStream, error)
	merge(pass int) mergeStream
}

type classifyStream func(ctx context.Context, m *pb.CustomerBatch) (*pb.ClassifyResponse, error)

type summarizeStream struct {
	add    func(ctx context.Context, m *pb.CustomerBatch) error
	finish func() ([]byte, error)
}

type mergeStream struct {
	add     func(summary []byte) error
	summary func() ([]byte, error)
	model   func(before []byte) ([]byte, *pb.FitReport, error)
}

// session is the engine of a plugin with the author's types.
type session[C, R, S, M any] struct {
	p       *Population[C, R, S, M]
	run     Run
	cfg     C
	layout  *layout
	tags    []*pb.TagDefinition
	reasons []*pb.ReasonDefinition
	id      string
}

// checkEvery is after how many customers a stream looks whether it was cancelled.
const checkEvery = 64

func (s *session[C, R, S, M]) classify(model []byte, explain bool) (classifyStream, error) {
	var m M
	if s.p.alone == nil {
		if model == nil {
			return nil, status.Error(codes.InvalidArgument, "there is no model")
		}
		var err error
		if m, err = decodeState[M](model); err != nil {
			return nil, status.Errorf(codes.InvalidArgument, "the model cannot be read: %v", err)
		}
	}
	run := s.run
	run.Explain = explain
	b := &batch[R]{layout: s.layout}
	a := newAnswer(s.tags, s.reasons, explain)
	return func(ctx context.Context, msg *pb.CustomerBatch) (*pb.ClassifyResponse, error) {
		if err := b.load(msg); err != nil {
			return nil, status.Error(codes.InvalidArgument, err.Error())
		}
		var v Verdict
		for i := range b.rows {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return nil, status.FromContextError(ctx.Err()).Err()
			}
			if s.p.alone != nil {
				v = s.p.alone(run, s.cfg, b.rows[i])
			} else {
				v = s.p.Classify(run, s.cfg, m, b.rows[i])
			}
			if err := a.add(i, &v); err != nil {
				return nil, status.Errorf(codes.Internal, "the plugin is wrong: %v", err)
			}
		}
		return a.response(msg.GetSequence()), nil
	}, nil
}

func (s *session[C, R, S, M]) summarize(pass int, model []byte) (summarizeStream, error) {
	if s.p.Add == nil {
		return summarizeStream{}, status.Error(codes.Unimplemented, "this plugin judges each customer alone")
	}
	var m M
	if pass > 0 {
		if model == nil {
			return summarizeStream{}, status.Error(codes.InvalidArgument, "the model of the pass before is missing")
		}
		var err error
		if m, err = decodeState[M](model); err != nil {
			return summarizeStream{}, status.Errorf(codes.InvalidArgument, "the model cannot be read: %v", err)
		}
	}
	var sum S
	b := &batch[R]{layout: s.layout}
	return summarizeStream{
		add: func(ctx context.Context, msg *pb.CustomerBatch) error {
			if err := b.load(msg); err != nil {
				return status.Error(codes.InvalidArgument, err.Error())
			}
			for i := range b.rows {
				if i%checkEvery == 0 && ctx.Err() != nil {
					return status.FromContextError(ctx.Err()).Err()
				}
				s.p.Add(s.run, s.cfg, m, &sum, b.rows[i])
			}
			return nil
		},
		finish: func() ([]byte, error) { return encodeState(&sum) },
	}, nil
}

func (s *session[C, R, S, M]) merge(pass int) mergeStream {
	var sum S
	return mergeStream{
		add: func(summary []byte) error {
			if s.p.Merge == nil {
				return status.Error(codes.Unimplemented, "this plugin judges each customer alone")
			}
			other, err := decodeState[S](summary)
			if err != nil {
				return status.Errorf(codes.InvalidArgument, "a summary cannot be read: %v", err)
			}
			s.p.Merge(&sum, other)
			return nil
		},
		summary: func() ([]byte, error) { return encodeState(&sum) },
		model:   func(before []byte) ([]byte, *pb.FitReport, error) { return s.fit(pass, before, sum) },
	}
}

func (s *session[C, R, S, M]) fit(pass int, before []byte, sum S) (model []byte, _ *pb.FitReport, err error) {
	var m M
	var report Report
	switch {
	case s.p.Fit != nil:
		m, report, err = s.p.Fit(s.run, s.cfg, pass, sum)
	case s.p.FitAfter != nil:
		var last M
		if before != nil {
			// A model of an earlier fit that cannot be read is as good as none: it only keeps names.
			if last, err = decodeState[M](before); err != nil && pass > 0 {
				return nil, nil, status.Errorf(codes.InvalidArgument, "the model cannot be read: %v", err)
			} else if err != nil {
				last = *new(M)
			}
		}
		m, report, err = s.p.FitAfter(s.run, s.cfg, pass, last, sum)
	default:
		return nil, nil, status.Error(codes.Unimplemented, "this plugin judges each customer alone")
	}
	if err != nil {
		return nil, nil, status.Errorf(codes.FailedPrecondition, "the fit failed: %v", err)
	}
	if report.Customers < 0 {
		return nil, nil, errors.New("the fit reports a negative number of customers")
	}
	if model, err = encodeState(&m); err != nil {
		return nil, nil, fmt.Errorf("the model cannot be written: %w", err)
	}
	return model, &pb.FitReport{Customers: uint64(report.Customers), AnotherPass: report.AnotherPass,
		Diagnostics: report.Diagnostics.proto(), Metrics: report.Metrics, Tags: tagsProto(report.Tags, s.id)}, nil
}
