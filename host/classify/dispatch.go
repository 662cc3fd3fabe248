package classify

import (
	"context"
	"io"
	"slices"

	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// dispatch asks a task's plugin about the customers that have to be asked about, and spools what has to be saved.
func (r *runner) dispatch(ctx context.Context, t *task) error {
	d := &dispatcher{ctx: ctx, r: r, t: t, blocks: r.blocks, texts: map[string]string{}}
	t.rows, t.moves = nil, map[Move]int{}
	if t.everybody {
		t.totals = Totals{}
	}
	t.totals.make()
	for _, tag := range t.effTags {
		if tag.GetKey() == t.main {
			d.ladder = newLadder(tag.GetOptions(), t.Stability.Order)
		}
	}
	d.wanted = slices.ContainsFunc(r.tasks, func(other *task) bool { return slices.Contains(other.needs, t.Name) })
	var err error
	if d.wanted {
		if d.people, err = r.peopleOf(ctx, t.Name); err != nil {
			return host(err)
		}
	}
	first, err := d.next()
	if err == io.EOF {
		return nil // nobody has to be asked about, and no process is needed
	}
	if err != nil {
		return err
	}
	p, err := r.plugin(ctx, t)
	if err != nil {
		return err
	}
	next := func() (*pb.CustomerBatch, error) {
		if m := first; m != nil {
			first = nil
			return m, nil
		}
		return d.next()
	}
	r.called(t)
	return p.Classify(ctx, t.setup.Instance, t.model.Bytes, true, next, d.each)
}

// dispatcher walks the blocks for one task. The client calls next and each in turns, each in the order of next.
type dispatcher struct {
	ctx      context.Context
	r        *runner
	t        *task
	wanted   bool              // another task reads these tags
	people   people            // what people set in its place, when it is wanted
	ladder   *ladder           // order of the classes
	texts    map[string]string // values seen, so that equal ones share memory
	finished int               // customers
	blocks   []*block          // not looked at yet
	queue    []batch           // to be sent
	flight   []batch           // sent, in order
}

// pending is a block whose customers are being classified.
type pending struct {
	view      *view
	ids       []string
	sequences []int64
	prints    []fingerprint
	old       []*store.TagRow // by customer; nil: none
	answers   []answer        // by customer
	left      int             // batches that are not answered
}

// answer is what is known of one customer.
type answer struct {
	kind    answerKind
	tags    []column.Reader // of the response
	at      int             // place in it
	reasons []byte
	code    string // of a problem
	message string
}

type answerKind uint8

const (
	kept     answerKind = iota // not asked about: nothing changed
	lacking                    // not asked about: a required read is missing
	tooLarge                   // not asked about: more than a message may hold
	tagged
	problem
)

// next is the next batch to send.
func (d *dispatcher) next() (*pb.CustomerBatch, error) {
	for len(d.queue) == 0 {
		if len(d.blocks) == 0 {
			return nil, io.EOF
		}
		b := d.blocks[0]
		d.blocks = d.blocks[1:]
		if err := d.open(b); err != nil {
			return nil, host(err)
		}
	}
	next := d.queue[0]
	d.queue = d.queue[1:]
	d.flight = append(d.flight, next)
	d.t.out.Sent += len(next.indices)
	return next.message, nil
}

// open decides who of a block is asked about.
func (d *dispatcher) open(b *block) error {
	v, err := d.r.look(d.t, b)
	if err != nil {
		return err
	}
	p := &pending{view: v, prints: v.prints(), old: make([]*store.TagRow, b.n), answers: make([]answer, b.n)}
	if p.ids, err = d.r.idsOf(b); err != nil {
		return err
	}
	if p.sequences, err = d.r.sequencesOf(b); err != nil {
		return err
	}
	if err := d.earlier(b, p); err != nil {
		return err
	}
	var ask []int
	for n := range b.n {
		switch {
		case v.lacks[n] != nil:
			p.answers[n].kind = lacking
		case !d.t.everybody && p.old[n] != nil && p.old[n].Input == p.prints[n].sum():
			p.answers[n].kind = kept
		default:
			p.answers[n].kind = tagged
			ask = append(ask, n)
		}
	}
	batches, over := v.cut(ask)
	for _, n := range over {
		p.answers[n].kind = tooLarge
	}
	for i := range batches {
		batches[i].of = p
	}
	p.left = len(batches)
	d.queue = append(d.queue, batches...)
	if p.left == 0 {
		return d.finish(p)
	}
	return nil
}

// earlier finds the rows that the block's customers have.
func (d *dispatcher) earlier(b *block, p *pending) error {
	at := 0
	take := func(row *store.TagRow) error {
		for at < len(p.ids) && p.ids[at] < row.Customer {
			at++
		}
		if at < len(p.ids) && p.ids[at] == row.Customer {
			copied := *row
			copied.Values = slices.Clone(row.Values)
			copied.Reasons = slices.Clone(row.Reasons)
			copied.Standing = slices.Clone(row.Standing)
			p.old[at] = &copied
		}
		return nil
	}
	if d.r.whole {
		return d.r.Mirror.TagsBetween(d.ctx, d.t.Name, b.first, b.last, take)
	}
	return d.r.Mirror.TagsByID(d.ctx, d.t.Name, p.ids, take)
}

// each takes the answer to a batch, which the client has checked.
func (d *dispatcher) each(_ *pb.CustomerBatch, response *pb.ClassifyResponse) error {
	b := d.flight[0]
	d.flight = d.flight[1:]
	if err := d.take(b, response); err != nil {
		return err
	}
	if b.of.left--; b.of.left > 0 {
		return nil
	}
	return host(d.finish(b.of))
}

// take notes the answers to a batch.
func (d *dispatcher) take(b batch, response *pb.ClassifyResponse) error {
	readers := make([]column.Reader, len(d.t.effTags))
	for i, tag := range d.t.effTags {
		if err := readers[i].Reset(response.GetTags()[i], tag.GetType(), false, len(b.indices)); err != nil {
			return err
		}
	}
	reasons, err := reasonsOf(d.t.manifest, response, len(b.indices), d.r.Currency)
	if err != nil {
		return err
	}
	for k, at := range b.indices {
		a := &b.of.answers[at]
		a.tags, a.at, a.reasons = readers, k, reasons[k]
	}
	for _, p := range response.GetProblems() {
		a := &b.of.answers[b.indices[p.GetCustomer()]]
		a.kind, a.code, a.message = problem, p.GetCode(), p.GetMessage()
	}
	return nil
}

// idsOf are the ids of a block's customers.
func (r *runner) idsOf(b *block) ([]string, error) {
	ids, err := r.spool.readTexts(b.ids)
	if err == nil && len(ids) != b.n {
		err = spoolFault(io.ErrUnexpectedEOF)
	}
	return ids, err
}
