package connector

import (
	"context"
	"slices"

	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// ExistingFields are those of the keys whose fields the CRM has now, whoever made them, sorted.
func (c *Connector) ExistingFields(ctx context.Context, kind crm.Kind, keys []string) ([]string, error) {
	objects, err := c.objectsOf(kind)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, o := range objects {
		if o.spec.Define == nil || len(keys) == 0 {
			continue
		}
		if _, err := c.schema(ctx, o, transport.Discovery, true); err != nil { // somebody may have deleted one a minute ago
			return nil, err
		}
		columns, _, err := c.columns(ctx, o, keys)
		if err != nil {
			return nil, err
		}
		for _, column := range columns {
			out = append(out, column.Key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
