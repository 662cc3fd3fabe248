package conformance

import (
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// pulled gathers what pulls deliver.
type pulled struct {
	records  map[string]crm.Record
	times    map[string]int // how often a record came
	deleted  []string
	rejected []crm.Rejected
	left     []crm.Problem
	pages    int
	state    []byte
	full     bool
	last     bool
}

func (p *pulled) take(page connector.Page) {
	if p.records == nil {
		p.records, p.times = map[string]crm.Record{}, map[string]int{}
	}
	for _, r := range page.Records {
		p.records[r.ID] = r
		p.times[r.ID]++
	}
	p.pages++
	p.deleted = append(p.deleted, page.Deleted...)
	p.rejected = append(p.rejected, page.Rejected...)
	p.left = append(p.left, page.LeftOut...)
	p.state, p.full, p.last = page.State, page.Full, page.Last
}

// ids are the ids of the records that came, sorted.
func (p *pulled) ids() []string {
	ids := []string{}
	for id := range p.records {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// pull pulls a kind to the end.
func (w *world) pull(t T, c *connector.Connector, kind crm.Kind, state []byte) *pulled {
	t.Helper()
	p := &pulled{state: state}
	if err := c.Pull(t.Context(), kind, state, func(page connector.Page) error { p.take(page); return nil }); err != nil {
		w.said.note(err)
		t.Fatalf("pull %s: %v", kind, err)
	}
	w.said.note(string(p.state), p.rejected, p.left)
	if !p.last {
		t.Errorf("pull %s: the last page does not say so", kind)
	}
	if len(p.left) > 0 {
		t.Errorf("pull %s: %v is left out", kind, p.left[0].Pointer)
	}
	for id, n := range p.times {
		if n != 1 && len(p.records[id].MergedIDs) == 0 { // one that has absorbed others may come as changed, and once more to tell so
			t.Errorf("pull %s: %s came %d times", kind, id, n)
		}
	}
	return p
}

// fullPullEqualsTheSource: all that was put into the account comes, once, with its values and links, and nothing else.
func fullPullEqualsTheSource(t T, d *Dialect) {
	newWorld(t, d, options{}).equalsTheSource(t)
}

func (w *world) equalsTheSource(t T) {
	t.Helper()
	w.fill(t, 60, 130, 410, 30)
	c := w.connect(t)
	account, err := c.Account(t.Context())
	if err != nil || account.ID == "" || len(account.Currency) != 3 {
		t.Fatalf("the account is %+v, %v", account, err)
	}
	for _, kind := range w.kinds() {
		p := w.pull(t, c, kind, nil)
		if !p.full {
			t.Errorf("%s: the first pull does not say that it lists everything", kind)
		}
		if got, want := p.ids(), w.live(kind); !slices.Equal(got, want) {
			t.Errorf("%s: %d records came, the account has %d", kind, len(got), len(want))
			continue
		}
		if len(p.rejected) > 0 || len(p.deleted) > 0 {
			t.Errorf("%s: rejected %v, deleted %v", kind, p.rejected, p.deleted)
		}
		for _, object := range w.d.wanted(w.m, kind) {
			wrong := 0
			for _, r := range w.put[object] {
				if wrong += w.compare(t, r, p.records[w.id(object, r.id)], account.Currency); wrong > 10 {
					break // the rest says the same
				}
			}
		}
	}
}

// compare holds a record that came against what was put into the account, and counts differences.
func (w *world) compare(t T, want *stored, got crm.Record, currency string) (wrong int) {
	t.Helper()
	if got.UpdatedAt.IsZero() && w.m.Objects[want.object].Updated != "" {
		t.Errorf("%s %s has no change time", want.object, want.id)
		wrong++
	}
	for field, text := range want.fields {
		value := got.Field(field)
		have := value.String()
		switch value.Type() {
		case crm.Amount:
			have, text = have+" "+value.Money().Currency, text+" "+currency
		case crm.Time, crm.Date:
			have, text = have[:min(10, len(have))], text[:10]
		}
		if have != text {
			t.Errorf("%s %s: %s is %q, the account has %q", want.object, want.id, field, have, text)
			wrong++
		}
	}
	for _, kind := range w.linkable(want.object) {
		if want.linked[kind] == "" && len(w.d.Objects[want.object].sharing(kind)) > 1 {
			continue // the id that stands there is one of another kind
		}
		if have := got.Linked(kind); have != want.linked[kind] {
			t.Errorf("%s %s is linked with the %s %q, in the account with %q", want.object, want.id, kind, have, want.linked[kind])
			wrong++
		}
	}
	return wrong
}

// adapterFits: the adapter names every object and every way to authenticate of the manifest, and what the checks need.
func adapterFits(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	for name, o := range w.m.Objects {
		spec, ok := d.Objects[name]
		if !ok {
			t.Errorf("the adapter does not know the object %s", name)
			continue
		}
		if o.Gone != nil && spec.Leaves == nil {
			t.Errorf("the adapter does not say what makes records leave %s (Leaves)", name)
		}
		needed := map[crm.Kind][]string{crm.Company: {"name"}, crm.Contact: {"name"}, crm.Deal: {"name", "amount", "closed_at"}}[o.Kind]
		for _, field := range needed {
			if spec.Fields[field] == "" {
				t.Errorf("the adapter has no property for the field %s of %s", field, name)
			}
		}
		if o.Kind == crm.Deal && len(spec.States) != 3 {
			t.Errorf("the adapter must say what open, won and lost are for %s", name)
		}
		for kind := range o.Links {
			if len(d.wanted(w.m, kind)) > 0 && !slices.Contains(w.linkable(name), kind) {
				t.Errorf("the adapter links no %s with a %s", name, kind)
			}
		}
		for kind := range o.Associations {
			if len(d.wanted(w.m, kind)) > 0 && !slices.Contains(w.linkable(name), kind) {
				t.Errorf("the adapter links no %s with a %s", name, kind)
			}
		}
	}
	for name := range d.Objects {
		if w.m.Objects[name] == nil {
			t.Errorf("the manifest has no object %s", name)
		}
	}
	for name, auth := range w.m.Auth {
		i := slices.IndexFunc(d.Ways, func(way Way) bool { return way.Name == name })
		if i < 0 {
			t.Errorf("the adapter does not know the way %s to authenticate", name)
			continue
		}
		for secret := range auth.Secrets {
			if len(strings.TrimSpace(d.Ways[i].Secrets[secret])) < 6 {
				t.Errorf("the adapter needs a secret %s for %s, of six characters at least", secret, name)
			}
		}
	}
}
