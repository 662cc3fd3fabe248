package files

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// column is where one field comes from.
type column struct {
	field, source string
	typ           crm.Type
	expr          *mapping.Program
	asked         bool // by the configuration: its absence is worth a word
}

// columnsOf are a kind's fields: those that the configuration maps, and all others from columns of their own names.
func columnsOf(kind crm.Kind, extra map[string]connector.FieldSource) ([]column, error) {
	var out []column
	for _, f := range crm.Standard {
		if _, mapped := extra[f.Name]; f.Kind == kind && !f.Derived && !mapped {
			out = append(out, column{field: f.Name, source: f.Name, typ: f.Type})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		f := extra[name]
		c := column{field: name, source: f.Source, typ: f.Type, asked: true}
		if f.Expr != "" {
			program, wrong := manifest.RecordScope().Compile(strings.TrimPrefix(f.Expr, "="))
			if wrong != nil {
				return nil, &crm.Error{Code: crm.CodeConfig, Pointer: "/fields/" + string(kind) + "/" + name,
					Message: fmt.Sprintf("the expression is wrong at line %d, column %d: %s", wrong.Line, wrong.Column, wrong.Message)}
			}
			c.expr = program
		}
		out = append(out, c)
	}
	return out, nil
}

// table maps the rows of one file.
func (c *Connector) table(kind crm.Kind, ndjson bool) mapping.Table {
	t := mapping.Table{Kind: kind, ID: path(ndjson, c.settings.id(kind))}
	for _, col := range c.columns[kind] {
		m := mapping.Column{Field: col.field, Type: col.typ, Property: col.source, Expr: col.expr}
		if col.expr == nil {
			m.Path = path(ndjson, col.source)
		}
		if col.typ == crm.Amount {
			m.Currency = path(ndjson, "currency")
		}
		t.Columns = append(t.Columns, m)
	}
	for _, to := range linked[kind] {
		name, _ := c.settings.link(kind, to)
		t.Links = append(t.Links, mapping.LinkColumn{To: to, Path: path(ndjson, name), Primary: true})
	}
	return t
}

// tidy brings the cells of numbers and times into the form that all CRMs have.
func (c *Connector) tidy(kind crm.Kind, r *reader, row *fastjson.Value) {
	for _, col := range c.columns[kind] {
		if col.expr != nil {
			continue
		}
		p := path(r.ndjson, col.source)
		v := p.In(row)
		if v == nil || v.Type() != fastjson.TypeString || len(p) == 0 {
			continue
		}
		text := mapping.Text(v)
		tidied := text
		switch col.typ {
		case crm.Amount, crm.Number, crm.Integer:
			tidied = c.settings.number(text)
		case crm.Date, crm.Time:
			tidied = c.settings.moment(text, c.zone)
		}
		if tidied != text {
			p[:len(p)-1].In(row).Set(p[len(p)-1], r.arena.NewString(tidied))
		}
	}
}

// number takes away what separates thousands, and writes the decimal sign as a point.
func (s *settings) number(text string) string {
	thousands, decimal := ",", "."
	if s.comma {
		thousands, decimal = ".", ","
	}
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "").Replace(text)
	whole, fraction, has := strings.Cut(text, decimal)
	if groups := strings.Split(strings.TrimPrefix(whole, "-"), thousands); len(groups) > 1 {
		for i, g := range groups {
			if i > 0 && len(g) != 3 || len(g) > 3 || g == "" { // no groups of thousands: it is told as what it is
				return text
			}
		}
		whole = strings.ReplaceAll(whole, thousands, "")
	}
	if has {
		return whole + "." + fraction
	}
	return whole
}

// moment writes a day as YYYY-MM-DD, and a time that names no zone as an instant of the account's zone.
func (s *settings) moment(text string, zone *time.Location) string {
	text = strings.TrimSpace(text)
	for i, layout := range s.layouts {
		at, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		if i < 2 { // without a time of the day
			return at.Format(time.DateOnly)
		}
		return at.UTC().Format(time.RFC3339)
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return text
}
