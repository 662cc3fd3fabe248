package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/crm"
)

// privateWord stands in values of records: in e-mail addresses and in what the account's rules say about records.
const privateWord = "MsMiller"

// stored is a record as the suite put it into the account.
type stored struct {
	object, id string
	kind       crm.Kind
	fields     map[string]string // canonical, as text
	linked     map[crm.Kind]string
}

// fill puts so many records into each object of each kind, with links to the objects of the kinds before.
func (w *world) fill(t T, companies, contacts, deals, activities int) {
	t.Helper()
	n := map[crm.Kind]int{crm.Company: companies, crm.Contact: contacts, crm.Deal: deals, crm.Activity: activities}
	for _, kind := range w.kinds() {
		for _, object := range w.d.wanted(w.m, kind) {
			for i := range n[kind] {
				w.add(t, object, i)
			}
		}
	}
}

// add puts the i-th record into an object, made in the month before the epoch; some share an instant.
func (w *world) add(t T, object string, i int) *stored {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(i/3), 7)) // three records in a row share an instant
	return w.addAt(t, object, i, epoch.Add(-30*24*time.Hour+time.Duration(random.Int64N(int64(28*24*time.Hour)))).Truncate(time.Second))
}

// addAt puts the i-th record into an object, made at an instant.
func (w *world) addAt(t T, object string, i int, created time.Time) *stored {
	t.Helper()
	spec := w.d.Objects[object]
	r := &stored{object: object, kind: w.m.Objects[object].Kind, fields: map[string]string{}, linked: map[crm.Kind]string{}}
	for field, value := range sample(r.kind, i) {
		if spec.Fields[field] != "" {
			r.fields[field] = value
		}
	}
	values := map[string]string{}
	for field, value := range r.fields {
		if form := spec.Forms[field]; form != nil {
			value = form(value)
		}
		values[spec.Fields[field]] = value
	}
	maps.Copy(values, spec.Fixed)
	maps.Copy(r.fields, spec.Expect)
	if r.kind == crm.Deal {
		state := []string{crm.Won, crm.Lost, crm.Open}[i%3]
		maps.Copy(values, spec.States[state])
		r.fields["state"] = state
	}
	for _, kind := range w.linkable(object) {
		if to := w.partner(kind, i); to != nil && spec.turn(kind, i) {
			r.linked[kind] = to.id
			if w.Link == nil {
				values[spec.Links[kind]] = to.id
			}
		}
	}
	id, err := w.Load(object, sandbox.Record{Values: values, Created: created, Modified: created})
	if err != nil {
		t.Fatalf("a record of %s cannot be put into the sandbox: %v", object, err)
	}
	r.id = id
	if w.Link != nil {
		for kind, to := range r.linked {
			w.Link(object, id, w.partner(kind, i).object, to)
		}
	}
	w.put[object] = append(w.put[object], r)
	return r
}

// linkable are the kinds that an object's records are linked with.
func (w *world) linkable(object string) []crm.Kind {
	spec := w.d.Objects[object]
	if w.Link != nil {
		return spec.Linked
	}
	var out []crm.Kind
	for _, kind := range crm.Kinds {
		if spec.Links[kind] != "" {
			out = append(out, kind)
		}
	}
	return out
}

// sharing are the kinds whose links stand in one property, for CRMs that know one partner, a company or a person.
func (o Object) sharing(kind crm.Kind) (kinds []crm.Kind) {
	for _, k := range crm.Kinds {
		if o.Links[k] != "" && o.Links[k] == o.Links[kind] {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// turn reports whether the i-th record has a kind's link: where kinds share a property, one of them.
func (o Object) turn(kind crm.Kind, i int) bool {
	kinds := o.sharing(kind)
	return len(kinds) < 2 || kinds[i%len(kinds)] == kind
}

// partner is the record of a kind that the i-th record of another is linked with; every fifth has none.
func (w *world) partner(kind crm.Kind, i int) *stored {
	objects := w.d.wanted(w.m, kind)
	if i%5 == 0 || len(objects) == 0 || len(w.put[objects[0]]) == 0 {
		return nil
	}
	return w.put[objects[0]][i%len(w.put[objects[0]])]
}

// sample are the canonical values of the i-th record of a kind.
func sample(kind crm.Kind, i int) map[string]string {
	n := strconv.Itoa(i)
	day := epoch.AddDate(0, 0, -1-i%20).Truncate(24 * time.Hour).Add(12 * time.Hour).Format(time.RFC3339)
	switch kind {
	case crm.Company:
		return map[string]string{"name": "Company " + n, "domain": "c" + n + ".example", "country": "Germany", "city": "Ulm", "employees": strconv.Itoa(i + 1)}
	case crm.Contact:
		return map[string]string{"name": "Person" + n, "email": fmt.Sprintf("%s%d@example.com", privateWord, i), "job_title": "Buyer", "country": "Germany", "city": "Ulm"}
	case crm.Deal:
		return map[string]string{"name": "Deal " + n, "amount": n + ".50", "closed_at": day}
	}
	return map[string]string{"amount": n + ".50", "occurred_at": day}
}

// edit changes a record as a user does.
func (w *world) edit(t T, object, id string, i int) {
	t.Helper()
	spec := w.d.Objects[object]
	property := spec.Edit
	if property == "" {
		property = spec.Fields["name"]
	}
	if err := w.Edit(object, id, map[string]string{property: strconv.Itoa(100_000 + i)}); err != nil {
		t.Fatalf("a user cannot edit a record of %s: %v", object, err)
	}
}
