package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/host/crm"
)

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// write runs fn in a transaction that writes.
func (s *Store) write(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	tx, err := s.engine.Writer.BeginTx(ctx, nil)
	if err != nil {
		return failure(what, err)
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the cause is err; a transaction that cannot be rolled back is gone as well
		return failure(what, err)
	}
	return failure(what, tx.Commit())
}

// write runs fn in a transaction that writes, unless the lease is lost.
func (c *Conn) write(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	return c.store.write(ctx, what, func(tx *sql.Tx) error {
		if c.lease != nil {
			if err := c.lease.held(ctx, tx); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// writeMirror is write with the connection's row locked, so that changes of a mirror come one after the
// other. fn gets the sequence number of this change; it is used up when fn answers true.
func (c *Conn) writeMirror(ctx context.Context, what string, fn func(tx *sql.Tx, sequence int64) (bool, error)) error {
	return c.write(ctx, what, func(tx *sql.Tx) error {
		var sequence int64
		err := tx.QueryRowContext(ctx, `select sequence from connection where id = $1`+c.store.engine.ForUpdate, c.id).Scan(&sequence)
		if err != nil {
			return err
		}
		changed, err := fn(tx, sequence+1)
		if err != nil || !changed {
			return err
		}
		_, err = tx.ExecContext(ctx, `update connection set sequence = $2 where id = $1`, c.id, sequence+1)
		return err
	})
}

// reader is where to read outside of a transaction.
func (c *Conn) reader() querier { return c.store.engine.Reader }

// failure says what the store could not do. Errors made for people, and a caller's own end, pass as they are.
func failure(what string, err error) error {
	var known *crm.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &crm.Error{Code: crm.CodeUnavailable, Message: "the store failed to " + what + ": " + err.Error(), Cause: err}
}

// passed marks an error of a callback, which must reach the caller as it is.
type passed struct{ error }

// unpass takes the mark off.
func unpass(what string, err error) error {
	var p passed
	if errors.As(err, &p) {
		return p.error
	}
	return failure(what, err)
}

// each calls fn for each row of a query.
func each(ctx context.Context, q querier, query string, args []any, fn func(rows *sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Statements over many rows or ids are sent in groups of these sizes, so that few texts are ever prepared.
var groups = [...]int{64, 16, 4, 1}

// in runs a query with "$ids" standing for a list of ids, as often as there are groups of them; args come
// first, as $1 and so on. Ids must be distinct.
func in[K any](ctx context.Context, q querier, query string, args []any, ids []K, fn func(rows *sql.Rows) error) error {
	return grouped(query, args, ids, func(text string, all []any) error { return each(ctx, q, text, all, fn) })
}

// execIn is in for statements without result.
func execIn[K any](ctx context.Context, q querier, query string, args []any, ids []K) error {
	return grouped(query, args, ids, func(text string, all []any) error {
		_, err := q.ExecContext(ctx, text, all...)
		return err
	})
}

func grouped[K any](query string, args []any, ids []K, fn func(text string, args []any) error) error {
	for n := 0; len(ids) > 0; ids = ids[n:] {
		n = group(len(ids))
		all := make([]any, 0, len(args)+n)
		all = append(all, args...)
		for _, id := range ids[:n] {
			all = append(all, id)
		}
		if err := fn(idsText(query, len(args), n), all); err != nil {
			return err
		}
	}
	return nil
}

// upsert runs "insert … values $rows on conflict …" for rows of width columns, values one after the other.
// Keys must be distinct.
func upsert(ctx context.Context, q querier, query string, width int, values []any) error {
	for n := 0; len(values) > 0; values = values[n*width:] {
		n = group(len(values) / width)
		if _, err := q.ExecContext(ctx, rowsText(query, width, n), values[:n*width]...); err != nil {
			return err
		}
	}
	return nil
}

func group(n int) int {
	for _, g := range groups {
		if n >= g {
			return g
		}
	}
	return 0
}

type textKey struct {
	query    string
	from, to int
}

// texts keeps the statements made by idsText and rowsText: a few sizes for each statement of this package.
var texts sync.Map

func idsText(query string, args, n int) string {
	key := textKey{query, args, n}
	if text, ok := texts.Load(key); ok {
		return text.(string)
	}
	var b strings.Builder
	placeholders(&b, args, n)
	text := strings.ReplaceAll(query, "$ids", b.String())
	texts.Store(key, text)
	return text
}

func rowsText(query string, width, n int) string {
	key := textKey{query, -width, n}
	if text, ok := texts.Load(key); ok {
		return text.(string)
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		placeholders(&b, i*width, width)
	}
	text := strings.ReplaceAll(query, "$rows", b.String())
	texts.Store(key, text)
	return text
}

// placeholders writes ($from+1,…,$from+n).
func placeholders(b *strings.Builder, from, n int) {
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i + 1))
	}
	b.WriteByte(')')
}
