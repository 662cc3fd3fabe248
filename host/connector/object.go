package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// object is one of the manifest's objects, ready for use in this connection.
type object struct {
	name       string
	spec       *manifest.Object
	vars       map[string]any
	table      mapping.Table // without own fields
	properties []string      // to be asked for, sorted, without own fields
	mapped     []mapped      // properties by field, for checks
	lookups    []string
	// shape identifies what is pulled: another shape needs a full pull.
	shape string
	// prefix makes the ids of objects that become one kind distinct.
	prefix string
}

// mapped is a property that a field needs.
type mapped struct {
	field    string
	property string
	typ      crm.Type
	computed bool // the property's type is not the field's
	required bool // an administrator names it
	optional bool // the manifest knows that it need not exist
}

// compile prepares the manifest's objects with the administrator's mapping.
func (c *Connector) compile(extra Mapping) (map[crm.Kind][]*object, error) {
	out := map[crm.Kind][]*object{}
	for _, name := range slices.Sorted(maps.Keys(c.manifest.Objects)) {
		spec := c.manifest.Objects[name]
		vars, err := c.evaluate(spec.Vars)
		if err != nil {
			return nil, err
		}
		vars["name"] = name
		if spec.When != nil {
			wanted, err := spec.When.True(c.base)
			if err != nil {
				return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("whether %s are wanted cannot be computed: %s", name, err)}
			}
			if !wanted {
				continue
			}
		}
		if spec, err = c.present(spec); err != nil {
			return nil, err
		}
		o := &object{name: name, spec: spec, vars: vars}
		if err := o.compile(extra[spec.Kind]); err != nil {
			return nil, err
		}
		out[spec.Kind] = append(out[spec.Kind], o)
	}
	for kind, fields := range extra {
		if len(out[kind]) == 0 && len(fields) > 0 {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the connector %s has no %s records to map fields of", c.manifest.Name, kind), Pointer: "/fields/" + string(kind)}
		}
	}
	return out, nil
}

func (o *object) compile(extra map[string]FieldSource) error {
	s := o.spec
	if s.Kind == crm.Activity && s.Write == nil {
		o.prefix = o.name + ":"
	}
	o.table = mapping.Table{Kind: s.Kind, ID: s.ID, Seconds: s.Seconds, FalseIsEmpty: s.FalseIsEmpty}
	asked := map[string]bool{}
	if s.Updated != "" {
		o.table.Updated = o.path(s.Updated, nil)
		asked[s.Updated] = true
	}
	if s.Created != "" {
		o.table.Created = o.path(s.Created, nil)
		asked[s.Created] = true
	}
	if s.Merged != nil {
		o.table.Merged, o.table.MergedBy = o.path(s.Merged.Property, nil), orDefault(s.Merged.Separator, ";")
		asked[s.Merged.Property] = true
	}
	standard, err := crm.NewCatalogue()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		if _, replaced := extra[name]; replaced {
			continue
		}
		f := s.Fields[name]
		spec, _ := standard.Lookup(s.Kind, name)
		column := mapping.Column{Field: name, Type: spec.Type, Property: f.Property, Expr: f.Expr, Scale: f.Scale}
		if f.Property != "" {
			column.Path = o.path(f.Property, f.At)
			o.mapped = append(o.mapped, mapped{field: name, property: f.Property, typ: spec.Type, computed: len(f.At) > 0, optional: f.Optional})
		}
		if f.Currency != "" {
			column.Currency = o.path(f.Currency, f.CurrencyAt)
			asked[f.Currency] = true
			o.mapped = append(o.mapped, mapped{field: name, property: f.Currency, computed: true, optional: true})
		}
		column.CurrencyExpr = f.CurrencyExpr
		o.add(column, asked, f.Optional)
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if err := o.extra(standard, name, extra[name], asked); err != nil {
			return err
		}
	}
	for _, to := range slices.Sorted(maps.Keys(s.Links)) {
		l := s.Links[to]
		link := mapping.LinkColumn{To: to, Expr: l.Expr, At: l.Each, Primary: l.Primary}
		if l.Expr == nil {
			link.Path = o.path(l.Property, l.At)
			asked[l.Property] = true
		}
		o.need(l.Expr, "link to a "+string(to), asked, true)
		o.table.Links = append(o.table.Links, link)
	}
	o.need(s.Gone, "gone", asked, true) // an account without such a property has nothing that is gone in this way
	o.properties = slices.Sorted(maps.Keys(asked))
	o.shape = o.fingerprint()
	return nil
}

// add adds a column and what it needs.
func (o *object) add(column mapping.Column, asked map[string]bool, optional bool) {
	if column.Property != "" {
		asked[column.Property] = true
	}
	o.need(column.Expr, column.Field, asked, optional)
	o.need(column.CurrencyExpr, column.Field, asked, true)
	o.table.Columns = append(o.table.Columns, column)
}

// need asks for what an expression of a field names: properties and lookups.
func (o *object) need(p *manifest.Program, field string, asked map[string]bool, optional bool) {
	if p == nil {
		return
	}
	for _, property := range o.named(p) {
		if !asked[property] {
			o.mapped = append(o.mapped, mapped{field: field, property: property, computed: true, optional: optional})
		}
		asked[property] = true
	}
	for _, chain := range p.Chains {
		if chain[0] == "lookup" && !slices.Contains(o.lookups, chain[1]) {
			o.lookups = append(o.lookups, chain[1])
		}
	}
}

// extra adds a field of the administrator.
func (o *object) extra(standard *crm.Catalogue, name string, f FieldSource, asked map[string]bool) error {
	pointer := "/fields/" + string(o.spec.Kind) + "/" + name
	fault := func(format string, args ...any) error {
		return &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf(format, args...), Pointer: pointer}
	}
	typ := f.Type
	if spec, ok := standard.Lookup(o.spec.Kind, name); ok {
		if spec.Derived {
			return fault("the field %s is computed and cannot be mapped", name)
		}
		if typ != crm.None && typ != spec.Type {
			return fault("the field %s has the type %s", name, spec.Type)
		}
		typ = spec.Type
	}
	if typ == crm.None {
		return fault("the field %s needs a type", name)
	}
	if f.Source == "" && f.Expr == "" {
		return fault("the field %s needs a source or an expression", name)
	}
	column := mapping.Column{Field: name, Type: typ, Property: f.Source}
	if f.Expr != "" {
		program, wrong := manifest.RecordScope().Compile(strings.TrimPrefix(f.Expr, "="))
		if wrong != nil {
			return fault("the expression is wrong at line %d, column %d: %s", wrong.Line, wrong.Column, wrong.Message)
		}
		column.Expr = program
	} else {
		column.Path = o.path(f.Source, nil)
	}
	if f.Source != "" {
		o.mapped = append(o.mapped, mapped{field: name, property: f.Source, typ: typ, computed: f.Expr != "", required: true})
	}
	if typ == crm.Amount { // in the record's currency, as the manifest's own amounts are
		for _, own := range o.spec.Fields {
			if own.Currency != "" {
				column.Currency = o.path(own.Currency, own.CurrencyAt)
				asked[own.Currency] = true
				break
			}
			if own.CurrencyExpr != nil {
				column.CurrencyExpr = own.CurrencyExpr
				break
			}
		}
	}
	o.add(column, asked, false)
	return nil
}

// path is where a property's value stands in a row.
func (o *object) path(property string, at mapping.Path) mapping.Path {
	p := slices.Clone(o.spec.Container)
	p = append(p, mapping.ParsePath(property)...)
	return append(p, at...)
}

// customPath is where a custom field's value stands in a row.
func (o *object) customPath(key string) mapping.Path {
	if o.spec.Define != nil && o.spec.Define.Labels != "" {
		return o.path(o.spec.Define.Labels, nil)
	}
	if o.spec.Define == nil || o.spec.Define.Container == nil {
		return o.path(key, nil)
	}
	return append(slices.Clone(o.spec.Define.Container), o.spec.Define.Prefix+key)
}

// custom reports whether a property's name leads to where the values of custom fields stand.
func (o *object) custom(property string) bool {
	d := o.spec.Define
	return d != nil && d.Container != nil && strings.HasPrefix(property, d.Container.String()+".")
}

// named are the properties that an expression over record names.
func (o *object) named(p *manifest.Program) []string {
	var out []string
	depth := len(o.spec.Container) + 1
	for _, chain := range p.Chains {
		if chain[0] == "record" && len(chain) > depth && slices.Equal(chain[1:depth], o.spec.Container) && !slices.Contains(out, chain[depth]) {
			out = append(out, chain[depth])
		}
	}
	return out
}

// fingerprint identifies the mapping.
func (o *object) fingerprint() string {
	sum := sha256.New()
	for _, column := range o.table.Columns {
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00%s\x00%s\x00", column.Field, column.Type, column.Property, column.Path, column.Currency)
		if column.Scale != 0 {
			fmt.Fprintf(sum, "%d\x00", column.Scale)
		}
		if column.Expr != nil {
			fmt.Fprintf(sum, "%s\x00", column.Expr.Source)
		}
		if column.CurrencyExpr != nil {
			fmt.Fprintf(sum, "%s\x00", column.CurrencyExpr.Source)
		}
	}
	for _, link := range o.table.Links {
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00", link.To, link.Path, link.At)
		if link.Expr != nil {
			fmt.Fprintf(sum, "%s\x00", link.Expr.Source)
		}
	}
	for _, to := range slices.Sorted(maps.Keys(o.spec.Associations)) {
		a := o.spec.Associations[to]
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00%s\x00", to, a.From, a.To, a.ID)
		if a.Primary != nil {
			fmt.Fprintf(sum, "%s\x00", a.Primary.Source)
		}
	}
	if o.spec.Gone != nil {
		fmt.Fprintf(sum, "gone\x00%s\x00", o.spec.Gone.Source)
	}
	fmt.Fprintf(sum, "%s\x00%s\x00%t\x00%t", o.table.ID, o.table.Merged, o.table.Seconds, o.table.FalseIsEmpty)
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
