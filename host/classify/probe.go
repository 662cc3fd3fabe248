package classify

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// prober asks a task's plugin what it would say of one customer with other values. It stores nothing: the model is
// the stored one, and the answers are the plugin's own, before any rule of stability.
type prober struct {
	ctx    context.Context
	r      *runner
	t      *task
	plan   *measure.Plan
	at     *measure.Evaluator // holds the customer
	base   []crm.Value        // by read; missing for lists
	whys   []string           // by read: why there is no value
	size   int                // of the customer on the wire
	probes int
}

// probe is a question: some values are others.
type probe map[int]crm.Value

// verdict is the answer: the main tag, "" for none, and why.
type verdict struct {
	class   string
	reasons []byte
}

// ask answers probes in order. A customer without a required read is unclassified without being asked about, as ever.
func (p *prober) ask(probes []probe) ([]verdict, error) {
	out := make([]verdict, len(probes))
	var asked []int
	for i, q := range probes {
		if read := p.lacks(q); read != nil {
			out[i] = verdict{protocol.Unclassified, hostReason(lackCode(read.column, measure.Absent), "what", read.column.Canonical)}
			continue
		}
		asked = append(asked, i)
	}
	if len(asked) == 0 {
		return out, nil
	}
	plugin, err := p.r.plugin(p.ctx, p.t)
	if err != nil {
		return nil, err
	}
	p.probes += len(asked)
	most := max(1, min(protocol.BatchCustomers, protocol.BatchBytes/max(1, p.size)))
	rest, flight := asked, [][]int{}
	next := func() (*pb.CustomerBatch, error) {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		some := rest[:min(most, len(rest))]
		rest = rest[len(some):]
		flight = append(flight, some)
		return p.batch(probes, some)
	}
	each := func(_ *pb.CustomerBatch, response *pb.ClassifyResponse) error {
		some := flight[0]
		flight = flight[1:]
		return p.take(response, some, out)
	}
	p.r.called(p.t)
	return out, p.plugin(plugin.Classify(p.ctx, p.t.setup.Instance, p.t.model.Bytes, true, next, each))
}

// plugin gives a failed plugin back.
func (p *prober) plugin(err error) error {
	if err != nil {
		p.r.leave(p.t.Plugin)
	}
	return err
}

// lacks is the first required read that a probe has no value for.
func (p *prober) lacks(q probe) *read {
	for i := range p.t.reads {
		rd := &p.t.reads[i]
		v, changed := q[i]
		if !rd.required || changed && !v.Missing() {
			continue
		}
		if changed || p.whys[i] != "" {
			return rd
		}
	}
	return nil
}

// batch is the customer as often as there are probes, each time with that one's values.
func (p *prober) batch(probes []probe, some []int) (*pb.CustomerBatch, error) {
	m := &pb.CustomerBatch{}
	for _, i := range some {
		// Keys differ, and are nobody's.
		sum := sha256.Sum256(binary.LittleEndian.AppendUint64(append([]byte("what if "), p.r.KeySecret...), uint64(p.probes+i)))
		m.Keys = append(m.Keys, sum[:protocol.KeyBytes]...)
	}
	for at, rd := range p.t.reads {
		b := column.NewBuilder(pb.ValueType(rd.column.Type), rd.column.List)
		for _, i := range some {
			v, changed := probes[i][at]
			switch {
			case changed:
				appendTo(b, v)
			case rd.column.List && !rd.withheld:
				p.at.Append(p.plan.Index(rd.column), b)
			default:
				appendTo(b, p.base[at])
			}
		}
		m.Columns = append(m.Columns, b.Column())
	}
	return m, nil
}

// take reads an answer.
func (p *prober) take(response *pb.ClassifyResponse, some []int, out []verdict) error {
	reasons, err := reasonsOf(p.t.manifest, response, len(some), p.r.Currency)
	if err != nil {
		return err
	}
	for i, tag := range p.t.effTags {
		if tag.GetKey() != p.t.main {
			continue
		}
		var main column.Reader
		if err := main.Reset(response.GetTags()[i], tag.GetType(), false, len(some)); err != nil {
			return err
		}
		for k, at := range some {
			out[at] = verdict{valueOf(&main, k, p.r.Currency).String(), reasons[k]}
		}
	}
	for _, problem := range response.GetProblems() {
		out[some[problem.GetCustomer()]].reasons = hostReason(reasonProblem, "code", problem.GetCode())
	}
	return nil
}

// newProber reads the customer's values.
func (r *runner) newProber(ctx context.Context, t *task, x *ExplainedClassifier, plan *measure.Plan, e *measure.Evaluator) *prober {
	p := &prober{ctx: ctx, r: r, t: t, plan: plan, at: e}
	for i, rd := range t.reads {
		v, why := x.Reads[i].Value, x.Reads[i].Missing
		if rd.withheld {
			why = "not_granted"
		}
		p.base, p.whys = append(p.base, v), append(p.whys, why)
		p.size += protocol.KeyBytes + len(v.Text())
		for _, item := range x.Reads[i].Items {
			p.size += protocol.KeyBytes + len(item.Text())
		}
	}
	return p
}
