package run

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
)

// Question orders a report.
type Question struct {
	Classifiers []string // none: all
	Months      int      // how many months before are classified again for comparison; 0: none
	Since       crm.Day  // the day that is compared with; 0: the first of these months, none without any
	Value       string   // a measure of what a customer is worth; "": won revenue of 365 days
	Traits      int      // of each class
	By          string   // a field of the customer by whose values the classes are counted, such as owner; "": none
	Progress    func(Progress)
}

// Worth is the measure that a report weighs customers by unless another is asked for.
const Worth = "sum(deals.amount) where won within 365d"

// Report is how the stored classification looks.
type Report struct {
	Connection  string              `json:"connection"`
	AsOf        crm.Day             `json:"as_of"`
	Since       crm.Day             `json:"since,omitzero"`
	Value       string              `json:"value"`              // the measure
	Currency    string              `json:"currency,omitempty"` // of the value, where it is an amount
	Customers   int                 `json:"customers"`
	Rejected    int                 `json:"rejected"` // records that could not be used
	Orphans     int                 `json:"orphans"`  // deals that belong to nobody
	Gini        float64             `json:"gini"`     // of the value
	Negative    int                 `json:"negative"` // customers with a negative value, left out of the coefficient
	Classifiers []*ClassifierReport `json:"classifiers"`
}

// ClassifierReport is the report of one classifier.
type ClassifierReport struct {
	Classifier   string                      `json:"classifier"`
	Plugin       string                      `json:"plugin"`
	Version      string                      `json:"version"`
	AsOf         crm.Day                     `json:"as_of,omitzero"` // of its last work
	Error        *crm.Error                  `json:"error,omitempty"`
	Labels       map[string]string           `json:"labels,omitempty"`
	Classes      []evaluate.Class            `json:"classes,omitempty"`
	Unclassified map[string]int              `json:"unclassified,omitempty"` // by code of the reason
	Model        json.RawMessage             `json:"model,omitempty"`        // what the fit reported
	Traits       map[string][]evaluate.Trait `json:"traits,omitempty"`

	By []Group `json:"by,omitempty"` // the values of the field asked for, those of most customers first

	Months    []Month             `json:"months,omitempty"`
	Migration *evaluate.Migration `json:"migration,omitempty"`
	Examples  []Moved             `json:"examples,omitempty"`
	// Drift is of the classes, by fixed classes, and of each number, by the tenths of the day compared with.
	Drift map[string]evaluate.Drift `json:"drift,omitempty"`
	// Agreement is the adjusted Rand index of the two classifications, of those who were there both times; 0 when it says nothing.
	Agreement float64 `json:"agreement,omitempty"`
	// PastError says why there is no comparison.
	PastError *crm.Error `json:"past_error,omitempty"`
}

// Month is what happened to the classes between two days.
type Month struct {
	From crm.Day        `json:"from"`
	To   crm.Day        `json:"to"`   // exclusive
	New  map[string]int `json:"new"`  // customers who were not of the class at its beginning, and were at its end
	Size map[string]int `json:"size"` // at its end
}

// Moved is a customer whose class changed.
type Moved struct {
	Customer string  `json:"customer"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Value    float64 `json:"value"`
}

// shownMoves is the number of customers named whose class changed, the most valuable first.
const shownMoves = 5

// Report describes the stored classification, and compares it with what the same configuration says of earlier days. It
// changes nothing.
func (c *Connection) Report(ctx context.Context, q Question) (*Report, error) {
	r, err := c.newReplay(ctx, q.Progress)
	if err != nil {
		return nil, err
	}
	out, err := r.report(ctx, q)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return out, err
}

func (r *replay) report(ctx context.Context, q Question) (*Report, error) {
	q.Value = cmp.Or(q.Value, Worth)
	names, err := r.chosen(q.Classifiers)
	if err == nil {
		err = r.choose(ctx, names)
	}
	if err != nil {
		return nil, err
	}
	now, err := r.stored(ctx)
	if err != nil {
		return nil, err
	}
	if now.day == 0 {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "nothing was classified yet", Suggestion: "taxon plan classifies"}
	}
	out := &Report{Connection: r.Config.Name, AsOf: now.day, Value: q.Value}
	values, amount, err := r.values(ctx, q.Value, now)
	if err != nil {
		return nil, err
	}
	if amount {
		out.Currency = r.setting.currency
	}
	out.Customers = len(values)
	out.Gini, out.Negative, _ = evaluate.Gini(values)
	counts, err := r.Mirror.Counts(ctx)
	if err != nil {
		return nil, err
	}
	out.Orphans = counts.Orphans.Deals
	if out.Rejected, err = r.Mirror.CountRejected(ctx, ""); err != nil {
		return nil, err
	}
	days := months(now.day, q.Months)
	if q.Since == 0 && len(days) > 0 {
		q.Since = days[0]
	}
	if out.Since = q.Since; q.Since >= now.day {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the day compared with must lie before " + now.day.String(), Suggestion: "give an earlier one with --since"}
	}
	past := map[crm.Day]*snapshot{}
	for _, day := range append(days, q.Since) {
		if day != 0 && past[day] == nil {
			if past[day], err = r.at(ctx, day); err != nil {
				return nil, err
			}
		}
	}
	tags := map[string]*tagged{}
	for _, name := range names {
		k := &ClassifierReport{Classifier: name, Error: now.failed[name]}
		k.Plugin, k.Version = r.plugin(name)
		out.Classifiers = append(out.Classifiers, k)
		if k.Error != nil {
			continue
		}
		if tags[name], err = r.tags(ctx, now, name); err != nil {
			return nil, err
		}
		if err := r.describe(ctx, k, tags[name], values); err != nil {
			return nil, err
		}
		if err := r.compare(ctx, k, tags[name], now, days, q.Since, past, values); err != nil {
			return nil, err
		}
	}
	if err := r.by(ctx, q.By, now.day, tags, values, out); err != nil {
		return nil, err
	}
	traits, err := r.traits(ctx, now.day, tags, q.Traits)
	if err != nil {
		return nil, err
	}
	for _, k := range out.Classifiers {
		k.Traits = traits[k.Classifier]
	}
	return out, nil
}

// stored is the classification as it is stored: what is in the CRM or will be with the next apply. Its day is that of the
// last work of any classifier; one that was never at work has failed.
func (r *replay) stored(ctx context.Context) (*snapshot, error) {
	s := &snapshot{mirror: r.Mirror, failed: map[string]*crm.Error{}}
	in, err := r.classifyInput(ctx, r.setting, r.Mirror)
	if err != nil {
		return nil, err
	}
	if _, s.tags, err = classify.Check(ctx, in); err != nil {
		return nil, err
	}
	for _, f := range r.Config.Enabled() {
		work, ok, err := r.Mirror.Work(ctx, f.Name)
		if err != nil {
			return nil, err
		}
		if !ok || s.tags[f.Name] == nil {
			s.failed[f.Name] = &crm.Error{Code: crm.CodeNotFound, Message: "it has not classified anybody yet", Suggestion: "taxon plan --no-pull says why, or does it"}
			continue
		}
		s.day = max(s.day, work.AsOf)
		model, ok, err := r.Mirror.Model(ctx, f.Name)
		if err != nil {
			return nil, err
		}
		var fitted client.Configured
		if ok && json.Unmarshal(model.Tags, &fitted) == nil { // options that the fit added
			for i, tag := range s.tags[f.Name] {
				for _, t := range fitted.Tags {
					if t.GetKey() == tag.GetKey() {
						s.tags[f.Name][i] = t
					}
				}
			}
		}
	}
	return s, nil
}

// values measures what each customer is worth, lists them, and tells whether it is an amount. One without a value is worth nothing.
func (r *replay) values(ctx context.Context, text string, s *snapshot) (values []float64, amount bool, err error) {
	env := measure.Env{Catalogue: r.Catalogue, Subject: r.Config.Subject, Currency: r.setting.currency, Zone: r.setting.zone}
	column, err := env.Parse(text)
	if err != nil {
		return nil, false, err
	}
	if column.List || column.Form == measure.TagForm || !isNumber(column.Type) {
		return nil, false, &crm.Error{Code: crm.CodeConfig, Message: "“" + text + "” is no number or amount", Suggestion: "such as " + Worth}
	}
	plan := measure.Compile([]*measure.Column{column}, measure.Setting{AsOf: s.day, Zone: r.setting.zone, Subject: r.Config.Subject, Currency: r.setting.currency})
	e := plan.Evaluator(r.setting.rates)
	err = r.each(ctx, func(at int, c *store.Customer) error {
		e.Measure(c)
		values = append(values, orZero(e.Value(0)))
		s.present.add(at)
		return nil
	})
	return values, column.Type == crm.Amount, err
}

func isNumber(t crm.Type) bool { return t == crm.Integer || t == crm.Number || t == crm.Amount }

// months are the first days of so many months before a day; the month of the day itself is one when it has begun.
func months(day crm.Day, n int) []crm.Day {
	y, m, d := day.Start(time.UTC).Date()
	if d == 1 {
		m-- // what ends on the first is the month before
	}
	var out []crm.Day
	for i := n - 1; i >= 0; i-- {
		out = append(out, crm.DayOf(time.Date(y, m-time.Month(i), 1, 0, 0, 0, 0, time.UTC), time.UTC))
	}
	return out
}

// describe is what can be said of a classification by itself.
func (r *replay) describe(ctx context.Context, k *ClassifierReport, now *tagged, values []float64) error {
	k.Labels = labels(now.main, now.codes, r.Language)
	k.Classes = evaluate.Tabulate(now.codes, values, occurring(now.order(), now.codes))
	work, _, err := r.Mirror.Work(ctx, k.Classifier)
	if err != nil {
		return err
	}
	k.AsOf = work.AsOf
	var totals classify.Totals
	if len(work.Result) > 0 {
		if err := json.Unmarshal(work.Result, &totals); err != nil {
			return err
		}
	}
	k.Unclassified = totals.Unclassified
	model, ok, err := r.Mirror.Model(ctx, k.Classifier)
	if ok {
		k.Model = model.Report
	}
	return err
}
