package client

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	"github.com/taxonhq/taxon/sdk/protocol"
)

// errStalled is why a call ends whose plugin gives no sign of life.
var errStalled = errors.New("no progress")

// patience ends a call without messages in between when it takes longer than Options.Progress. It is no
// deadline: gRPC would tell the plugin of that, whose "deadline exceeded" may arrive before the time is up here
// and would pass for its own failure.
func (c *Client) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(c.options.Progress, func() { cancel(errStalled) })
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}

// stream is one call. Two goroutines move its messages, so that neither direction can wait for the other
// (a plugin whose answer nobody reads stops reading); the caller's goroutine does everything else.
type stream[Q, A any] struct {
	client *Client
	doing  string // for messages: "classifying"
	ctx    context.Context
	cancel context.CancelCauseFunc
	out    chan *Q
	in     chan received[A]
	broken chan struct{} // closed when nothing can be sent any more; in has the reason
	closed bool          // out is closed
}

type received[A any] struct {
	answer *A
	err    error
}

func open[Q, A any](ctx context.Context, c *Client, doing string, call func(context.Context, ...grpc.CallOption) (grpc.BidiStreamingClient[Q, A], error)) (*stream[Q, A], error) {
	ctx, cancel := context.WithCancelCause(ctx)
	wire, err := call(ctx)
	if err != nil {
		err = c.failed(ctx, doing, err)
		cancel(nil)
		return nil, err
	}
	s := &stream[Q, A]{client: c, doing: doing, ctx: ctx, cancel: cancel,
		out: make(chan *Q, protocol.Credit), in: make(chan received[A], protocol.Credit), broken: make(chan struct{})}
	go s.sending(wire)
	go s.receiving(wire)
	return s, nil
}

func (s *stream[Q, A]) sending(wire grpc.BidiStreamingClient[Q, A]) {
	for {
		select {
		case m, more := <-s.out:
			if !more {
				_ = wire.CloseSend() // a failure is seen by the receiver
				return
			}
			if wire.Send(m) != nil {
				close(s.broken)
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *stream[Q, A]) receiving(wire grpc.BidiStreamingClient[Q, A]) {
	for {
		answer, err := wire.Recv()
		select {
		case s.in <- received[A]{answer, err}:
		case <-s.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// put hands over a message to be sent.
func (s *stream[Q, A]) put(m *Q) error {
	select {
	case s.out <- m:
		return nil
	default:
	}
	timer := time.NewTimer(s.client.options.Progress)
	defer timer.Stop()
	select {
	case s.out <- m:
		return nil
	case <-s.broken:
		// The answers before the end do not matter any more.
		for {
			if _, err := s.get(s.client.options.Progress); err != nil {
				return err
			}
		}
	case <-timer.C:
		s.cancel(errStalled)
	case <-s.ctx.Done():
	}
	return s.client.failed(s.ctx, s.doing, s.ctx.Err())
}

// finish says that nothing more will be sent.
func (s *stream[Q, A]) finish() {
	close(s.out)
	s.closed = true
}

// ready reports whether an answer is there.
func (s *stream[Q, A]) ready() bool { return len(s.in) > 0 }

// get waits for the next answer, at most that long. The end of the stream is an error.
func (s *stream[Q, A]) get(wait time.Duration) (*A, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var err error
	select {
	case r := <-s.in:
		if r.err == nil {
			return r.answer, nil
		}
		err = r.err
	case <-timer.C:
		s.cancel(errStalled)
		err = errStalled
	case <-s.ctx.Done():
		err = s.ctx.Err()
	}
	if err == io.EOF {
		return nil, s.client.violation("it ends the answer to %s before everything is answered", s.doing)
	}
	return nil, s.client.failed(s.ctx, s.doing, err)
}

// end waits for the end of the answers.
func (s *stream[Q, A]) end() error {
	if !s.closed {
		s.finish()
	}
	timer := time.NewTimer(s.client.options.Progress)
	defer timer.Stop()
	var err error
	select {
	case r := <-s.in:
		if r.err == io.EOF {
			return nil
		}
		if r.err == nil {
			return s.client.violation("it answers more than it was asked while %s", s.doing)
		}
		err = r.err
	case <-timer.C:
		s.cancel(errStalled)
		err = errStalled
	case <-s.ctx.Done():
		err = s.ctx.Err()
	}
	return s.client.failed(s.ctx, s.doing, err)
}

// close ends the call, also in the middle.
func (s *stream[Q, A]) close() { s.cancel(nil) }
