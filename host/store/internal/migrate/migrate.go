// Package migrate brings a store's schema to the version that this program knows.
package migrate

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/taxonhq/taxon/host/crm"
)

// attempts is how often a migration is tried that fails because another process did it at the same time.
const attempts = 5

// Up applies the migrations that are pending. A schema newer than the program's is refused, not touched.
func Up(ctx context.Context, provider *goose.Provider) error {
	var err error
	for range attempts {
		var current, target int64
		if current, target, err = provider.GetVersions(ctx); err != nil {
			continue
		}
		if current > target {
			return &crm.Error{Code: crm.CodeConfig,
				Message:    fmt.Sprintf("the store was written by a newer Taxon: its schema has version %d, this program knows up to %d", current, target),
				Suggestion: "use the newer program, or another store"}
		}
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
	}
	return &crm.Error{Code: crm.CodeUnavailable, Message: "the store's schema cannot be made: " + err.Error(), Cause: err}
}
