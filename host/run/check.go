package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/validate"
	"github.com/taxonhq/taxon/host/writeback"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// commonParts are the parts of every classifier.
var commonParts = []string{writeback.PartReason, writeback.PartSince, writeback.PartClassifiedAt, writeback.PartHandling}

// ClassifierProblems finds what can be said about a classifier without starting its plugin: whether there is
// one, whether the configuration fits its schema, whether the fields chosen exist. Pointers start at the
// classifier's block.
func (c *Connection) ClassifierProblems(f *config.Classifier) []crm.Problem {
	manifest, err := c.Plugins.Manifest(f.Plugin)
	if err != nil {
		e := crm.Error{Code: crm.CodeOf(err), Message: "there is no plugin " + f.Plugin, Pointer: "/plugin", Suggestion: "taxon plugin list shows what is installed"}
		return []crm.Problem{{Error: e}}
	}
	var out []crm.Problem
	add := func(pointer, message, suggestion string) {
		out = append(out, crm.Problem{Error: crm.Error{Code: crm.CodeConfig, Pointer: pointer, Message: message, Suggestion: suggestion}})
	}
	schema, err := validate.Compile(manifest.GetConfigSchema().AsMap())
	if err != nil {
		add("/plugin", "the plugin's configuration schema is broken: "+err.Error(), "report it to the plugin's author")
	} else {
		for _, found := range schema.Check(f.Config) {
			add("/config"+found.Pointer, found.Message, "taxon plugin show "+f.Plugin+" lists what can be set")
		}
	}
	for i, part := range f.Fields {
		known := slices.Contains(commonParts, part)
		var keys []string
		for _, t := range manifest.GetTags() {
			if key := t.GetKey(); key != "" {
				keys = append(keys, key)
				known = known || key == part
			}
		}
		if !known {
			add(fmt.Sprintf("/fields/%d", i), "the plugin "+f.Plugin+" gives no "+part, "there is "+strings.Join(append(keys, commonParts...), ", "))
		}
	}
	for i, grant := range f.Grants {
		if !c.grantable(grant) {
			add(fmt.Sprintf("/grants/%d", i), "there is no field "+grant+" to grant", "name it as the plugin reads it: email, deals.product, tags.abc, or deals.* for all that is not personal")
		}
	}
	return out
}

// sources are the records of a customer by the name that reads give them.
var sources = map[string]crm.Kind{"deals": crm.Deal, "activities": crm.Activity, "contacts": crm.Contact}

// grantable reports whether a grant names something that there is.
func (c *Connection) grantable(grant string) bool {
	source, field, dotted := strings.Cut(grant, ".")
	switch {
	case grant == "*":
		return true
	case !dotted:
		_, ok := c.Catalogue.Lookup(c.Config.Subject, grant)
		return ok
	case source == "tags":
		name, _, _ := strings.Cut(field, ".")
		return c.Config.Classifiers[name] != nil
	}
	kind, ok := sources[source]
	if !ok || field == "*" {
		return ok
	}
	_, ok = c.Catalogue.Lookup(kind, field)
	return ok
}

// CheckClassifiers asks the plugins of the chosen classifiers about their configurations.
func (c *Connection) CheckClassifiers(ctx context.Context, chosen func(name string) bool) ([]crm.Problem, error) {
	in, err := c.checkInput(ctx)
	if err != nil {
		return nil, err
	}
	for i := range in.Classifiers { // the others are known by name, so that what reads their tags is understood
		in.Classifiers[i].Broken = !chosen(in.Classifiers[i].Name)
	}
	found, tags, err := classify.Check(ctx, in)
	if err != nil {
		return nil, err
	}
	fields, err := c.checkFields(ctx, tags)
	return append(found, fields...), err
}

// checkInput is what a run would classify with.
func (c *Connection) checkInput(ctx context.Context) (in classify.Input, err error) {
	account, err := c.Account(ctx)
	if err != nil {
		return in, err
	}
	s, err := c.settle(account)
	if err != nil {
		return in, err
	}
	return c.classifyInput(ctx, s, c.Mirror)
}

// checkFields finds fields in the CRM that cannot hold what classifiers will write, and fields that a person must make.
func (c *Connection) checkFields(ctx context.Context, tags map[string][]*pb.TagDefinition) ([]crm.Problem, error) {
	fields, err := c.needed(ctx, tags)
	if err != nil {
		return nil, err
	}
	var out []crm.Problem
	for _, f := range fields {
		var p crm.Problem
		switch {
		case f.state.Error != nil:
			p.Error = *f.state.Error
		case f.forAPerson():
			p = crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeNotFound, Suggestion: f.state.Instructions,
				Message: fmt.Sprintf("the field %s of %s records is missing or incomplete, and the CRM lets no program make it", f.state.Key, f.kind)}}
		default:
			continue
		}
		p.Pointer = "classifier " + f.owner
		out = append(out, p)
	}
	return out, nil
}

// personsFields are the fields of the plan just made that a person has to make. It asks only CRMs that let no program make fields;
// what cannot be asked for now is said when the plan is applied.
func (w *work) personsFields(ctx context.Context) []PersonsField {
	kinds := w.CRM.Capabilities()
	if !slices.ContainsFunc([]crm.Kind{crm.Company, crm.Contact}, func(kind crm.Kind) bool {
		return kinds[kind].Write && !(kinds[kind].CreateField && kinds[kind].ExtendOptions)
	}) {
		return nil
	}
	tags := map[string][]*pb.TagDefinition{}
	for _, o := range w.outcome.Outcomes {
		if o.Error == nil {
			tags[o.Classifier] = o.Tags
		}
	}
	fields, err := w.needed(ctx, tags)
	if err != nil {
		return nil
	}
	var out []PersonsField
	for _, f := range fields {
		if f.forAPerson() {
			out = append(out, PersonsField{f.kind, f.state.Key, f.owner, f.state.Instructions})
		}
	}
	return out
}

// FieldsForAPerson are the fields that the classifiers need and that a person must make, because the CRM lets no program.
func (c *Connection) FieldsForAPerson(ctx context.Context) (map[crm.Kind][]connector.FieldSpec, error) {
	in, err := c.checkInput(ctx)
	if err != nil {
		return nil, err
	}
	_, tags, err := classify.Check(ctx, in)
	if err != nil {
		return nil, err
	}
	fields, err := c.needed(ctx, tags)
	if err != nil {
		return nil, err
	}
	out := map[crm.Kind][]connector.FieldSpec{}
	for _, f := range fields {
		if f.forAPerson() {
			out[f.kind] = append(out[f.kind], f.spec)
		}
	}
	return out, nil
}

// neededField is a field that a classifier needs in the CRM, as it stands there.
type neededField struct {
	kind  crm.Kind
	owner string // the classifier
	spec  connector.FieldSpec
	state connector.FieldState
}

func (f *neededField) forAPerson() bool { return f.state.Missing && f.state.Instructions != "" }

// needed examines the fields of all classifiers whose tags are known. Kinds of records whose fields may not be seen are left out:
// the check of the CRM tells that.
func (c *Connection) needed(ctx context.Context, tags map[string][]*pb.TagDefinition) ([]neededField, error) {
	specs := map[crm.Kind][]connector.FieldSpec{}
	owner := map[string]string{} // classifier by key
	for _, f := range c.Config.Enabled() {
		if tags[f.Name] == nil {
			continue
		}
		fields, err := writeback.Specs(writeback.Classifier{Name: f.Name, Label: f.Label, Tags: tags[f.Name], Parts: f.Fields}, c.Config.Prefix, c.Language)
		if err != nil {
			return nil, err
		}
		for _, spec := range fields {
			owner[spec.Key] = f.Name
		}
		for _, kind := range f.WriteTo {
			specs[kind] = append(specs[kind], fields...)
		}
	}
	var out []neededField
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		if len(specs[kind]) == 0 {
			continue
		}
		states, err := c.CRM.Examine(ctx, kind, specs[kind])
		if code := crm.CodeOf(err); code == crm.CodeForbidden || code == crm.CodeConfig {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, state := range states {
			out = append(out, neededField{kind, owner[state.Key], specs[kind][i], state})
		}
	}
	return out, nil
}
