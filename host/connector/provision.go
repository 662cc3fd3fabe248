package connector

import (
	"context"
	"errors"
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
// idempotent, safe to run in parallel, and never takes an option away. A field that cannot be as asked for has an Error in
// its state, which is the error's too; the others are made all the same.
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
	}
	c.remember(kind, specs...)
	lock := c.limiters.Lock("fields/" + o.name) // replacing a list of options must not overlap
	lock.Lock()
	defer lock.Unlock()
	p := &provision{c: c, o: o, states: make([]FieldState, len(specs))}
	var open []int // fields that are not as they should be yet
	for round := 0; round < provisionRounds; round++ {
		if p.schema, err = c.schema(ctx, o, transport.Provision, true); err != nil {
			return p.made(), err
		}
		open = open[:0]
		for i, spec := range specs {
			done, err := p.step(ctx, spec, &p.states[i])
			if err != nil {
				return p.made(), err
			}
			if !done {
				open = append(open, i)
			}
		}
		if len(open) == 0 {
			break
		}
	}
	for _, i := range open {
		p.states[i].Error = &crm.Error{Code: crm.CodeProtocol, Pointer: specs[i].Key, Message: "the field " + specs[i].Key + " was made and does not appear in the CRM as it was asked for",
			Suggestion: "run again; another program may be changing the same field, or one of that name lies in the CRM's archive"}
	}
	return p.states, conflicts(p.states)
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

// Examine tells how fields stand that Provision would make, and changes nothing: Missing is one that is not there, with
// Instructions where a person has to make it or to add its options; Error says why one cannot be as asked for.
func (c *Connector) Examine(ctx context.Context, kind crm.Kind, specs []FieldSpec) ([]FieldState, error) {
	o, err := c.writable(kind)
	if err != nil {
		return nil, err
	}
	if o.spec.Define == nil {
		return nil, c.cannot(kind, "define fields of")
	}
	s, err := c.schema(ctx, o, transport.Discovery, true)
	if err != nil {
		return nil, err
	}
	c.remember(kind, specs...)
	states := make([]FieldState, len(specs))
	for i, spec := range specs {
		if states[i], _, err = c.examine(o, s, spec); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// examine compares one field with what is asked for; f is nil when it is not there.
func (c *Connector) examine(o *object, s *schema, spec FieldSpec) (state FieldState, f *schemaField, err error) {
	def := o.spec.Define
	state.Key = spec.Key
	if def.Types[spec.typeName()] == nil {
		state.Error = &crm.Error{Code: crm.CodeConfig, Pointer: spec.Key, Message: fmt.Sprintf("the connector %s has no fields of the type %s", c.manifest.Name, spec.typeName()),
			Suggestion: "leave the field out of the classifier's fields"}
		return state, nil, nil
	}
	if f, err = c.find(o, s, spec.Key); err != nil {
		return state, nil, err
	}
	if f == nil {
		state.Missing = true
		if def.Create == nil {
			state.Instructions, err = def.Instructions.Text(c.fieldVars(o, spec, ""))
		}
		return state, nil, err
	}
	state.Name = f.key
	if !def.Types[spec.typeName()].AcceptsType(f.native) {
		state.Error = &crm.Error{Code: crm.CodeConflict, Pointer: spec.Key,
			Message:    fmt.Sprintf("the field %s exists in the CRM with the type %s, which cannot hold %s", spec.Key, f.native, article(spec.typeName())),
			Suggestion: "choose another name for the classifier, or remove the field in the CRM"}
		return state, f, nil
	}
	state.Codec = codec(spec, f)
	if def.Extend == nil && len(lacking(def, spec, f)) > 0 {
		state.Missing = true
		if def.Instructions != nil {
			state.Instructions, err = def.Instructions.Text(c.fieldVars(o, spec, f.key))
		}
	}
	return state, f, err
}

// lacking are the options that a field does not have, as requests see them: none where the CRM does not tell options, or
// where the field holds any text.
func lacking(def *manifest.Define, spec FieldSpec, f *schemaField) []any {
	if def.Options == nil || def.Types["text"].AcceptsType(f.native) {
		return nil
	}
	var out []any
	for i, option := range spec.Options {
		if f.option(option) == nil {
			out = append(out, map[string]any{"code": option.Code, "label": option.Label, "order": len(f.options) + len(out), "wanted": i})
		}
	}
	return out
}

// conflicts joins the errors of fields.
func conflicts(states []FieldState) error {
	var errs []error
	for _, s := range states {
		if s.Error != nil {
			errs = append(errs, s.Error)
		}
	}
	return errors.Join(errs...)
}

// article is a noun with its article: "a text", "an integer".
func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

// step brings one field nearer to what is asked for; done when nothing more can be done.
func (p *provision) step(ctx context.Context, spec FieldSpec, state *FieldState) (done bool, err error) {
	now, f, err := p.c.examine(p.o, p.schema, spec)
	now.Created, now.Extended = state.Created, state.Extended
	*state = now
	switch {
	case err != nil || state.Error != nil:
		return true, err
	case state.Missing && (f != nil || p.o.spec.Define.Create == nil):
		return true, nil
	case f == nil:
		state.Missing = false
		return false, p.create(ctx, spec, state, p.c.fieldVars(p.o, spec, ""))
	}
	if added := lacking(p.o.spec.Define, spec, f); len(added) > 0 {
		return false, p.extend(ctx, spec, state, f, added)
	}
	return true, nil
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
	err := p.send(ctx, def.Create, vars)
	if err != nil && !exists(err) {
		return p.explain(err, "created", spec)
	}
	state.Created = state.Created || err == nil
	// Also of a field that exists and is not seen: another process may have ended before it made it visible.
	for _, grant := range def.Grant {
		if err := p.send(ctx, grant, vars); err != nil && !exists(err) {
			return p.explain(err, "made visible", spec)
		}
	}
	return nil
}

// extend adds options; the request may replace the whole list, so it gets the present one as the CRM answered it.
func (p *provision) extend(ctx context.Context, spec FieldSpec, state *FieldState, f *schemaField, added []any) error {
	vars := p.c.fieldVars(p.o, spec, f.key)
	existing := fastjson.MustParse("[]")
	if f.rawOptions != nil {
		var err error
		if existing, err = fastjson.ParseBytes(f.rawOptions); err != nil {
			return &crm.Error{Code: crm.CodeInternal, Message: "the options of a field cannot be read again"}
		}
	}
	parts := [][]any{added}
	if p.o.spec.Define.ExtendEach {
		parts = slices.Collect(slices.Chunk(added, 1))
	}
	for _, part := range parts {
		vars["existing"], vars["added"] = mapping.JSON(existing), part
		if err := p.send(ctx, p.o.spec.Define.Extend, vars); err != nil && !exists(err) {
			return p.explain(err, "given its new options", spec)
		}
	}
	state.Extended = true
	return nil
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
		if !strings.HasPrefix(key, c.prefix) && c.recall(o, key).Key == "" { // made under another prefix, it is recalled
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
