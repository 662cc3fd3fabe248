package classify

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
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
	refit  *refit // nil: the stored model is all there is
	probes int
	measured
}

// measured are a customer's values by read.
type measured struct {
	base  []crm.Value   // missing for lists
	items [][]crm.Value // of lists
	whys  []string      // why there is no value
	size  int           // of the customer on the wire
}

// spot is a value of the customer: a read, or one item of a read that is a list.
type spot struct {
	read int
	item int // -1: not of a list
}

func whole(read int) spot { return spot{read, -1} }

// probe is a question: some values are others, or all of them.
type probe struct {
	values map[spot]crm.Value
	all    *measured
}

// one is the question about one other value.
func one(at spot, v crm.Value) probe { return probe{values: map[spot]crm.Value{at: v}} }

// of are the values that a probe's own ones stand in.
func (p *prober) of(q probe) *measured {
	if q.all != nil {
		return q.all
	}
	return &p.measured
}

// verdict is the answer: the main tag, "" for none, and why.
type verdict struct {
	class   string
	reasons []byte
}

// ask answers probes in order, with the stored model.
func (p *prober) ask(probes []probe) ([]verdict, error) {
	return p.askWith(p.t.model.Bytes, probes)
}

// askWith answers probes with a model. A customer without a required read is unclassified without being asked about, as
// ever.
func (p *prober) askWith(model []byte, probes []probe) ([]verdict, error) {
	out := make([]verdict, len(probes))
	probes = slices.Clone(probes)
	var asked []int
	for i, q := range probes {
		probes[i] = p.complete(q)
	}
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
	if err := plugin.Classify(p.ctx, p.t.setup.Instance, model, true, next, each); err != nil {
		p.r.leave(p.t.Plugin)
		return nil, err
	}
	return out, nil
}

// lacks is the first required read that a probe has no value for.
func (p *prober) lacks(q probe) *read {
	for i := range p.t.reads {
		rd := &p.t.reads[i]
		v, changed := q.values[whole(i)]
		if !rd.required || changed && !v.Missing() {
			continue
		}
		if changed || p.of(q).whys[i] != "" {
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
			v, changed := probes[i].values[whole(at)]
			switch m := p.of(probes[i]); {
			case changed:
				appendTo(b, v)
			case !rd.column.List:
				appendTo(b, m.base[at])
			case m.whys[at] != "":
				b.Missing()
			default:
				p.list(b, probes[i], at)
			}
		}
		m.Columns = append(m.Columns, b.Column())
	}
	return m, nil
}

// list adds a list of which a probe may change items.
func (p *prober) list(b *column.Builder, q probe, at int) {
	for k, item := range p.of(q).items[at] {
		if v, changed := q.values[spot{at, k}]; changed {
			item = v
		}
		if item.Missing() {
			b.MissingItem()
		} else {
			appendTo(b, item)
		}
	}
	b.EndList()
}

// value is what the customer has at a spot.
func (p *prober) value(at spot) crm.Value {
	if at.item < 0 {
		return p.base[at.read]
	}
	return p.items[at.read][at.item]
}

// path is a spot as a person names it: the read, and the number of an item from 1 on.
func (p *prober) path(at spot) string {
	path := p.t.configured.Reads[at.read].GetPath()
	if at.item < 0 {
		return path
	}
	return path + "[" + strconv.Itoa(at.item+1) + "]"
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

// measuredOf reads a customer's values, as they are now or days later without anything new.
func (r *runner) measuredOf(t *task, c *store.Customer, quiet int, rows map[string]store.TagRow) *measured {
	var columns []*measure.Column
	for _, rd := range t.reads {
		columns = append(columns, rd.column)
	}
	plan := measure.Compile(columns, measure.Setting{AsOf: r.AsOf, Zone: r.Zone, Subject: r.Mirror.Subject(), Currency: r.Currency, Quiet: quiet})
	e := plan.Evaluator(r.Rates)
	e.Measure(c)
	m := &measured{}
	for i, rd := range t.reads {
		x := r.explainRead(t.configured.Reads[i], rd, plan, e, rows)
		if rd.withheld {
			x.Missing = "not_granted"
		}
		m.base, m.items, m.whys = append(m.base, x.Value), append(m.items, x.Items), append(m.whys, x.Missing)
		m.size += protocol.KeyBytes + len(x.Value.Text())
		for _, item := range x.Items {
			m.size += protocol.KeyBytes + len(item.Text())
		}
	}
	return m
}
