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

// write runs fn in a transaction that writes.
func (s *Store) write(ctx context.Context, what string, fn func(tx Querier) error) error {
	return failure(what, s.engine.Write(ctx, fn))
}

// write runs fn in a transaction that writes, unless the lease is lost.
func (c *Conn) write(ctx context.Context, what string, fn func(tx Querier) error) error {
	return c.store.write(ctx, what, func(tx Querier) error {
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
func (c *Conn) writeMirror(ctx context.Context, what string, fn func(tx Querier, sequence int64) (bool, error)) error {
	return c.write(ctx, what, func(tx Querier) error {
		var sequence int64
		err := tx.QueryRowContext(ctx, `select sequence from connection where id = $1`+c.store.update, c.id).Scan(&sequence)
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
func (c *Conn) reader() Querier { return c.store.engine.Reader() }

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
func each(ctx context.Context, q Querier, query string, args []any, fn func(rows *sql.Rows) error) error {
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

// in runs a query with "$ids" standing for a list of ids, as often as there are groups of them; args come
// first, as $1 and so on. Ids must be distinct.
func in[K any](ctx context.Context, q Querier, query string, args []any, ids []K, fn func(rows *sql.Rows) error) error {
	return grouped(query, args, ids, func(text string, all []any) error { return each(ctx, q, text, all, fn) })
}

// execIn is in for statements without result.
func execIn[K any](ctx context.Context, q Querier, query string, args []any, ids []K) error {
	return grouped(query, args, ids, func(text string, all []any) error {
		_, err := q.ExecContext(ctx, text, all...)
		return err
	})
}

// Statements over many rows or ids are sent in groups of these sizes, so that few texts are ever prepared.
var groups = [...]int{64, 16, 4, 1}

func group(n int) int {
	for _, g := range groups {
		if n >= g {
			return g
		}
	}
	return 0
}

func grouped[K any](query string, args []any, ids []K, fn func(text string, args []any) error) error {
	for n := 0; len(ids) > 0; ids = ids[n:] {
		n = group(len(ids))
		all := make([]any, 0, len(args)+n)
		all = append(all, args...)
		for _, id := range ids[:n] {
			all = append(all, id)
		}
		text := expanded(query, "$ids", len(args), n, 1)
		if err := fn(text, all); err != nil {
			return err
		}
	}
	return nil
}

// upsert runs "insert … values $rows on conflict …" for rows of width columns, values one after the other.
// Keys must be distinct.
func upsert(ctx context.Context, q Querier, query string, width int, values []any) error {
	for n := 0; len(values) > 0; values = values[n*width:] {
		n = group(len(values) / width)
		if _, err := q.ExecContext(ctx, expanded(query, "$rows", 0, width, n), values[:n*width]...); err != nil {
			return err
		}
	}
	return nil
}

type expansion struct {
	query             string
	from, width, rows int
}

// expansions keeps the statements made by expanded: a few sizes for each statement of this package.
var expansions sync.Map

// expanded is a query with placeholders ($from+1,…) in rows groups of width in the place of mark.
func expanded(query, mark string, from, width, rows int) string {
	key := expansion{query, from, width, rows}
	if text, ok := expansions.Load(key); ok {
		return text.(string)
	}
	var b strings.Builder
	for row := range rows {
		if row > 0 {
			b.WriteByte(',')
		}
		for i := range width {
			b.WriteByte("(,"[min(i, 1)])
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(from + row*width + i + 1))
		}
		b.WriteByte(')')
	}
	text := strings.ReplaceAll(query, mark, b.String())
	expansions.Store(key, text)
	return text
}
