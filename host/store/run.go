package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// RunStatus is how a run stands.
type RunStatus string

// The states of a run. A running one whose process died is shown as interrupted.
const (
	RunRunning     RunStatus = "running"
	RunDone        RunStatus = "done"
	RunPartly      RunStatus = "partly" // done, with rejected records
	RunFailed      RunStatus = "failed"
	RunStopped     RunStatus = "stopped" // by the guard or a person
	RunInterrupted RunStatus = "interrupted"
)

// HeartbeatTimeout is how long after its last heartbeat a running run counts as interrupted.
const HeartbeatTimeout = 2 * time.Minute

// Run is one run.
type Run struct {
	ID          int64
	Command     string // "run", "pull", "plan", "apply", "serve" …
	Owner       string // process that runs it
	AsOf        crm.Day
	Settings    json.RawMessage // what it ran with, rates included, as the caller encodes it
	Status      RunStatus
	StartedAt   time.Time
	HeartbeatAt time.Time
	FinishedAt  time.Time // zero until finished
	Report      json.RawMessage
	Error       *crm.Error
	Requests    map[string]int64 // by class
}

// BeginRun begins a run with Command, Owner, AsOf and Settings, and answers its id. Runs of the connection
// still running have died when the caller holds the lease: they become interrupted.
func (c *Conn) BeginRun(ctx context.Context, r Run) (int64, error) { return 0, errPending }

// Heartbeat says that a run lives.
func (c *Conn) Heartbeat(ctx context.Context, run int64) error { return errPending }

// AddRequests adds to the requests made by a run, by class.
func (c *Conn) AddRequests(ctx context.Context, run int64, requests map[string]int64) error {
	return errPending
}

// FinishRun ends a run.
func (c *Conn) FinishRun(ctx context.Context, run int64, status RunStatus, report json.RawMessage, failure *crm.Error) error {
	return errPending
}

// Run is a run by id.
func (c *Conn) Run(ctx context.Context, id int64) (r Run, ok bool, err error) {
	return Run{}, false, errPending
}

// Runs lists the newest runs first; limit 0 lists all.
func (c *Conn) Runs(ctx context.Context, limit int) ([]Run, error) { return nil, errPending }

// The stages in which a record may be rejected.
const (
	StagePull     = "pull"
	StageClassify = "classify"
	StageWrite    = "write"
)

// RejectedRecord is an entry of the ledger of rejected records.
type RejectedRecord struct {
	Stage string
	crm.Rejected
	Run     int64
	Times   int
	FirstAt time.Time
	LastAt  time.Time
}

// AddRejected adds records to the ledger, or counts them again. A pull's are added by ApplyPage, and leave
// the ledger when the record arrives in order.
func (c *Conn) AddRejected(ctx context.Context, stage string, run int64, records []crm.Rejected) error {
	return errPending
}

// ClearRejected removes records from a stage's ledger, all of that kind when no ids are given.
func (c *Conn) ClearRejected(ctx context.Context, stage string, kind crm.Kind, ids []string) error {
	return errPending
}

// Rejected lists the ledger of a stage ("" for all), newest first; limit 0 lists all.
func (c *Conn) Rejected(ctx context.Context, stage string, limit int) ([]RejectedRecord, error) {
	return nil, errPending
}

// CountRejected counts the ledger of a stage ("" for all).
func (c *Conn) CountRejected(ctx context.Context, stage string) (int, error) { return 0, errPending }
