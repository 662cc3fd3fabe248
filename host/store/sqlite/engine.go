package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/taxonhq/taxon/host/store"
)

// engine has one connection that writes and a pool that reads. Statements are prepared once: parsing one
// for 64 rows costs more than running it.
type engine struct {
	db, pool *sql.DB
	turn     chan struct{} // holds a token while nobody writes
	writer   *statements   // on the connection that writes
	reader   *statements
}

func newEngine(ctx context.Context, writer, reader *sql.DB) (*engine, error) {
	conn, err := writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	e := &engine{db: writer, pool: reader, turn: make(chan struct{}, 1), writer: &statements{on: conn}, reader: &statements{on: reader}}
	e.turn <- struct{}{}
	return e, nil
}

// Write runs fn in a transaction that has the database for itself from its beginning.
func (e *engine) Write(ctx context.Context, fn func(tx store.Querier) error) (err error) {
	select {
	case <-e.turn:
		defer func() { e.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := e.writer.ExecContext(ctx, "begin immediate"); err != nil {
		return err
	}
	done := false
	defer func() {
		if done {
			return
		}
		// fn failed or panicked, or the commit failed. SQLite may have rolled back already, then this
		// does nothing but complain.
		_, _ = e.writer.ExecContext(context.WithoutCancel(ctx), "rollback")
	}()
	if err := fn(e.writer); err != nil {
		return err
	}
	if _, err := e.writer.ExecContext(ctx, "commit"); err != nil {
		return err
	}
	done = true
	return nil
}

// Reader is the pool that reads.
func (e *engine) Reader() store.Querier { return e.reader }

// Locks are empty: SQLite locks the whole database.
func (e *engine) Locks() (update, share string) { return "", "" }

// Ping opens the file, if it was not yet.
func (e *engine) Ping(ctx context.Context) error { return e.pool.PingContext(ctx) }

// Close waits for a transaction that is under way and closes the file.
func (e *engine) Close() error {
	<-e.turn
	err := errors.Join(e.writer.close(), e.reader.close())
	if conn, ok := e.writer.on.(*sql.Conn); ok {
		err = errors.Join(err, conn.Close())
	}
	e.turn <- struct{}{} // who writes now is told that the database is closed
	return errors.Join(err, e.db.Close(), e.pool.Close())
}

// statements runs statements that are prepared once and kept. The store has a bounded number of them.
type statements struct {
	on interface {
		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	}
	mu   sync.Mutex
	kept map[string]*sql.Stmt
}

func (s *statements) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.kept[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.on.PrepareContext(ctx, plain(query))
	if err != nil {
		return nil, err
	}
	if s.kept == nil {
		s.kept = map[string]*sql.Stmt{}
	}
	s.kept[query] = stmt
	return stmt, nil
}

// ExecContext runs a statement.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext runs a query.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext runs a query for one row.
func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return s.on.QueryRowContext(ctx, query, args...) // fails the same way, and says so in the row
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.kept {
		errs = append(errs, stmt.Close())
	}
	s.kept = nil
	return errors.Join(errs...)
}

var placeholder = regexp.MustCompile(`\$[0-9]+`)

// plain writes placeholders $1, $2 … as ? where they follow each other in order: SQLite finds a named one by
// walking all names, which for a statement of hundreds costs more than the rest.
func plain(query string) string {
	n, ordered := 0, true
	text := placeholder.ReplaceAllStringFunc(query, func(name string) string {
		n++
		ordered = ordered && name == fmt.Sprint("$", n)
		return "?"
	})
	if !ordered {
		return query
	}
	return text
}
