package classify

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// mostRefits is how many models of one classifier are made with another value of the customer, mostRefitted how many
// customers are in them together.
const (
	mostRefits   = 400
	mostRefitted = 1 << 20
)

// refit makes models anew with other values of the customer: where each run makes a new model, a class that only the
// stored one gives is none that would stay. The customer counts among those that it is compared with.
type refit struct {
	others  []*pb.CustomerBatch // everybody else who lacks nothing
	summary []byte              // of them, once it is made
	n       int
	made    int
	unfit   bool // it does not agree with the stored model about the values of now, so it says nothing
}

// refittable reports whether the next day's run makes a new model of a task, in one pass and with the same options.
func (r *runner) refittable(t *task) bool {
	if t.failed() || t.manifest.GetScope() != pb.Scope_SCOPE_POPULATION || !t.usable || t.manifest.GetLimits().GetMaxPasses() > 1 || !due(t.Refit, r.AsOf+1, t.model.AsOf) {
		return false
	}
	var kept client.Configured
	return json.Unmarshal(t.model.Tags, &kept) == nil && len(kept.Tags) == 0
}

// refits reads everybody but the customer, for the tasks whose models are made anew. Of more customers than learn looks
// at, none: there one customer moves next to nothing.
func (r *runner) refits(ctx context.Context, customer string, plan *measure.Plan) (map[*task]*refit, error) {
	out := map[*task]*refit{}
	packs := map[*task]*pack{}
	upstream := map[string]map[string]store.TagRow{}
	for _, t := range r.tasks {
		if !r.refittable(t) {
			continue
		}
		out[t], packs[t] = &refit{}, newPack(t)
		for _, name := range t.needs {
			if _, done := upstream[name]; done {
				continue
			}
			rows := map[string]store.TagRow{}
			if err := r.Mirror.Tags(ctx, name, func(row *store.TagRow) error {
				rows[row.Customer] = *row
				return nil
			}); err != nil {
				return nil, err
			}
			upstream[name] = rows
		}
	}
	if len(out) == 0 {
		return out, nil
	}
	set, err := r.allSet(ctx, upstream)
	if err != nil {
		return nil, err
	}
	e := plan.Evaluator(r.Rates)
	seen := 0
	err = r.Mirror.Customers(ctx, "", func(c *store.Customer) error {
		if seen++; seen > sampled {
			return errEnough
		}
		if c.ID == customer {
			return ctx.Err()
		}
		e.Measure(c)
		rows := map[string]store.TagRow{}
		for name, all := range upstream {
			if row, ok := all[c.ID]; ok {
				rows[name] = r.task(name).over(row, set[name])
			}
		}
		for t, p := range packs {
			if err := p.add(r, c.ID, plan, e, rows); err != nil {
				return err
			}
			out[t].n = seen
			if p.full() {
				out[t].others = append(out[t].others, p.batch())
			}
		}
		return ctx.Err()
	})
	if errors.Is(err, errEnough) {
		return map[*task]*refit{}, nil
	}
	for t, p := range packs {
		if p.n > 0 {
			out[t].others = append(out[t].others, p.batch())
		}
	}
	return out, err
}

// allSet is what people set in place of classifiers' tags.
func (r *runner) allSet(ctx context.Context, classifiers map[string]map[string]store.TagRow) (map[string]people, error) {
	out := map[string]people{}
	for name := range classifiers {
		var err error
		if out[name], err = r.peopleOf(ctx, name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pack makes batches of customers for a task.
type pack struct {
	t        *task
	builders []*column.Builder
	keys     []byte
	n        int
}

func newPack(t *task) *pack {
	p := &pack{t: t}
	p.renew()
	return p
}

func (p *pack) renew() {
	p.builders, p.keys, p.n = nil, nil, 0
	for _, rd := range p.t.reads {
		p.builders = append(p.builders, column.NewBuilder(pb.ValueType(rd.column.Type), rd.column.List))
	}
}

// add appends a customer that lacks nothing.
func (p *pack) add(r *runner, id string, plan *measure.Plan, e *measure.Evaluator, rows map[string]store.TagRow) error {
	tags := make([]crm.Value, len(p.t.reads))
	for i, rd := range p.t.reads {
		missing := !rd.withheld && rd.column.Form != measure.TagForm && e.Why(plan.Index(rd.column)) != measure.Known
		if rd.column.Form == measure.TagForm {
			row := rows[rd.column.Classifier]
			var err error
			if tags[i], err = crm.ParseValue(rd.column.Type, row.Value(rd.column.Key), r.Currency); err != nil {
				return err
			}
			missing = tags[i].Missing()
		}
		if rd.required && missing {
			return nil
		}
	}
	for i, rd := range p.t.reads {
		switch b := p.builders[i]; {
		case rd.withheld:
			b.Missing()
		case rd.column.Form == measure.TagForm:
			appendTo(b, tags[i])
		default:
			e.Append(plan.Index(rd.column), b)
		}
	}
	sum := sha256.Sum256(append([]byte("what if of "+id+" "), r.KeySecret...))
	p.keys, p.n = append(p.keys, sum[:protocol.KeyBytes]...), p.n+1
	return nil
}

// full tells that no further customer may fit.
func (p *pack) full() bool {
	size := 0
	for _, b := range p.builders {
		size += b.Size()
	}
	return p.n == protocol.BatchCustomers || size > protocol.BatchBytes/2
}

func (p *pack) batch() *pb.CustomerBatch {
	m := &pb.CustomerBatch{Keys: p.keys}
	for _, b := range p.builders {
		m.Columns = append(m.Columns, b.Column())
	}
	p.renew()
	return m
}

// anew is the answer with a model that was made with the probe's values; ok is false where there is none.
func (p *prober) anew(q probe) (answer verdict, ok bool, err error) {
	f := p.refit
	if f == nil || f.unfit || f.made >= min(mostRefits, mostRefitted/(f.n+1)) {
		return answer, false, nil
	}
	f.made++
	plugin, err := p.r.plugin(p.ctx, p.t)
	if err != nil {
		return answer, false, err
	}
	summarize := func(batches []*pb.CustomerBatch) ([]byte, error) {
		sequence := uint64(0)
		p.r.called(p.t)
		return plugin.Summarize(p.ctx, p.t.setup.Instance, 0, nil, func() (*pb.CustomerBatch, error) {
			if sequence == uint64(len(batches)) {
				return nil, io.EOF
			}
			m := batches[sequence]
			m.Sequence = sequence
			sequence++
			return m, nil
		})
	}
	if f.summary == nil {
		if f.summary, err = summarize(f.others); err != nil {
			return answer, false, err
		}
		f.others = nil
	}
	summaries := [][]byte{f.summary}
	if p.lacks(q) == nil {
		m, err := p.batch([]probe{p.complete(q)}, []int{0})
		if err != nil {
			return answer, false, err
		}
		own, err := summarize([]*pb.CustomerBatch{m})
		if err != nil {
			return answer, false, err
		}
		summaries = append(summaries, own)
	}
	p.r.called(p.t)
	merged, err := plugin.Merge(p.ctx, p.t.setup.Instance, 0, true, p.r.lastModel(p.t), summaries)
	if err != nil {
		return answer, false, err
	}
	for _, d := range merged.Report.GetDiagnostics() {
		f.unfit = f.unfit || d.GetSeverity() != pb.Severity_SEVERITY_WARNING
	}
	if f.unfit = f.unfit || merged.Report.GetAnotherPass() || len(merged.Report.GetTags()) > 0; f.unfit {
		return answer, false, nil
	}
	answers, err := p.askWith(merged.Model, []probe{q})
	if err != nil {
		return answer, false, err
	}
	return answers[0], true, nil
}

// lasting finds the nearest point from one on at which the class lasts: it leads the same way with the stored model and
// with one made anew. Where none can be made, the stored one has to do. Further points of a trial in order lie outward, by
// growing steps, then inward again.
func (s *search) lasting(tr *trial, where heading, p point) (point, bool, error) {
	holds := func(p *point) (holds, told bool, err error) {
		answer, told, err := s.anew(s.question(tr, *p))
		if err != nil || !told {
			return false, false, err
		}
		p.class = answer.class
		return s.heading(answer.class) == where, true, nil
	}
	if s.refit == nil || s.refit.unfit || tr.event != nil && tr.event.Kind == NothingNew {
		return p, true, nil
	}
	ok, told, err := holds(&p)
	if ok || err != nil || !told || tr.axis == nil {
		return p, ok || !told, err
	}
	at := func(n int64) (point, bool, error) {
		next := point{steps: n, value: tr.axis.at(n)}
		answers, err := s.ask([]probe{s.question(tr, next)})
		if err != nil || s.heading(answers[0].class) != where {
			return next, false, err
		}
		ok, _, err := holds(&next)
		return next, ok, err
	}
	end := tr.axis.hi
	if p.steps < 0 {
		end = tr.axis.lo
	}
	inside := p.steps
	for width := int64(1); !ok; width *= 2 {
		if inside == end {
			return p, false, nil
		}
		n := end
		if abs64(end-p.steps) > width {
			n = p.steps + width*sign(p.steps)
		}
		next, found, err := at(n)
		if err != nil {
			return p, false, err
		}
		if ok = found; found {
			p = next
		} else {
			inside = n
		}
	}
	for abs64(p.steps-inside) > 1 {
		middle := inside + (p.steps-inside)/2
		next, found, err := at(middle)
		if err != nil {
			return p, false, err
		}
		if found {
			p = next
		} else {
			inside = middle
		}
	}
	return p, true, nil
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}
