package rules

import (
	"errors"
	"math"

	"cel.dev/cel-go/cel"
	celtypes "cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"github.com/taxonhq/taxon/sdk"
)

// errMissing says that a condition used a value that the customer does not have.
var errMissing = errors.New("the value is missing")

// view is a customer as conditions see it. It is also the activation of an evaluation.
type view struct {
	row    sdk.Row
	inputs *inputs
	run    *sdk.Run
	scale  float64 // minor units in one unit of the currency
}

// ResolveName implements cel.Activation: an object, a short name, or the long name of a tag's part.
func (v *view) ResolveName(name string) (any, bool) {
	switch name {
	case ofCustomer, ofInputs, ofTags:
		return v, true
	case "as_of":
		return celtypes.Timestamp{Time: v.run.AsOf}, true
	}
	x := v.inputs.short[name]
	if x == nil {
		x = v.inputs.long[name]
	}
	if x == nil {
		return nil, false
	}
	if v.missing(x) {
		return celtypes.WrapErr(errMissing), true
	}
	return v.value(x), true
}

// Parent implements cel.Activation.
func (v *view) Parent() cel.Activation { return nil }

func (v *view) missing(x *input) bool { return x.column < 0 || v.row.Missing(x.column) }

// value is the value of an input that is not missing. Amounts are in units of the currency: the
// quotient of an integer and a power of ten is the float that the same decimal literal is.
func (v *view) value(x *input) ref.Val {
	i := x.column
	if !x.read.List {
		return v.item(x.read.Type, v.row.Int, v.row.Float, v.row.Bool, v.row.Text, i)
	}
	items := make([]ref.Val, 0, v.row.ListLen(i))
	for j := range v.row.ListLen(i) {
		if v.row.ListMissing(i, j) {
			continue
		}
		items = append(items, v.item(x.read.Type,
			func(i int) int64 { return v.row.ListInt(i, j) }, func(i int) float64 { return v.row.ListFloat(i, j) },
			func(i int) bool { return v.row.ListBool(i, j) }, func(i int) string { return v.row.ListText(i, j) }, i))
	}
	return celtypes.NewRefValList(celtypes.DefaultTypeAdapter, items)
}

func (v *view) item(kind sdk.Type, integer func(int) int64, number func(int) float64, boolean func(int) bool, text func(int) string, i int) ref.Val {
	switch kind {
	case sdk.String:
		return celtypes.String(text(i))
	case sdk.Number:
		return celtypes.Double(number(i))
	case sdk.Boolean:
		return celtypes.Bool(boolean(i))
	case sdk.Money:
		return celtypes.Double(float64(integer(i)) / v.scale)
	case sdk.Date:
		return celtypes.Timestamp{Time: dayStart(sdk.Day(integer(i)), v.run)}
	case sdk.Time:
		return celtypes.Timestamp{Time: microTime(integer(i))}
	}
	return celtypes.Int(integer(i))
}

// celType is how a type of the SDK appears in conditions.
func celType(read sdk.Read) *cel.Type {
	item := map[sdk.Type]*cel.Type{sdk.String: cel.StringType, sdk.Integer: cel.IntType, sdk.Number: cel.DoubleType, sdk.Boolean: cel.BoolType,
		sdk.Money: cel.DoubleType, sdk.Date: cel.TimestampType, sdk.Time: cel.TimestampType}[read.Type]
	if item == nil {
		item = cel.DynType
	}
	if read.List {
		return cel.ListType(item)
	}
	return item
}

// provider adds the objects customer, inputs and tags to CEL's types, so that their fields are
// type-checked and has() and .? tell whether a value is there.
type provider struct {
	celtypes.Provider
	fields map[string]map[string]*celtypes.FieldType // by type, by name
	names  map[string][]string
}

const typePrefix = "taxon."

func newProvider(registry celtypes.Provider, in *inputs) *provider {
	p := &provider{Provider: registry, fields: map[string]map[string]*celtypes.FieldType{}, names: map[string][]string{}}
	for _, object := range []string{ofCustomer, ofInputs, ofTags} {
		p.fields[typePrefix+object] = map[string]*celtypes.FieldType{}
	}
	for _, key := range sortedKeys(in.long) {
		x := in.long[key]
		name := typePrefix + x.object
		p.names[name] = append(p.names[name], x.name)
		p.fields[name][x.name] = &celtypes.FieldType{
			Type:  celType(x.read),
			IsSet: func(target any) bool { v, ok := target.(*view); return ok && !v.missing(x) },
			GetFrom: func(target any) (any, error) {
				if v, ok := target.(*view); ok && !v.missing(x) {
					return v.value(x), nil
				}
				return nil, errMissing
			},
		}
	}
	return p
}

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*celtypes.Type, bool) {
	if _, own := p.fields[name]; own {
		return celtypes.NewTypeTypeWithParam(celtypes.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	if _, own := p.fields[name]; own {
		return p.names[name], true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(name, field string) (*celtypes.FieldType, bool) {
	if fields, own := p.fields[name]; own {
		f, known := fields[field]
		return f, known
	}
	return p.Provider.FindStructFieldType(name, field)
}

// newEnvironment declares everything that conditions may use.
func newEnvironment(run *sdk.Run, in *inputs) (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.OptionalTypes(), cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true), ext.Strings(),
		cel.Variable("as_of", cel.TimestampType),
		cel.Function("days_since", cel.Overload("days_since_timestamp", []*cel.Type{cel.TimestampType}, cel.IntType,
			cel.UnaryBinding(func(value ref.Val) ref.Val {
				at, ok := value.(celtypes.Timestamp)
				if !ok {
					return celtypes.MaybeNoSuchOverloadErr(value)
				}
				return celtypes.Int(run.DaysSince(at.Time))
			}))),
	}
	for _, object := range []string{ofCustomer, ofInputs, ofTags} {
		options = append(options, cel.Variable(object, cel.ObjectType(typePrefix+object)))
	}
	for _, name := range sortedKeys(in.short) {
		options = append(options, cel.Variable(name, celType(in.short[name].read)))
	}
	for _, name := range sortedKeys(in.long) {
		if x := in.long[name]; x.object == ofTags && !identifier.MatchString(x.name) { // tags.rfm.score
			options = append(options, cel.Variable(name, celType(x.read)))
		}
	}
	// The libraries register types with the provider, so it is wrapped after them.
	options = append(options, func(env *cel.Env) (*cel.Env, error) {
		return cel.CustomTypeProvider(newProvider(env.CELTypeProvider(), in))(env)
	})
	return cel.NewEnv(options...)
}

// unit is the number of minor units in one unit of the run's currency.
func unit(run sdk.Run) float64 { return math.Pow10(run.CurrencyDigits) }
