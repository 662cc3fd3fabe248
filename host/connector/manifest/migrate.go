package manifest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"go.yaml.in/yaml/v3"
)

// FormatVersion is the version of the manifest format that this package reads. Older ones are brought up to it when they are
// loaded; Migrate writes them anew.
const FormatVersion = 2

// migrations lead from each version of the format to the next one: the first from 1 to 2. A key that is added needs none.
var migrations = []migration{
	{"in a path a backslash begins an escape, and one that stood for itself is doubled", doubleBackslashes},
}

// migration changes a manifest's nodes; it tells how many places it changed.
type migration struct {
	does  string
	apply func(root *yaml.Node) int
}

// migrate brings a manifest to the present format. notes say what was changed; the fault says why it cannot be read.
func migrate(root *yaml.Node) (from int, notes []string, fault error) {
	node := formatNode(root)
	if node == nil {
		return FormatVersion, nil, nil // that the key is missing is told with everything else
	}
	from, err := strconv.Atoi(node.Value)
	switch {
	case err != nil || from < 1:
		return from, nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("there is no format %q of manifests", node.Value),
			Suggestion: fmt.Sprintf("the present one is manifest: %d", FormatVersion)}
	case from > FormatVersion:
		return from, nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the manifest has format %d; this program reads up to format %d", from, FormatVersion),
			Suggestion: "use a newer Taxon, or the manifest that came with this one"}
	}
	for _, m := range migrations[from-1:] {
		if n := m.apply(root); n > 0 {
			notes = append(notes, fmt.Sprintf("%s (%d)", m.does, n))
		}
	}
	node.Value = strconv.Itoa(FormatVersion)
	return from, notes, nil
}

func formatNode(root *yaml.Node) *yaml.Node {
	if root = resolve(root); root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if value := resolve(root.Content[i+1]); root.Content[i].Value == "manifest" && value.Kind == yaml.ScalarNode {
				return value
			}
		}
	}
	return nil
}

// Migrate writes a manifest of an older format in the present one, with its comments. notes say what was changed beside
// the number of the format.
func Migrate(file string, data []byte) (out []byte, notes []string, err error) {
	root, err := parse(file, data)
	if err != nil {
		return nil, nil, err
	}
	from, notes, err := migrate(root.Content[0])
	if err != nil {
		return nil, nil, at(file, formatNode(root.Content[0]), err)
	}
	if from == FormatVersion {
		return data, nil, nil
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err = e.Encode(root); err == nil {
		err = e.Close()
	}
	if err != nil {
		return nil, nil, &crm.Error{Code: crm.CodeInternal, Message: "the manifest cannot be written", Cause: err}
	}
	return b.Bytes(), notes, nil
}

// at gives a fault of the format its place.
func at(file string, node *yaml.Node, err error) error {
	if fault, ok := err.(*crm.Error); ok {
		fault.Pointer = fmt.Sprintf("%s:%d /manifest", file, node.Line)
	}
	return err
}

// pathKeys are the keys, beside those of the type Path, that hold paths.
var pathKeys = []string{"property", "updated", "currency"}

// doubleBackslashes changes paths of format 1, in which a backslash was a letter like any other.
func doubleBackslashes(root *yaml.Node) (changed int) {
	paths(root, reflect.TypeFor[Manifest](), false, map[*yaml.Node]bool{}, func(n *yaml.Node) {
		if fixed := escapeLone(n.Value); fixed != n.Value {
			n.Value = fixed
			changed++
		}
	})
	return changed
}

// escapeLone doubles the backslashes that are no escape of a dot or of a backslash.
func escapeLone(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] != '\\' {
			continue
		}
		if i+1 < len(s) && (s[i+1] == '.' || s[i+1] == '\\') {
			i++
			b.WriteByte(s[i])
		} else {
			b.WriteByte('\\')
		}
	}
	return b.String()
}

// paths visits the scalars of a manifest that are paths, each once however many aliases lead to it.
func paths(n *yaml.Node, t reflect.Type, isPath bool, seen map[*yaml.Node]bool, visit func(*yaml.Node)) {
	n = resolve(n)
	for t.Kind() == reflect.Pointer && t != templateType && t != programType {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice && t != pathType && n.Kind == yaml.ScalarNode { // one stands for a list of one
		t = t.Elem()
	}
	switch {
	case n.Kind == yaml.ScalarNode:
		if _, computed := expression(n); (isPath || t == pathType || t == fieldType) && !computed && !seen[n] {
			seen[n] = true
			visit(n)
		}
	case t == pathType, t == templateType, t == programType:
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			paths(item, t.Elem(), isPath, seen, visit)
		}
	case n.Kind == yaml.MappingNode && !seen[n]:
		seen[n] = true
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch {
			case key.Tag == "!!merge":
				for _, base := range append([]*yaml.Node{value}, resolve(value).Content...) {
					if base = resolve(base); base.Kind == yaml.MappingNode {
						paths(base, t, false, seen, visit)
					}
				}
			case t.Kind() == reflect.Map:
				paths(value, t.Elem(), false, seen, visit)
			case t.Kind() == reflect.Struct:
				if k, known := keysOf(t)[key.Value]; known {
					paths(value, k.kind, k.kind.Kind() == reflect.String && slices.Contains(pathKeys, key.Value), seen, visit)
				}
			}
		}
	}
}
