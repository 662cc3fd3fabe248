package sdktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

var summaryCases = []testCase{
	{"summaries/partitions", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, model []byte) error {
			_, want, err := s.fit(ctx, w, parts(w.table.all(), 1))
			if err != nil {
				return err
			}
			for _, n := range []int{2, 7} {
				other, report, err := s.fit(ctx, w, parts(shuffled(w.table.all()), n))
				if err != nil {
					return fmt.Errorf("in %d parts: %w", n, err)
				}
				if !bytes.Equal(model, other) {
					return fmt.Errorf("in %d parts the model has other bytes", n)
				}
				if !proto.Equal(want, report) {
					return fmt.Errorf("in %d parts the report is another", n)
				}
			}
			return nil
		})
	}},
	{"summaries/merge tree", func(ctx context.Context, s *suite) error {
		return s.eachSummaries(ctx, 5, func(w *working, whole []byte, some [][]byte) error {
			left, err := s.merged(ctx, w, some[4], some[2])
			if err != nil {
				return err
			}
			right, err := s.merged(ctx, w, some[0], some[3], some[1])
			if err != nil {
				return err
			}
			both, err := s.merged(ctx, w, right, left)
			if err != nil {
				return err
			}
			if !bytes.Equal(both, whole) {
				return errors.New("summaries of parts merge to other bytes than the whole")
			}
			return nil
		})
	}},
	{"summaries/order", func(ctx context.Context, s *suite) error {
		return s.eachSummaries(ctx, 1, func(w *working, whole []byte, _ [][]byte) error {
			other, err := s.summary(ctx, w, shuffled(w.table.all()), 13)
			if err != nil {
				return err
			}
			if !bytes.Equal(other, whole) {
				return errors.New("in another order the summary has other bytes")
			}
			return nil
		})
	}},
	{"summaries/neutral", func(ctx context.Context, s *suite) error {
		return s.eachSummaries(ctx, 1, func(w *working, whole []byte, _ [][]byte) error {
			empty, err := s.summary(ctx, w, nil, 50)
			if err != nil {
				return err
			}
			for _, list := range [][][]byte{{whole}, {whole, empty}, {empty, whole, empty}} {
				other, err := s.merged(ctx, w, list...)
				if err != nil {
					return err
				}
				if !bytes.Equal(other, whole) {
					return errors.New("an empty summary is not neutral")
				}
			}
			return nil
		})
	}},
	{"summaries/small populations", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, _ []byte) error {
			for n := range 3 {
				rows := w.table.all()[:n]
				model, _, err := s.fit(ctx, w, [][]int{rows})
				if err != nil {
					return fmt.Errorf("with %d customers: %w", n, err)
				}
				if _, _, err := s.classify(ctx, w, model, true, w.table.all(), 50); err != nil {
					return fmt.Errorf("with a model of %d customers: %w", n, err)
				}
			}
			return nil
		})
	}},
	{"summaries/after a fit", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, model []byte) error {
			batches, err := w.table.split(w.table.all(), 50)
			if err != nil {
				return err
			}
			again, _, err := s.wire.fit(ctx, w.name, int(s.manifest.GetLimits().GetMaxPasses()), model, [][]*pb.CustomerBatch{batches})
			if err != nil {
				return err
			}
			want, _, err := s.classify(ctx, w, model, false, w.table.all(), 50)
			if err != nil {
				return err
			}
			got, _, err := s.classify(ctx, w, again, false, w.table.all(), 50)
			if err != nil {
				return err
			}
			return sameResults(want, got, "fitted again to the same customers, with the model before at hand")
		})
	}},
	{"summaries/damaged", func(ctx context.Context, s *suite) error {
		return s.eachSummaries(ctx, 1, func(w *working, whole []byte, _ [][]byte) error {
			if _, err := s.merged(ctx, w, append([]byte("\xff\xfe\x00damaged"), whole...)); err == nil {
				return errors.New("a damaged summary is merged")
			}
			return nil
		})
	}},
	{"summaries/no model", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, _ []byte) error {
			b, err := w.table.batch(0, w.table.all()[:2])
			if err != nil {
				return err
			}
			if err := s.wire.classify(ctx, w.name, nil, true, one(b), accept(w)); err == nil {
				return errors.New("customers are classified without a model")
			}
			return nil
		})
	}},
	{"summaries/size", func(ctx context.Context, s *suite) error {
		limit := int(s.manifest.GetLimits().GetSummaryBytes())
		if limit == 0 {
			limit = protocol.SummaryBytes
		}
		return s.eachSummaries(ctx, 1, func(_ *working, whole []byte, _ [][]byte) error {
			if len(whole) > limit {
				return fmt.Errorf("the summary has %d bytes, the manifest says %d", len(whole), limit)
			}
			return nil
		})
	}},
}

var pointwiseCases = []testCase{
	{"pointwise/no fit", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, _ []byte) error {
			if _, err := s.wire.merge(ctx, w.name, 0, true, nil); err == nil {
				return errors.New("a plugin of scope CUSTOMER fits a model")
			}
			return nil
		})
	}},
}

func one(b *pb.CustomerBatch) []*pb.CustomerBatch { return []*pb.CustomerBatch{b} }

// accept only checks the form of an answer.
func accept(w *working) func(*pb.CustomerBatch, *pb.ClassifyResponse) error {
	return func(b *pb.CustomerBatch, a *pb.ClassifyResponse) error {
		_, err := w.rules.decode(b, a)
		return err
	}
}

// parts deals rows out to n parts; the last one is empty when there are several.
func parts(rows []int, n int) [][]int {
	list := make([][]int, n)
	for i, row := range rows {
		at := i % max(n-1, 1)
		list[at] = append(list[at], row)
	}
	return list
}

// summary folds rows into a summary of pass 0.
func (s *suite) summary(ctx context.Context, w *working, rows []int, size int) ([]byte, error) {
	batches, err := w.table.split(rows, size)
	if err != nil {
		return nil, err
	}
	return s.wire.summarize(ctx, w.name, 0, nil, batches)
}

func (s *suite) merged(ctx context.Context, w *working, summaries ...[]byte) ([]byte, error) {
	m, err := s.wire.merge(ctx, w.name, 0, false, nil, summaries...)
	return m.summary, err
}

// eachSummaries gives a check the summary of the whole and those of n parts.
func (s *suite) eachSummaries(ctx context.Context, n int, check func(w *working, whole []byte, some [][]byte) error) error {
	return s.each(ctx, func(w *working, _ []byte) error {
		whole, err := s.summary(ctx, w, w.table.all(), 50)
		if err != nil {
			return err
		}
		var some [][]byte
		for _, part := range parts(shuffled(w.table.all()), n) {
			one, err := s.summary(ctx, w, part, 50)
			if err != nil {
				return err
			}
			some = append(some, one)
		}
		return check(w, whole, some)
	})
}
