package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Engine is an open, migrated database and the few words in which the two dialects differ.
type Engine struct {
	Name   string  // "sqlite" or "postgres"
	Writer *sql.DB // transactions that write; SQLite: one connection
	Reader *sql.DB // everything else
	// ForUpdate and ForShare end a select that locks its rows; empty where a writing transaction has the
	// database for itself.
	ForUpdate, ForShare string
}

// Store is one database. It is safe for concurrent use.
type Store struct {
	engine Engine
	clock  crm.Clock
}

// New makes a store of an engine. Programs call open.Open instead.
func New(engine Engine, clock crm.Clock) *Store { return &Store{engine: engine, clock: clock} }

// Close closes the database.
func (s *Store) Close() error {
	err := s.engine.Reader.Close()
	if s.engine.Writer != s.engine.Reader {
		err = errors.Join(s.engine.Writer.Close(), err)
	}
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.engine.Reader.PingContext(ctx) }

// Secret is the installation's secret, 32 random bytes made at the first call: the key of customers' keyed hashes.
func (s *Store) Secret(ctx context.Context) ([]byte, error) { return nil, errPending }

// Configured answers what SaveConfigured kept under a key (of plugin hash, configuration and what else the
// caller finds decisive); ok is false when there is nothing.
func (s *Store) Configured(ctx context.Context, key string) (data []byte, ok bool, err error) {
	return nil, false, errPending
}

// SaveConfigured keeps a plugin's answer to Configure.
func (s *Store) SaveConfigured(ctx context.Context, key string, data []byte) error { return errPending }

// Connection opens the part of the store that belongs to a connection, making it at the first call.
// A connection keeps its subject (company or contact): another one is an error of code conflict.
func (s *Store) Connection(ctx context.Context, name string, subject crm.Kind) (*Conn, error) {
	return nil, errPending
}

// ConnectionInfo describes a connection of the store.
type ConnectionInfo struct {
	Name      string
	Subject   crm.Kind
	CreatedAt time.Time
}

// Connections lists the connections by name.
func (s *Store) Connections(ctx context.Context) ([]ConnectionInfo, error) { return nil, errPending }

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

// Forget removes everything that belongs to the connection, its name too.
func (c *Conn) Forget(ctx context.Context) error { return errPending }

var errPending = errors.New("pending")
