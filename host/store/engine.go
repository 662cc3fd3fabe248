package store

import (
	"context"
	"database/sql"
)

// Querier runs statements: a database, a connection or a transaction.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Engine is an open, migrated database and the few words in which the two dialects differ.
type Engine interface {
	// Write runs fn in a transaction and commits it, or rolls it back when fn answers an error.
	Write(ctx context.Context, fn func(tx Querier) error) error
	// Reader is where to read outside of a transaction; a read sees what was committed when it began.
	Reader() Querier
	// Locks are the ends of a select that locks its rows in a transaction against being changed (update), or
	// against being changed by others (share). They are empty where a transaction that writes has the database for itself.
	Locks() (update, share string)
	Ping(ctx context.Context) error
	Close() error
}
