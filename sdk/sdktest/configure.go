package sdktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"sort"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

var configureCases = []testCase{
	{"configure/examples", func(ctx context.Context, s *suite) error {
		if len(s.configs) == 0 {
			return errors.New("the configuration schema has no examples, and none is given")
		}
		for i, config := range s.configs {
			answer, faults, err := s.configure(ctx, "example", config)
			if err != nil {
				return err
			}
			if len(faults) > 0 {
				return fmt.Errorf("example %d is refused: %s: %s", i, faults[0].GetPointer(), faults[0].GetSummary())
			}
			if err := s.within(answer); err != nil {
				return fmt.Errorf("example %d: %w", i, err)
			}
		}
		return nil
	}},
	{"configure/unknown key", func(ctx context.Context, s *suite) error {
		return s.refused(ctx, func(config map[string]any) string {
			config["no_such_setting"] = true
			return "/no_such_setting"
		})
	}},
	{"configure/wrong type", func(ctx context.Context, s *suite) error {
		for _, name := range s.settings() {
			wrong, ok := wrongFor(s.manifest.GetConfigSchema().GetFields()["properties"].GetStructValue().GetFields()[name])
			if !ok {
				continue
			}
			err := s.refused(ctx, func(config map[string]any) string {
				config[name] = wrong
				return "/" + name
			})
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"configure/missing", func(ctx context.Context, s *suite) error {
		for _, v := range s.manifest.GetConfigSchema().GetFields()["required"].GetListValue().GetValues() {
			err := s.refused(ctx, func(config map[string]any) string {
				delete(config, v.GetStringValue())
				return ""
			})
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"configure/instances", func(ctx context.Context, s *suite) error {
		if len(s.configs) == 0 {
			return nil
		}
		first, last := s.configs[0], s.configs[len(s.configs)-1]
		a, err := s.prepare(ctx, "a", first)
		if err != nil {
			return err
		}
		modelA, err := s.fitted(ctx, a)
		if err != nil {
			return err
		}
		before, _, err := s.classify(ctx, a, modelA, true, a.table.all(), 50)
		if err != nil {
			return err
		}
		b, err := s.prepare(ctx, "b", last)
		if err != nil {
			return err
		}
		modelB, err := s.fitted(ctx, b)
		if err != nil {
			return err
		}
		if _, _, err := s.classify(ctx, b, modelB, true, b.table.all(), 50); err != nil {
			return err
		}
		after, _, err := s.classify(ctx, a, modelA, true, a.table.all(), 50)
		if err != nil {
			return fmt.Errorf("after a second instance was configured: %w", err)
		}
		return sameResults(before, after, "after a second instance was configured")
	}},
	{"configure/unknown instance", func(ctx context.Context, s *suite) error {
		if err := s.wire.classify(ctx, "nobody configured this", []byte{}, false, nil, nil); err == nil {
			return errors.New("an instance that was never configured classifies")
		}
		return nil
	}},
}

// settings are the names of the top-level settings in order.
func (s *suite) settings() []string {
	var list []string
	for name := range s.manifest.GetConfigSchema().GetFields()["properties"].GetStructValue().GetFields() {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// wrongFor is a value of another type than a property's; ok is false when the property takes any.
func wrongFor(property *structpb.Value) (wrong any, ok bool) {
	switch property.GetStructValue().GetFields()["type"].GetStringValue() {
	case "string", "array", "object", "boolean":
		return 12345.5, true
	case "integer", "number":
		return "twelve", true
	}
	return nil, false
}

// refused spoils the first configuration and expects an error that points at or above what was spoilt.
func (s *suite) refused(ctx context.Context, spoil func(map[string]any) string) error {
	config := map[string]any{}
	if len(s.configs) > 0 {
		config = maps.Clone(s.configs[0])
	}
	if config == nil {
		config = map[string]any{}
	}
	pointer := spoil(config)
	_, faults, err := s.configure(ctx, "spoilt", config)
	if err != nil {
		return err
	}
	if len(faults) == 0 {
		return fmt.Errorf("the configuration %v is accepted", config)
	}
	for _, d := range faults {
		if d.GetSummary() == "" {
			return errors.New("a diagnostic says nothing")
		}
		if d.GetPointer() == pointer || pointer == "" || strings.HasPrefix(d.GetPointer(), pointer+"/") {
			return nil
		}
	}
	return fmt.Errorf("the configuration %v is refused at %q, not at %q", config, faults[0].GetPointer(), pointer)
}

// within checks that effective reads and tags lie within the manifest.
func (s *suite) within(answer *pb.ConfigureResponse) error {
	if err := protocol.ValidateTags(answer.GetTags()); err != nil {
		return err
	}
	if len(answer.GetTags()) == 0 {
		return errors.New("a configuration emits no tag")
	}
	for _, t := range answer.GetTags() {
		if err := s.declared(t); err != nil {
			return err
		}
	}
	for _, r := range answer.GetReads() {
		ok := false
		for _, pattern := range s.manifest.GetReads() {
			ok = ok || matches(pattern, r)
		}
		if !ok {
			return fmt.Errorf("the effective read %q is not within the manifest", r.GetPath())
		}
		if strings.Contains(r.GetPath(), "{/") {
			return fmt.Errorf("the effective read %q has an open placeholder", r.GetPath())
		}
	}
	return nil
}

func (s *suite) declared(t *pb.TagDefinition) error {
	for _, d := range s.manifest.GetTags() {
		if d.GetKey() != t.GetKey() {
			continue
		}
		if d.GetType() != t.GetType() {
			return fmt.Errorf("the effective tag %q has another type than in the manifest", t.GetKey())
		}
		for _, o := range t.GetOptions() {
			if !d.GetOpen() && !hasOption(d, o.GetCode()) {
				return fmt.Errorf("the option %q of tag %q is not in the manifest", o.GetCode(), t.GetKey())
			}
		}
		return nil
	}
	return fmt.Errorf("the effective tag %q is not in the manifest", t.GetKey())
}

var placeholder = regexp.MustCompile(`\\\{/[^{}]*\\\}`)

// matches reports whether a read is an instance of a pattern.
func matches(pattern, read *pb.Read) bool {
	if pattern.GetPath() == "*" {
		return true
	}
	if pattern.GetType() != pb.ValueType_VALUE_TYPE_UNSPECIFIED && (pattern.GetType() != read.GetType() || pattern.GetList() != read.GetList()) {
		return false
	}
	expr := placeholder.ReplaceAllString(regexp.QuoteMeta(pattern.GetPath()), ".+")
	ok, err := regexp.MatchString("^"+expr+"$", read.GetPath())
	return ok && err == nil
}
