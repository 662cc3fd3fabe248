package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	celtypes "cel.dev/cel-go/common/types"

	"github.com/taxonhq/taxon/sdk"
)

// costLimit bounds the evaluation of one condition for one customer, in CEL's units: a
// comparison costs about two, a pass over a list one for each item and what is done with it.
// It is counted for conditions that pass over lists; any other does each of its operations at
// most once, so its own length, which the schema limits, is its bound (counting would double
// the time of a run).
const costLimit = 100_000

// growing are string functions whose results can be longer than everything they are given.
var growing = map[string]bool{"replace": true, "join": true, "format": true}

// rule is a compiled rule.
type rule struct {
	name     string
	words    sdk.Text // the name in reasons
	number   int      // from 1
	program  cel.Program
	read     []*input // by the condition, in its order
	settings settings
	because  sdk.Text
}

// configure compiles the rules and answers what they read and emit.
func configure(run sdk.Run, c *Config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	main := c.mainTag(&found)
	c.inputs = newInputs(c.Inputs, cat, &found)
	if c.Default != nil {
		c.decided = c.settings(c.Default, "/default", &found)
	}
	if len(c.Rules) == 0 {
		found.Errorf("/rules", "rules", "there is no rule")
	}
	env, err := newEnvironment(&run, c.inputs)
	if err != nil {
		found.Errorf("/inputs", "environment", "the fields cannot be declared: %v", err)
		return sdk.Effective{}, found
	}
	names := map[string]bool{}
	for i, source := range c.Rules {
		pointer := "/rules/" + strconv.Itoa(i)
		r := rule{name: source.Name, number: i + 1, settings: c.settings(source.Tag, pointer+"/tag", &found), because: reasonOf(source.Because, pointer+"/because", &found)}
		if r.name == "" {
			r.name = fmt.Sprintf("rule %d", r.number)
			r.words = sdk.Text{En: r.name, ZhHans: fmt.Sprintf("规则%d", r.number), ZhHant: fmt.Sprintf("規則%d", r.number)}
		} else {
			r.words = named(r.name, source.When)
		}
		if names[r.name] {
			found.Errorf(pointer+"/name", "twice", "there are two rules called %q", r.name)
		}
		names[r.name] = true
		r.program, r.read = c.compile(env, source.When, pointer+"/when", &found)
		c.read = append(c.read, r.read...)
		c.rules = append(c.rules, r)
		if strings.TrimSpace(source.When) == "true" && c.Match == "first" && i < len(c.Rules)-1 {
			found.Warnf(pointer+"/when", "unreachable", "this rule always applies, so the rules after it never do")
		}
	}
	c.inputs.settle()
	return sdk.Effective{Reads: c.inputs.reads(), Tags: c.tags(main)}, found
}

// compile checks a condition and notes what it reads; nil when there is an error.
func (c *Config) compile(env *cel.Env, source, pointer string, found *sdk.Diagnostics) (cel.Program, []*input) {
	checked, issues := env.Compile(source)
	if issues.Err() != nil {
		for _, issue := range issues.Errors() {
			at := place{source, issue.Location.Line(), issue.Location.Column()}
			*found = append(*found, at.diagnostic(pointer, "cel", c.inputs.explain(issue.Message)))
		}
		return nil, nil
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		*found = append(*found, place{source, 1, 0}.diagnostic(pointer, "not_boolean",
			"the condition gives "+checked.OutputType().String()+", not true or false"))
		return nil, nil
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	tree := checked.NativeRep()
	var read []*input
	ast.PreOrderVisit(ast.NavigateAST(tree), ast.NewExprVisitor(func(e ast.Expr) {
		if x := c.inputs.at(e); x != nil {
			c.inputs.use(x)
			if !slices.Contains(read, x) {
				read = append(read, x)
			}
		}
		if e.Kind() == ast.ComprehensionKind {
			options = append(options, cel.CostLimit(costLimit))
		}
		c.lint(tree, e, source, pointer, found)
		if e.Kind() == ast.CallKind && growing[e.AsCall().FunctionName()] {
			at := tree.SourceInfo().GetStartLocation(e.ID())
			*found = append(*found, place{source, at.Line(), at.Column()}.diagnostic(pointer, "function",
				e.AsCall().FunctionName()+" is not available in conditions, since it can make texts without bound"))
		}
	}))
	program, err := env.Program(checked, options...)
	if err != nil {
		*found = append(*found, place{source, 1, 0}.diagnostic(pointer, "cel", err.Error()))
		return nil, nil
	}
	return program, read
}

// at is the input that an expression names, nil for none.
func (in *inputs) at(e ast.Expr) *input {
	switch e.Kind() {
	case ast.IdentKind:
		name := strings.TrimPrefix(e.AsIdent(), ".")
		if x := in.short[name]; x != nil {
			return x
		}
		return in.long[name]
	case ast.SelectKind:
		if operand := e.AsSelect().Operand(); operand.Kind() == ast.IdentKind {
			return in.long[operand.AsIdent()+"."+e.AsSelect().FieldName()]
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != operators.OptSelect || call.Args()[0].Kind() != ast.IdentKind || call.Args()[1].Kind() != ast.LiteralKind {
			return nil
		}
		name, _ := call.Args()[1].AsLiteral().(celtypes.String)
		return in.long[call.Args()[0].AsIdent()+"."+string(name)]
	}
	return nil
}

// lint warns of comparisons with a code that the field or tag cannot have.
func (c *Config) lint(tree *ast.AST, e ast.Expr, source, pointer string, found *sdk.Diagnostics) {
	if e.Kind() != ast.CallKind {
		return
	}
	call := e.AsCall()
	switch call.FunctionName() {
	case operators.Equals, operators.NotEquals, operators.In:
	default:
		return
	}
	for i, side := range call.Args() {
		x := c.inputs.at(side)
		if x == nil || len(x.options) == 0 {
			continue
		}
		literals := []ast.Expr{call.Args()[1-i]}
		if literals[0].Kind() == ast.ListKind {
			literals = literals[0].AsList().Elements()
		}
		for _, literal := range literals {
			if literal.Kind() != ast.LiteralKind {
				continue
			}
			if code, text := literal.AsLiteral().(celtypes.String); text && !slices.Contains(x.options, string(code)) {
				start := tree.SourceInfo().GetStartLocation(literal.ID())
				d := place{source, start.Line(), start.Column()}.diagnostic(pointer, "unknown_code",
					fmt.Sprintf("%s is never %q%s", x.name, string(code), didYouMean(string(code), x.options)))
				d.Warning = true
				d.Detail += "\nIt is one of " + strings.Join(x.options, ", ") + "."
				*found = append(*found, d)
			}
		}
	}
}

// place is a place in a condition: line from 1, column from 0 in characters.
type place struct {
	source       string
	line, column int
}

// diagnostic says where in the configuration and where in the condition, and shows the line
// with a caret under the place.
func (p place) diagnostic(pointer, code, message string) sdk.Diagnostic {
	p.line, p.column = max(p.line, 1), max(p.column, 0) // the parser has no place for an empty text
	lines := strings.Split(p.source, "\n")
	shown := ""
	if p.line >= 1 && p.line <= len(lines) {
		shown = lines[p.line-1]
	}
	indent := strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case r >= 0x2E80: // wide characters take two columns
			return '　'
		}
		return ' '
	}, string([]rune(shown)[:min(p.column, len([]rune(shown)))]))
	return sdk.Diagnostic{Pointer: pointer, Code: code, Summary: fmt.Sprintf("line %d, column %d: %s", p.line, p.column+1, message),
		Detail: shown + "\n" + indent + "^"}
}

var (
	undeclared     = regexp.MustCompile(`^undeclared reference to '([^']*)'( \(in container '[^']*'\))?`)
	undefinedField = regexp.MustCompile(`^undefined field '([^']*)'`)
)

// explain words CEL's messages about unknown names with what was probably meant.
func (in *inputs) explain(message string) string {
	names := append(sortedKeys(in.short), sortedKeys(in.long)...)
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return m[1] + " is not known here: it is no field that this classifier may read, no input and no function" + didYouMean(m[1], names)
	}
	if m := undefinedField.FindStringSubmatch(message); m != nil {
		var fields []string
		for _, name := range sortedKeys(in.long) {
			fields = append(fields, in.long[name].name)
		}
		return "there is no " + m[1] + " here" + didYouMean(m[1], fields)
	}
	return message
}
