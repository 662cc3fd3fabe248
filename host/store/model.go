package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Model is a fitted model.
type Model struct {
	ID           int64
	Classifier   string
	Key          string // of what it was fitted from and with, as the caller computes it
	AsOf         crm.Day
	Plugin       string // hash
	Config       string // hash
	StateVersion uint32
	Bytes        []byte
	Customers    uint64
	Tags         []byte          // effective tag definitions after the fit, as the caller encodes them
	Report       json.RawMessage // fit report
	Run          int64
	CreatedAt    time.Time
}

// SaveModel keeps a model (ID and CreatedAt are given by the store) and answers its id. It becomes the
// classifier's current one; of earlier ones everything but Bytes is kept.
func (c *Conn) SaveModel(ctx context.Context, m Model) (id int64, err error) {
	err = c.write(ctx, "save a model", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `update model set bytes = null where connection = $1 and classifier = $2 and bytes is not null`, c.id, m.Classifier)
		if err != nil {
			return err
		}
		if m.Bytes == nil {
			m.Bytes = []byte{}
		}
		return tx.QueryRowContext(ctx, `insert into model (connection, classifier, key, as_of, plugin, config, state_version, bytes, customers, tags, report, run, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning id`, c.id, m.Classifier, m.Key, int64(m.AsOf), m.Plugin, m.Config,
			int64(m.StateVersion), m.Bytes, int64(m.Customers), blob(m.Tags), document(m.Report), m.Run, c.store.micros()).Scan(&id)
	})
	return id, err
}

const selectModel = `select id, classifier, key, as_of, plugin, config, state_version, bytes, customers, tags, report, run, created_at from model where connection = $1 `

// Model is the current model of a classifier.
func (c *Conn) Model(ctx context.Context, classifier string) (m Model, ok bool, err error) {
	return c.model(ctx, selectModel+`and classifier = $2 order by id desc limit 1`, classifier)
}

// ModelByID is a model, current or earlier.
func (c *Conn) ModelByID(ctx context.Context, id int64) (m Model, ok bool, err error) {
	return c.model(ctx, selectModel+`and id = $2`, id)
}

func (c *Conn) model(ctx context.Context, query string, arg any) (m Model, ok bool, err error) {
	var report sql.NullString
	var version, customers, created, asOf int64
	ok, err = found(c.reader().QueryRowContext(ctx, query, c.id, arg).Scan(&m.ID, &m.Classifier, &m.Key, &asOf, &m.Plugin, &m.Config,
		&version, &m.Bytes, &customers, &m.Tags, &report, &m.Run, &created))
	if !ok || err != nil {
		return Model{}, false, failure("read a model", err)
	}
	m.AsOf, m.StateVersion, m.Customers, m.Report, m.CreatedAt = crm.Day(asOf), uint32(version), uint64(customers), raw(report), instant(created)
	return m, true, nil
}

// Work says up to where a classifier's tags are complete.
type Work struct {
	Classifier string
	Key        string // work key, as the caller computes it: as-of day, reads, model, configuration, plugin
	Sequence   int64  // the connection's sequence whose customers are all classified
	AsOf       crm.Day
	Model      int64
	Run        int64
	Result     json.RawMessage // what a run that finds nothing to do reports again
}

// Work is the last completed work of a classifier.
func (c *Conn) Work(ctx context.Context, classifier string) (w Work, ok bool, err error) {
	var result sql.NullString
	var asOf int64
	ok, err = found(c.reader().QueryRowContext(ctx, `select classifier, key, sequence, as_of, model, run, result from work where connection = $1 and classifier = $2`,
		c.id, classifier).Scan(&w.Classifier, &w.Key, &w.Sequence, &asOf, &w.Model, &w.Run, &result))
	w.AsOf, w.Result = crm.Day(asOf), raw(result)
	return w, ok, failure("read a classifier's work", err)
}

// SaveWork replaces it. It is written after the tags: a kill in between repeats work, never loses it.
func (c *Conn) SaveWork(ctx context.Context, w Work) error {
	return c.write(ctx, "save a classifier's work", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `insert into work (connection, classifier, key, sequence, as_of, model, run, result) values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict (connection, classifier) do update set key = excluded.key, sequence = excluded.sequence, as_of = excluded.as_of,
			model = excluded.model, run = excluded.run, result = excluded.result`,
			c.id, w.Classifier, w.Key, w.Sequence, int64(w.AsOf), w.Model, w.Run, document(w.Result))
		return err
	})
}

// document is JSON for a nullable text column.
func document(data json.RawMessage) any {
	if data == nil {
		return nil
	}
	return string(data)
}

func raw(s sql.NullString) json.RawMessage {
	if !s.Valid {
		return nil
	}
	return json.RawMessage(s.String)
}

// errorText and errorOf keep an error for people as JSON.
func errorText(e *crm.Error) any {
	if e == nil {
		return nil
	}
	data, err := json.Marshal(e)
	if err != nil { // an Error is strings
		return nil
	}
	return string(data)
}

func errorOf(s sql.NullString) (*crm.Error, error) {
	if !s.Valid {
		return nil, nil
	}
	e := &crm.Error{}
	return e, json.Unmarshal([]byte(s.String), e)
}
