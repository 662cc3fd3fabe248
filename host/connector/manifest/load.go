package manifest

import (
	"errors"
	"reflect"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a manifest.
const maxBytes = 1 << 20

// Load reads and checks a manifest. file is the name for messages. The error joins one *crm.Error for each fault, with
// pointers like "hubspot.yaml:12 /objects/deals/list".
func Load(file string, data []byte) (*Manifest, error) {
	root, err := parse(file, data)
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if m.Written, m.Migrated, err = migrate(root.Content[0]); err != nil {
		return nil, at(file, formatNode(root.Content[0]), err)
	}
	d := &decoder{file: file, places: map[any]place{}, compiled: map[[2]string]*Program{}}
	d.value(root.Content[0], reflect.ValueOf(m).Elem(), place{}, "", nil)
	if len(d.faults) == 0 {
		d.check(m)
	}
	if len(d.faults) > 0 {
		return nil, errors.Join(d.faults...)
	}
	m.file, m.places = file, d.places
	return m, nil
}

// parse reads a manifest as YAML.
func parse(file string, data []byte) (*yaml.Node, error) {
	if len(data) > maxBytes {
		return nil, &crm.Error{Code: crm.CodeConfig, Pointer: file, Message: "the manifest is larger than 1 MiB"}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Pointer: file, Message: "the manifest is not YAML: " + err.Error(),
			Suggestion: "an expression within { } or [ ] that holds one of , [ ] { } must stand in quotes"}
	}
	if len(root.Content) == 0 {
		return nil, &crm.Error{Code: crm.CodeConfig, Pointer: file, Message: "the manifest is empty"}
	}
	return &root, nil
}

// RecordScope is the scope of a field's expression, for fields that an administrator adds.
func RecordScope() *mapping.Scope { return scopes["record"]() }
