package connector

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// ObjectTrial is what one page of an object gave. It counts, and holds no values of records.
type ObjectTrial struct {
	Object   string           `json:"object"`
	Kind     crm.Kind         `json:"kind"`
	Place    string           `json:"place"`           // of its listing in the manifest
	First    string           `json:"first,omitempty"` // id of the first record
	Rows     int              `json:"rows"`
	Records  int              `json:"records"` // mapped
	Changes  int              `json:"changes"` // of them, with a change time
	Fields   []FieldTrial     `json:"fields"`
	Links    map[crm.Kind]int `json:"links,omitempty"`    // records that have a link of the kind
	Unmapped []string         `json:"unmapped,omitempty"` // properties of the rows that nothing is made of
	Problems []crm.Problem    `json:"problems,omitempty"`
}

// FieldTrial is in how many records of a page a field had a value.
type FieldTrial struct {
	Field  string `json:"field"`
	From   string `json:"from"` // property or expression
	Filled int    `json:"filled"`
	Place  string `json:"place"` // in the manifest
}

// TryObjects reads one page of each object of the manifest, maps it, and tells what came of it.
func (c *Connector) TryObjects(ctx context.Context) ([]ObjectTrial, error) {
	var out []ObjectTrial
	for _, kind := range crm.Kinds {
		for _, o := range c.objects[kind] {
			t, err := c.tryObject(ctx, o)
			if err != nil {
				return out, err
			}
			out = append(out, t)
		}
	}
	return out, nil
}

func (c *Connector) tryObject(ctx context.Context, o *object) (ObjectTrial, error) {
	w := walk{object: o, class: transport.Discovery, listing: o.spec.List}
	at, part := position{}, any(o.spec.List)
	if w.listing == nil {
		w.listing, w.changed, at.Since, part = &o.spec.Changed.Listing, o.spec.Changed, earliest(o.spec.Changed), o.spec.Changed
	}
	t := ObjectTrial{Object: o.name, Kind: o.spec.Kind, Place: c.manifest.Where(part), Links: map[crm.Kind]int{}}
	p := &pull{c: c, o: o, own: &objectState{}, linkClass: transport.Association}
	err := p.prepare(ctx)
	if err == nil {
		w.properties = p.asked
		err = c.firstPage(ctx, w, at, func(rows []mapping.Row) error {
			t.Rows = len(rows)
			for _, row := range rows {
				p.take(row, false)
			}
			t.Unmapped = unmapped(o, rows)
			return nil
		})
	}
	if err == nil {
		err = p.associate(ctx)
	}
	if err != nil {
		return t, t.fault(ctx, c.manifest, o, err)
	}
	t.count(c.manifest, o, p.page)
	return t, nil
}

// fault notes what went wrong, with its place in the manifest; what has nothing to do with the object stays an error.
func (t *ObjectTrial) fault(ctx context.Context, m *manifest.Manifest, o *object, err error) error {
	var known *crm.Error
	if ctx.Err() != nil || !errors.As(err, &known) {
		return err
	}
	switch known.Code {
	case crm.CodeCredentials, crm.CodeRateLimit, crm.CodeUnavailable:
		return err
	}
	p := crm.Problem{Warning: o.spec.Optional && refused(err), Error: *known}
	if p.Pointer = t.Place; known.Pointer != "" {
		p.Message = known.Pointer + ": " + p.Message
	}
	t.Problems = append(t.Problems, p)
	return nil
}

// count tells in how many records each field has a value, and which rows could not be mapped.
func (t *ObjectTrial) count(m *manifest.Manifest, o *object, page Page) {
	if t.Records = len(page.Records); t.Records > 0 {
		t.First = page.Records[0].ID
	}
	for i := range o.table.Columns {
		column := &o.table.Columns[i]
		f := FieldTrial{Field: column.Field, From: column.Property, Place: m.Where(o.spec.Fields[column.Field])}
		if column.Expr != nil {
			f.From = "= " + column.Expr.Source
		}
		for k := range page.Records {
			if !page.Records[k].Fields[column.Field].Missing() {
				f.Filled++
			}
		}
		t.Fields = append(t.Fields, f)
	}
	for i := range page.Records {
		r := &page.Records[i]
		if !r.UpdatedAt.IsZero() {
			t.Changes++
		}
		seen := map[crm.Kind]bool{}
		for _, l := range r.Links {
			if !seen[l.Kind] {
				t.Links[l.Kind]++
			}
			seen[l.Kind] = true
		}
	}
	for _, r := range page.Rejected {
		p := crm.Problem{Error: *r.Error}
		p.Message = "record " + orDefault(r.ID, "without id") + ": " + p.Message
		for field, f := range o.spec.Fields {
			if f.Property == r.Error.Pointer || field == r.Error.Pointer {
				p.Pointer = m.Where(f)
			}
		}
		if len(t.Problems) < 5 { // one reason is usually that of all
			t.Problems = append(t.Problems, p)
		}
	}
}

// unmapped are the properties of rows of which nothing is made.
func unmapped(o *object, rows []mapping.Row) []string {
	used := map[string]bool{}
	for _, name := range o.properties {
		used[name], used[mapping.ParsePath(name)[0]] = true, true
	}
	if len(o.spec.Container) == 0 && len(o.table.ID) > 0 {
		used[o.table.ID[0]] = true
	}
	found := map[string]bool{}
	for _, row := range rows {
		for _, doc := range row {
			if inner := o.spec.Container.In(doc); inner != nil && inner.Type() == fastjson.TypeObject {
				inner.GetObject().Visit(func(key []byte, _ *fastjson.Value) {
					if !used[string(key)] {
						found[string(key)] = true
					}
				})
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// WriteTrial is a request of a write that is only shown.
type WriteTrial struct {
	For string `json:"for"` // "create field" or "write record"
	transport.Preview
	Note string `json:"note,omitempty"`
}

// TryWrite shows the requests that would create a field where it does not exist, and write its value to a record. It asks the
// CRM for the object's fields, and for what a request's first one reads; it changes nothing.
func (c *Connector) TryWrite(ctx context.Context, kind crm.Kind, id string, spec FieldSpec, value string) ([]WriteTrial, error) {
	o, err := c.writable(kind)
	if err != nil {
		return nil, err
	}
	if o.spec.Write == nil || o.spec.Define == nil {
		return nil, c.cannot(kind, "write")
	}
	s, err := c.schema(ctx, o, transport.Discovery, true)
	if err != nil {
		return nil, err
	}
	c.remember(kind, spec)
	f, err := c.find(o, s, spec.Key)
	if err != nil {
		return nil, err
	}
	var out []WriteTrial
	var notes []string
	if f == nil {
		if o.spec.Define.Name == nil && o.spec.Define.Labels == "" {
			notes = append(notes, "the CRM names the field: its name is sent in the place of "+spec.Key)
		}
		if out, f, err = c.tryCreate(ctx, o, spec); err != nil {
			return out, err
		}
	}
	w := &writer{c: c, o: o, spec: o.spec.Write, fields: map[string]stored{spec.Key: c.stored(o, spec.Key, f)}}
	vars := c.vars(o)
	vars["records"] = w.records([]Write{{ID: id, Fields: map[string]string{spec.Key: value}}})
	t, err := c.show(ctx, "write record", o.spec.Write.Request, vars)
	if err == nil && o.spec.Write.Envelope != nil {
		notes = append(notes, "travels with others as a part of one multipart request")
	}
	if t.Note != "" {
		notes = slices.Insert(notes, 0, t.Note)
	}
	t.Note = strings.Join(notes, "; ")
	return append(out, t), err
}

// tryCreate shows how a field is made, and answers it as it would then be.
func (c *Connector) tryCreate(ctx context.Context, o *object, spec FieldSpec) ([]WriteTrial, *schemaField, error) {
	def, vars := o.spec.Define, c.fieldVars(o, spec, "")
	f := &schemaField{key: spec.Key, label: spec.Label}
	if def.Name != nil {
		name, err := def.Name.Text(vars)
		if err != nil {
			return nil, nil, &crm.Error{Code: crm.CodeConfig, Pointer: c.manifest.Where(def), Message: "the key of a field cannot be computed: " + err.Error()}
		}
		f.key = name
	}
	if t := def.Types[spec.typeName()]; t != nil {
		f.native = t.Accepts[0]
	}
	for _, option := range spec.Options {
		value := option.Code
		if def.Labels != "" { // the CRM gives them ids of its own
			value = "0"
		}
		f.options = append(f.options, schemaOption{value: value, label: option.Label})
	}
	if def.Create == nil {
		text, err := def.Instructions.Text(vars)
		return []WriteTrial{{For: "create field", Note: text}}, f, err
	}
	t, err := c.show(ctx, "create field", def.Create, vars)
	return []WriteTrial{t}, f, err
}

// show fills in a request. A request that comes first is sent when it only reads.
func (c *Connector) show(ctx context.Context, what string, r *manifest.Request, vars map[string]any) (WriteTrial, error) {
	t := WriteTrial{For: what}
	place := func(err error) error {
		if known := (*crm.Error)(nil); errors.As(err, &known) && known.Pointer == "" {
			e := *known
			e.Pointer = c.manifest.Where(r)
			return &e
		}
		return err
	}
	fill := func() error {
		call, err := transport.Build(transport.Write, r, vars)
		if err == nil {
			t.Preview, err = c.client.Preview(call)
		}
		return err
	}
	switch {
	case r.First == nil:
		return t, place(fill())
	case r.First.Method == "" || r.First.Method == "GET":
		return t, place(c.call(ctx, transport.Discovery, r.First, vars, func(a *transport.Answer) error {
			vars["first"] = mapping.JSON(a.Body)
			return fill()
		}))
	}
	first, err := c.show(ctx, what, r.First, vars)
	first.Note = "comes first; the next request is made of its answer"
	return first, place(err)
}
