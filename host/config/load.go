package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/validate"
)

// maxFile is the largest configuration read: far above any real one.
const maxFile = 1 << 20

// Load reads and checks the file. Problems hold every finding about the form, each with file, line and
// pointer; with an error among them the Config is nil. err is for a file that cannot be read at all.
func Load(path string) (*Config, []crm.Problem, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, &crm.Error{Code: crm.CodeConfig, Message: "there is no " + path, Suggestion: "taxon init writes one; --config names another place", Cause: err}
	}
	if err != nil {
		return nil, nil, &crm.Error{Code: crm.CodeConfig, Message: path + " cannot be read", Cause: err}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil || len(data) > maxFile {
		return nil, nil, &crm.Error{Code: crm.CodeConfig, Message: path + " cannot be read, or is larger than 1 MiB", Cause: err}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	c, problems := Parse(data, absolute)
	return c, problems, nil
}

// Parse is Load for a file's content; path is where relative paths start and what messages call it.
func Parse(data []byte, path string) (*Config, []crm.Problem) {
	c := &Config{path: path, lines: map[string]int{}}
	var root, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return nil, []crm.Problem{c.yamlError(err)}
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, []crm.Problem{c.atLine(second.Line, "a second document begins here", "keep everything in one, without ---")}
	case !errors.Is(err, io.EOF):
		return nil, []crm.Problem{c.yamlError(err)}
	}
	if root.Kind == 0 || len(root.Content) == 0 {
		return nil, []crm.Problem{c.Problem("", "the file is empty", "taxon init writes one")}
	}
	document, problems := c.decode(root.Content[0], "", 0)
	if len(problems) > 0 {
		return nil, problems
	}
	for _, f := range validate.Embedded("config.schema.json").Check(document) {
		problems = append(problems, c.Problem(f.Pointer, f.Message, ""))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	plain, err := json.Marshal(document)
	if err == nil {
		err = json.Unmarshal(plain, c)
	}
	if err != nil {
		return nil, []crm.Problem{c.Problem("", err.Error(), "")}
	}
	c.fill()
	if problems = c.cross(); len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// UnmarshalJSON accepts the short form, a text that is the source.
func (f *FieldEntry) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(string(data), `"`) {
		return json.Unmarshal(data, &f.Source)
	}
	type long FieldEntry
	return json.Unmarshal(data, (*long)(f))
}

// UnmarshalJSON accepts the short form, a text that is the same in all languages.
func (t *Texts) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(string(data), `"`) {
		var text string
		err := json.Unmarshal(data, &text)
		*t = Texts{"en": text, "zh-Hans": text, "zh-Hant": text}
		return err
	}
	return json.Unmarshal(data, (*map[string]string)(t))
}

// maxDepth bounds nesting and aliases.
const maxDepth = 40

// decode turns YAML into plain JSON values and notes the line of each pointer. It is stricter than YAML:
// a key twice, a key that is no text, an anchor and a value that is no JSON are errors, not surprises.
func (c *Config) decode(n *yaml.Node, pointer string, depth int) (any, []crm.Problem) {
	c.lines[pointer] = n.Line
	if depth > maxDepth {
		return nil, []crm.Problem{c.Problem(pointer, "nested too deep", "")}
	}
	if n.Anchor != "" {
		return nil, []crm.Problem{c.Problem(pointer, "anchors and aliases are not used here", "write the value out")}
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		var problems []crm.Problem
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			at := pointer + "/" + strings.ReplaceAll(strings.ReplaceAll(key.Value, "~", "~0"), "/", "~1")
			if key.Kind != yaml.ScalarNode || key.Anchor != "" {
				problems = append(problems, c.Problem(pointer, "a key must be a text, without an anchor", ""))
				continue
			}
			if _, twice := out[key.Value]; twice {
				c.lines[at] = key.Line
				problems = append(problems, c.Problem(at, "the key "+key.Value+" stands here twice", "remove one"))
				continue
			}
			v, found := c.decode(value, at, depth+1)
			c.lines[at] = key.Line
			problems = append(problems, found...)
			out[key.Value] = v
		}
		return out, problems
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		var problems []crm.Problem
		for i, item := range n.Content {
			v, found := c.decode(item, pointer+"/"+strconv.Itoa(i), depth+1)
			problems = append(problems, found...)
			out = append(out, v)
		}
		return out, problems
	case yaml.ScalarNode:
		return c.scalar(n, pointer)
	}
	return nil, []crm.Problem{c.Problem(pointer, "anchors and aliases are not used here", "write the value out")}
}

// underscored is a number such as 70_20_10 that YAML reads as 702010 although a name was meant.
var underscored = regexp.MustCompile(`^[0-9]+(_[0-9]+)+$`)

func (c *Config) scalar(n *yaml.Node, pointer string) (any, []crm.Problem) {
	switch n.Tag {
	case "!!str", "!!timestamp", "!!binary":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return nil, []crm.Problem{c.Problem(pointer, strconv.Quote(n.Value)+" is neither true nor false", "")}
		}
		return b, nil
	case "!!int", "!!float":
		if underscored.MatchString(n.Value) {
			return n.Value, nil
		}
		var f float64
		if err := n.Decode(&f); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, []crm.Problem{c.Problem(pointer, strconv.Quote(n.Value)+" is not a number", "")}
		}
		var i int64
		if n.Tag == "!!int" && n.Decode(&i) == nil { // yaml would cut the decimals of a float
			return i, nil
		}
		return f, nil
	}
	return nil, []crm.Problem{c.Problem(pointer, "values of the type "+n.Tag+" are not used here", "")}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// atLine is a problem at a line of the file.
func (c *Config) atLine(line int, message, suggestion string) crm.Problem {
	where := fmt.Sprintf("%s:%d", filepath.Base(c.path), line)
	return crm.Problem{Error: crm.Error{Code: crm.CodeConfig, Pointer: where, Message: message, Suggestion: suggestion}}
}

func (c *Config) yamlError(err error) crm.Problem {
	message, where := err.Error(), filepath.Base(c.path)
	if m := yamlLine.FindStringSubmatch(strings.SplitN(message, "\n", 2)[0]); m != nil {
		message = m[2]
		if m[1] != "" {
			where = fmt.Sprintf("%s:%s", where, m[1])
		}
	}
	return crm.Problem{Error: crm.Error{Code: crm.CodeConfig, Pointer: where, Message: "not valid YAML: " + message, Suggestion: "indentation by spaces, a space after each colon"}}
}
