package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// ManifestJSON is the text of plugin.json: the manifest's fields under their names in classifier.proto, as in all
// documents of Taxon, indented, with sorted keys, so that the same manifest is always the same text.
func ManifestJSON(m *pb.Manifest) ([]byte, error) {
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("the manifest cannot be written as JSON: %w", err)
	}
	// protojson varies its white space on purpose; a generic value written by encoding/json does not. Numbers
	// stay as they were written.
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("the manifest cannot be written as JSON: %w", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(tree); err != nil {
		return nil, fmt.Errorf("the manifest cannot be written as JSON: %w", err)
	}
	return out.Bytes(), nil
}

// ParseManifest reads a plugin.json, with camelCase names too, as earlier versions wrote it. It is strict: an unknown key, a text above ManifestBytes or a manifest
// that ValidateManifest refuses is an error.
func ParseManifest(data []byte) (*pb.Manifest, error) {
	if len(data) > ManifestBytes {
		return nil, fmt.Errorf("the manifest has %d bytes, more than %d", len(data), ManifestBytes)
	}
	m := &pb.Manifest{}
	if err := protojson.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("the manifest is not valid: %w", err)
	}
	if err := ValidateManifest(m); err != nil {
		return nil, err
	}
	return m, nil
}

var (
	idPattern      = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	versionPattern = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	keyPattern     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	codePattern    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	argPattern     = regexp.MustCompile(`\{([^{}]*)\}`)
)

const (
	maxName    = 64   // letters of ids, keys and codes
	maxEntries = 1000 // reads, tags, options, reasons
	maxPasses  = 64
)

// ValidateManifest reports everything that is wrong with a manifest, joined.
func ValidateManifest(m *pb.Manifest) error {
	v := &faults{}
	v.check(idPattern.MatchString(m.GetId()) && len(m.GetId()) <= maxName,
		"id %q is not lower-case words of letters, digits and underscores joined by dots", m.GetId())
	v.check(versionPattern.MatchString(m.GetVersion()), "version %q is not a semantic version such as 1.0.0", m.GetVersion())
	v.check(m.GetSummary() != "", "summary is empty")
	v.check(m.GetScope() == pb.Scope_SCOPE_CUSTOMER || m.GetScope() == pb.Scope_SCOPE_POPULATION, "scope is neither CUSTOMER nor POPULATION")
	v.reads(m.GetReads())
	v.check(len(m.GetTags()) > 0, "there is no tag")
	v.join(ValidateTags(m.GetTags()))
	v.reasons(m.GetReasons())
	v.check(m.GetConfigSchema().GetFields()["type"].GetStringValue() == "object", "config_schema is not a schema of an object")
	v.check(m.GetLimits().GetMaxPasses() <= maxPasses, "limits.max_passes is above %d", maxPasses)
	v.check(m.GetLimits().GetSummaryBytes() <= SummaryBytes, "limits.summary_bytes is above %d", SummaryBytes)
	if m.GetScope() == pb.Scope_SCOPE_POPULATION {
		v.check(m.GetStateVersion() > 0, "state_version is 0 though the plugin keeps a model")
	}
	return v.err("manifest")
}

// ValidateTags reports everything that is wrong with tag definitions: those of a manifest, of a
// configuration or of a fit.
func ValidateTags(tags []*pb.TagDefinition) error {
	v := &faults{}
	v.check(len(tags) <= maxEntries, "there are more than %d tags", maxEntries)
	seen := map[string]bool{}
	for i, t := range tags {
		at := fmt.Sprintf("tags[%d]", i)
		v.check(t.GetKey() == "" || keyPattern.MatchString(t.GetKey()) && len(t.GetKey()) <= maxName, "%s: key %q is not a lower-case word", at, t.GetKey())
		v.check(!seen[t.GetKey()], "%s: the key %q is there twice", at, t.GetKey())
		seen[t.GetKey()] = true
		v.valueType(at, t.GetType())
		v.text(at+".label", t.GetLabel(), nil)
		v.check(len(t.GetOptions()) == 0 || t.GetType() == pb.ValueType_VALUE_TYPE_TEXT, "%s: only texts have options", at)
		v.check(len(t.GetOptions()) <= maxEntries, "%s: there are more than %d options", at, maxEntries)
		codes := map[string]bool{}
		for j, o := range t.GetOptions() {
			at := fmt.Sprintf("%s.options[%d]", at, j)
			v.check(codePattern.MatchString(o.GetCode()) && len(o.GetCode()) <= maxName, "%s: code %q is not letters, digits, dots, dashes and underscores", at, o.GetCode())
			v.check(!codes[o.GetCode()], "%s: the code %q is there twice", at, o.GetCode())
			codes[o.GetCode()] = true
			v.text(at+".label", o.GetLabel(), nil)
		}
	}
	return v.err("")
}

type faults struct{ list []error }

func (v *faults) check(ok bool, format string, args ...any) {
	if !ok {
		v.list = append(v.list, fmt.Errorf(format, args...))
	}
}

func (v *faults) join(err error) {
	if err != nil {
		v.list = append(v.list, err)
	}
}

func (v *faults) err(what string) error {
	err := errors.Join(v.list...)
	if err != nil && what != "" {
		return fmt.Errorf("the %s is not valid: %w", what, err)
	}
	return err
}

func (v *faults) valueType(at string, t pb.ValueType) {
	_, known := pb.ValueType_name[int32(t)]
	v.check(known && t != pb.ValueType_VALUE_TYPE_UNSPECIFIED, "%s: type %d is unknown", at, t)
}

func (v *faults) reads(reads []*pb.Read) {
	v.check(len(reads) <= maxEntries, "there are more than %d reads", maxEntries)
	seen := map[string]bool{}
	for i, r := range reads {
		at := fmt.Sprintf("reads[%d]", i)
		v.check(strings.TrimSpace(r.GetPath()) != "", "%s: path is empty", at)
		v.check(!seen[r.GetPath()], "%s: %q is there twice", at, r.GetPath())
		seen[r.GetPath()] = true
		// A pattern with a placeholder may stand for reads of several types.
		if r.GetType() != pb.ValueType_VALUE_TYPE_UNSPECIFIED || r.GetPath() != "*" && !strings.Contains(r.GetPath(), "{") {
			v.valueType(at, r.GetType())
		}
		v.check(r.GetPurpose() != "", "%s: purpose is empty", at)
	}
}

func (v *faults) reasons(reasons []*pb.ReasonDefinition) {
	v.check(len(reasons) <= maxEntries, "there are more than %d reasons", maxEntries)
	seen := map[string]bool{}
	for i, r := range reasons {
		at := fmt.Sprintf("reasons[%d]", i)
		v.check(codePattern.MatchString(r.GetCode()) && len(r.GetCode()) <= maxName, "%s: code %q is not letters, digits, dots, dashes and underscores", at, r.GetCode())
		v.check(!seen[r.GetCode()], "%s: the code %q is there twice", at, r.GetCode())
		seen[r.GetCode()] = true
		names := map[string]bool{}
		for _, a := range r.GetArguments() {
			v.check(keyPattern.MatchString(a.GetName()), "%s: the argument %q is not a lower-case word", at, a.GetName())
			v.check(!names[a.GetName()], "%s: the argument %q is there twice", at, a.GetName())
			names[a.GetName()] = true
			v.valueType(at+"."+a.GetName(), a.GetType())
		}
		v.text(at+".text", r.GetText(), names)
	}
}

// text wants English and known languages only; with names it also wants placeholders to be among them.
func (v *faults) text(at string, t *pb.Text, names map[string]bool) {
	v.check(t.GetByLanguage()["en"] != "", "%s: the English text is missing", at)
	for language, text := range t.GetByLanguage() {
		known := false
		for _, l := range Languages {
			known = known || l == language
		}
		v.check(known, "%s: the language %q is unknown", at, language)
		if names == nil {
			continue
		}
		for _, m := range argPattern.FindAllStringSubmatch(text, -1) {
			v.check(names[m[1]], "%s (%s): {%s} is no argument", at, language, m[1])
		}
	}
}
