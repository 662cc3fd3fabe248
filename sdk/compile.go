package sdk

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/sdk/internal/conf"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// classifier is a compiled plugin.
type classifier struct {
	manifest  *pb.Manifest
	configure func(run Run, config map[string]any, cat Catalogue) (*instance, Diagnostics)
}

// instance is a configured classifier.
type instance struct {
	reads  []*pb.Read
	tags   []*pb.TagDefinition
	engine engine
}

func (p Pointwise[C, R]) compile() (*classifier, error) {
	if p.Classify == nil {
		return nil, errors.New("sdk: the plugin has no Classify")
	}
	// A customer judged alone is one judged with an empty model.
	type none = struct{}
	return (&Population[C, R, none, none]{Info: p.Info, Tags: p.Tags, Reasons: p.Reasons, Reads: p.Reads, Presets: p.Presets, Example: p.Example,
		Configure: p.Configure, alone: p.Classify}).compileAs(pb.Scope_SCOPE_CUSTOMER)
}

func (p Population[C, R, S, M]) compile() (*classifier, error) {
	if p.Add == nil || p.Merge == nil || (p.Fit == nil) == (p.FitAfter == nil) || p.Classify == nil {
		return nil, errors.New("sdk: a population plugin needs Add, Merge, Classify, and one of Fit and FitAfter")
	}
	return p.compileAs(pb.Scope_SCOPE_POPULATION)
}

func (p *Population[C, R, S, M]) compileAs(scope pb.Scope) (*classifier, error) {
	schema, err := p.schema()
	if err != nil {
		return nil, err
	}
	var bound *binding
	reads := readsProto(p.Reads)
	if !isRow[R]() {
		if len(p.Reads) > 0 {
			return nil, errors.New("sdk: the customer struct is the list of reads; leave Reads empty")
		}
		if bound, err = bind(reflect.TypeFor[R]()); err != nil {
			return nil, err
		}
		reads = bound.reads
	} else if p.Configure == nil {
		return nil, errors.New("sdk: a plugin on sdk.Row needs a Configure that answers its reads")
	}
	m := &pb.Manifest{Id: p.Info.ID, Version: p.Info.Version, Summary: p.Info.Summary, License: p.Info.License, Scope: scope,
		Reads: reads, Tags: tagsProto(p.Tags, p.Info.ID), Reasons: reasonsProto(p.Reasons), StateVersion: p.Info.StateVersion}
	if scope == pb.Scope_SCOPE_POPULATION {
		m.Limits = &pb.Limits{MaxPasses: uint32(max(p.Passes, 1)), SummaryBytes: p.Info.Limits.SummaryBytes}
		m.StateVersion = max(m.StateVersion, 1)
		if p.FitAfter != nil {
			m.Features = append(m.Features, protocol.LastModel)
		}
	}
	if m.ConfigSchema, err = structpb.NewStruct(schema); err != nil {
		return nil, fmt.Errorf("sdk: the schema of the configuration: %w", err)
	}
	if err := protocol.ValidateManifest(m); err != nil {
		return nil, fmt.Errorf("sdk: %w", err)
	}
	c := &classifier{manifest: m}
	c.configure = func(run Run, config map[string]any, cat Catalogue) (*instance, Diagnostics) {
		return p.configure(c.manifest, bound, run, config, cat)
	}
	return c, nil
}

// schema is the JSON Schema of the configuration with its presets, and with examples that are accepted.
func (p *Population[C, R, S, M]) schema() (map[string]any, error) {
	schema, err := conf.Schema(reflect.TypeFor[C]())
	if err != nil {
		return nil, err
	}
	props := schema["properties"].(map[string]any)
	examples := []any{}
	if v := reflect.ValueOf(&p.Example).Elem(); !v.IsZero() {
		example, err := conf.NonZero(v)
		if err != nil {
			return nil, fmt.Errorf("sdk: the example configuration: %w", err)
		}
		examples = append(examples, example)
	} else if schema["required"] == nil {
		examples = append(examples, map[string]any{})
	}
	if len(p.Presets) > 0 {
		if props["preset"] != nil {
			return nil, errors.New("sdk: the configuration has a field preset of its own beside presets")
		}
		var names []any
		for _, preset := range p.Presets {
			names = append(names, map[string]any{"const": preset.Name, "title": preset.Label.En})
			if schema["required"] == nil {
				examples = append(examples, map[string]any{"preset": preset.Name})
			}
		}
		props["preset"] = map[string]any{"type": "string", "oneOf": names, "description": "A named configuration; what stands beside it wins."}
	}
	schema["examples"] = examples
	return schema, nil
}

// configure makes an instance, or says why not.
func (p *Population[C, R, S, M]) configure(m *pb.Manifest, bound *binding, run Run, config map[string]any, cat Catalogue) (*instance, Diagnostics) {
	cfg, tree, found := p.decode(config)
	if found.Failed() {
		return nil, found
	}
	inst := &instance{tags: m.GetTags()}
	shape := &layout{bound: bound}
	if bound != nil {
		found = append(found, shape.expand(tree)...)
	}
	if p.Configure != nil {
		effective, more := p.Configure(run, cfg, cat)
		found = append(found, more...)
		if bound == nil {
			shape.reads = readsProto(effective.Reads)
		}
		if len(effective.Tags) > 0 {
			inst.tags = tagsProto(effective.Tags, m.GetId())
		}
	}
	if found.Failed() {
		return nil, found
	}
	inst.reads = shape.reads
	inst.engine = &session[C, R, S, M]{p: p, run: run, cfg: cfg, layout: shape, tags: inst.tags, reasons: m.GetReasons(), id: m.GetId()}
	return inst, found
}

// decode reads a configuration with its preset and defaults; tree is the result as JSON.
func (p *Population[C, R, S, M]) decode(config map[string]any) (cfg C, tree map[string]any, found Diagnostics) {
	if len(p.Presets) > 0 && config["preset"] != nil {
		config = conf.Overlay(nil, config)
		name := config["preset"]
		delete(config, "preset")
		base, err := p.preset(name)
		if err != nil {
			found.Errorf("/preset", "enum", "%v", err)
			return cfg, nil, found
		}
		config = conf.Overlay(base, config)
	}
	v := reflect.ValueOf(&cfg).Elem()
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	for _, f := range conf.Decode(config, v) {
		found.Errorf(f.Pointer, f.Code, "%s", f.Message)
	}
	tree, err := conf.Tree(v)
	if err != nil {
		found.Errorf("", "type", "the configuration cannot be written as JSON: %v", err)
	}
	return cfg, tree, found
}

func (p *Population[C, R, S, M]) preset(name any) (map[string]any, error) {
	var names []string
	for i := range p.Presets {
		if p.Presets[i].Name == name {
			return conf.NonZero(reflect.ValueOf(&p.Presets[i].Config).Elem())
		}
		names = append(names, p.Presets[i].Name)
	}
	return nil, fmt.Errorf("there is no such preset; there are %s", strings.Join(names, ", "))
}

// expand fills the placeholders of a struct's reads. Two reads may become one column.
func (l *layout) expand(tree map[string]any) (found Diagnostics) {
	columns := map[string]int{}
	for _, read := range l.bound.reads {
		path, err := conf.Expand(read.GetPath(), tree)
		if err != nil {
			found.Errorf("", "placeholder", "%v", err)
			continue
		}
		at, known := columns[path]
		if !known {
			at = len(l.reads)
			columns[path] = at
			l.reads = append(l.reads, &pb.Read{Path: path, Type: read.GetType(), Required: read.GetRequired(), List: read.GetList(), Purpose: read.GetPurpose()})
		} else if l.reads[at].GetType() != read.GetType() || l.reads[at].GetList() != read.GetList() {
			found.Errorf("", "placeholder", "%q would be read as two types", path)
		}
		l.at = append(l.at, at)
	}
	return found
}
