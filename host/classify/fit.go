package classify

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// fitModel summarises all customers that lack nothing, merges, and keeps the model for this task. It is
// stored with the tags, when everybody has been classified with it.
func (r *runner) fitModel(ctx context.Context, t *task) error {
	p, err := r.plugin(ctx, t)
	if err != nil {
		return err
	}
	passes := max(1, int(t.manifest.GetLimits().GetMaxPasses()))
	var model []byte
	for pass := range passes {
		summary, err := r.summarize(ctx, t, p, uint32(pass), model, r.blocks)
		if err != nil {
			return err
		}
		r.called(t)
		before := model
		if pass == 0 {
			before = r.lastModel(t)
		}
		merged, err := p.Merge(ctx, t.setup.Instance, uint32(pass), true, before, [][]byte{summary})
		if err != nil {
			return err
		}
		if model = merged.Model; !merged.Report.GetAnotherPass() {
			return t.fitted(r, merged)
		}
	}
	return &crm.Error{Code: crm.CodeProtocol, Message: fmt.Sprintf("the plugin %s wants more than the %d passes that its manifest declares", t.manifest.GetId(), passes),
		Suggestion: "report it to the plugin's author"}
}

// lastModel is what a plugin that asks for it sees of the last fit, so that names stay; never of a later day.
func (r *runner) lastModel(t *task) []byte {
	if !t.hasModel || !slices.Contains(t.manifest.GetFeatures(), protocol.LastModel) || t.model.StateVersion != t.manifest.GetStateVersion() || t.model.AsOf > r.AsOf {
		return nil
	}
	return t.model.Bytes
}

// summarize folds the customers of some blocks.
func (r *runner) summarize(ctx context.Context, t *task, p client.Plugin, pass uint32, model []byte, blocks []*block) ([]byte, error) {
	var queue []batch
	var ours error
	sequence, done := uint64(0), 0
	next := func() (*pb.CustomerBatch, error) {
		for len(queue) == 0 {
			if len(blocks) == 0 {
				return nil, io.EOF
			}
			v, err := r.look(t, blocks[0])
			if err != nil {
				ours = host(err)
				return nil, ours
			}
			done += blocks[0].n
			blocks = blocks[1:]
			queue, _ = v.cut(v.complete())
			r.progress("fit", t.Name, done, r.result.Customers)
		}
		m := queue[0].message
		queue = queue[1:]
		m.Sequence = sequence
		sequence++
		return m, nil
	}
	r.called(t)
	summary, err := p.Summarize(ctx, t.setup.Instance, pass, model, next)
	if ours != nil {
		return nil, ours
	}
	return summary, err
}

// fitted keeps a new model, and the tags that the fit may have added options to.
func (t *task) fitted(r *runner, merged client.Merged) error {
	for _, d := range merged.Report.GetDiagnostics() {
		if d.GetSeverity() != pb.Severity_SEVERITY_WARNING {
			e := diagnosed(t, d)
			return &e
		}
	}
	report, err := protojson.Marshal(merged.Report)
	if err != nil {
		return err
	}
	t.withFitted(merged.Report.GetTags())
	tags, err := json.Marshal(client.Configured{Tags: merged.Report.GetTags()})
	if err != nil {
		return err
	}
	t.model = store.Model{Classifier: t.Name, Key: t.key.Reads, AsOf: r.AsOf, Plugin: t.out.Hash, Config: t.config, StateVersion: t.manifest.GetStateVersion(),
		Bytes: merged.Model, Customers: merged.Report.GetCustomers(), Tags: tags, Report: report, Run: r.RunID}
	t.out.Fitted, t.out.Report = true, t.model.Report
	return nil
}
