package mapping

import (
	"errors"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
)

// costLimit bounds one evaluation; a request that writes 1,000 records costs a few ten thousand.
const costLimit = 2_000_000

// Scope is the set of variables that expressions in one place of a manifest may use. What is not in the scope cannot be
// named: that is how secrets stay in the auth section.
type Scope struct {
	env  *cel.Env
	vars []string
}

// NewScope makes a scope of dynamically typed variables.
func NewScope(vars ...string) *Scope {
	options := []cel.EnvOption{
		cel.OptionalTypes(), cel.CrossTypeNumericComparisons(true),
		ext.Strings(), ext.Lists(), ext.Encoders(), ext.Bindings(), ext.TwoVarComprehensions(), functions(),
	}
	for _, v := range vars {
		options = append(options, cel.Variable(v, cel.DynType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		panic(err) // a fault of this package: the declarations are constants
	}
	return &Scope{env: env, vars: vars}
}

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	Source string
	// Chains are the paths of constant keys that the expression follows from a variable:
	// `config.base_url` is [config base_url].
	Chains  [][]string
	program cel.Program
}

// Fault is what is wrong with an expression. Line and Column count from 1 within the expression.
type Fault struct {
	Line, Column int
	Message      string
}

// Error is the message.
func (f *Fault) Error() string { return f.Message }

// Compile parses and type-checks an expression.
func (s *Scope) Compile(source string) (*Program, *Fault) {
	checked, issues := s.env.Compile(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		message := first.Message
		if strings.HasPrefix(message, "undeclared reference to '") {
			message = strings.ReplaceAll(message, " (in container '')", "") + "; here there are " + strings.Join(s.vars, ", ")
		}
		return nil, &Fault{Line: first.Location.Line(), Column: first.Location.Column() + 1, Message: message}
	}
	program, err := s.env.Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, &Fault{Line: 1, Column: 1, Message: err.Error()}
	}
	return &Program{Source: source, Chains: chains(checked.NativeRep()), program: program}, nil
}

// Eval computes the expression. The error never repeats a value.
func (p *Program) Eval(vars map[string]any) (ref.Val, error) {
	out, _, err := p.program.Eval(vars)
	if err != nil {
		return nil, safe(err)
	}
	return out, nil
}

// Value computes the expression as a Go value, see Native; a nil expression yields nothing.
func (p *Program) Value(vars map[string]any) (value any, ok bool, err error) {
	if p == nil {
		return nil, false, nil
	}
	out, err := p.Eval(vars)
	if err != nil {
		return nil, false, err
	}
	return Native(out)
}

// Text computes an expression that yields a scalar, as text; "" when it yields nothing.
func (p *Program) Text(vars map[string]any) (string, error) {
	value, _, err := p.Value(vars)
	return Scalar(value), err
}

// True reports whether a condition holds; a nil one does not.
func (p *Program) True(vars map[string]any) (bool, error) {
	value, _, err := p.Value(vars)
	yes, _ := value.(bool)
	return yes, err
}

// safe keeps of an evaluation error what holds no data: its kind, and a key, which stands in the manifest.
func safe(err error) error {
	text := err.Error()
	for _, kind := range []string{"no such key", "no such attribute"} {
		if strings.HasPrefix(text, kind) {
			return errors.New(text)
		}
	}
	for _, kind := range []string{"no such overload", "cost limit exceeded", "index out of bounds", "division by zero", "optional.none() dereference"} {
		if strings.Contains(text, kind) {
			return errors.New(kind)
		}
	}
	return errors.New("a value does not have the form that the expression expects")
}

// chains collects the constant paths in an expression.
func chains(a *ast.AST) [][]string {
	unique := map[string][]string{}
	ast.PreOrderVisit(ast.NavigateAST(a), ast.NewExprVisitor(func(e ast.Expr) {
		if c := chain(e); len(c) > 1 {
			unique[strings.Join(c, "\x00")] = c
		}
	}))
	keys := make([]string, 0, len(unique))
	for k := range unique {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := make([][]string, len(keys))
	for i, k := range keys {
		out[i] = unique[k]
	}
	return out
}

func chain(e ast.Expr) []string {
	switch e.Kind() {
	case ast.IdentKind:
		return []string{e.AsIdent()}
	case ast.SelectKind:
		if c := chain(e.AsSelect().Operand()); c != nil {
			return append(c, e.AsSelect().FieldName())
		}
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.OptSelect, operators.Index, operators.OptIndex:
			if key := call.Args()[1]; key.Kind() == ast.LiteralKind {
				if name, ok := key.AsLiteral().(types.String); ok {
					if c := chain(call.Args()[0]); c != nil {
						return append(c, string(name))
					}
				}
			}
		}
	}
	return nil
}
