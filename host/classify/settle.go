package classify

import (
	"bytes"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// outcome is one customer's tags, as they will be stored.
type outcome struct {
	customer string
	sequence int64
	old      *store.TagRow
	input    [16]byte
	values   []store.TagValue
	reasons  []byte
	since    crm.Day // as-of day at which the main tag took its value
	standing []byte  // what the rules of stability remember
	due      bool    // the class was proposed before, and took its time
}

// finish turns the answers for a block into outcomes: counted, spooled for the store where something is new,
// and as columns for the tasks that read these tags.
func (d *dispatcher) finish(p *pending) error {
	var rows, rejected [][]byte
	var builders []*column.Builder
	for _, tag := range d.t.effTags {
		builders = append(builders, column.NewBuilder(tag.GetType(), false))
	}
	for n := range p.answers {
		o := d.settle(p, n)
		if d.wanted {
			for i, tag := range d.t.effTags {
				value := d.people.over(o.customer, tag, o.value(tag.GetKey()))
				if err := appendTag(builders[i], tag, value, d.r.Currency); err != nil {
					return err
				}
			}
		}
		if row := d.count(&o, p.answers[n].kind == kept); row != nil {
			rows = append(rows, encodeRow(row)...)
		}
		if message := d.problem(&o, &p.answers[n]); message != "" {
			rejected = append(rejected, []byte(o.customer), []byte(message))
		}
	}
	if err := d.keep(&d.t.rows, rows); err != nil {
		return err
	}
	if err := d.keep(&d.t.rejected, rejected); err != nil {
		return err
	}
	if d.wanted {
		var columns []section
		for _, b := range builders {
			at, err := d.r.spool.writeColumn(b.Column())
			if err != nil {
				return err
			}
			columns = append(columns, at)
		}
		p.view.block.tags[d.t.Name] = columns
	}
	d.finished += len(p.ids)
	d.r.progress("classify", d.t.Name, d.finished, d.r.result.Customers)
	return nil
}

// keep spools texts, if there are any, as a further section.
func (d *dispatcher) keep(sections *[]section, texts [][]byte) error {
	if len(texts) == 0 {
		return nil
	}
	at, err := d.r.spool.writeTexts(texts)
	*sections = append(*sections, at)
	return err
}

// settle makes an answer a tag: everything after it sees the effective one, after the rules of stability. Only
// what people set in the CRM is not in it: that is the record's, and goes to other classifiers (see people).
func (d *dispatcher) settle(p *pending, n int) outcome {
	a := &p.answers[n]
	o := outcome{customer: p.ids[n], sequence: p.sequences[n], old: p.old[n], input: p.prints[n].sum()}
	switch a.kind {
	case kept:
		o.values, o.reasons, o.since, o.standing = o.old.Values, o.old.Reasons, o.old.Since, o.old.Standing
		return o
	case lacking:
		o.values, o.reasons = d.unclassified(), hostReason(p.view.lacks[n].code, "what", p.view.lacks[n].read)
	case tooLarge:
		o.values, o.reasons = d.unclassified(), hostReason(reasonTooLarge, "what", d.t.Name)
	case problem:
		o.reasons = hostReason(reasonProblem, "code", a.code)
	case tagged:
		o.reasons = a.reasons
		for i, tag := range d.t.effTags {
			if v := d.text(&a.tags[i], a.at); v != "" {
				o.values = append(o.values, store.TagValue{Key: tag.GetKey(), Value: v})
			}
		}
		slices.SortFunc(o.values, func(a, b store.TagValue) int { return strings.Compare(a.Key, b.Key) })
	}
	o.since = d.r.AsOf
	if d.t.Stability.active() {
		d.stabilise(&o)
	} else if o.old != nil && o.old.Value(d.t.main) == o.value(d.t.main) {
		o.since = min(o.old.Since, d.r.AsOf) // the day may go back
	}
	return o
}

// unclassified is the main tag of a customer about whom too little is known, where the plugin has that code.
func (d *dispatcher) unclassified() []store.TagValue {
	for _, tag := range d.t.effTags {
		if tag.GetKey() == d.t.main && slices.ContainsFunc(tag.GetOptions(), func(o *pb.TagOption) bool { return o.GetCode() == protocol.Unclassified }) {
			return []store.TagValue{{Key: d.t.main, Value: protocol.Unclassified}}
		}
	}
	return nil
}

// text is the canonical text of a tag, shared by equal ones.
func (d *dispatcher) text(r *column.Reader, i int) string {
	if r.Missing(i) {
		return ""
	}
	if r.Type() != column.Text {
		return valueOf(r, i, d.r.Currency).String()
	}
	s := r.Text(i)
	if known, ok := d.texts[s]; ok {
		return known
	}
	s = strings.Clone(s)
	if len(d.texts) < 1000 {
		d.texts[s] = s
	}
	return s
}

func (o *outcome) value(key string) string {
	for _, v := range o.values {
		if v.Key == key {
			return v.Value
		}
	}
	return ""
}

// sameValues reports whether the customer has these values already.
func (o *outcome) sameValues() bool {
	if o.old == nil || len(o.old.Values) != len(o.values) {
		return false
	}
	for _, v := range o.values {
		if o.old.Value(v.Key) != v.Value {
			return false
		}
	}
	return true
}

// count adds an outcome to the totals, and answers the row to be saved, nil when the store has it.
func (d *dispatcher) count(o *outcome, kept bool) *store.TagRow {
	t := d.t
	if !t.everybody && o.old != nil {
		t.totals.add(o.old.Value(d.t.main), o.old.Reasons, -1)
	}
	t.totals.add(o.value(d.t.main), o.reasons, 1)
	if kept {
		return nil
	}
	same := o.sameValues()
	if same && o.old.Since == o.since && o.old.Input == o.input && bytes.Equal(o.old.Reasons, o.reasons) && bytes.Equal(o.old.Standing, o.standing) {
		return nil
	}
	row := &store.TagRow{Customer: o.customer, Values: o.values, Reasons: o.reasons, Since: o.since, AsOf: d.r.AsOf, Input: o.input, Run: d.r.RunID, Standing: o.standing}
	if same {
		row.Cause = o.old.Cause
		return row
	}
	cause := d.r.cause(t, o)
	if o.due {
		cause = crm.CauseTime
	}
	row.Cause = string(cause)
	t.out.Changed++
	t.out.Causes[cause]++
	move := Move{To: o.value(d.t.main)}
	if o.old != nil {
		move.From = o.old.Value(d.t.main)
	}
	if move.From != move.To {
		d.t.moves[move]++
	}
	return row
}

// problem is what the ledger says of a customer with whom the plugin has a problem, "" of others. The plugin's
// own words go with it unless it was sent personal data, which they might repeat.
func (d *dispatcher) problem(o *outcome, a *answer) string {
	if len(o.values) > 0 || firstCode(o.reasons) != reasonProblem {
		return ""
	}
	message := "the classifier has a problem with this customer"
	if reasons, err := ParseReasons(o.reasons); err == nil && len(reasons) == 1 && len(reasons[0].Args) == 1 {
		message += ": " + reasons[0].Args[0].Value.Text()
	}
	if a.message != "" && !slices.ContainsFunc(d.t.reads, func(rd read) bool { return rd.column.Sensitive && !rd.withheld }) {
		message += ": " + a.message
	}
	return message
}

// appendTag adds a tag's canonical text to a column of its type.
func appendTag(b *column.Builder, tag *pb.TagDefinition, text, currency string) error {
	v, err := crm.ParseValue(crm.Type(tag.GetType()), text, currency)
	if err != nil {
		return err
	}
	appendTo(b, v)
	return nil
}

// appendTo adds a value to a column of its type.
func appendTo(b *column.Builder, v crm.Value) {
	switch {
	case v.Missing():
		b.Missing()
	case v.Type() == crm.Text:
		b.Text(v.Text())
	case v.Type() == crm.Number:
		b.Float(v.Float())
	case v.Type() == crm.Boolean:
		b.Bool(v.Bool())
	default:
		b.Int(v.Int())
	}
}
