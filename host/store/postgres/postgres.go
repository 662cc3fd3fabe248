// Package postgres opens a store in a PostgreSQL database, for several machines or an existing server.
//
// It brings the driver, its settings and the migrations; all statements are package store's. Invariant: two
// programs that open one database at the same time make its schema once.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/internal/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// connections is how many of the server's connections one program uses at most.
const connections = 12

// migrationLock is the advisory lock under which the schema is made: "taxon" in ASCII.
const migrationLock = 0x7461786f6e

// Open connects and brings the schema up to date. Passwords belong into the environment or a password file,
// as libpq reads them.
func Open(ctx context.Context, url string, clock crm.Clock) (*store.Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // the driver's message may quote the URL, and with it a password
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the store's URL cannot be read", Suggestion: "write postgres://USER@HOST/DATABASE"}
	}
	config.RuntimeParams["application_name"] = "taxon"
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(prepare))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := schema(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return store.New(engine{db}, clock), nil
}

// prepare sets what every connection needs. The server would keep the plan that it made for a statement while
// the tables were small, and then a walk over a whole table is cheapest: a mirror that is filled for the first
// time would be walked over for every page.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set plan_cache_mode = force_custom_plan")
	return err
}

// engine is a pool of connections; the driver keeps the statements of each prepared.
type engine struct{ *sql.DB }

// Write runs fn in a transaction.
func (e engine) Write(ctx context.Context, fn func(tx store.Querier) error) error {
	tx, err := e.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the cause is err; a transaction that cannot be rolled back is gone as well
		return err
	}
	return tx.Commit()
}

// Reader is the pool.
func (e engine) Reader() store.Querier { return e.DB }

// Locks are PostgreSQL's words.
func (e engine) Locks() (update, share string) { return " for update", " for share" }

// Ping asks the server.
func (e engine) Ping(ctx context.Context) error { return e.PingContext(ctx) }

func schema(ctx context.Context, db *sql.DB) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return &crm.Error{Code: crm.CodeUnavailable, Message: "the store's server does not answer: " + err.Error(), Cause: err,
			Suggestion: "check that PostgreSQL runs and that the URL names it"}
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `select pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return err
	}
	defer func() {
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, int64(migrationLock))
		err = errors.Join(err, unlock)
	}()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	return migrate.Up(ctx, provider)
}
