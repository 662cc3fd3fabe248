package sdktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/taxonhq/taxon/sdk/protocol"
)

var classifyCases = []testCase{
	{"classify/declared", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, model []byte) error {
			results, _, err := s.classify(ctx, w, model, true, w.table.all(), 50)
			if err != nil {
				return err
			}
			for i, r := range results {
				if err := w.explained(r); err != nil {
					return fmt.Errorf("customer %d: %w", i, err)
				}
			}
			return nil
		})
	}},
	{"classify/order", func(ctx context.Context, s *suite) error {
		return s.compare(ctx, "in another order", func(w *working) ([]int, int, bool) { return shuffled(w.table.all()), 50, true })
	}},
	{"classify/split", func(ctx context.Context, s *suite) error {
		for _, size := range []int{1, 7, invented} {
			what := fmt.Sprintf("in batches of %d", size)
			if err := s.compare(ctx, what, func(w *working) ([]int, int, bool) { return w.table.all(), size, true }); err != nil {
				return err
			}
		}
		return nil
	}},
	{"classify/explain", func(ctx context.Context, s *suite) error {
		return s.compare(ctx, "without reasons", func(w *working) ([]int, int, bool) { return w.table.all(), 50, false })
	}},
	{"classify/repeat", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, model []byte) error {
			_, first, err := s.classify(ctx, w, model, true, w.table.all(), 50)
			if err != nil {
				return err
			}
			_, second, err := s.classify(ctx, w, model, true, w.table.all(), 50)
			if err != nil {
				return err
			}
			if !bytes.Equal(first, second) {
				return errors.New("the same customers were answered with other bytes")
			}
			return nil
		})
	}},
	{"classify/empty batch", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, model []byte) error {
			_, _, err := s.classify(ctx, w, model, true, nil, 50)
			if err != nil {
				return err
			}
			b, err := w.table.batch(0, nil)
			if err != nil {
				return err
			}
			return s.wire.classify(ctx, w.name, model, true, one(b), accept(w))
		})
	}},
	{"classify/malformed batch", func(ctx context.Context, s *suite) error {
		return s.each(ctx, func(w *working, model []byte) error {
			b, err := w.table.batch(0, w.table.all()[:3])
			if err != nil || len(b.GetColumns()) == 0 {
				return err
			}
			b.Columns = b.Columns[1:]
			if err := s.wire.classify(ctx, w.name, model, true, one(b), accept(w)); err == nil {
				return errors.New("a batch without its first column is answered")
			}
			return nil
		})
	}},
}

// explained wants a reason for every customer without a class.
func (w *working) explained(r Result) error {
	for _, t := range w.rules.tags {
		if len(t.GetOptions()) > 0 && r.Tags[t.GetKey()] == protocol.Unclassified && len(r.Reasons) == 0 {
			return errors.New("unclassified without a reason")
		}
	}
	return nil
}

// compare classifies the customers twice, plainly and in another way, and wants the same tags; reasons too,
// when the other way asks for them.
func (s *suite) compare(ctx context.Context, what string, way func(*working) (rows []int, size int, explain bool)) error {
	return s.each(ctx, func(w *working, model []byte) error {
		plain, _, err := s.classify(ctx, w, model, true, w.table.all(), 50)
		if err != nil {
			return err
		}
		rows, size, explain := way(w)
		other, _, err := s.classify(ctx, w, model, explain, rows, size)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !explain {
			for i, r := range plain {
				plain[i] = Result{Tags: r.Tags, Problem: r.Problem}
			}
			for i, r := range other {
				other[i] = Result{Tags: r.Tags, Problem: r.Problem}
			}
		}
		return sameResults(plain, other, what)
	})
}
