package connector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// Account asks the CRM about the account.
func (c *Connector) Account(ctx context.Context) (Account, error) {
	c.mu.Lock()
	known := c.account
	c.mu.Unlock()
	if known.fresh(c.clock.Now()) {
		return known.value, nil
	}
	spec, vars := c.manifest.Account, c.vars(nil)
	var account Account
	err := c.call(ctx, transport.Discovery, spec.Request, vars, func(a *transport.Answer) error {
		if a.Body == nil {
			return transport.ErrUnusable
		}
		a.Vars(vars)
		account = Account{ID: evalText(spec.ID, vars), Name: evalText(spec.Name, vars), TimeZone: evalText(spec.TimeZone, vars),
			Currency: evalText(spec.Currency, vars), Details: map[string]string{}}
		for name, p := range spec.Details {
			if text := evalText(p, vars); text != "" {
				account.Details[name] = text
			}
		}
		if account.ID == "" {
			return transport.ErrUnusable
		}
		return nil
	})
	if err != nil {
		return Account{}, err
	}
	zone, err := time.LoadLocation(account.TimeZone)
	if err != nil {
		return Account{}, &crm.Error{Code: crm.CodeProtocol, Message: "the CRM names a time zone that is not known here", Pointer: account.TimeZone}
	}
	if account.TimeZone == "" {
		account.TimeZone = "UTC"
	}
	if account.Currency != "" && !mapping.IsCurrency(account.Currency) {
		return Account{}, &crm.Error{Code: crm.CodeProtocol, Message: "the CRM names a currency that is no ISO 4217 code", Pointer: account.Currency}
	}
	c.limiters.SetZone(zone)
	c.mu.Lock()
	c.account = cached[Account]{account, c.clock.Now()}
	c.mu.Unlock()
	return account, nil
}

// evalText evaluates an expression that yields a scalar; "" when it cannot be computed.
func evalText(p *manifest.Program, vars map[string]any) string {
	text, err := p.Text(vars)
	if err != nil {
		return ""
	}
	return text
}

// prepare loads what mapping needs: tables, and where own fields stand.
func (p *pull) prepare(ctx context.Context) error {
	tables := map[string]any{}
	for _, name := range p.o.lookups {
		table, err := p.c.lookup(ctx, name)
		if err != nil {
			return err
		}
		tables[name] = table
	}
	vars := p.c.vars(p.o)
	vars["lookup"] = tables
	p.c.mu.Lock()
	currency := p.c.account.value.Currency
	p.c.mu.Unlock()
	p.context = mapping.Context{Currency: currency, Vars: vars}
	own, names, err := p.c.ownColumns(ctx, p.o)
	if err != nil {
		return err
	}
	p.table = p.o.table
	p.table.Own = own
	p.asked = append(append([]string(nil), p.o.properties...), names...)
	return p.known(ctx)
}

// known leaves out the optional properties that the account does not have, where the CRM refuses to be asked for them.
func (p *pull) known(ctx context.Context) error {
	optional := map[string]bool{}
	for _, m := range p.o.mapped {
		optional[m.property] = m.optional
	}
	if !p.o.spec.Strict || fieldList(p.o.spec) == nil || !slices.ContainsFunc(p.asked, func(name string) bool { return optional[name] }) {
		return nil
	}
	s, err := p.c.schema(ctx, p.o, transport.Discovery, false)
	if err != nil {
		return err
	}
	p.asked = slices.DeleteFunc(p.asked, func(name string) bool { return optional[name] && s.field(p.o, name) == nil })
	return nil
}

// lookup reads one of the manifest's tables.
func (c *Connector) lookup(ctx context.Context, name string) (map[string]any, error) {
	c.mu.Lock()
	known := c.lookups[name]
	c.mu.Unlock()
	if known.fresh(c.clock.Now()) {
		return known.value, nil
	}
	spec, table := c.manifest.Lookups[name], map[string]any{}
	page, seen := values{}, map[string]bool{}
	for page != nil {
		vars := c.vars(nil)
		vars["page"] = map[string]any(page)
		var next values
		err := c.call(ctx, transport.Discovery, spec.Request, vars, func(a *transport.Answer) error {
			if err := entries(spec, a, vars, table); err != nil {
				return err
			}
			return nextPage(spec.Next, a.Vars(vars), &next)
		})
		if err != nil {
			return nil, err
		}
		key := fmt.Sprint(next)
		if seen[key] {
			return nil, loop("the paging of the table " + name + " does not move on")
		}
		seen[key], page = true, next
	}
	c.mu.Lock()
	c.lookups[name] = cached[map[string]any]{table, c.clock.Now()}
	c.mu.Unlock()
	return table, nil
}

// entries puts what one answer holds of a table into it.
func entries(spec *manifest.Lookup, a *transport.Answer, vars, table map[string]any) error {
	rows, ok := mapping.Rows(a.Body, spec.Rows)
	if !ok && !a.Empty {
		return transport.ErrUnusable
	}
	for _, row := range rows {
		vars["parent"] = mapping.JSON(row)
		inner := []*fastjson.Value{row}
		if spec.Each != nil {
			inner, _ = mapping.Rows(row, spec.Each)
		}
		for _, entry := range inner {
			vars["row"] = mapping.JSON(entry)
			key := evalText(spec.Key, vars)
			value, ok, err := spec.Value.Value(vars)
			if err != nil || key == "" {
				return &crm.Error{Code: crm.CodeProtocol, Message: "a table of the CRM does not have the form expected"}
			}
			if ok {
				table[key] = value
			}
		}
	}
	return nil
}
