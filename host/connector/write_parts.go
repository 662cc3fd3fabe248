package connector

import (
	"context"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// sendParts sends the requests of several records in one envelope. Each has its own answer; what the CRM did not come to,
// because it stopped at a failure, is sent again.
func (w *writer) sendParts(ctx context.Context, batch []Write, records []any, vars map[string]any) (outcomes []Outcome, err error) {
	for len(batch) > 0 {
		parts := make([]*transport.Call, len(batch))
		for i := range batch {
			vars["records"] = records[i : i+1]
			if parts[i], err = transport.Build(transport.Write, w.spec.Request, vars); err != nil {
				return outcomes, err
			}
		}
		vars["records"] = records
		envelope, err := transport.Build(transport.Write, w.spec.Envelope.Request, vars)
		if err != nil {
			return outcomes, err
		}
		var answered []Outcome
		err = w.c.client.DoParts(ctx, envelope, parts, func(answers []transport.Part) error {
			answered = make([]Outcome, len(answers))
			for i, part := range answers {
				answered[i] = w.ofPart(batch[i], part, vars)
			}
			return nil
		})
		outcomes = append(outcomes, answered...)
		if err != nil && len(outcomes) > 0 { // the rest is as unknown as a batch that was not answered
			return append(outcomes, unknown(batch[len(answered):])...), err
		}
		if err != nil {
			return nil, err
		}
		batch, records = batch[len(answered):], records[len(answered):]
	}
	return outcomes, nil
}

// sendTogether sends a batch as a whole: all records are written, or none of them, for reasons that only the requests of the
// envelope tell one by one. Then there are no outcomes, and no error.
func (w *writer) sendTogether(ctx context.Context, batch []Write, vars map[string]any) ([]Outcome, error) {
	err := w.c.call(ctx, transport.Write, w.spec.Together.Request, vars, func(*transport.Answer) error { return nil })
	switch transport.ClassOf(err) {
	case manifest.ThenSplit, manifest.ThenRecord, manifest.ThenNotFound, manifest.ThenConflict:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(batch))
	for i, write := range batch {
		outcomes[i].ID = write.ID
	}
	return outcomes, nil
}

// ofPart is the outcome that a part's answer tells.
func (w *writer) ofPart(write Write, part transport.Part, vars map[string]any) Outcome {
	out := Outcome{ID: write.ID}
	f := part.Failure
	if f == nil && (w.spec.Written == nil || part.Answer.Body == nil || holds(w.spec.Written, vars, part.Answer.Body)) {
		if part.Answer.Body != nil {
			out.UpdatedAt = w.stamp(part.Answer.Body)
		}
		return out
	}
	if f == nil {
		w.fail(&out, write, part.Answer.Body, vars)
		return out
	}
	switch f.Class {
	case manifest.ThenRetry, manifest.ThenRefresh, manifest.ThenPark:
		out.Transient = true
		out.Error = f.Err
	default:
		out.Error = w.refusal(write, codeFor(f), f.Code, f.Text)
	}
	return out
}

// unknown are the outcomes of records that may have been written: whoever asks again will see.
func unknown(batch []Write) []Outcome {
	outcomes := make([]Outcome, len(batch))
	for i, write := range batch {
		outcomes[i] = Outcome{ID: write.ID, Transient: true,
			Error: &crm.Error{Code: crm.CodeUnavailable, Message: "it is not known whether the CRM has written it"}}
	}
	return outcomes
}
