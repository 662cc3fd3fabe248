package client

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

const maxReads = 1000

// checkReads makes sure that every effective read lies within a pattern of the manifest.
func (c *Client) checkReads(reads []*pb.Read, config *structpb.Struct) error {
	if len(reads) > maxReads {
		return c.violation("it wants to read %d columns, more than %d", len(reads), maxReads)
	}
	for _, r := range reads {
		if _, known := pb.ValueType_name[int32(r.GetType())]; !known || r.GetType() == pb.ValueType_VALUE_TYPE_UNSPECIFIED {
			return c.violation("it wants to read %s as an unknown type", clip(r.GetPath()))
		}
		if strings.ContainsAny(r.GetPath(), "{}") || strings.TrimSpace(r.GetPath()) == "" || r.GetPath() == "*" {
			return c.violation("it wants to read %s, which names no column", clip(r.GetPath()))
		}
		if !within(r, c.manifest.GetReads(), config) {
			return &crm.Error{Code: crm.CodePlugin,
				Message:    fmt.Sprintf("plugin %s wants to read %s, which its manifest does not name", c.id(), clip(r.GetPath())),
				Suggestion: "nothing was sent; update the plugin, or report this to its author"}
		}
	}
	return nil
}

func within(r *pb.Read, patterns []*pb.Read, config *structpb.Struct) bool {
	for _, p := range patterns {
		if p.GetPath() == "*" {
			return true
		}
		if p.GetList() == r.GetList() && (p.GetType() == r.GetType() || p.GetType() == pb.ValueType_VALUE_TYPE_UNSPECIFIED) &&
			matches(p.GetPath(), r.GetPath(), config) {
			return true
		}
	}
	return false
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

const (
	window = `(?:[0-9]+[dwmy]|all)` // a window, in whatever unit the plugin words it
	word   = `[\pL\pN_.\-]+`        // what a default or preset may fill in: one name or number, no clause
)

// matches reports whether a path is a pattern with its placeholders filled: by what the configuration says
// there, or by a single word where it leaves the value to the plugin (a default or preset).
func matches(pattern, path string, config *structpb.Struct) bool {
	if !strings.Contains(pattern, "{") {
		return pattern == path
	}
	var expression strings.Builder
	expression.WriteString(`^`)
	rest := pattern
	for at := placeholder.FindStringSubmatchIndex(rest); at != nil; at = placeholder.FindStringSubmatchIndex(rest) {
		before, pointer := rest[:at[0]], rest[at[2]:at[3]]
		rest = rest[at[1]:]
		expression.WriteString(regexp.QuoteMeta(before))
		value, given := lookup(pointer, config)
		switch {
		case given && strings.HasSuffix(before, "within "):
			expression.WriteString(`(?:` + regexp.QuoteMeta(value) + `|` + window + `)`)
		case given:
			expression.WriteString(regexp.QuoteMeta(value))
		default:
			expression.WriteString(word)
		}
	}
	expression.WriteString(regexp.QuoteMeta(rest) + `$`)
	re, err := regexp.Compile(expression.String())
	return err == nil && re.MatchString(path)
}

// lookup is the text or number at a JSON pointer.
func lookup(pointer string, config *structpb.Struct) (string, bool) {
	v := structpb.NewStructValue(config)
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if list := v.GetListValue().GetValues(); list != nil {
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(list) {
				return "", false
			}
			v = list[i]
			continue
		}
		v = v.GetStructValue().GetFields()[token]
	}
	switch x := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return x.StringValue, x.StringValue != "" // empty leaves the value to the plugin
	case *structpb.Value_NumberValue:
		return strconv.FormatFloat(x.NumberValue, 'f', -1, 64), true
	case *structpb.Value_BoolValue:
		return strconv.FormatBool(x.BoolValue), true
	}
	return "", false
}

// checkTags makes sure that effective tags lie within those of the manifest.
func (c *Client) checkTags(tags []*pb.TagDefinition) error {
	if len(tags) == 0 {
		return c.violation("with this configuration it emits no tag")
	}
	if err := protocol.ValidateTags(tags); err != nil {
		return c.violation("its tags are not valid: %v", err)
	}
	for _, t := range tags {
		declared := find(c.manifest.GetTags(), t.GetKey())
		if declared == nil {
			return c.violation("it wants to emit the tag %s, which its manifest does not declare", clip(t.GetKey()))
		}
		if t.GetType() != declared.GetType() {
			return c.violation("it wants to emit the tag %s with another type than its manifest declares", clip(t.GetKey()))
		}
		if declared.GetOpen() || len(declared.GetOptions()) == 0 {
			continue
		}
		if len(t.GetOptions()) == 0 {
			return c.violation("it drops the options of the tag %s", clip(t.GetKey()))
		}
		for _, o := range t.GetOptions() {
			if !hasOption(declared, o.GetCode()) {
				return c.violation("it wants to emit the option %s of the tag %s, which its manifest does not declare", clip(o.GetCode()), clip(t.GetKey()))
			}
		}
	}
	return nil
}

// withFitted replaces effective tags by those that a fit reported.
func (c *Client) withFitted(effective, fitted []*pb.TagDefinition) ([]*pb.TagDefinition, error) {
	if len(fitted) == 0 {
		return effective, nil
	}
	if err := c.checkTags(fitted); err != nil {
		return nil, err
	}
	out := append([]*pb.TagDefinition(nil), effective...)
	for _, f := range fitted {
		known := false
		for i, t := range out {
			if t.GetKey() == f.GetKey() {
				out[i], known = f, true
			}
		}
		if !known {
			return nil, c.violation("its fit adds the tag %s, which the configuration does not emit", clip(f.GetKey()))
		}
	}
	return out, nil
}

func find(tags []*pb.TagDefinition, key string) *pb.TagDefinition {
	for _, t := range tags {
		if t.GetKey() == key {
			return t
		}
	}
	return nil
}

func hasOption(t *pb.TagDefinition, code string) bool {
	for _, o := range t.GetOptions() {
		if o.GetCode() == code {
			return true
		}
	}
	return false
}

// checkBatch makes sure that nothing leaves the host that was not agreed on. A fault here is the host's.
func (c *Client) checkBatch(b *pb.CustomerBatch, inst *instance) error {
	fault := func(format string, args ...any) error {
		return &crm.Error{Code: crm.CodeInternal, Message: "a batch for plugin " + c.id() + " was not sent: " + fmt.Sprintf(format, args...)}
	}
	if len(b.GetKeys())%protocol.KeyBytes != 0 || len(b.GetKeys()) > protocol.BatchCustomers*protocol.KeyBytes {
		return fault("its keys have %d bytes", len(b.GetKeys()))
	}
	if len(b.GetColumns()) != len(inst.reads) {
		return fault("it has %d columns, the configuration reads %d", len(b.GetColumns()), len(inst.reads))
	}
	for i, column := range b.GetColumns() {
		if column.GetType() != inst.reads[i].GetType() {
			return fault("column %d has another type than the configuration reads", i)
		}
	}
	return nil
}
