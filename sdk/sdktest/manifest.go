package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

var manifestCases = []testCase{
	{"manifest/valid", func(_ context.Context, s *suite) error {
		text, err := protocol.ManifestJSON(s.manifest)
		if err != nil {
			return err
		}
		back, err := protocol.ParseManifest(text)
		if err != nil {
			return err
		}
		if !proto.Equal(back, s.manifest) {
			return errors.New("the manifest reads back from plugin.json as another one")
		}
		return nil
	}},
	{"manifest/pure", func(ctx context.Context, s *suite) error {
		for range 3 {
			if err := s.sameManifest(ctx); err != nil {
				return err
			}
		}
		if len(s.configs) > 0 {
			if _, _, err := s.configure(ctx, "pure", s.configs[0]); err != nil {
				return err
			}
		}
		return s.sameManifest(ctx)
	}},
	{"manifest/file", func(_ context.Context, s *suite) error {
		if len(s.options.Manifest) == 0 {
			return nil
		}
		file, err := protocol.ParseManifest(s.options.Manifest)
		if err != nil {
			return err
		}
		if !proto.Equal(file, s.manifest) {
			return errors.New("describe answers another manifest than plugin.json")
		}
		return nil
	}},
	{"manifest/schema", func(_ context.Context, s *suite) error {
		schema, err := s.schema()
		if err != nil {
			return err
		}
		examples := s.manifest.GetConfigSchema().GetFields()["examples"].GetListValue().GetValues()
		if len(examples) == 0 {
			return errors.New("the configuration schema has no examples")
		}
		for i, example := range examples {
			if err := validate(schema, example.AsInterface()); err != nil {
				return fmt.Errorf("example %d: %w", i, err)
			}
		}
		return nil
	}},
	{"manifest/fields", func(_ context.Context, s *suite) error {
		known := map[string]bool{}
		for _, f := range s.options.Setup.Catalogue {
			known[f.GetPath()] = true
		}
		for _, r := range s.manifest.GetReads() {
			field := fieldOf(r.GetPath())
			if len(known) > 0 && field != "" && !known[field] {
				return fmt.Errorf("%q reads the field %s, which the catalogue does not have", r.GetPath(), field)
			}
		}
		return nil
	}},
	{"manifest/unclassified", func(_ context.Context, s *suite) error {
		for _, t := range s.manifest.GetTags() {
			if len(t.GetOptions()) > 0 && !hasOption(t, protocol.Unclassified) {
				return fmt.Errorf("the class %q has no option %s", t.GetKey(), protocol.Unclassified)
			}
		}
		return nil
	}},
}

var (
	plainField  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	sourceField = regexp.MustCompile(`^(?:[a-z]+\()?((?:deals|activities|contacts)\.[a-z][a-z0-9_]*)`)
)

// fieldOf is the field of the catalogue that a read rests on; "" when it is a pattern, a tag or a count.
func fieldOf(path string) string {
	if plainField.MatchString(path) {
		return path
	}
	if m := sourceField.FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return ""
}

func (s *suite) sameManifest(ctx context.Context) error {
	answer, err := s.conn.client.Describe(ctx, &pb.DescribeRequest{Features: []string{"a_feature_nobody_has"}})
	if err != nil {
		return err
	}
	if !proto.Equal(answer.GetManifest(), s.manifest) {
		return errors.New("describe answers another manifest than before")
	}
	return nil
}

// schema compiles the configuration schema. Its name is of a scheme of its own, so that no message holds a
// path of this machine.
func (s *suite) schema() (*jsonschema.Schema, error) {
	text, err := s.manifest.GetConfigSchema().MarshalJSON()
	if err != nil {
		return nil, err
	}
	const name = "taxon:config"
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	if err := c.AddResource(name, bytes.NewReader(text)); err != nil {
		return nil, fmt.Errorf("the configuration schema: %w", err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("the configuration schema: %w", err)
	}
	return schema, nil
}

func validate(schema *jsonschema.Schema, config any) error {
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	return schema.Validate(plain)
}
