package classify

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// memory is what a tag row keeps beside its class and since when for the rules of stability. A customer at rest has
// none, unless a score is remembered.
type memory struct {
	Score     string     `json:"score,omitempty"`     // see standing
	Proposals []proposal `json:"proposals,omitempty"` // see standing
	// Before is what stood before the as-of day Day, when that day changed it: from there the day is judged again.
	Before *standing `json:"before,omitempty"`
	Day    crm.Day   `json:"day,omitempty"`
	Held   *heldText `json:"held,omitempty"`
}

// heldText is a Held as it is stored.
type heldText struct {
	Proposed  string  `json:"proposed"`
	Since     crm.Day `json:"since"`
	Next      string  `json:"next"`
	NotBefore crm.Day `json:"not_before,omitempty"`
	Rule      Rule    `json:"rule"`
}

// HeldOf reads what holds the class of a row back, nil when nothing does.
func HeldOf(row *store.TagRow) (*Held, error) {
	m, err := memoryOf(row)
	if err != nil || m.Held == nil {
		return nil, err
	}
	held := Held(*m.Held)
	return &held, nil
}

func memoryOf(row *store.TagRow) (m memory, err error) {
	if len(row.Standing) > 0 {
		err = json.Unmarshal(row.Standing, &m)
	}
	return m, err
}

// prior is what stood before the as-of day; fresh tells that nothing did, as far as that day can know.
func (d *dispatcher) prior(old *store.TagRow) (before standing, fresh bool) {
	day := d.r.AsOf
	if old == nil || d.t.anew || old.AsOf > day || old.Since > day { // a later day is not known yet
		return before, true
	}
	m, err := memoryOf(old)
	switch {
	case err != nil: // of a version that is not understood: nothing is held
		return before, true
	case m.Before != nil && m.Day == day:
		return *m.Before, false
	case m.Before == nil && old.Since == day: // its first class is of this day
		return before, true
	}
	before = standing{Class: old.Value(d.t.main), Since: old.Since, Score: m.Score, Proposals: m.Proposals}
	if before.Score == "" && d.t.Stability.Margin > 0 {
		before.Score = old.Value(d.t.Stability.Score)
	}
	return before, false
}

// stabilise replaces the class that the plugin answered by the one that the rules let the customer have.
func (d *dispatcher) stabilise(o *outcome) {
	rules, day := &d.t.Stability, d.r.AsOf
	proposed, score := o.value(d.t.main), ""
	if rules.Margin > 0 {
		score = o.value(rules.Score)
	}
	before, fresh := d.prior(o.old)
	now, m := standing{Class: proposed, Since: day, Score: score}, memory{}
	var held *Held
	if fresh {
		if o.old != nil && o.old.Value(d.t.main) == proposed {
			now.Since = min(o.old.Since, day)
		}
	} else {
		now, held = rules.judge(d.ladder, before, proposed, score, day)
		if now.Class != before.Class || len(now.Proposals) > 0 || len(before.Proposals) > 0 {
			m.Before, m.Day = &before, day
		}
		o.due = now.Class != before.Class && slices.ContainsFunc(before.Proposals, func(p proposal) bool { return p.Since < day })
	}
	o.since = now.Since
	if rules.Margin > 0 {
		m.Score = now.Score
	}
	m.Proposals = now.Proposals
	if held != nil {
		text := heldText(*held)
		m.Held = &text
		o.take(d.t.main, now.Class)
		o.reasons = because(held, now.Class, o.reasons)
	}
	if m.Score == "" && m.Proposals == nil && m.Before == nil {
		return
	}
	if data, err := json.Marshal(m); err == nil { // texts, numbers and days
		o.standing = data
	}
}

// take gives the outcome another value of a tag.
func (o *outcome) take(key, value string) {
	values := slices.Clone(o.values)
	at, found := slices.BinarySearchFunc(values, key, func(v store.TagValue, key string) int { return strings.Compare(v.Key, key) })
	if !found {
		values = slices.Insert(values, at, store.TagValue{Key: key})
	}
	values[at].Value = value
	o.values = values
}

// because puts why a class is held before the reasons of the one that is proposed.
func because(held *Held, class string, reasons []byte) []byte {
	until := crm.Value{}
	if held.NotBefore != 0 {
		until = crm.DateValue(held.NotBefore)
	}
	data, err := json.Marshal([]Reason{{Code: reasonHeld + string(held.Rule), Args: []Argument{{"class", crm.TextValue(class)},
		{"proposed", crm.TextValue(held.Proposed)}, {"since", crm.DateValue(held.Since)}, {"next", crm.TextValue(held.Next)}, {"until", until}}}})
	if err != nil { // texts and days
		return reasons
	}
	if len(reasons) > len("[]") {
		data = append(append(data[:len(data)-1], ','), reasons[1:]...)
	}
	return data
}

// isHeld reports whether a reason says that the class is held.
func isHeld(code string) bool { return strings.HasPrefix(code, reasonHeld) }

// checkStability finds rules that cannot be kept with the tags that there are.
func (t *task) checkStability() error {
	s := &t.Stability
	var main, score *pb.TagDefinition
	for _, tag := range t.configured.Tags {
		if tag.GetKey() == client.MainTag(t.configured.Tags) {
			main = tag
		}
		if tag.GetKey() == s.Score {
			score = tag
		}
	}
	wrong := func(pointer, message, suggestion string) error {
		return &crm.Error{Code: crm.CodeConfig, Message: message, Pointer: "classifier " + t.Name + " /stability" + pointer, Suggestion: suggestion}
	}
	if s.active() && len(main.GetOptions()) == 0 && !main.GetOpen() {
		return wrong("", "rules of stability are for classes, and this classifier gives none", "take stability out")
	}
	if s.Margin > 0 {
		switch crm.Type(score.GetType()) {
		case crm.Number, crm.Integer, crm.Amount:
		default:
			return wrong("/hysteresis/score", "the classifier gives no number "+s.Score, "name a tag with a number, or count dates instead")
		}
	}
	for i, code := range s.Order {
		if known := func(o *pb.TagOption) bool { return o.GetCode() == code }; !main.GetOpen() && !slices.ContainsFunc(main.GetOptions(), known) {
			return wrong("/order/"+strconv.Itoa(i), "there is no class "+code, "taxon plugin show "+t.Plugin+" lists the codes")
		}
	}
	return nil
}
