package connector

import (
	"context"

	"github.com/taxonhq/taxon/host/crm"
)

// secondTry are the records of a write that the CRM could not write just then, most often because another transaction held
// them. They are written once more when all others are, in small batches, one after the other: records of one batch, or of two
// that are under way at once, may be in each other's way. What fails again is left to the next run.
type secondTry struct {
	// possible: no record is written twice, whose order would have to be kept, and no version that was read before is lost by then.
	possible bool
	writes   []Write
	outcomes []Outcome // of the first try
}

// hold takes such records out of the outcomes of a batch.
func (s *secondTry) hold(batch []Write, outcomes []Outcome) (told []Outcome) {
	if !s.possible {
		return outcomes
	}
	byID := map[string]Write{}
	for _, o := range outcomes {
		if !o.Transient || o.Error == nil || o.Error.Code != crm.CodeRecord { // what is not known, or was too much, is no matter of records
			told = append(told, o)
			continue
		}
		if len(byID) == 0 {
			for _, write := range batch {
				byID[write.ID] = write
			}
		}
		s.writes, s.outcomes = append(s.writes, byID[o.ID]), append(s.outcomes, o)
	}
	return told
}

// worth reports whether a second try is one: where it is many records, the account is busy, and will be for a while.
func (s *secondTry) worth(all, batch int) bool {
	return len(s.writes) > 0 && len(s.writes) <= max(batch, all/10)
}

// tell tells the outcomes of the first try.
func (s *secondTry) tell(done func([]Outcome) error) error {
	if len(s.outcomes) == 0 {
		return nil
	}
	return done(s.outcomes)
}

// tryAgain writes once more what is held.
func (w *writer) tryAgain(ctx context.Context, s *secondTry, done func([]Outcome) error) error {
	w.job, w.together, w.small = nil, false, max(1, w.spec.Batch/10)
	first := map[string]Outcome{}
	for _, o := range s.outcomes {
		first[o.ID] = o
	}
	batches, _ := w.batches(s.writes)
	var failure error
	for _, batch := range batches {
		var outcomes []Outcome
		if failure == nil {
			outcomes, failure = w.settle(ctx, batch)
		}
		for _, o := range outcomes {
			delete(first, o.ID)
		}
		for _, write := range batch { // what was not sent any more stands as it stood
			if o, left := first[write.ID]; left {
				outcomes = append(outcomes, o)
			}
		}
		if err := done(outcomes); failure == nil {
			failure = err
		}
	}
	return failure
}
