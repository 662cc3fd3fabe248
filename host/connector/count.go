package connector

import (
	"context"
	"strconv"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// count asks how many records a listing has from a position on; known is false where the manifest or the CRM does not tell.
// The number is a hint. The error is for what ends a run: a quota, credentials, the context.
func (c *Connector) count(ctx context.Context, o *object, l *manifest.Listing, at position) (n int, known bool, err error) {
	if l.Count == nil {
		return 0, false, nil
	}
	vars := c.vars(o)
	at.pageVars(vars, &l.Page)
	vars["size"], vars["properties"] = l.Size, []string{}
	err = c.call(ctx, transport.Discovery, l.Count.Request, vars, func(a *transport.Answer) error {
		text, err := l.Count.Total.Text(answered(a, vars))
		if err != nil {
			return nil // it does not tell
		}
		number, err := strconv.ParseFloat(text, 64)
		n, known = int(number), err == nil && number >= 0 && number < 1e12
		return nil
	})
	switch crm.CodeOf(err) {
	case "", crm.CodeConfig, crm.CodeUnavailable, crm.CodeProtocol, crm.CodeForbidden, crm.CodeNotFound:
		if ctx.Err() == nil {
			return n, known && err == nil, nil
		}
	}
	return 0, false, err
}
