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
	account, err := c.Account(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.settle(account)
	if err != nil {
		return nil, err
	}
	in, err := c.classifyInput(ctx, s, c.Mirror)
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

// checkFields finds fields in the CRM that cannot hold what classifiers will write, and fields that a person must make.
func (c *Connection) checkFields(ctx context.Context, tags map[string][]*pb.TagDefinition) ([]crm.Problem, error) {
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
	var out []crm.Problem
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		if len(specs[kind]) == 0 {
			continue
		}
		states, err := c.CRM.Examine(ctx, kind, specs[kind])
		if code := crm.CodeOf(err); code == crm.CodeForbidden || code == crm.CodeConfig {
			continue // told by the check of the CRM
		}
		if err != nil {
			return nil, err
		}
		for _, s := range states {
			var p crm.Problem
			switch {
			case s.Error != nil:
				p.Error = *s.Error
			case s.Missing && s.Instructions != "":
				p = crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeNotFound, Suggestion: s.Instructions,
					Message: fmt.Sprintf("the field %s of %s records is missing or incomplete, and the CRM lets no program make it", s.Key, kind)}}
			default:
				continue
			}
			p.Pointer = "classifier " + owner[s.Key]
			out = append(out, p)
		}
	}
	return out, nil
}
