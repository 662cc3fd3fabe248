package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// Check finds what stands in the way of a run: credentials, rights, mapped properties and their types, own fields. It
// writes nothing. The error is for a check that could not be done; what it found are problems.
func (c *Connector) Check(ctx context.Context) ([]crm.Problem, error) {
	if _, err := c.Account(ctx); err != nil {
		return found(err)
	}
	scopes, known, err := c.client.Scopes(ctx)
	if err != nil {
		return found(err)
	}
	var problems []crm.Problem
	for _, kind := range crm.Kinds {
		for _, o := range c.objects[kind] {
			var more []crm.Problem
			if known {
				more = c.checkScopes(o, scopes)
			} else if more, err = c.try(ctx, o); err != nil {
				return problems, err
			}
			if slices.ContainsFunc(more, func(p crm.Problem) bool { return p.Pointer == o.name && !p.Warning }) {
				if o.spec.Optional {
					more = []crm.Problem{c.leftOut(o)}
				}
				problems = append(problems, more...)
				continue // what cannot be read cannot be checked further
			}
			problems = append(problems, more...)
			if more, err = c.checkFields(ctx, o); err != nil {
				return problems, err
			}
			problems = append(problems, more...)
		}
	}
	return problems, nil
}

// found turns an error about the connection into a problem; another error stays one.
func found(err error) ([]crm.Problem, error) {
	switch crm.CodeOf(err) {
	case crm.CodeCredentials, crm.CodeForbidden, crm.CodeConfig, crm.CodeNotFound, crm.CodeProtocol, crm.CodeUnavailable:
		var known *crm.Error
		if errors.As(err, &known) {
			return []crm.Problem{{Error: *known}}, nil
		}
	}
	return nil, err
}

// checkScopes compares the scopes granted with those that the object needs. Without the right to read nothing works;
// without the others nothing can be written back.
func (c *Connector) checkScopes(o *object, scopes []string) []crm.Problem {
	var problems []crm.Problem
	for _, use := range []struct{ name, what string }{
		{"read", "read"}, {"write", "write tags to"}, {"define", "create fields for"},
	} {
		if use.name != "read" && c.writes != nil && !slices.Contains(c.writes, o.spec.Kind) {
			continue
		}
		var missing []string
		for _, scope := range o.spec.Needs[use.name] {
			if !slices.Contains(scopes, scope) {
				missing = append(missing, scope)
			}
		}
		if len(missing) > 0 {
			p := crm.Problem{Warning: use.name != "read", Error: crm.Error{Code: crm.CodeForbidden, Pointer: o.name,
				Message:    fmt.Sprintf("the credentials may not %s %s: missing %s", use.what, o.name, strings.Join(missing, ", ")),
				Suggestion: "grant these scopes to the app"}}
			problems = append(problems, p)
		}
	}
	return problems
}

// try reads one page, where the CRM does not tell what the credentials may do.
func (c *Connector) try(ctx context.Context, o *object) ([]crm.Problem, error) {
	w := walk{object: o, class: transport.Discovery, listing: o.spec.List}
	at := position{}
	if w.listing == nil {
		w.listing, w.changed, at.Since = &o.spec.Changed.Listing, o.spec.Changed, c.serverNow().UnixMicro()
	}
	err := c.firstPage(ctx, w, at, func([]mapping.Row) error { return nil })
	if !refused(err) {
		return nil, err
	}
	p := crm.Problem{Error: crm.Error{Code: crm.CodeForbidden, Pointer: o.name, Message: fmt.Sprintf("the credentials may not read %s", o.name)}}
	if scopes := o.spec.Needs["read"]; len(scopes) > 0 {
		p.Suggestion = "grant " + strings.Join(scopes, ", ")
	}
	return []crm.Problem{p}, nil
}

// checkFields compares the mapping with the properties that the account has.
func (c *Connector) checkFields(ctx context.Context, o *object) ([]crm.Problem, error) {
	if o.spec.Define == nil {
		return nil, nil
	}
	s, err := c.schema(ctx, o, transport.Discovery, true)
	if refused(err) {
		return []crm.Problem{{Warning: true, Error: crm.Error{Code: crm.CodeForbidden, Pointer: o.name + "/fields",
			Message: fmt.Sprintf("the fields of %s cannot be listed, so the mapping is not checked", o.name)}}}, nil
	}
	if err != nil {
		return nil, err
	}
	var problems []crm.Problem
	mapped := o.mapped
	if o.spec.Define.Labels != "" { // the schema is of labels, not of properties
		mapped = nil
	}
	for _, m := range mapped {
		f := s.field(o, m.property)
		pointer := fmt.Sprintf("/fields/%s/%s", o.spec.Kind, m.field)
		switch {
		case f == nil && (m.optional || o.spec.Define.Partial && !o.custom(m.property)):
		case f == nil:
			problems = append(problems, crm.Problem{Warning: !m.required, Error: crm.Error{Code: crm.CodeConfig, Pointer: pointer,
				Message:    fmt.Sprintf("%s have no property %s; the field %s will be empty", o.name, m.property, m.field),
				Suggestion: nearest(m.property, s)}})
		case !m.computed && !holdsType(o.spec.Define, m.typ, f.native):
			problems = append(problems, crm.Problem{Warning: !m.required, Error: crm.Error{Code: crm.CodeConfig, Pointer: pointer,
				Message: fmt.Sprintf("the property %s has the type %s; the field %s is %s", m.property, f.native, m.field, article(m.typ.String()))}})
		}
	}
	own, err := c.checkOwn(o, s)
	return append(problems, own...), err
}

// holdsType reports whether a property of the CRM's type can give values of ours.
func holdsType(def *manifest.Define, t crm.Type, native string) bool {
	accepted := []crm.Type{t}
	switch t {
	case crm.Text:
		return true
	case crm.Date, crm.Time:
		accepted = []crm.Type{crm.Date, crm.Time}
	}
	for _, a := range accepted {
		if spec := def.Types[a.String()]; spec != nil && spec.AcceptsType(native) {
			return true
		}
	}
	return false
}

// nearest suggests a property whose name is alike.
func nearest(name string, s *schema) string {
	for _, key := range slices.Sorted(maps.Keys(s.fields)) {
		if strings.EqualFold(key, name) || strings.EqualFold(s.fields[key].label, name) || strings.ReplaceAll(key, "_", "") == strings.ReplaceAll(name, "_", "") {
			return "did you mean " + s.fields[key].property + "?"
		}
	}
	return ""
}

// checkOwn names fields of ours that are gone, and fields with our prefix that this connection does not know of.
func (c *Connector) checkOwn(o *object, s *schema) ([]crm.Problem, error) {
	c.mu.Lock()
	known := c.own[o.spec.Kind]
	c.mu.Unlock()
	var problems []crm.Problem
	target, err := c.writable(o.spec.Kind)
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{} // by the CRM's names
	for _, key := range known {
		f, err := c.find(o, s, key)
		if err != nil {
			return nil, err
		}
		if f != nil {
			ours[f.key] = true
		} else if o == target {
			problems = append(problems, crm.Problem{Warning: true, Error: c.gone(o, key)})
		}
	}
	var foreign []string
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		if strings.HasPrefix(name, c.prefix) && !ours[name] {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) > 0 {
		problems = append(problems, crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeConflict, Pointer: o.name + "/fields",
			Message:    fmt.Sprintf("%s have fields that begin with %s already: %s", o.name, c.prefix, strings.Join(foreign, ", ")),
			Suggestion: "if another installation of Taxon writes them, choose another prefix"}})
	}
	return problems, nil
}

// gone tells that somebody deleted a field of ours, and who makes it again: the next run, or a person where no program can.
func (c *Connector) gone(o *object, key string) crm.Error {
	e := crm.Error{Code: crm.CodeNotFound, Pointer: o.name + "/fields",
		Message:    fmt.Sprintf("%s have the field %s no more, which was ours; ", o.name, key),
		Suggestion: "to be rid of it for good, take it out of the configuration"}
	if o.spec.Define.Create != nil {
		e.Message += "the next run makes it again, with all its values"
		return e
	}
	e.Message += "a person has to make it again, and the next run writes all its values"
	c.mu.Lock()
	spec, asked := c.specs[o.spec.Kind][key]
	c.mu.Unlock()
	if text, err := o.spec.Define.Instructions.Text(c.fieldVars(o, spec, "")); asked && err == nil {
		e.Suggestion = text
	} else {
		e.Suggestion = "taxon check says how, as long as the configuration needs it; " + e.Suggestion
	}
	return e
}
