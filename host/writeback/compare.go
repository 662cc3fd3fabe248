package writeback

import (
	"context"
	"encoding/json"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
)

// ReasonLength is the longest reason written into a field, in characters: what a text field of every CRM holds.
const ReasonLength = 255

// target compares one record and gathers what follows: a row of the plan, values to adopt, candidates for overrides.
func (p *planner) target(t *store.Target, k *kindLayout) error {
	var changes []store.Change
	for i := range k.classifiers {
		var err error
		if changes, err = p.compare(t, &k.classifiers[i], changes); err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		p.summary.Records++
		p.rows = append(p.rows, store.PlanRow{Kind: t.Kind, Record: t.ID, Customer: t.Customer, Changes: changes})
	}
	return nil
}

// compare appends what one classifier changes on one record.
func (p *planner) compare(t *store.Target, l *classifierLayout, changes []store.Change) ([]store.Change, error) {
	row := t.Tags[l.Name]
	var held, moved bool // the class stays somebody else's; something of this classifier is written
	var reason sentence
	for i := range l.fields {
		f := &l.fields[i]
		if held && f.role.derived() {
			continue
		}
		last, written := t.Written[f.key]
		want, err := l.want(f, row, &reason)
		if err != nil {
			return nil, err
		}
		if f.role.accompanies() && !moved && last != "" && want != "" {
			want = last
		}
		current := t.Current[f.key]
		if current != want {
			current = normal(f.spec.Type, current)
		}
		d := decide(want, last, current, written, l.Mode, l.OnEdit)
		if i == l.class {
			p.countClass(t, l, current, want, d)
			held = d == kept || d == barred
		}
		switch d {
		case adopt:
			if p.adopted[t.ID] == nil {
				p.adopted[t.ID] = map[string]string{}
			}
			p.adopted[t.ID][f.key] = want
		case kept:
			l.summary.keep(Kept{Kind: t.Kind, Record: t.ID, Field: f.key, Current: current, Wanted: want})
			p.summary.Kept++
			p.candidates = append(p.candidates, store.Override{Kind: t.Kind, Record: t.ID, Field: f.key, Classifier: l.Name,
				Value: current, Replaced: last, Run: p.in.Run})
		case barred:
			l.summary.Barred++
		case write:
			cause := cause(f, row, moved, written, current, last)
			moved = moved || !f.role.accompanies()
			change := store.Change{Classifier: l.Name, Field: f.key, Old: current, Written: last, New: want, Cause: string(cause)}
			if f.role <= roleTag {
				if change.Reason, err = reason.raw(l, row); err != nil {
					return nil, err
				}
			}
			changes = append(changes, change)
			p.summary.Changes++
			l.summary.Changes++
			l.summary.Causes[cause]++
			if f.role == roleClass {
				l.summary.example(Change{Kind: t.Kind, Record: t.ID, Field: f.key, Classifier: l.Name, Customer: t.Customer,
					Old: current, New: want, Reason: reason.text, Cause: cause})
			}
			p.use(t.Kind, l, f)
		}
	}
	return changes, nil
}

// want is the value that a field should have, "" for none.
func (l *classifierLayout) want(f *field, row *store.TagRow, reason *sentence) (string, error) {
	if row == nil || f.role == roleRetired {
		return "", nil
	}
	class := row.Value(client.MainTag(l.Tags))
	switch f.role {
	case roleClass, roleTag:
		return normal(f.spec.Type, row.Value(f.part)), nil
	case roleHandling:
		return l.handling[class], nil
	}
	if class == "" {
		return "", nil
	}
	switch f.role {
	case roleSince:
		return row.Since.String(), nil
	case roleClassifiedAt:
		return row.AsOf.String(), nil
	}
	err := reason.word(l, row)
	return normal(crm.Text, shorten(reason.text, ReasonLength)), err
}

// cause tells why a value is written. moved tells that the class or a tag is, too.
func cause(f *field, row *store.TagRow, moved, written bool, current, last string) crm.Cause {
	switch {
	case current != last: // with on_manual_edit: overwrite only
		return crm.CauseOverride
	case f.role == roleRetired:
		return crm.CauseRule
	case !written:
		return crm.CauseFirst
	case f.role > roleTag && !moved: // the text of a handling, say
		return crm.CauseRule
	}
	return causeOf(row)
}

// countClass counts the class of one record.
func (p *planner) countClass(t *store.Target, l *classifierLayout, before, want string, d decision) {
	after := want
	if d == kept || d == barred {
		after = before
	}
	if after != "" {
		l.valued++
	}
	if before != "" {
		if l.partial {
			l.valued--
		} else {
			l.guard.Of++
		}
		if after == "" || after != before && !l.measured() {
			l.guard.Affected++
		}
	}
	if l.sizes {
		var revenue int64
		var known bool
		if p.in.Revenue != nil && !l.partial {
			revenue, known = p.in.Revenue(t.Customer)
		}
		l.summary.customer(before, after, revenue, known)
	}
}

// use notes that the plan writes a field.
func (p *planner) use(kind crm.Kind, l *classifierLayout, f *field) {
	key := planKey{kind, f.key}
	if _, known := p.used[key]; !known {
		p.used[key] = planField{Kind: kind, Classifier: l.Name, Part: f.part, Retired: f.role == roleRetired, Spec: f.spec}
	}
}

// sentence is the reason of one tag row in words, made when it is needed first.
type sentence struct {
	text string
	done bool
}

func (s *sentence) word(l *classifierLayout, row *store.TagRow) (err error) {
	if s.done || row == nil || l.Words == nil || len(row.Reasons) == 0 {
		return nil
	}
	s.text, err = l.Words(row.Reasons)
	s.done = true
	return err
}

// raw is the reason as the store keeps it, nil when there is none.
func (s *sentence) raw(l *classifierLayout, row *store.TagRow) (json.RawMessage, error) {
	if err := s.word(l, row); err != nil || s.text == "" {
		return nil, err
	}
	return json.Marshal(s.text)
}

// shorten cuts a text to n characters, the last being an ellipsis when something is cut.
func shorten(s string, n int) string {
	for i := range s {
		if n--; n == 0 {
			if _, rest := s[:i], s[i:]; len([]rune(rest)) > 1 {
				return s[:i] + "…"
			}
			break
		}
	}
	return s
}

// written is a record with values that we wrote.
type writtenRecord struct {
	id     string
	values map[string]string
}

// withStrays visits the people of customers, and between them those that we wrote to once and that belong to no
// customer now: what they show of ours is cleared. Those that are gone from the CRM are forgotten.
func (p *planner) withStrays(ctx context.Context, k *kindLayout, visit func(*store.Target) error) error {
	next, stop := pull(func(each func(writtenRecord) error) error {
		return p.conn.WrittenRecords(ctx, k.kind, k.keys(), func(id string, values map[string]string) error {
			return each(writtenRecord{id, values})
		})
	})
	defer stop()
	head, err, more := next()
	upTo := func(id string, last bool) error {
		for ; more; head, err, more = next() {
			if err != nil {
				return err
			}
			if !last && head.id > id {
				return nil
			}
			if !last && head.id == id {
				continue
			}
			if err := p.stray(ctx, k, head, visit); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.conn.Targets(ctx, k.kind, k.names, func(t *store.Target) error {
		if err := upTo(t.ID, false); err != nil {
			return err
		}
		return visit(t)
	}); err != nil {
		return err
	}
	return upTo("", true)
}

// stray visits a record without customer.
func (p *planner) stray(ctx context.Context, k *kindLayout, w writtenRecord, visit func(*store.Target) error) error {
	record, _, ok, err := p.conn.Record(ctx, k.kind, w.id)
	if err != nil {
		return err
	}
	if ok {
		return visit(&store.Target{Kind: k.kind, ID: w.id, Customer: w.id, Written: w.values, Current: record.Own})
	}
	p.adopted[w.id] = map[string]string{}
	for key := range w.values {
		p.adopted[w.id][key] = ""
	}
	return p.flush(ctx, k.kind, flushRows)
}
