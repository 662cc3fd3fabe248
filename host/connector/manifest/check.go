package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// mayHaveFirst are the places of requests that may have another one before them.
var mayHaveFirst = regexp.MustCompile(`/(lookups|define|list|changed|deleted|ids|write)/`)

// mayBeAbsent are the places of requests that a connection may not have.
var mayBeAbsent = regexp.MustCompile(`/(first|define/create|define/extend|define/remove|associations/[a-z]+/request)$`)

// check finds what decoding cannot: names that mean nothing, keys that only make sense together.
func (d *decoder) check(m *Manifest) {
	root := place{line: 1}
	if !namePattern.MatchString(m.Name) {
		d.fault(root, "the name must be lower case letters, digits and underscores")
	}
	if m.Auth[m.AuthDefault] == nil {
		d.fault(root, "auth_default names no way to authenticate")
	}
	for name, input := range m.Inputs {
		if name == "auth" {
			d.fault(d.places[input], "the input auth exists already: it chooses the way to authenticate")
		}
		if !input.Allows(input.Normal(input.Default)) {
			d.fault(d.places[input], "the default is not one of the values allowed")
		}
	}
	d.rules(m, m.Errors)
	for _, limit := range m.Limits {
		d.limit(limit)
	}
	for _, a := range m.Auth {
		d.assertion(a)
	}
	for name, o := range m.Objects {
		o.Name = name
		d.object(m, o)
	}
	for structure, at := range d.places {
		if r, ok := structure.(*Request); ok {
			d.request(m, r, at)
		}
	}
	for _, l := range d.programs {
		d.names(m, l)
	}
	for _, s := range m.Samples {
		if m.Objects[s.Object] == nil {
			d.fault(d.places[s], "there is no object %q", s.Object)
		} else if s.Listing == "changed" && m.Objects[s.Object].Changed == nil {
			d.fault(d.places[s], "the object %s has no listing changed", s.Object)
		}
	}
	slices.SortStableFunc(d.faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
}

func (d *decoder) rules(m *Manifest, rules []*ErrorRule) {
	for _, r := range rules {
		for _, status := range r.Status {
			if !regexp.MustCompile(`^[1-5](xx|\d\d)$`).MatchString(status) {
				d.fault(d.places[r], "%q is not a status such as 429 or 5xx", status)
			}
		}
		if len(r.Status)+len(r.Header)+len(r.Body)+len(r.Text)+len(r.ContentType) == 0 {
			d.fault(d.places[r], "the rule has no condition")
		}
		if r.Limit != "" && m.Limits[r.Limit] == nil {
			d.fault(d.places[r], "there is no limit %q", r.Limit)
		}
		if r.Then == ThenPark && !m.daily(r.Limit) {
			d.fault(d.places[r], "park needs the name of a daily limit")
		}
		if (r.After > 0) != (r.Park != "") || r.Park != "" && (r.Then != ThenRetry || !m.daily(r.Park)) {
			d.fault(d.places[r], "after and park belong to retry: a number of attempts and the name of a daily limit")
		}
	}
}

// daily reports whether a name is that of a daily limit.
func (m *Manifest) daily(limit string) bool {
	l := m.Limits[limit]
	return l != nil && l.Daily != ""
}

func (d *decoder) request(m *Manifest, r *Request, at place) {
	if r.Body != nil && r.Form != nil {
		d.fault(at, "a request has a body or a form, not both")
	}
	for _, name := range r.Limits {
		if m.Limits[name] == nil {
			d.fault(at, "there is no limit %q", name)
		}
	}
	if r.First != nil && !mayHaveFirst.MatchString(at.pointer) {
		d.fault(at, "only requests of listings, of define and of single writes have a request first")
	}
	if r.When != nil && !mayBeAbsent.MatchString(at.pointer) {
		d.fault(at, "only a request first, those of associations, and those that create, extend or remove fields, depend on a connection")
	}
	if r.Auth != "" && m.Auth[r.Auth] == nil {
		d.fault(at, "there is no way to authenticate called %q", r.Auth)
	}
	for name := range r.Cost {
		if m.Limits[name] == nil {
			d.fault(at, "there is no limit %q", name)
		}
	}
	d.rules(m, r.Errors)
}

func (d *decoder) object(m *Manifest, o *Object) {
	at := d.places[o]
	if !slices.Contains(crm.Kinds, o.Kind) {
		d.fault(at, "there is no kind of record %q", string(o.Kind))
		return
	}
	if o.List == nil && o.Changed == nil {
		d.fault(at, "the object has neither list nor changed")
	}
	standard, _ := crm.NewCatalogue()
	for name, f := range o.Fields {
		spec, ok := standard.Lookup(o.Kind, name)
		switch {
		case !ok:
			d.fault(d.places[f], "there is no field %q of %s records", name, o.Kind)
		case spec.Derived:
			d.fault(d.places[f], "the field %s is computed by the host", name)
		case (f.Property == "") == (f.Expr == nil):
			d.fault(d.places[f], "a field has either a property or an expression")
		case f.Currency != "" && spec.Type != crm.Amount:
			d.fault(d.places[f], "only an amount has a currency")
		case f.Scale != 0 && (spec.Type != crm.Amount && spec.Type != crm.Number || f.Scale > 18):
			d.fault(d.places[f], "only amounts and numbers have a scale, of at most 18 places")
		}
	}
	for kind, l := range o.Links {
		d.kind(kind, d.places[l])
		if (l.Property == "") == (l.Expr == nil) || l.Expr != nil && (l.At != nil || l.Each != nil) {
			d.fault(d.places[l], "a link has either a property or an expression")
		}
	}
	for kind, a := range o.Associations {
		d.kind(kind, d.places[a])
		d.positive(a.Batch, "batch", d.places[a])
		if a.From == nil && a.Batch > 1 {
			d.fault(d.places[a], "from is missing: which id is an answer about?")
		}
	}
	for _, l := range []*Listing{o.List, o.IDs} {
		if l != nil {
			d.listing(o, l, d.places[l])
		}
	}
	if o.Changed != nil {
		d.listing(o, &o.Changed.Listing, d.places[o.Changed])
		if delta := o.Changed.Delta; delta != nil {
			d.onlyPages(&o.Changed.Listing)
			if delta.Into != nil && o.Read == nil {
				d.fault(d.places[delta], "into needs read: the records that absorbed others are read")
			}
			if o.List == nil || o.Changed.Page.Link == nil || o.Changed.Late > 0 {
				d.fault(d.places[delta], "a delta needs list, which gives the first link, and pages by link, and has no late")
			}
		} else if o.Updated == "" {
			d.fault(at, "changed needs the key updated: the property with the change time")
		}
		for _, t := range o.Changed.Touched {
			d.listing(o, &t.Listing, d.places[t])
			d.onlyPages(&t.Listing)
			if o.Read == nil {
				d.fault(d.places[t], "touched needs read: the records are read by id")
			}
		}
		if o.Changed.New != nil {
			d.listing(o, o.Changed.New, d.places[o.Changed.New])
			d.onlyPages(o.Changed.New)
			if o.Created == "" || o.Changed.Delta != nil {
				d.fault(d.places[o.Changed.New], "new needs the object's key created, and is not for deltas")
			}
		}
		if _, err := time.Parse(time.RFC3339, o.Changed.Earliest); o.Changed.Earliest != "" && err != nil {
			d.fault(d.places[o.Changed], "earliest is not an instant such as 1970-01-01T00:00:01Z")
		}
	}
	d.onlyPages(o.IDs)
	if o.Deleted != nil {
		d.onlyPages(&o.Deleted.Listing)
		d.listing(o, &o.Deleted.Listing, d.places[o.Deleted])
		if o.Deleted.Into != nil && o.Read == nil {
			d.fault(d.places[o.Deleted], "into needs read: the records that absorbed others are read")
		}
	}
	if o.Write != nil && o.Write.Verify && o.Read == nil {
		d.fault(at, "verify needs the key read")
	}
	if o.Read != nil {
		d.positive(o.Read.Batch, "batch", d.places[o.Read])
	}
	if w := o.Write; w != nil {
		d.positive(w.Batch, "batch", d.places[w])
		if w.Match == "id" && (w.Rows == nil && w.Failures == nil || w.ID == nil) {
			d.fault(d.places[w], "matching by id needs rows or failures, and id")
		}
		d.writeExtras(w)
	}
	if def := o.Define; def != nil {
		d.define(def)
	}
	if c := o.Columns; c != nil {
		d.onlyPages(c.List)
		d.listing(o, c.List, d.places[c.List])
		if o.Define != nil || !o.Strict {
			d.fault(d.places[c], "columns are for strict objects without define, which lists fields as well")
		}
	}
}

func (d *decoder) define(def *Define) {
	at := d.places[def]
	d.onlyPages(def.List)
	for name, t := range def.Types {
		if _, ok := crm.ParseType(name); !ok && name != "class" {
			d.fault(d.places[t], "there is no type %q", name)
		}
	}
	needed := []string{"text", "number", "date", "class"}
	if def.Labels != "" { // a label is a choice and nothing else
		needed = []string{"class"}
		if def.Options == nil || def.OptionValue == nil {
			d.fault(at, "labels need options and option_value")
		}
	}
	for _, name := range needed {
		if def.Types[name] == nil {
			d.fault(at, "types lacks %s", name)
		}
	}
	if def.Create == nil && def.Instructions == nil {
		d.fault(at, "without create, instructions must say what a person does")
	}
	if (def.GroupFind == nil) != (def.GroupCreate == nil) {
		d.fault(at, "group_find and group_create belong together")
	}
}

func (d *decoder) listing(o *Object, l *Listing, at place) {
	d.positive(l.Size, "size", at)
	ways := 0
	for _, given := range []bool{l.Page.Cursor != nil, l.Page.Link != nil, l.Page.Number != nil, l.Page.Offset != nil, l.Page.Next != nil, l.Page.Keyset != nil} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		d.fault(at, "a listing has one way to find the next page")
	}
	d.listingExtras(l)
	if l.Otherwise == nil && slices.ContainsFunc(l.Request.Errors, func(r *ErrorRule) bool { return r.Then == ThenOtherwise }) {
		d.fault(at, "then: otherwise needs the listing's otherwise")
	}
	if k := l.Page.Keyset; k != nil && k.By != "id" && o.Updated == "" {
		d.fault(at, "a keyset by updated needs the object's key updated")
	}
}

func (d *decoder) positive(n int, name string, at place) {
	if n == 0 {
		d.fault(at, "%s must be above zero", name)
	}
}

func (d *decoder) kind(kind crm.Kind, at place) {
	if !slices.Contains(crm.Kinds, kind) {
		d.fault(at, "there is no kind of record %q", string(kind))
	}
}

// names checks that what an expression names exists.
func (d *decoder) names(m *Manifest, l located) {
	steps := strings.Split(l.at.pointer, "/")
	within := func(root string) string { // the name below /root/NAME/…
		if len(steps) > 2 && steps[1] == root {
			return steps[2]
		}
		return ""
	}
	for _, c := range l.program.Chains {
		known := true
		switch c[0] {
		case "config":
			_, known = m.Inputs[c[1]]
			known = known || c[1] == "auth"
		case "vars":
			_, known = m.Vars[c[1]]
		case "lookup":
			_, known = m.Lookups[c[1]]
		case "object":
			if o := m.Objects[within("objects")]; o != nil {
				_, known = o.Vars[c[1]]
				known = known || c[1] == "name"
			}
		case "secret":
			if a := m.Auth[within("auth")]; a != nil {
				_, known = a.Secrets[c[1]]
			}
		case "token":
			if a := m.Auth[within("auth")]; a != nil {
				known = a.Exchange != nil && a.Exchange.Token[c[1]] != nil
			}
		}
		if !known {
			d.fault(l.at, "%s is not declared", fmt.Sprintf("%s.%s", c[0], c[1]))
		}
	}
}
