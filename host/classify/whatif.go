package classify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// WhatIf tells what changes of a customer's values would do to one classifier's class: what the plugin would answer
// with the stored model, and with one made anew where each run makes one (refit), before rules of stability and what people
// set. One value changes at a time, with the sums and counts of the same things (Along), and all others stay, or one thing
// happens, with all values that follow from it (Event); tags of other classifiers stay in any case.
type WhatIf struct {
	Classifier string
	Tag        *pb.TagDefinition // the main one
	Now        string            // what the plugin answers with the values of now
	// Up, Down and Other are the smallest changes that lead to a better, a worse, or another class without order, one
	// for each value, the smallest first: the fewest other customers lie between old and new. Events are the last.
	Up, Down, Other []Effect
	Named           *Named    // the change that was asked for
	Untried         []Untried // values that were not changed
	Probes          int       // customers that the plugin was asked about
	Error           *crm.Error
}

// Effect is the change of one value, and the class that it leads to.
type Effect struct {
	Path     string // as the plugin wrote it
	From, To crm.Value
	Class    string
	// Passed is the share of customers (of up to 10,000) that lie between the old value and the new one; 1 where
	// values have no order.
	Passed float64
	// Beyond tells that none of them has a value so small or so large. It may be none that there can be: an answer of 11
	// on a scale to 10. Such changes come last.
	Beyond bool
	Along  []Along // what changes with it; of named changes it stands at the first
	Event  *Event  // what happens, where no single value changes: Path, From and To say nothing
}

// smaller orders changes by their size.
func smaller(a, b Effect) int {
	if a.Beyond != b.Beyond {
		return map[bool]int{true: 1, false: -1}[a.Beyond]
	}
	return cmp.Or(cmp.Compare(a.Passed, b.Passed), cmp.Compare(relative(a), relative(b)))
}

// Named are changes that somebody asked for, all at once.
type Named struct {
	Changes []Effect // without Class and Passed
	Class   string
	Reasons []Reason
}

// Untried is a value that was not changed, and why.
type Untried struct{ Path, Why string }

// Why a value was not changed.
const (
	UntriedOlder    = "older"    // of a long list: items before the last twenty
	UntriedWithheld = "withheld" // the classifier does not get it
	UntriedNoValues = "nothing"  // no other value is known
	UntriedTooMany  = "too_many" // the questions are used up
	UntriedOthers   = "others"   // another required value is missing
	UntriedSame     = "same"     // it is the sum of all that a wider one sums, and changes with that
)

// Ask finds what would change a customer's class, classifier by classifier in order of names. changes are NAME=VALUE:
// NAME is a read as the plugin writes it, or as Explain lists it; they are tried together, and classifiers that read
// none of them are left out. Without changes the smallest ones are looked for. Nothing is stored.
func Ask(ctx context.Context, in Input, customer string, changes []string) ([]WhatIf, error) {
	r := newRunner(in)
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	rows, err := in.Mirror.TagsOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	if rows, err = r.asRead(ctx, customer, rows); err != nil {
		return nil, err
	}
	named, err := r.named(changes)
	if err != nil {
		return nil, err
	}
	plan := r.planOf()
	var others []known
	usual := r.newUsuals()
	if len(changes) == 0 {
		if others, err = r.learn(ctx, plan, usual); err != nil {
			return nil, err
		}
	}
	for _, t := range r.tasks {
		if !t.failed() {
			if err := r.decide(ctx, t); err != nil {
				return nil, err
			}
		}
	}
	refits, err := r.refits(ctx, customer, plan)
	if err != nil {
		return nil, err
	}
	var out []WhatIf
	found := false
	err = in.Mirror.CustomersByID(ctx, []string{customer}, func(c *store.Customer) error {
		found = true
		for _, t := range byLevel(r.tasks) {
			if len(changes) > 0 && named[t] == nil {
				continue
			}
			w, err := r.askTask(ctx, t, plan, c, rows, others, usual, refits[t], named[t])
			if err != nil {
				return err
			}
			out = append(out, w)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noCustomer(customer)
	}
	slices.SortFunc(out, func(a, b WhatIf) int { return cmp.Compare(a.Classifier, b.Classifier) })
	return out, nil
}

// named finds the reads that changes speak of. A name that no classifier reads is an error.
func (r *runner) named(changes []string) (map[*task]map[spot]crm.Value, error) {
	out := map[*task]map[spot]crm.Value{}
	for _, change := range changes {
		matched := false
		for _, t := range r.tasks {
			for i, rd := range t.reads {
				item, text, ok := valueFor(change, t.configured.Reads[i].GetPath(), rd.column)
				if !ok {
					continue
				}
				matched = true
				v, err := crm.ParseValue(rd.column.Type, text, r.Currency)
				switch {
				case rd.column.List != (item >= 0):
					err = errors.New("of a list one item is changed, as NAME[1]=VALUE, and of nothing else")
				case rd.withheld:
					err = errors.New("the classifier " + t.Name + " does not get it")
				}
				if err != nil {
					return nil, &crm.Error{Code: crm.CodeConfig, Message: "“" + change + "” cannot be tried: " + err.Error(),
						Suggestion: "whole numbers, decimals with a point, days as 2026-01-31, times as 2026-01-31T09:00:00Z; nothing after = for no value"}
				}
				if out[t] == nil {
					out[t] = map[spot]crm.Value{}
				}
				out[t][spot{i, item}] = v
			}
		}
		if !matched {
			return nil, &crm.Error{Code: crm.CodeNotFound, Message: "no classifier reads what “" + change + "” names",
				Suggestion: "NAME=VALUE with a name as taxon explain lists it"}
		}
	}
	return out, nil
}

var itemPattern = regexp.MustCompile(`^\[([1-9][0-9]{0,8})\]`)

// valueFor is the value of a change when it speaks of a column: NAME=VALUE, where NAME may hold equal signs itself, or
// NAME[1]=VALUE for an item of a list; item is -1 without one.
func valueFor(change, path string, c *measure.Column) (item int, value string, ok bool) {
	for _, name := range []string{path, c.Canonical, c.Slug()} {
		if len(change) <= len(name) || !strings.EqualFold(change[:len(name)], name) {
			continue
		}
		item, rest := -1, strings.TrimSpace(change[len(name):])
		if m := itemPattern.FindStringSubmatch(rest); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				item, rest = n-1, strings.TrimSpace(rest[len(m[0]):])
			}
		}
		if value, ok := strings.CutPrefix(rest, "="); ok {
			return item, strings.TrimSpace(value), true
		}
	}
	return 0, "", false
}

// askTask answers for one classifier.
func (r *runner) askTask(ctx context.Context, t *task, plan *measure.Plan, c *store.Customer, rows map[string]store.TagRow, others []known, usual *usuals, f *refit, named map[spot]crm.Value) (WhatIf, error) {
	w := WhatIf{Classifier: t.Name}
	if !t.failed() && t.manifest.GetScope() == pb.Scope_SCOPE_POPULATION {
		if t.usable && t.fit { // a new model is due, but the stored one is what there is
			t.useModel()
		} else if !t.usable {
			t.fail(&crm.Error{Code: crm.CodeNotFound, Message: "there is no model of this configuration yet" + t.madeBy(), Suggestion: "taxon plan makes one"})
		}
	}
	if t.failed() {
		w.Error = t.out.Error
		return w, nil
	}
	s := &search{prober: &prober{ctx: ctx, r: r, t: t, plan: plan, refit: f, measured: *r.measuredOf(t, c, 0, rows)}, what: &w, others: others, usuals: usual, customer: c, rows: rows}
	for _, tag := range t.worded(t.effTags) {
		if tag.GetKey() == t.main {
			w.Tag, s.ladder = tag, newLadder(tag.GetOptions(), t.Stability.Order)
		}
	}
	err := s.run(named)
	w.Probes = s.probes
	if err != nil {
		if ctx.Err() != nil {
			return w, ctx.Err()
		}
		t.fail(err)
		w.Error = t.out.Error
	}
	return w, nil
}

// madeBy tells of which run and configuration the tags are that another than the present one made.
func (t *task) madeBy() string {
	if what := t.former(); what != "" {
		return fmt.Sprintf(": the tags are those of run %d, with another %s", t.run, what)
	}
	return ""
}

// search looks for the smallest changes of one classifier's values.
type search struct {
	*prober
	what     *WhatIf
	others   []known
	usuals   *usuals
	ladder   *ladder
	customer *store.Customer
	rows     map[string]store.TagRow // its tags, as other classifiers read them
}

func (s *search) run(named map[spot]crm.Value) error {
	questions := []probe{{}}
	for at := range named {
		if at.item >= len(s.items[at.read]) {
			return &crm.Error{Code: crm.CodeNotFound, Message: "there is no " + s.path(at), Suggestion: fmt.Sprintf("the list has %d items", len(s.items[at.read]))}
		}
	}
	if named != nil {
		questions = append(questions, probe{values: named})
	}
	answers, err := s.ask(questions)
	if err != nil {
		return err
	}
	s.what.Now = answers[0].class
	if now, ok, err := s.anew(probe{}); err != nil {
		return err
	} else if ok && now.class != s.what.Now {
		s.refit = nil // the stored model is of other customers than there are now
	}
	if named != nil {
		if answer, ok, err := s.anew(questions[1]); err != nil {
			return err
		} else if ok {
			answers[1] = answer
		}
		return s.told(named, answers[1])
	}
	if len(s.what.Tag.GetOptions()) == 0 {
		return nil // a quantity: any change is one
	}
	var trials []*trial
	left := min(mostProbes, mostBytes/max(1, s.size))
	for _, tr := range s.events() {
		if left < len(tr.points) {
			s.what.Untried = append(s.what.Untried, Untried{tr.event.path(), UntriedTooMany})
			continue
		}
		left -= len(tr.points)
		trials = append(trials, tr)
	}
	for i := range s.t.reads {
		some, why := s.trialsOf(i)
		points := 0
		for _, tr := range some {
			points += len(tr.points)
		}
		if why == "" && left < points {
			why = UntriedTooMany
		}
		if why != "" {
			s.what.Untried = append(s.what.Untried, Untried{s.path(whole(i)), why})
			continue
		}
		if len(s.items[i]) > mostItems {
			s.what.Untried = append(s.what.Untried, Untried{s.path(whole(i)), UntriedOlder})
		}
		left -= points
		trials = append(trials, some...)
	}
	if err := s.first(trials); err != nil {
		return err
	}
	if err := s.refine(trials); err != nil {
		return err
	}
	return s.gather(trials)
}

// told notes what a named change does.
func (s *search) told(named map[spot]crm.Value, answer verdict) error {
	n := &Named{Class: answer.class}
	for at, v := range named {
		n.Changes = append(n.Changes, Effect{Path: s.path(at), From: s.value(at), To: v})
	}
	slices.SortFunc(n.Changes, func(a, b Effect) int { return cmp.Compare(a.Path, b.Path) })
	n.Changes[0].Along = s.along(named)
	var err error
	n.Reasons, err = ParseReasons(answer.reasons)
	s.what.Named = n
	return err
}

// heading is where an answer leads to from the class of now.
type heading uint8

const (
	nowhere heading = iota // the same class, or none
	up
	down
	aside // another class without order
	headings
)

func (s *search) heading(class string) heading {
	switch {
	case class == s.what.Now || class == "" || class == protocol.Unclassified:
		return nowhere
	case s.ladder.toward(s.what.Now, class) < 0:
		return up
	case s.ladder.toward(s.what.Now, class) > 0:
		return down
	}
	return aside
}

// gather puts what was found and lasts in order. Of the items of a list the smallest change counts.
func (s *search) gather(trials []*trial) error {
	for h, list := range map[heading]*[]Effect{up: &s.what.Up, down: &s.what.Down, aside: &s.what.Other} {
		of := map[int][]found{}
		var events []found
		for _, tr := range trials {
			for _, p := range tr.found[h] {
				f := found{tr, p, s.effect(tr, p)}
				if tr.event != nil {
					events = append(events, f)
				} else {
					of[tr.read] = append(of[tr.read], f)
				}
			}
		}
		for i := range s.t.reads {
			if tr := of[i]; len(tr) > 0 && tr[0].tr.ordered() {
				slices.SortStableFunc(tr, func(a, b found) int { return smaller(*a.effect, *b.effect) })
			}
			if err := s.take(list, h, of[i], true); err != nil {
				return err
			}
		}
		slices.SortStableFunc(*list, smaller)
		if err := s.take(list, h, events, false); err != nil {
			return err
		}
	}
	return nil
}

// found is a point that leads somewhere.
type found struct {
	tr     *trial
	at     point
	effect *Effect
}

// mostTried is how many changes of one value are looked at until one lasts.
const mostTried = 8

// take notes those that last, or the first of them.
func (s *search) take(list *[]Effect, h heading, some []found, one bool) error {
	for n, f := range some {
		if one && n == mostTried {
			return nil
		}
		p, ok, err := s.lasting(f.tr, h, f.at)
		if err != nil {
			return err
		}
		if ok {
			*list = append(*list, *s.effect(f.tr, p))
			if one {
				return nil
			}
		}
	}
	return nil
}

// relative is the size of a change against the values themselves.
func relative(e Effect) float64 {
	if e.From.Missing() || e.From.Type() == crm.Text || e.From.Type() == crm.Boolean {
		return 1
	}
	a, b := number(e.From), number(e.To)
	if a == b {
		return 0
	}
	return math.Abs(b-a) / max(math.Abs(a), math.Abs(b))
}
