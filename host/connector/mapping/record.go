package mapping

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// Table maps a CRM's rows of one object to canonical records.
type Table struct {
	Kind    crm.Kind
	ID      Path
	Updated Path // when it was changed; nil when the CRM does not say
	Created Path // stands for Updated where that is empty; nil when Updated never is
	Columns []Column
	Links   []LinkColumn
	Own     []OwnColumn
	// Merged leads to the ids that the record has absorbed: a list, or a text separated by MergedBy.
	Merged   Path
	MergedBy string
	// Seconds and FalseIsEmpty: how this CRM writes times as digits, and absent values.
	Seconds, FalseIsEmpty bool
}

// Column says where one canonical field comes from: a path, or an expression over `record`.
type Column struct {
	Field    string
	Type     crm.Type
	Property string // the CRM's name, for messages
	Path     Path
	Expr     *Program
	// Currency leads to an amount's currency; the account's is used when it leads nowhere.
	Currency Path
	// CurrencyExpr computes it instead.
	CurrencyExpr *Program
	// Scale is how many decimal places the CRM's whole number hides.
	Scale int
}

// LinkColumn says where the id of an associated record stands: a scalar or a list. At leads from an element
// of a list to the id; a list's elements may be scalars.
type LinkColumn struct {
	To      crm.Kind
	Path    Path
	At      Path
	Expr    *Program // yields an id or a list of ids, in the place of Path
	Primary bool
}

// OwnColumn says where the value of one of Taxon's own fields stands.
type OwnColumn struct {
	Key   string
	Path  Path
	Type  crm.Type
	Codes map[string]string // the CRM's value to our option code, where they differ
	Reads *Program          // the canonical text of what the CRM answers; nil: it can be read as it stands
	Vars  map[string]any    // what Reads sees beside value: the connection's config and vars
	// Labels are the canonical texts of the labels that stand for the field's values, where the path leads to a list of labels.
	Labels map[string]string
	// Seconds and FalseIsEmpty are those of the table.
	Seconds, FalseIsEmpty bool
}

// Context is what mapping needs beside the row.
type Context struct {
	Currency string         // of the account
	Vars     map[string]any // for expressions: lookup, account …; "record" is set by Map
}

// RowID is the id of a row, "" when it has none.
func (t *Table) RowID(row Row) string { return Text(t.ID.InRow(row)) }

// Stamp is when a row was changed; ok is false when it does not say.
func (t *Table) Stamp(row Row) (time.Time, bool) {
	v := t.stamp(row)
	if len(t.Updated) == 0 || v == nil {
		return time.Time{}, false
	}
	return form{Seconds: t.Seconds}.instant(Text(v))
}

// stamp is the value that says when a row was changed, nil when there is none.
func (t *Table) stamp(row Row) *fastjson.Value {
	v := t.Updated.InRow(row)
	if empty := v == nil || v.Type() == fastjson.TypeFalse || Text(v) == "" && v.Type() == fastjson.TypeString; empty && len(t.Created) > 0 {
		return t.Created.InRow(row)
	}
	return v
}

// Map makes a canonical record of a row, or says why it cannot. Links from associations that have requests of their
// own are not its business.
func (t *Table) Map(row Row, c *Context) (crm.Record, *crm.Rejected) {
	id := t.RowID(row)
	if id == "" {
		return crm.Record{}, t.reject("", "the record has no id", t.ID.String())
	}
	record := crm.Record{Kind: t.Kind, ID: id, Fields: make(map[string]crm.Value, len(t.Columns))}
	if len(t.Updated) > 0 {
		at, ok := t.Stamp(row)
		if v := t.stamp(row); !ok && v != nil && Text(v) != "" {
			return record, t.reject(id, "the change time "+faultTime, t.Updated.String())
		}
		record.UpdatedAt = at
	}
	for i := range t.Columns {
		column := &t.Columns[i]
		value, fault := t.field(column, row, c)
		if fault != "" {
			return record, t.reject(id, "the field "+column.Field+" "+fault, column.name())
		}
		if !value.Missing() {
			record.Fields[column.Field] = value
		}
	}
	for i := range t.Links {
		link := &t.Links[i]
		if link.Expr == nil {
			record.Links = link.appendLinks(record.Links, row, t.FalseIsEmpty)
			continue
		}
		var err error
		if record.Links, err = link.compute(record.Links, row, c); err != nil {
			return record, t.reject(id, "the link to a "+string(link.To)+" cannot be computed: "+err.Error(), "")
		}
	}
	if len(t.Own) > 0 {
		record.Own = make(map[string]string, len(t.Own))
		for i := range t.Own {
			if text := t.Own[i].Canonical(t.Own[i].Path.InRow(row)); text != "" {
				record.Own[t.Own[i].Key] = text
			}
		}
	}
	record.MergedIDs = t.merged(row)
	return record, nil
}

func (t *Table) reject(id, message, pointer string) *crm.Rejected {
	return &crm.Rejected{Kind: t.Kind, ID: id, Error: &crm.Error{Code: crm.CodeRecord, Message: message, Pointer: pointer}}
}

func (c *Column) name() string {
	if c.Property != "" {
		return c.Property
	}
	return c.Field
}

func (t *Table) field(c *Column, row Row, ctx *Context) (crm.Value, string) {
	f := form{Type: c.Type, Seconds: t.Seconds, FalseIsEmpty: t.FalseIsEmpty, Scale: c.Scale}
	if c.Expr != nil || c.CurrencyExpr != nil {
		ctx.Vars["record"] = row.CEL()
	}
	currency := ""
	if c.Type == crm.Amount {
		var fault string
		if currency, fault = c.currency(row, ctx); fault != "" {
			return crm.Value{}, fault
		}
	}
	if c.Expr == nil {
		return f.value(c.Path.InRow(row), currency)
	}
	text, err := c.Expr.Text(ctx.Vars)
	if err != nil {
		return crm.Value{}, "cannot be computed: " + err.Error()
	}
	return f.text(text, currency)
}

// currency is that of an amount: the row's own, or the account's where the row names none.
func (c *Column) currency(row Row, ctx *Context) (code, fault string) {
	switch {
	case c.CurrencyExpr != nil:
		text, err := c.CurrencyExpr.Text(ctx.Vars)
		if err != nil {
			return "", "has a currency that cannot be computed: " + err.Error()
		}
		code = strings.ToUpper(text)
	case len(c.Currency) > 0:
		code = strings.ToUpper(Text(c.Currency.InRow(row)))
	}
	switch {
	case code == "" || code == "FALSE":
		return ctx.Currency, ""
	case !IsCurrency(code):
		return "", "has no currency that ISO 4217 knows"
	}
	return code, ""
}

// appendLinks adds the links that the row holds.
func (l *LinkColumn) appendLinks(links []crm.Link, row Row, falseIsEmpty bool) []crm.Link {
	v := l.Path.InRow(row)
	if v == nil || falseIsEmpty && v.Type() == fastjson.TypeFalse {
		return links
	}
	if v.Type() != fastjson.TypeArray {
		if id := Text(v); id != "" {
			links = append(links, crm.Link{Kind: l.To, ID: id, Primary: l.Primary})
		}
		return links
	}
	for i, item := range v.GetArray() {
		if item.Type() == fastjson.TypeObject || item.Type() == fastjson.TypeArray {
			item = l.At.In(item)
		}
		if id := Text(item); id != "" {
			links = append(links, crm.Link{Kind: l.To, ID: id, Primary: l.Primary && i == 0})
		}
	}
	return links
}

// compute adds the links that an expression yields.
func (l *LinkColumn) compute(links []crm.Link, row Row, c *Context) ([]crm.Link, error) {
	c.Vars["record"] = row.CEL()
	value, _, err := l.Expr.Value(c.Vars)
	ids, many := value.([]any)
	if !many {
		ids = []any{value}
	}
	for i, id := range ids {
		if text := Scalar(id); text != "" {
			links = append(links, crm.Link{Kind: l.To, ID: text, Primary: l.Primary && i == 0})
		}
	}
	return links, err
}

func (t *Table) merged(row Row) []string {
	v := t.Merged.InRow(row)
	if len(t.Merged) == 0 || v == nil {
		return nil
	}
	var ids []string
	if v.Type() == fastjson.TypeArray {
		for _, item := range v.GetArray() {
			ids = append(ids, Text(item))
		}
		return ids
	}
	for _, id := range strings.Split(Text(v), t.MergedBy) {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// Canonical is the canonical text of an own field's value; a value that does not have the field's type is kept as the CRM
// writes it, so that it is seen to differ from ours.
func (o *OwnColumn) Canonical(v *fastjson.Value) string {
	if o.Labels != nil {
		return o.labelled(v)
	}
	f := form{Type: o.Type, Seconds: o.Seconds, FalseIsEmpty: o.FalseIsEmpty}
	value, fault := f.value(v, "XXX")
	if o.Reads != nil && v != nil && v.Type() != fastjson.TypeNull && !(o.FalseIsEmpty && v.Type() == fastjson.TypeFalse) {
		vars := maps.Clone(o.Vars)
		if vars == nil {
			vars = map[string]any{}
		}
		vars["value"] = celValue(v)
		text, err := o.Reads.Text(vars)
		if err != nil {
			return Text(v)
		}
		value, fault = f.text(text, "XXX")
	}
	if fault != "" {
		return Text(v)
	}
	text := value.String()
	if code, ok := o.Codes[text]; ok {
		return code
	}
	return text
}

// labelled is the text of the field's label in a list of labels; several, which are one too many, with ; between.
func (o *OwnColumn) labelled(v *fastjson.Value) string {
	if v == nil || v.Type() != fastjson.TypeArray {
		return ""
	}
	var found []string
	for _, item := range v.GetArray() {
		if text, ok := o.Labels[Text(item)]; ok {
			found = append(found, text)
		}
	}
	slices.Sort(found)
	return strings.Join(found, ";")
}
