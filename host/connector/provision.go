package connector

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// provisionRounds is how often fields are made or extended and looked at again before giving up.
const provisionRounds = 5

// Provision makes sure that fields exist with at least the options asked for: find, create the group, create the field, grant
// access, read back, extend the options. It looks at the CRM, does what is missing, and looks again until nothing is. It is
// idempotent, safe to run in parallel, and never takes an option away.
func (c *Connector) Provision(ctx context.Context, kind crm.Kind, specs []FieldSpec) ([]FieldState, error) {
	o, err := c.writable(kind)
	if err != nil {
		return nil, err
	}
	if o.spec.Define == nil {
		return nil, c.cannot(kind, "define fields of")
	}
	for _, spec := range specs {
		if !strings.HasPrefix(spec.Key, c.prefix) {
			return nil, &crm.Error{Code: crm.CodeInternal, Message: fmt.Sprintf("the field %q does not begin with %s", spec.Key, c.prefix)}
		}
		if o.spec.Define.Types[spec.typeName()] == nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the connector %s has no fields of the type %s", c.manifest.Name, spec.typeName()), Pointer: spec.Key}
		}
	}
	c.mu.Lock()
	if c.specs[kind] == nil {
		c.specs[kind] = map[string]FieldSpec{}
	}
	for _, spec := range specs {
		c.specs[kind][spec.Key] = spec
	}
	c.mu.Unlock()
	lock := c.limiters.Lock("fields/" + o.name) // replacing a list of options must not overlap
	lock.Lock()
	defer lock.Unlock()
	p := &provision{c: c, o: o, states: make([]FieldState, len(specs))}
	for round := 0; round < provisionRounds; round++ {
		if p.schema, err = c.schema(ctx, o, transport.Provision, true); err != nil {
			return p.made(), err
		}
		settled := true
		for i, spec := range specs {
			done, err := p.step(ctx, spec, &p.states[i])
			if err != nil {
				return p.made(), err
			}
			settled = settled && done
		}
		if settled {
			return p.states, nil
		}
	}
	return nil, &crm.Error{Code: crm.CodeProtocol, Message: "fields that were created do not appear in the CRM as they were asked for",
		Suggestion: "run again; another program may be changing the same fields, or one of that name lies in the CRM's archive"}
}

// provision is one Provision.
type provision struct {
	c       *Connector
	o       *object
	schema  *schema
	states  []FieldState
	grouped bool
}

// made are the states of the fields that were created, also when a later one fails: they are ours all the same.
func (p *provision) made() []FieldState {
	return slices.DeleteFunc(slices.Clone(p.states), func(s FieldState) bool { return !s.Created })
}

// step brings one field nearer to what is asked for; done when nothing was missing.
func (p *provision) step(ctx context.Context, spec FieldSpec, state *FieldState) (done bool, err error) {
	def := p.o.spec.Define
	state.Key = spec.Key
	f, err := p.c.find(p.o, p.schema, spec.Key)
	if err != nil {
		return false, err
	}
	if f == nil {
		vars := p.c.fieldVars(p.o, spec, "")
		if def.Create == nil {
			state.Missing = true
			state.Instructions, err = def.Instructions.Text(vars)
			return true, err
		}
		return false, p.create(ctx, spec, state, vars)
	}
	state.Name = f.key
	if !def.Types[spec.typeName()].AcceptsType(f.native) {
		return false, &crm.Error{Code: crm.CodeConflict, Pointer: spec.Key,
			Message:    fmt.Sprintf("the field exists in the CRM with the type %s, which cannot hold a %s", f.native, spec.typeName()),
			Suggestion: "choose another name for the classifier, or remove the field in the CRM"}
	}
	state.Codec = codec(spec, f)
	var added []any
	for i, option := range spec.Options {
		if f.option(option) == nil {
			added = append(added, map[string]any{"code": option.Code, "label": option.Label, "order": len(f.options) + len(added), "wanted": i})
		}
	}
	if len(added) == 0 {
		return true, nil
	}
	return p.extend(ctx, spec, state, f, added)
}

// create makes the group when there is none, and the field. That it exists by now is as good.
func (p *provision) create(ctx context.Context, spec FieldSpec, state *FieldState, vars map[string]any) error {
	def := p.o.spec.Define
	if def.GroupFind != nil && !p.grouped {
		err := p.send(ctx, def.GroupFind, vars)
		if transport.ClassOf(err) == manifest.ThenNotFound {
			err = p.send(ctx, def.GroupCreate, vars)
		}
		if err != nil && !exists(err) {
			return err
		}
		p.grouped = true
	}
	if err := p.send(ctx, def.Create, vars); err != nil {
		if exists(err) {
			return nil
		}
		return p.explain(err, "created", spec)
	}
	state.Created = true
	for _, grant := range def.Grant {
		if err := p.send(ctx, grant, vars); err != nil && !exists(err) {
			return p.explain(err, "made visible", spec)
		}
	}
	return nil
}

// extend adds options; the request may replace the whole list, so it gets the present one as the CRM answered it.
func (p *provision) extend(ctx context.Context, spec FieldSpec, state *FieldState, f *schemaField, added []any) (done bool, err error) {
	def := p.o.spec.Define
	vars := p.c.fieldVars(p.o, spec, f.key)
	if def.Extend == nil {
		state.Missing = true
		if def.Instructions != nil {
			state.Instructions, err = def.Instructions.Text(vars)
		}
		return true, err
	}
	existing := fastjson.MustParse("[]")
	if f.rawOptions != nil {
		if existing, err = fastjson.ParseBytes(f.rawOptions); err != nil {
			return false, &crm.Error{Code: crm.CodeInternal, Message: "the options of a field cannot be read again"}
		}
	}
	vars["existing"], vars["added"] = mapping.JSON(existing), added
	if err := p.send(ctx, def.Extend, vars); err != nil && !exists(err) {
		return false, p.explain(err, "given its new options", spec)
	}
	state.Extended = true
	return false, nil
}

// send sends a request whose answer does not matter: what it did is read back.
func (p *provision) send(ctx context.Context, r *manifest.Request, vars map[string]any) error {
	return p.c.call(ctx, transport.Provision, r, vars, func(*transport.Answer) error { return nil })
}

// exists reports whether an error means that the thing is there already, or may be.
func exists(err error) bool {
	class := transport.ClassOf(err)
	return class == manifest.ThenConflict || class == transport.ThenUnknown
}

// explain names the field in an error.
func (p *provision) explain(err error, what string, spec FieldSpec) error {
	return &crm.Error{Code: crm.CodeOf(err), Pointer: spec.Key, Message: "the field cannot be " + what + ": " + err.Error(), Cause: err}
}

// DeleteFields removes own fields and all their values from the CRM. Keys that do not exist are no error.
func (c *Connector) DeleteFields(ctx context.Context, kind crm.Kind, keys []string) error {
	o, err := c.writable(kind)
	if err != nil {
		return err
	}
	if o.spec.Define == nil || o.spec.Define.Remove == nil {
		return c.cannot(kind, "remove fields of")
	}
	s, err := c.schema(ctx, o, transport.Provision, true)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, c.prefix) {
			return &crm.Error{Code: crm.CodeInternal, Message: fmt.Sprintf("the field %q does not begin with %s and is not removed", key, c.prefix)}
		}
		f, err := c.find(o, s, key)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		err = c.call(ctx, transport.Provision, o.spec.Define.Remove, c.fieldVars(o, c.spec(o, key), f.key), func(*transport.Answer) error { return nil })
		if err != nil && transport.ClassOf(err) != manifest.ThenNotFound {
			return err
		}
	}
	c.mu.Lock()
	delete(c.schemas, o.name)
	c.mu.Unlock()
	return nil
}
