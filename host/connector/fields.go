package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// schema is what the CRM says about an object's fields.
type schema struct {
	fields     map[string]*schemaField // by the CRM's key
	properties map[string]*schemaField // by the property of records, where it is not the key
}

// schemaField is one field in the CRM.
type schemaField struct {
	key, label, native string
	property           string // of records
	options            []schemaOption
	rawOptions         []byte // as the CRM answers them
}

type schemaOption struct{ value, label string }

// schema asks for the fields of an object, or answers what was asked not long ago.
func (c *Connector) schema(ctx context.Context, o *object, class transport.Class, fresh bool) (*schema, error) {
	c.mu.Lock()
	known := c.schemas[o.name]
	c.mu.Unlock()
	if !fresh && known.fresh(c.clock.Now()) {
		return known.value, nil
	}
	def := fieldList(o.spec)
	s, vars := &schema{fields: map[string]*schemaField{}, properties: map[string]*schemaField{}}, c.vars(o)
	w := walk{object: &object{name: o.name, spec: o.spec, vars: o.vars, table: mapping.Table{ID: def.Key}}, listing: def.List, class: class}
	err := c.pages(ctx, w, position{}, func(rows []mapping.Row, _ *position) error {
		for _, row := range rows {
			s.add(def, row[0], vars)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.schemas[o.name] = cached[*schema]{s, c.clock.Now()}
	c.mu.Unlock()
	return s, nil
}

// fieldList is how the fields of an object are listed: those that we may add to, or its columns; nil when the CRM does not
// tell.
func fieldList(spec *manifest.Object) *manifest.Define {
	if spec.Define == nil && spec.Columns != nil {
		return &manifest.Define{List: spec.Columns.List, Key: spec.Columns.Key}
	}
	return spec.Define
}

func (s *schema) add(def *manifest.Define, row *fastjson.Value, vars map[string]any) {
	f := &schemaField{key: mapping.Text(def.Key.In(row)), label: mapping.Text(def.Label.In(row))}
	var parts []string
	for _, p := range def.Type {
		parts = append(parts, mapping.Text(p.In(row)))
	}
	f.native = strings.Join(parts, "/")
	if options := def.Options.In(row); def.Options != nil && options != nil {
		switch options.Type() {
		case fastjson.TypeArray:
			f.rawOptions = options.MarshalTo(nil)
			for _, o := range options.GetArray() {
				f.options = append(f.options, schemaOption{mapping.Text(def.OptionValue.In(o)), mapping.Text(def.OptionLabel.In(o))})
			}
		case fastjson.TypeObject: // a value's label stands under it
			f.rawOptions = options.MarshalTo(nil)
			options.GetObject().Visit(func(value []byte, label *fastjson.Value) {
				f.options = append(f.options, schemaOption{string(value), mapping.Text(label)})
			})
		}
	}
	if f.key == "" {
		return
	}
	s.fields[f.key], f.property = f, f.key
	if def.Property != nil {
		vars["row"] = mapping.JSON(row)
		if f.property = evalText(def.Property, vars); f.property != f.key {
			s.properties[f.property] = f
		}
	}
}

// field is the one that a property's name in a mapping leads to; nil when there is none.
func (s *schema) field(o *object, property string) *schemaField {
	def := o.spec.Define
	if f := s.properties[property]; f != nil {
		return f
	}
	if f := s.fields[property]; f != nil && f.property != property {
		return nil
	} else if f != nil || def == nil || def.Container == nil {
		return f
	}
	key, _ := strings.CutPrefix(property, def.Container.String()+".")
	return s.fields[strings.TrimPrefix(key, def.Prefix)]
}

// find answers the field that is ours for a key, nil when there is none.
func (c *Connector) find(o *object, s *schema, key string) (*schemaField, error) {
	spec := c.spec(o, key)
	if o.spec.Define.Name != nil {
		name, err := o.spec.Define.Name.Text(c.fieldVars(o, spec, ""))
		if err != nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: "the CRM's key of the field " + key + " cannot be computed: " + err.Error()}
		}
		return s.fields[name], nil
	}
	if name := c.recall(o, key).Name; name != "" { // whatever its label is by now
		return s.fields[name], nil
	}
	var found *schemaField
	for _, f := range s.fields { // labels need not be unique: the first by key is ours, every time
		if (f.label == spec.Label || f.label == key || f.label == shortLabel(o.spec.Define, spec)) && (found == nil || f.key < found.key) {
			found = f
		}
	}
	return found, nil
}

// shortLabel is what a field is called in the CRM: its label, or its key where the CRM takes none so long, shortened in a
// way that no other key is.
func shortLabel(def *manifest.Define, spec FieldSpec) string {
	switch most := def.LabelMost; {
	case most == 0 || utf8.RuneCountInString(spec.Label) <= most:
		return spec.Label
	case len(spec.Key) <= most:
		return spec.Key
	default:
		sum := sha256.Sum256([]byte(spec.Key))
		return spec.Key[:most-7] + "_" + hex.EncodeToString(sum[:3])
	}
}

// RecallFields tells what Provision answered for own fields in earlier processes, which replaces what was told before. A
// CRM that gives fields and options keys of its own choice cannot be asked for them by ours.
func (c *Connector) RecallFields(kind crm.Kind, states []FieldState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recalled[kind] = map[string]FieldState{}
	for _, s := range states {
		c.recalled[kind][s.Key] = s
	}
}

func (c *Connector) recall(o *object, key string) FieldState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recalled[o.spec.Kind][key]
}

// remember notes what is asked for under keys: in some CRMs a field is known by its label alone.
func (c *Connector) remember(kind crm.Kind, specs ...FieldSpec) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.specs[kind] == nil {
		c.specs[kind] = map[string]FieldSpec{}
	}
	for _, spec := range specs {
		c.specs[kind][spec.Key] = spec
	}
}

// spec is what was asked for under a key, as far as this connector knows.
func (c *Connector) spec(o *object, key string) FieldSpec {
	c.mu.Lock()
	defer c.mu.Unlock()
	if spec, ok := c.specs[o.spec.Kind][key]; ok {
		return spec
	}
	return FieldSpec{Key: key, Label: key}
}

// fieldVars are the variables of the scope "define".
func (c *Connector) fieldVars(o *object, spec FieldSpec, name string) map[string]any {
	options := make([]any, len(spec.Options))
	for i, option := range spec.Options {
		options[i] = map[string]any{"code": option.Code, "label": option.Label, "order": i}
	}
	field := map[string]any{"key": spec.Key, "name": name, "label": shortLabel(o.spec.Define, spec), "description": spec.Description,
		"type": spec.typeName(), "options": options, "native": map[string]any{}}
	if t := o.spec.Define.Types[spec.typeName()]; t != nil && t.Native != nil {
		field["native"] = t.Native
	}
	vars := c.vars(o)
	vars["field"], vars["prefix"], vars["existing"], vars["added"] = field, c.prefix, []any{}, []any{}
	return vars
}

// typeName is the key in the manifest's table of types.
func (s FieldSpec) typeName() string {
	if len(s.Options) > 0 {
		return "class"
	}
	return s.Type.String()
}

// canonicalTypes in the order in which the type of a field is told from the CRM's. What holds texts comes first: a CRM
// without booleans, say, keeps ours in text fields, as canonical texts.
var canonicalTypes = []crm.Type{crm.Text, crm.Boolean, crm.Date, crm.Time, crm.Number}

// canonicalType is how the values of a field are read and written.
func canonicalType(def *manifest.Define, native string) crm.Type {
	for _, t := range canonicalTypes {
		if spec := def.Types[t.String()]; spec != nil && spec.AcceptsType(native) {
			return t
		}
	}
	return crm.Text
}

// ownColumns are the own fields that exist, as columns of a table, and the CRM's names of them.
func (c *Connector) ownColumns(ctx context.Context, o *object) ([]mapping.OwnColumn, []string, error) {
	c.mu.Lock()
	keys := c.own[o.spec.Kind]
	c.mu.Unlock()
	if len(keys) == 0 || o.spec.Define == nil {
		return nil, nil, nil
	}
	return c.columns(ctx, o, keys)
}

// columns are those of the given own fields that exist.
func (c *Connector) columns(ctx context.Context, o *object, keys []string) ([]mapping.OwnColumn, []string, error) {
	s, err := c.schema(ctx, o, transport.Discovery, false)
	if err != nil {
		return nil, nil, err
	}
	var columns []mapping.OwnColumn
	var names []string
	for _, key := range keys {
		f, err := c.find(o, s, key)
		if err != nil {
			return nil, nil, err
		}
		if f == nil {
			continue
		}
		how := c.stored(o, key, f)
		columns, names = append(columns, how.column(o, key)), append(names, f.key)
	}
	if o.spec.Define.Labels != "" && len(names) > 0 {
		names = []string{o.spec.Define.Labels}
	}
	return columns, names, nil
}

// codec maps our option codes to the values that the CRM stores: the option whose value is the code, else the one with
// the label.
func codec(spec FieldSpec, f *schemaField) map[string]string {
	if len(spec.Options) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, option := range spec.Options {
		if found := f.option(option); found != nil {
			out[option.Code] = found.value
		}
	}
	return out
}

func (f *schemaField) option(wanted Option) *schemaOption {
	for i := range f.options {
		if f.options[i].value == wanted.Code {
			return &f.options[i]
		}
	}
	for i := range f.options {
		if f.options[i].label == wanted.Label {
			return &f.options[i]
		}
	}
	return nil
}
