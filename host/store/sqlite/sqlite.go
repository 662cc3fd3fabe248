// Package sqlite opens a store in a SQLite file: the embedded default, for one machine.
//
// It brings the driver, its settings and the migrations; all statements are package store's. Invariant: the
// file is readable by its owner only (0600, in a directory made with 0700), and every writing transaction
// has the database for itself from its beginning, so that none fails half-way because another one wrote.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/internal/migrate"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// readers is how many reads may run side by side, those within another one's callback counted.
const readers = 16

// Open opens or makes the file and brings its schema up to date.
func Open(ctx context.Context, path string, clock crm.Clock) (*store.Store, error) {
	if err := private(path); err != nil {
		return nil, &crm.Error{Code: crm.CodeUnavailable, Message: "the store's file cannot be opened: " + err.Error(), Pointer: path,
			Suggestion: "check the path and its permissions", Cause: err}
	}
	writer, err := open(path, writing, 1)
	if err != nil {
		return nil, err
	}
	reader, err := open(path, reading, readers)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if err := schema(ctx, writer); err != nil {
		return nil, errors.Join(err, writer.Close(), reader.Close())
	}
	e, err := newEngine(ctx, writer, reader)
	if err != nil {
		return nil, errors.Join(err, writer.Close(), reader.Close())
	}
	return store.New(e, clock), nil
}

// private makes the file and its directory if they are not there, for the owner only.
func private(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

// What the writer and the readers have of their own. Temporary data of the writer is what one statement
// changes, and in a file it would double the writing; a reader's may be a sort of every customer. The writer
// comes back to the same pages, readers pass by.
var (
	writing = []string{"temp_store(memory)", "cache_size(-16384)", "wal_autocheckpoint(4000)"}
	reading = []string{"temp_store(file)", "cache_size(-4096)"}
)

// open opens a pool. The page size (8 KiB) lets a usual customer's row lie in one page. It is set before
// the journal mode, which makes the file.
func open(path string, settings []string, connections int) (*sql.DB, error) {
	values := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{"page_size(8192)", "busy_timeout(10000)", "journal_mode(wal)",
		"synchronous(normal)", "foreign_keys(1)"}, settings...)}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: values.Encode()}).String())
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeUnavailable, Message: "the store's file cannot be opened: " + err.Error(), Pointer: path, Cause: err}
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func schema(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	return migrate.Up(ctx, provider)
}
