package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Store is one database. It is safe for concurrent use.
type Store struct {
	engine Engine
	clock  crm.Clock
	update string // ends a select that locks its rows
	share  string
}

// New makes a store of an engine. Programs call open.Open instead.
func New(engine Engine, clock crm.Clock) *Store {
	s := &Store{engine: engine, clock: clock}
	s.update, s.share = engine.Locks()
	return s
}

// Close closes the database.
func (s *Store) Close() error { return s.engine.Close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return failure("answer", s.engine.Ping(ctx)) }

// Secret is the installation's secret, 32 random bytes made at the first call: the key of customers' keyed hashes.
func (s *Store) Secret(ctx context.Context) ([]byte, error) {
	var secret []byte
	err := s.write(ctx, "make the installation's secret", func(tx Querier) error {
		fresh := make([]byte, 32)
		rand.Read(fresh)
		_, err := tx.ExecContext(ctx, `insert into setting (name, value) values ('secret', $1) on conflict (name) do nothing`, fresh)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `select value from setting where name = 'secret'`).Scan(&secret)
	})
	return secret, err
}

// Configured answers what SaveConfigured kept under a key (of plugin hash, configuration and what else the
// caller finds decisive); ok is false when there is nothing.
func (s *Store) Configured(ctx context.Context, key string) (data []byte, ok bool, err error) {
	err = s.engine.Reader().QueryRowContext(ctx, `select data from configured where key = $1`, key).Scan(&data)
	ok, err = found(err)
	return data, ok, failure("read a plugin's configured reads", err)
}

// SaveConfigured keeps a plugin's answer to Configure. The 200 newest are kept.
func (s *Store) SaveConfigured(ctx context.Context, key string, data []byte) error {
	return s.write(ctx, "keep a plugin's configured reads", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `insert into configured (key, data, saved_at) values ($1, $2, $3)
			on conflict (key) do update set data = excluded.data, saved_at = excluded.saved_at`, key, data, s.micros())
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `delete from configured where key not in (select key from configured order by saved_at desc, key limit 200)`)
		return err
	})
}

// Connection opens the part of the store that belongs to a connection, making it at the first call.
// A connection keeps its subject (company or contact): another one is an error of code conflict.
func (s *Store) Connection(ctx context.Context, name string, subject crm.Kind) (*Conn, error) {
	if subject != crm.Company && subject != crm.Contact {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "a connection's subject is company or contact, not " + string(subject)}
	}
	c := &Conn{store: s, name: name, subject: subject}
	find := func(q Querier) error {
		var kept int
		err := q.QueryRowContext(ctx, `select id, subject from connection where name = $1`, name).Scan(&c.id, &kept)
		if err == nil && kept != number(subject) {
			return &crm.Error{Code: crm.CodeConflict, Message: "the connection " + name + " classifies each " + string(kindOf(kept)) + ", and its data is kept by it",
				Suggestion: "give the connection for each " + string(subject) + " another name"}
		}
		return err
	}
	if ok, err := found(find(s.engine.Reader())); ok || err != nil {
		return c, failure("find the connection", err)
	}
	err := s.write(ctx, "make the connection", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `insert into connection (name, subject, sequence, created_at) values ($1, $2, 0, $3)
			on conflict (name) do nothing`, name, number(subject), s.micros())
		if err != nil {
			return err
		}
		return find(tx)
	})
	return c, err
}

// ConnectionInfo describes a connection of the store.
type ConnectionInfo struct {
	Name      string
	Subject   crm.Kind
	CreatedAt time.Time
}

// Connections lists the connections by name.
func (s *Store) Connections(ctx context.Context) ([]ConnectionInfo, error) {
	var infos []ConnectionInfo
	err := each(ctx, s.engine.Reader(), `select name, subject, created_at from connection order by name`, nil, func(rows *sql.Rows) error {
		var info ConnectionInfo
		var subject int
		var created int64
		if err := rows.Scan(&info.Name, &subject, &created); err != nil {
			return err
		}
		info.Subject, info.CreatedAt = kindOf(subject), instant(created)
		infos = append(infos, info)
		return nil
	})
	return infos, failure("list the connections", err)
}

// Conn is the part of the store that belongs to one connection. It is safe for concurrent use.
type Conn struct {
	store   *Store
	id      int64
	name    string
	subject crm.Kind
	lease   *Lease
}

// Name is the connection's name.
func (c *Conn) Name() string { return c.name }

// Subject is what the connection classifies: crm.Company or crm.Contact.
func (c *Conn) Subject() crm.Kind { return c.subject }

// Fenced is the same connection, whose every write is refused (code locked) once another process has taken
// over the lease.
func (c *Conn) Fenced(lease *Lease) *Conn {
	fenced := *c
	fenced.lease = lease
	return &fenced
}

// Fact is what SetFact kept under a name; ok is false when there is nothing.
func (c *Conn) Fact(ctx context.Context, name string) (value []byte, ok bool, err error) {
	err = c.reader().QueryRowContext(ctx, `select value from fact where connection = $1 and name = $2`, c.id, name).Scan(&value)
	ok, err = found(err)
	return value, ok, failure("read a fact", err)
}

// SetFact keeps a small thing that the connection must not forget, such as when its ids were last compared.
// Only Forget removes it.
func (c *Conn) SetFact(ctx context.Context, name string, value []byte) error {
	return c.write(ctx, "keep a fact", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `insert into fact (connection, name, value) values ($1, $2, $3)
			on conflict (connection, name) do update set value = excluded.value`, c.id, name, value)
		return err
	})
}

// Forget removes everything that belongs to the connection, its name too.
func (c *Conn) Forget(ctx context.Context) error {
	return c.write(ctx, "forget the connection", func(tx Querier) error {
		for _, statement := range []string{
			`delete from plan_row where plan in (select id from plan where connection = $1)`,
			`delete from request where run in (select id from run where connection = $1)`,
		} {
			if _, err := tx.ExecContext(ctx, statement, c.id); err != nil {
				return err
			}
		}
		if err := c.empty(ctx, tx, connectionTables, spaceTables); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `delete from connection where id = $1`, c.id)
		return err
	})
}

// connectionTables are the tables with a column connection, spaceTables those with a column space.
var (
	connectionTables = []string{"customer", "tally", "sync", "tag", "model", "work", "override", "field", "plan", "run", "rejected", "fact"}
	spaceTables      = []string{"place", "loose", "alias", "field_value", "adoption"}
)

// empty removes the connection's rows of tables.
func (c *Conn) empty(ctx context.Context, tx Querier, byConnection, bySpace []string) error {
	for _, table := range byConnection {
		if _, err := tx.ExecContext(ctx, `delete from `+table+` where connection = $1`, c.id); err != nil {
			return err
		}
	}
	for _, table := range bySpace {
		if _, err := tx.ExecContext(ctx, `delete from `+table+` where space >= $1 and space < $2`, c.space(""), c.space("")+8); err != nil {
			return err
		}
	}
	return nil
}

// space is how the connection and a kind are stored as one number; those of all kinds are space("") to
// space("")+7.
func (c *Conn) space(kind crm.Kind) int64 { return c.id*8 + int64(number(kind)) }

// kindIn is the kind of a space.
func kindIn(space int64) crm.Kind { return kindOf(int(space % 8)) }

// number is how a kind is stored.
func number(kind crm.Kind) int { return slices.Index(crm.Kinds, kind) + 1 }

func kindOf(number int) crm.Kind {
	if number < 1 || number > len(crm.Kinds) {
		return ""
	}
	return crm.Kinds[number-1]
}

// micros is the present as it is stored.
func (s *Store) micros() int64 { return s.clock.Now().UnixMicro() }

// instant is a stored time; 0 is no time.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// found tells a row that is not there from an error.
func found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
