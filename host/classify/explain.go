package classify

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Explanation is everything that is known of how a customer got its tags.
type Explanation struct {
	Customer    string
	AsOf        crm.Day // of the measures
	Classifiers []ExplainedClassifier
}

// ExplainedClassifier is what one classifier says about the customer, and why.
type ExplainedClassifier struct {
	Classifier string
	Plugin     string
	Manifest   *pb.Manifest
	Tags       []ExplainedTag
	Reasons    []Reason
	Reads      []ExplainedRead
	Classified bool    // there is a row; else the four below are zero
	Since      crm.Day // when the main tag took its value
	AsOf       crm.Day // as of when the row last changed
	Cause      string  // of the last change of the values
	Run        int64
	Stale      bool // the columns are not those that the tags were made from: a run would classify again
	Former     *Former
	Held       *Held // by a rule of stability: what the plugin proposes instead
	Model      *ExplainedModel
	Error      *crm.Error // the classifier cannot be prepared
}

// Former tells that the tags are those of another configuration than the present one.
type Former struct {
	Run  int64  // that made them
	What string // is another now
}

// What can be another.
const (
	FormerConfiguration = "configuration"
	FormerPlugin        = "plugin version"
)

// ExplainedTag is a tag with its definition.
type ExplainedTag struct {
	Definition *pb.TagDefinition
	Value      string // canonical text, "" is none
}

// ExplainedRead is a column that the classifier reads, with its value now.
type ExplainedRead struct {
	Path     string // as the plugin wrote it
	Required bool
	Withheld bool
	List     bool
	Value    crm.Value   // missing for lists
	Items    []crm.Value // of a list
	Missing  string      // reason code when there is no value; "" otherwise
}

// ExplainedModel is the model of a population classifier.
type ExplainedModel struct {
	ID        int64
	AsOf      crm.Day
	Customers uint64
	Run       int64
	Report    json.RawMessage
}

// Explain tells how a customer got its tags: tags and reasons as they are stored, measures as they are now.
// It starts a process only for a configuration that was never seen before. An unknown customer is an error
// of code not_found.
func Explain(ctx context.Context, in Input, customer string) (*Explanation, error) {
	r := newRunner(in)
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	rows, err := in.Mirror.TagsOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	read, err := r.asRead(ctx, customer, rows)
	if err != nil {
		return nil, err
	}
	plan := r.planOf()
	out := &Explanation{Customer: customer, AsOf: r.AsOf}
	found := false
	err = in.Mirror.CustomersByID(ctx, []string{customer}, func(c *store.Customer) error {
		found = true
		e := plan.Evaluator(r.Rates)
		e.Measure(c)
		for _, t := range r.tasks {
			x, err := r.explainTask(ctx, t, plan, e, rows, read)
			if err != nil {
				return err
			}
			out.Classifiers = append(out.Classifiers, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noCustomer(customer)
	}
	return out, nil
}

func noCustomer(id string) error {
	return &crm.Error{Code: crm.CodeNotFound, Message: "there is no customer “" + id + "”", Suggestion: "give the id that the CRM shows; was it pulled already?"}
}

// planOf compiles the columns of all tasks.
func (r *runner) planOf() *measure.Plan {
	var columns []*measure.Column
	for _, t := range r.tasks {
		for _, rd := range t.reads {
			columns = append(columns, rd.column)
		}
	}
	return r.compile(columns...)
}

func (r *runner) explainTask(ctx context.Context, t *task, plan *measure.Plan, e *measure.Evaluator, rows, read map[string]store.TagRow) (ExplainedClassifier, error) {
	x := ExplainedClassifier{Classifier: t.Name, Plugin: t.Plugin, Manifest: t.manifest, Error: t.out.Error}
	if t.failed() {
		return x, nil
	}
	if err := r.decide(ctx, t); err != nil {
		return x, err
	}
	if t.hasModel && (!t.fit || t.model.ID == t.last.Model) {
		x.Model = &ExplainedModel{ID: t.model.ID, AsOf: t.model.AsOf, Customers: t.model.Customers, Run: t.model.Run, Report: t.model.Report}
	}
	for i, rd := range t.reads {
		x.Reads = append(x.Reads, r.explainRead(t.configured.Reads[i], rd, plan, e, read))
	}
	row, ok := rows[t.Name]
	if !ok {
		return x, nil
	}
	for _, tag := range t.worded(t.effTags) {
		x.Tags = append(x.Tags, ExplainedTag{Definition: tag, Value: row.Value(tag.GetKey())})
	}
	x.Classified, x.Since, x.AsOf, x.Cause, x.Run = true, row.Since, row.AsOf, row.Cause, row.Run
	input, err := r.print(t, plan, e, read)
	if err != nil {
		return x, err
	}
	x.Stale = t.everybody || row.Input != input
	if what := t.former(); what != "" {
		x.Former = &Former{Run: t.run, What: what}
	}
	if x.Held, err = HeldOf(&row); err != nil {
		return x, err
	}
	x.Reasons, err = ParseReasons(row.Reasons)
	return x, err
}

func (r *runner) explainRead(declared *pb.Read, rd read, plan *measure.Plan, e *measure.Evaluator, rows map[string]store.TagRow) ExplainedRead {
	out := ExplainedRead{Path: declared.GetPath(), Required: rd.required, Withheld: rd.withheld, List: rd.column.List}
	switch c := rd.column; {
	case rd.withheld:
	case c.Form == measure.TagForm:
		row := rows[c.Classifier]
		if v, err := crm.ParseValue(c.Type, row.Value(c.Key), r.Currency); err == nil {
			out.Value = v
		}
		if out.Value.Missing() {
			out.Missing = lackCode(c, measure.Absent)
		}
	default:
		i := plan.Index(c)
		if why := e.Why(i); why != measure.Known {
			out.Missing = lackCode(c, why)
		}
		out.Value = e.Value(i)
		if c.List {
			e.List(i, func(v crm.Value) { out.Items = append(out.Items, v) })
		}
	}
	return out
}

// asRead is a customer's rows as other classifiers read them: with what people set in their place.
func (r *runner) asRead(ctx context.Context, customer string, rows map[string]store.TagRow) (map[string]store.TagRow, error) {
	out := maps.Clone(rows)
	for _, t := range r.tasks {
		row, ok := rows[t.Name]
		if !ok || !slices.ContainsFunc(r.tasks, func(other *task) bool { return slices.Contains(other.needs, t.Name) }) {
			continue
		}
		set, err := r.peopleOf(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		out[t.Name] = t.over(row, set)
	}
	return out, nil
}

// over is a row of the task with what people set in its place.
func (t *task) over(row store.TagRow, set people) store.TagRow {
	o := outcome{values: row.Values}
	for _, tag := range t.configured.Tags {
		if value := row.Value(tag.GetKey()); set.over(row.Customer, tag, value) != value {
			o.take(tag.GetKey(), set.over(row.Customer, tag, value))
		}
	}
	row.Values = o.values
	return row
}

// print is the fingerprint of the customer's columns as they are now.
func (r *runner) print(t *task, plan *measure.Plan, e *measure.Evaluator, rows map[string]store.TagRow) ([16]byte, error) {
	prints := make([]fingerprint, 1)
	for _, rd := range t.reads {
		c := rd.column
		b := column.NewBuilder(pb.ValueType(c.Type), c.List)
		switch {
		case rd.withheld:
			b.Missing()
		case c.Form == measure.TagForm:
			row := rows[c.Classifier]
			if err := appendTag(b, &pb.TagDefinition{Type: pb.ValueType(c.Type)}, row.Value(c.Key), r.Currency); err != nil {
				return [16]byte{}, err
			}
		default:
			e.Append(plan.Index(c), b)
		}
		var reader column.Reader
		if err := reader.Reset(b.Column(), pb.ValueType(c.Type), c.List, 1); err != nil {
			return [16]byte{}, err
		}
		fold(prints, &reader)
	}
	return prints[0].sum(), nil
}

// Find answers the ids of customers whose id is the text, or whose name contains it, at most limit, in order
// of ids. Case does not matter.
func Find(ctx context.Context, mirror *store.Conn, text string, limit int) ([]string, error) {
	var ids []string
	err := mirror.CustomersByID(ctx, []string{text}, func(c *store.Customer) error {
		ids = append(ids, c.ID)
		return nil
	})
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	text = strings.ToLower(text)
	err = mirror.Customers(ctx, "", func(c *store.Customer) error {
		if len(ids) < limit && strings.Contains(strings.ToLower(c.Fields.Get("name").Text()), text) {
			ids = append(ids, c.ID)
		}
		return ctx.Err()
	})
	return slices.Clip(ids), err
}
