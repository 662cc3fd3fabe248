package connector

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// Capabilities say what the connector can do with a kind of record. Where several of the CRM's objects become one kind, all of
// them can do it.
type Capabilities struct {
	List          bool `json:"list"`
	Incremental   bool `json:"incremental"`              // changes are told
	Deletions     bool `json:"deletions"`                // deletions are told, in all of its objects
	SomeDeletions bool `json:"some_deletions,omitempty"` // in some of its objects only
	Merges        bool `json:"merges"`                   // the survivor of a merge is told
	Count         bool `json:"count"`                    // there is a cheap request for how many records there are
	BulkRead      bool `json:"bulk_read"`                // large listings are read as a job
	Write         bool `json:"write"`
	Batch         bool `json:"batch"`      // several records in a write request
	BatchSize     int  `json:"batch_size"` // records in a write request; 0 without write
	SameValues    bool `json:"same_values"`
	BulkWrite     bool `json:"bulk_write"`                   // many records are written as a job
	ReadBack      bool `json:"read_back"`                    // what was written is read back
	Read          bool `json:"read"`                         // current values can be asked for before they are overwritten
	ReadSize      int  `json:"read_size"`                    // records in such a request; 0 without read
	Guarded       bool `json:"guarded"`                      // a write is refused when the record changed since it was read
	Fields        bool `json:"fields"`                       // custom fields are found
	CreateField   bool `json:"create_field"`                 // and made
	ExtendOptions bool `json:"extend_options"`               // and given new options
	RemoveField   bool `json:"remove_field"`                 // and removed
	Conditional   bool `json:"conditional_fields,omitempty"` // made, extended and removed where the connection has what Instead names
	// Activities are the kinds of activities that are read; Optional the CRM's objects that an account may lack.
	Activities []string `json:"activities,omitempty"`
	Optional   []string `json:"optional,omitempty"`
	// Instead says what is done where the CRM cannot do something.
	Instead []string `json:"instead,omitempty"`
	Notes   []string `json:"notes,omitempty"` // what the manifest says of these records beside that
}

// CapabilitiesOf derives from a manifest what it offers, by kind: everything that a connection may choose.
func CapabilitiesOf(m *manifest.Manifest) map[crm.Kind]Capabilities {
	objects := map[crm.Kind][]*manifest.Object{}
	for _, name := range slices.Sorted(maps.Keys(m.Objects)) {
		o := m.Objects[name]
		objects[o.Kind] = append(objects[o.Kind], o)
	}
	return capabilities(objects)
}

// Capabilities say what the manifest offers to this connection, by kind.
func (c *Connector) Capabilities() map[crm.Kind]Capabilities {
	objects := map[crm.Kind][]*manifest.Object{}
	for kind, list := range c.objects {
		for _, o := range list {
			objects[kind] = append(objects[kind], o.spec)
		}
	}
	return capabilities(objects)
}

func capabilities(objects map[crm.Kind][]*manifest.Object) map[crm.Kind]Capabilities {
	out := map[crm.Kind]Capabilities{}
	for kind, list := range objects {
		all := Capabilities{List: true, Incremental: true, Deletions: true, Merges: true, Count: true, BulkRead: true}
		for _, o := range list {
			all.reads(o)
		}
		all.writes(list)
		slices.Sort(all.Activities)
		all.Activities = slices.Compact(all.Activities)
		all.SomeDeletions = !all.Deletions && slices.ContainsFunc(list, deletions)
		all.Instead = all.instead(kind, list)
		out[kind] = all
	}
	return out
}

// reads takes away what an object cannot do.
func (c *Capabilities) reads(o *manifest.Object) {
	changed := o.Changed
	first := o.List
	if first == nil {
		first = &changed.Listing
	}
	c.Incremental = c.Incremental && changed != nil
	c.Deletions = c.Deletions && deletions(o)
	c.Merges = c.Merges && (o.Merged != nil || o.Deleted != nil && o.Deleted.Into != nil || changed != nil && changed.Delta != nil && changed.Delta.Into != nil)
	c.Count = c.Count && first.Count != nil
	c.BulkRead = c.BulkRead && first.Job != nil
	if o.Optional {
		c.Optional = append(c.Optional, o.Name)
	}
	if kind := o.Fields["kind"]; kind != nil && kind.Expr != nil {
		c.Activities = append(c.Activities, named(kind.Expr)...)
	}
	c.Notes = append(c.Notes, o.Notes...)
}

// deletions tells whether the CRM tells which of an object's records were deleted.
func deletions(o *manifest.Object) bool {
	return o.Deleted != nil || o.Changed != nil && o.Changed.Delta != nil && o.Changed.Delta.Removed != nil
}

// named are the kinds of activities that an expression can yield.
func named(p *manifest.Program) (kinds []string) {
	for _, f := range crm.Standard {
		if f.Kind != crm.Activity || f.Name != "kind" {
			continue
		}
		for _, kind := range f.Options {
			if strings.Contains(p.Source, `"`+kind+`"`) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// writes are those of the object that fields are written to.
func (c *Capabilities) writes(list []*manifest.Object) {
	o := list[0]
	if i := slices.IndexFunc(list, func(o *manifest.Object) bool { return o.Write != nil }); i >= 0 {
		o = list[i]
	}
	if w := o.Write; w != nil {
		c.Write, c.Batch, c.BatchSize, c.SameValues = true, w.Batch > 1, w.Batch, w.SameValues
		if w.Distinct != nil {
			c.SameValues, c.BatchSize = false, w.Distinct.Batch
		}
		c.BulkWrite, c.ReadBack = w.Job != nil, w.Verify
	}
	if r := o.Read; r != nil {
		c.Read, c.ReadSize, c.Guarded = true, r.Batch, r.Version != nil
	}
	if d := o.Define; d != nil {
		c.Fields, c.CreateField, c.ExtendOptions, c.RemoveField = true, d.Create != nil, d.Extend != nil, d.Remove != nil
		c.Conditional = d.Create != nil && (d.Create.Auth != "" || d.Create.When != nil)
	}
}

// instead says what is done where something cannot be done.
func (c *Capabilities) instead(kind crm.Kind, list []*manifest.Object) []string {
	var out []string
	say := func(lacks bool, text string) {
		if lacks {
			out = append(out, text)
		}
	}
	some := slices.ContainsFunc(list, func(o *manifest.Object) bool { return o.Changed != nil })
	say(!c.Incremental && !some, "changes are not told: every pull reads everything")
	say(!c.Incremental && some, "some objects do not tell their changes: each pull lists these")
	say(!c.Deletions && !c.SomeDeletions && (c.Incremental || some), "deletions are not told: comparing all ids finds them (reconcile_days)")
	say(c.SomeDeletions, "some objects do not tell deletions: comparing all ids finds them (reconcile_days)")
	say(!c.Merges && kind != crm.Activity, "merges are not told: the record that was swallowed is deleted, and what belonged to it comes with its own changes")
	if kind == crm.Activity {
		return out
	}
	say(!c.Write, "nothing can be written to these records")
	if !c.Write {
		return out
	}
	say(!c.Batch, "each record is written by a request of its own")
	say(c.SameValues, "records that get the same values are written together")
	say(slices.ContainsFunc(list, func(o *manifest.Object) bool {
		return o.Write != nil && o.Write.Distinct != nil && o.Write.Distinct.When != nil
	}), "records whose values differ are written together where the settings say that the CRM's release can, else those that get the same values")
	say(!c.Read, "a value that somebody changed since the last pull is not seen before it is overwritten")
	say(!c.CreateField, "fields are made by a person: plan and apply say how, taxon then finds them and checks type and options")
	if i := slices.IndexFunc(list, func(o *manifest.Object) bool {
		return o.Define != nil && o.Define.Create != nil && o.Define.Create.Auth != ""
	}); i >= 0 {
		say(true, fmt.Sprintf("fields are made where the connection also has the secrets of the way %s to authenticate, else by a person", list[i].Define.Create.Auth))
	}
	say(slices.ContainsFunc(list, func(o *manifest.Object) bool {
		return o.Define != nil && o.Define.Create != nil && o.Define.Create.When != nil
	}),
		"fields are made where the settings say that the CRM's release can, else by a person")
	say(c.CreateField && !c.ExtendOptions, "new options of a field are added by a person: apply says which")
	say(!c.RemoveField, "fields that are no longer wanted are removed by a person")
	return out
}
