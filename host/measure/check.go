package measure

import (
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Env is what columns are checked against.
type Env struct {
	Catalogue *crm.Catalogue
	Subject   crm.Kind       // crm.Company or crm.Contact
	Currency  string         // base currency
	Zone      *time.Location // of the account: literals that are days begin there
	// Tag is the type of a classifier's tag; ok is false when there is none. May be nil.
	Tag func(classifier, key string) (t crm.Type, ok bool)
	// Classifiers are the names that a misspelled one may have meant.
	Classifiers []string
}

// Column is a checked column.
type Column struct {
	Expr
	Canonical string   // equal columns have equal texts
	Type      crm.Type // of the value, of an item of a list
	List      bool
	Sensitive bool     // it uses a field that is sent only where an administrator grants it
	Uses      []string // what it uses, sorted: "country", "deals.amount", "deals" (only counted), "tags.abc"

	window    Window
	conds     []condition
	currency  string   // amounts are in it
	fieldKind crm.Type // of the field that is aggregated or listed
}

// condition is a checked comparison, or a state.
type condition struct {
	state string
	field crm.Field
	op    string
	value crm.Value
}

// Parse reads and checks a column.
func (env Env) Parse(text string) (*Column, error) {
	e, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return env.Check(e)
}

// Check gives an expression its types. Errors are crm.Error with the column, a caret and a suggestion.
func (env Env) Check(e *Expr) (*Column, error) {
	c := &Column{Expr: *e, currency: env.Currency}
	var err error
	switch e.Form {
	case FieldForm:
		err = env.field(c)
	case TagForm:
		err = env.tag(c)
	default:
		err = env.clauses(c)
	}
	if err != nil {
		return nil, err
	}
	sort.Strings(c.Uses)
	c.Uses = slices.Compact(c.Uses)
	c.Canonical = c.canonical(env.Currency)
	return c, nil
}

func (env Env) field(c *Column) error {
	f, err := env.lookup(c, env.Subject, c.Field, c.fieldAt)
	if err != nil {
		return err
	}
	c.Type, c.Sensitive, c.Uses = f.Type, f.Sensitive, []string{f.Name}
	return nil
}

func (env Env) tag(c *Column) error {
	if !slices.Contains(env.Classifiers, c.Classifier) {
		return fault(c.Text, c.fieldAt, "there is no classifier “"+c.Classifier+"”", didYouMean(c.Classifier, env.Classifiers))
	}
	t, ok := env.Tag(c.Classifier, c.Key)
	if !ok {
		return fault(c.Text, c.fieldAt, "the classifier “"+c.Classifier+"” gives no tag “"+c.Key+"”", "")
	}
	c.Type, c.Uses = t, []string{"tags." + c.Classifier}
	return nil
}

// lookup finds a field by kind and name, or says which name was probably meant.
func (env Env) lookup(c *Column, of crm.Kind, name string, at int) (crm.Field, error) {
	if f, ok := env.Catalogue.Lookup(of, name); ok {
		return f, nil
	}
	var names []string
	for _, f := range env.Catalogue.Fields() {
		if f.Kind == of {
			names = append(names, f.Name)
		}
	}
	message, hint := "there is no "+string(of)+" field “"+name+"”", didYouMean(name, names)
	if hint == "" {
		hint = "a field of the CRM must be mapped before it can be read"
	}
	if of == env.Subject && c.Form == FieldForm && slices.Contains(sources, name) {
		hint = "write " + name + ".FIELD, or a measure such as count(" + name + ")"
	}
	return crm.Field{}, fault(c.Text, at, message, hint)
}

// kindOf is the kind of the records of a source.
func kindOf(source string) crm.Kind {
	switch source {
	case Deals:
		return crm.Deal
	case Activities:
		return crm.Activity
	}
	return crm.Contact
}

func (env Env) clauses(c *Column) error {
	of := kindOf(c.Source)
	item := crm.Integer
	if c.Field == "" {
		c.Uses = append(c.Uses, c.Source)
	} else {
		f, err := env.lookup(c, of, c.Field, c.fieldAt)
		if err != nil {
			return err
		}
		item, c.fieldKind = f.Type, f.Type
		c.use(f)
	}
	if c.Window != "" {
		w, ok := ParseWindow(c.Window)
		if !ok {
			return fault(c.Text, c.windowAt, "“"+c.Window+"” is no window", "write a number of days, weeks, months or years such as 365d, 52w, 12m or 1y, or all")
		}
		c.window = w
	}
	if c.Currency != "" {
		if !isCurrency(c.Currency) {
			return fault(c.Text, c.currencyAt, "“"+c.Currency+"” is no currency", "write its ISO 4217 code such as EUR")
		}
		c.currency = c.Currency
	}
	for _, cond := range c.Where {
		checked, err := env.cond(c, of, cond)
		if err != nil {
			return err
		}
		c.conds = append(c.conds, checked)
	}
	if c.List = c.Form == ListForm; c.List {
		c.Type = item
		return nil
	}
	t, ok := resultType(c.Aggregate, item)
	if !ok {
		return fault(c.Text, c.fieldAt, "the "+c.Aggregate+" of a "+item.String()+" has no meaning: “"+c.Field+"” is of type "+item.String(), "")
	}
	c.Type = t
	return nil
}

// use notes a field of the source.
func (c *Column) use(f crm.Field) {
	c.Uses = append(c.Uses, c.Source+"."+f.Name)
	c.Sensitive = c.Sensitive || f.Sensitive
}

// resultType is the type of an aggregate of items.
func resultType(aggregate string, item crm.Type) (crm.Type, bool) {
	numeric := item == crm.Integer || item == crm.Number || item == crm.Amount
	switch aggregate {
	case "count", "distinct":
		return crm.Integer, true
	case "sum":
		return item, numeric
	case "mean":
		if item == crm.Amount {
			return crm.Amount, true
		}
		return crm.Number, numeric
	case "min", "max":
		return item, numeric || item == crm.Date || item == crm.Time
	}
	return item, true // first, last
}

func (env Env) cond(c *Column, of crm.Kind, cond Cond) (condition, error) {
	if cond.State != "" {
		c.Uses = append(c.Uses, c.Source+".state")
		return condition{state: cond.State}, nil
	}
	f, err := env.lookup(c, of, cond.Field, cond.at)
	if err != nil {
		return condition{}, err
	}
	c.use(f)
	if cond.Op == known {
		return condition{field: f, op: known}, nil
	}
	if cond.Op != "=" && cond.Op != "!=" && (f.Type == crm.Text || f.Type == crm.Boolean) {
		return condition{}, fault(c.Text, cond.at, "a "+f.Type.String()+" is not compared with "+cond.Op, "use = or !=")
	}
	value, message := env.literal(f, cond, c.currency)
	if message != "" {
		return condition{}, fault(c.Text, cond.literalAt, message, "")
	}
	if len(f.Options) > 0 && !slices.Contains(f.Options, value.Text()) {
		return condition{}, fault(c.Text, cond.literalAt, "“"+cond.Literal+"” is no "+f.Name, didYouMean(cond.Literal, f.Options))
	}
	if of == crm.Deal && f.Name == "state" && cond.Op == "=" {
		return condition{state: value.Text()}, nil
	}
	return condition{field: f, op: cond.Op, value: value}, nil
}

// literal reads the value of a comparison as the field's type; message says what is wrong.
// A day compared with an instant is the beginning of that day in the account's zone.
func (env Env) literal(f crm.Field, cond Cond, currency string) (v crm.Value, message string) {
	if f.Type == crm.Text {
		return crm.TextValue(cond.Literal), ""
	}
	if f.Type == crm.Time {
		if day, err := crm.ParseDay(cond.Literal); err == nil {
			return crm.TimeValue(day.Start(env.Zone)), ""
		}
	}
	v, err := crm.ParseValue(f.Type, cond.Literal, currency)
	if err != nil {
		return v, "“" + f.Name + "” is of type " + f.Type.String() + ": " + err.Error()
	}
	if v.Missing() {
		return v, "“" + f.Name + "” is of type " + f.Type.String() + ", an empty text is none"
	}
	return v, ""
}

// canonical is the one text of all columns that mean the same: sorted conditions, windows in days or
// months, values in canonical form, no currency where it is the base currency or where there is no amount.
func (c *Column) canonical(base string) string {
	var b strings.Builder
	switch c.Form {
	case FieldForm:
		return c.Field
	case TagForm:
		b.WriteString("tags." + c.Classifier)
		if c.Key != "" {
			b.WriteString("." + c.Key)
		}
		return b.String()
	case ListForm:
		b.WriteString(c.Source + "." + c.Field)
	default:
		b.WriteString(c.Aggregate + "(" + c.Source)
		if c.Field != "" {
			b.WriteString("." + c.Field)
		}
		b.WriteString(")")
	}
	var conds []string
	amounts := c.Type == crm.Amount
	for _, k := range c.conds {
		switch {
		case k.state != "":
			conds = append(conds, k.state)
		case k.op == known:
			conds = append(conds, k.field.Name+" "+known)
		case k.field.Type == crm.Text:
			conds = append(conds, k.field.Name+" "+k.op+" "+quote(k.value.Text()))
		default:
			amounts = amounts || k.field.Type == crm.Amount
			conds = append(conds, k.field.Name+" "+k.op+" "+k.value.String())
		}
	}
	sort.Strings(conds)
	for i, cond := range slices.Compact(conds) {
		b.WriteString([]string{" where ", " and "}[min(i, 1)] + cond)
	}
	if !c.window.All() {
		b.WriteString(" within " + c.window.String())
	}
	if c.Currency != "" && c.Currency != base && amounts {
		b.WriteString(" in " + c.Currency)
	}
	return b.String()
}

// Items counts, of all time, the items that a list or measure is computed over: those of its source that meet its
// conditions. Columns with the same canonical Items speak of the same items. It is nil for fields and tags.
func (c *Column) Items() *Column {
	if c.Form != ListForm && c.Form != MeasureForm {
		return nil
	}
	n := &Column{Expr: Expr{Form: MeasureForm, Aggregate: "count", Source: c.Source}, Type: crm.Integer, conds: c.conds, currency: c.currency}
	n.Canonical = n.canonical(c.currency)
	return n
}

// Slug names the column in a reason code: "country", "deals_amount", "tag_abc_score".
func (c *Column) Slug() string {
	s := c.Field
	switch {
	case c.Form == TagForm:
		s = "tag_" + c.Classifier
		if c.Key != "" {
			s += "_" + c.Key
		}
	case c.Form != FieldForm:
		s = strings.TrimSuffix(c.Source+"_"+c.Field, "_")
	}
	return strings.ToLower(s)
}
