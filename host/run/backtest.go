package run

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// Trial orders a backtest.
type Trial struct {
	Classifiers []string // none: all
	AsOf        crm.Day
	Until       crm.Day // exclusive end of what followed; 0: the configured as-of day
	// By is the part that ranks customers, by classifier, or "class": the order of its classes. One that is not named is ranked
	// by its score, if it has one.
	By map[string]string
	// Against are predictions and what is to be compared with them, by classifier and part: a measure over what followed,
	// or one of revenue, purchases, purchase_days, bought.
	Against map[string]map[string]string
	// Set are settings that hold for this trial only, by classifier: other cuts, or a forecast of as many months as followed.
	Set      map[string]map[string]any
	Progress func(Progress)
}

// Backtest is how classifiers would have done.
type Backtest struct {
	Connection string  `json:"connection"`
	AsOf       crm.Day `json:"as_of"`
	Until      crm.Day `json:"until"`
	Days       int     `json:"days"`
	Currency   string  `json:"currency"`
	Customers  int     `json:"customers"` // who were there on the first day
	Appeared   int     `json:"appeared"`  // since
	// Unknown are customers without a known revenue, for want of an exchange rate: they count as zero.
	Unknown int     `json:"unknown_revenue,omitempty"`
	Before  Outcome `json:"before"` // of the customers, in as many days before
	After   Outcome `json:"after"`

	Classifiers []*ClassifierTrial `json:"classifiers"`
}

// Outcome is what customers did within the days.
type Outcome struct {
	Revenue   float64 `json:"revenue"`
	Purchases float64 `json:"purchases"`
	Buyers    int     `json:"buyers"`
}

// ClassifierTrial is how one classifier would have done.
type ClassifierTrial struct {
	Classifier   string              `json:"classifier"`
	Plugin       string              `json:"plugin"`
	Version      string              `json:"version"`
	Error        *crm.Error          `json:"error,omitempty"`
	Labels       map[string]string   `json:"labels,omitempty"`
	Classes      []ClassTrial        `json:"classes,omitempty"`
	Ranking      *Ranking            `json:"ranking,omitempty"`
	Calibrations []Calibration       `json:"calibrations,omitempty"`
	Migration    *evaluate.Migration `json:"migration,omitempty"`
}

// ClassTrial is a class as of the first day, and what its members did then. Value is revenue.
type ClassTrial struct {
	evaluate.Class
	Purchases float64 `json:"purchases"` // a member
	Bought    float64 `json:"bought"`    // share of the members
	Before    float64 `json:"before"`    // revenue of a member in as many days before
	Lift      float64 `json:"lift"`      // mean revenue over that of all
}

// Ranking is how well an order of the customers tells who brings most.
type Ranking struct {
	By      string `json:"by"`      // the part, or "class": the order of the classes, best first
	Ordered int    `json:"ordered"` // customers with a place
	// Revenue are tenths of them by that order; Lift is over the mean of those.
	Revenue   []evaluate.Part `json:"revenue"`
	Purchases float64         `json:"purchases_lift"` // of the top tenth
	AUC       float64         `json:"auc"`            // of who bought; 0 when all or nobody did
	// Naive is the lift of the top tenth by nothing but revenue in as many days before.
	Naive float64 `json:"naive_lift"`
}

// Calibration compares a predicted number with what was observed.
type Calibration struct {
	Part    string          `json:"part"`
	Against string          `json:"against"`
	Known   int             `json:"known"` // customers with a prediction and an observation
	Parts   []evaluate.Part `json:"parts"` // tenths by prediction
	evaluate.Errors
	// Naive is what the same days before would have predicted.
	Naive evaluate.Errors `json:"naive"`
	// Brier and BrierBase are of probabilities: the score, and that of naming the share of all for everybody.
	Brier     float64 `json:"brier,omitempty"`
	BrierBase float64 `json:"brier_base,omitempty"`
	AUC       float64 `json:"auc,omitempty"`
}

// The measures of what followed, by the words for them.
var followed = map[string]string{
	"revenue": "sum(deals.amount) where won", "purchases": "count(deals) where won", "purchase_days": "distinct(deals.closed_at) where won",
}

const bought = "bought"

// comparable are the parts that are compared without being asked, by the name that plugins give them.
var comparable = map[string]string{"expected_purchases": "purchase_days"}

// ranking are the parts that rank customers without being asked, the first that a classifier has.
var ranking = []string{"score", "value", "expected_value", "rank"}

// parts is the number of parts into which customers are cut.
const parts = 10

// Backtest classifies as of a past day from what was known then, and compares with what followed until a later one. It
// changes nothing of the account: neither in the CRM nor what is stored of it.
func (c *Connection) Backtest(ctx context.Context, t Trial) (*Backtest, error) {
	tried, err := c.with(t.Set)
	if err != nil {
		return nil, err
	}
	r, err := tried.newReplay(ctx, t.Progress)
	if err != nil {
		return nil, err
	}
	out, err := r.backtest(ctx, t)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return out, err
}

// with is the connection with other settings of classifiers.
func (c *Connection) with(set map[string]map[string]any) (*Connection, error) {
	if len(set) == 0 {
		return c, nil
	}
	out, configured := *c, *c.Config
	out.Config, configured.Classifiers = &configured, maps.Clone(c.Config.Classifiers)
	for name, values := range set {
		if configured.Classifiers[name] == nil {
			return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no classifier " + name, Suggestion: "there is " + strings.Join(slices.Sorted(maps.Keys(configured.Classifiers)), ", ")}
		}
		changed := *configured.Classifiers[name]
		if changed.Config = maps.Clone(changed.Config); changed.Config == nil {
			changed.Config = map[string]any{}
		}
		maps.Copy(changed.Config, values)
		configured.Classifiers[name] = &changed
	}
	return &out, nil
}

func (r *replay) backtest(ctx context.Context, t Trial) (*Backtest, error) {
	if t.Until == 0 {
		t.Until = r.setting.asOf
	}
	if t.Until <= t.AsOf {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("what followed must end after %s, not on %s", t.AsOf, t.Until), Suggestion: "give an earlier day with --as-of"}
	}
	names, err := r.chosen(t.Classifiers)
	if err == nil {
		err = r.choose(ctx, names)
	}
	if err != nil {
		return nil, err
	}
	columns, err := r.followed(t)
	if err != nil {
		return nil, err
	}
	then, err := r.at(ctx, t.AsOf)
	if err != nil {
		return nil, err
	}
	if then.present.count == 0 {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "nobody was a customer before " + t.AsOf.String(), Suggestion: "give a later day with --as-of"}
	}
	later, err := r.at(ctx, t.Until)
	if err != nil {
		return nil, err
	}
	ledger, err := r.ledger(ctx, t, columns)
	if err != nil {
		return nil, err
	}
	out := &Backtest{Connection: r.Config.Name, AsOf: t.AsOf, Until: t.Until, Days: int(t.Until - t.AsOf), Currency: r.setting.currency, Customers: then.present.count,
		Unknown: ledger.unknown}
	for i := range r.ids {
		if then.present.at(i) {
			out.Before.add(ledger.before, i)
			out.After.add(ledger.after, i)
		} else if later.present.at(i) {
			out.Appeared++
		}
	}
	for _, name := range names {
		k, err := r.trial(ctx, t, name, then, later, ledger)
		if err != nil {
			return nil, err
		}
		out.Classifiers = append(out.Classifiers, k)
	}
	return out, nil
}

func (o *Outcome) add(values map[string][]float64, i int) {
	o.Revenue += values["revenue"][i]
	o.Purchases += values["purchases"][i]
	o.Buyers += int(values[bought][i])
}

// chosen are the names of the classifiers to be looked at.
func (r *replay) chosen(names []string) ([]string, error) {
	var all []string
	for _, f := range r.Config.Enabled() {
		all = append(all, f.Name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no classifier " + name, Suggestion: "there is " + strings.Join(all, ", ")}
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	return all, nil
}

// ledger is what customers did in the days after, and in as many before: by the word or the measure for it, by place in ids.
type ledger struct {
	before, after map[string][]float64
	unknown       int
}

// followed are the measures over the days after, by the word or the text for them.
func (r *replay) followed(t Trial) (map[string]*measure.Column, error) {
	texts := maps.Clone(followed)
	for _, against := range t.Against {
		for _, text := range against {
			if followed[text] == "" && text != bought {
				texts[text] = text
			}
		}
	}
	env := measure.Env{Catalogue: r.Catalogue, Subject: r.Config.Subject, Currency: r.setting.currency, Zone: r.setting.zone}
	columns := map[string]*measure.Column{}
	for _, word := range slices.Sorted(maps.Keys(texts)) {
		column, err := env.Parse(fmt.Sprintf("%s within %dd", texts[word], t.Until-t.AsOf))
		if err == nil && (column.Form != measure.MeasureForm || !isNumber(column.Type)) {
			err = &crm.Error{Code: crm.CodeConfig, Message: "“" + texts[word] + "” is not a measure with a number", Suggestion: "such as count(deals) where won, or " + strings.Join(append(slices.Sorted(maps.Keys(followed)), bought), ", ")}
		}
		if err != nil {
			return nil, err
		}
		columns[word] = column
	}
	return columns, nil
}

// ledger measures it in one pass over the mirror.
func (r *replay) ledger(ctx context.Context, t Trial, columns map[string]*measure.Column) (*ledger, error) {
	l := &ledger{before: map[string][]float64{}, after: map[string][]float64{}}
	all := slices.Collect(maps.Values(columns))
	set := measure.Setting{AsOf: t.Until, Zone: r.setting.zone, Subject: r.Config.Subject, Currency: r.setting.currency}
	after := measure.Compile(all, set)
	set.AsOf = t.AsOf
	before := measure.Compile(all, set)
	now, then := after.Evaluator(r.setting.rates), before.Evaluator(r.setting.rates)
	for word := range columns {
		l.before[word], l.after[word] = make([]float64, len(r.ids)), make([]float64, len(r.ids))
	}
	l.before[bought], l.after[bought] = make([]float64, len(r.ids)), make([]float64, len(r.ids))
	err := r.each(ctx, func(at int, c *store.Customer) error {
		now.Measure(c)
		then.Measure(c)
		for word, column := range columns {
			a, b := now.Value(after.Index(column)), then.Value(before.Index(column))
			l.after[word][at], l.before[word][at] = orZero(a), orZero(b)
			if word == "revenue" && a.Missing() {
				l.unknown++
			}
		}
		l.after[bought][at], l.before[bought][at] = min(1, l.after["purchases"][at]), min(1, l.before["purchases"][at])
		return nil
	})
	return l, err
}

func orZero(v crm.Value) float64 {
	if v.Missing() {
		return 0
	}
	return units(v)
}

// trial judges one classifier.
func (r *replay) trial(ctx context.Context, t Trial, name string, then, later *snapshot, l *ledger) (*ClassifierTrial, error) {
	k := &ClassifierTrial{Classifier: name, Error: cmp.Or(then.failed[name], later.failed[name])}
	k.Plugin, k.Version = r.plugin(name)
	if k.Error != nil {
		return k, nil
	}
	was, err := r.tags(ctx, then, name)
	if err != nil {
		return nil, err
	}
	is, err := r.tags(ctx, later, name)
	if err != nil {
		return nil, err
	}
	k.Labels = labels(was.main, was.codes, r.Language)
	maps.Copy(k.Labels, labels(is.main, is.codes, r.Language))
	k.Classes = classTrials(was, then.present.bits, l)
	if k.Ranking, err = rank(t.By[name], was, then.present.bits, l); err != nil {
		return nil, inClassifier(name, err)
	}
	if k.Calibrations, err = calibrate(t.Against[name], was, then.present.bits, l); err != nil {
		return nil, inClassifier(name, err)
	}
	m := migrate(was, is, l.after["revenue"])
	k.Migration = &m
	return k, nil
}
