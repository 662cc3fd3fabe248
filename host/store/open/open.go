// Package open opens a store by its URL. It is apart from package store so that the engines can import that one.
package open

import (
	"context"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/postgres"
	"github.com/taxonhq/taxon/host/store/sqlite"
)

// Open opens "sqlite:PATH" or "postgres://…", makes or migrates its schema and answers the store.
func Open(ctx context.Context, url string, clock crm.Clock) (*store.Store, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return sqlite.Open(ctx, path, clock)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return postgres.Open(ctx, url, clock)
	}
	return nil, &crm.Error{Code: crm.CodeConfig, Message: "the store's URL begins with neither sqlite: nor postgres://",
		Suggestion: "write sqlite:PATH or postgres://USER@HOST/DATABASE"}
}
