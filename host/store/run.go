package store

import (
	"context"
	"database/sql"
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
	ID          int64            `json:"id"`
	Command     string           `json:"command"` // "run", "pull", "plan", "apply", "serve" …
	Owner       string           `json:"owner"`   // process that runs it
	AsOf        crm.Day          `json:"as_of"`
	Settings    json.RawMessage  `json:"settings,omitempty"` // what it ran with, rates included, as the caller encodes it
	Status      RunStatus        `json:"status"`
	StartedAt   time.Time        `json:"started_at"`
	HeartbeatAt time.Time        `json:"heartbeat_at"`
	FinishedAt  time.Time        `json:"finished_at,omitzero"` // zero until finished
	Report      json.RawMessage  `json:"report,omitempty"`
	Error       *crm.Error       `json:"error,omitempty"`
	Requests    map[string]int64 `json:"requests"` // by class
}

// BeginRun begins a run with Command, Owner, AsOf and Settings, and answers its id. The caller holds the
// account's lease, so runs of the connection that are still running have died: they become interrupted.
func (c *Conn) BeginRun(ctx context.Context, r Run) (id int64, err error) {
	err = c.write(ctx, "begin a run", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `update run set status = $2, finished_at = heartbeat_at where connection = $1 and status = $3`,
			c.id, string(RunInterrupted), string(RunRunning))
		if err != nil {
			return err
		}
		now := c.store.micros()
		return tx.QueryRowContext(ctx, `insert into run (connection, command, owner, as_of, settings, status, started_at, heartbeat_at, finished_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, 0) returning id`, c.id, r.Command, r.Owner, int64(r.AsOf), document(r.Settings),
			string(RunRunning), now, now).Scan(&id)
	})
	return id, err
}

// Heartbeat says that a run lives.
func (c *Conn) Heartbeat(ctx context.Context, run int64) error {
	return c.write(ctx, "record that the run lives", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `update run set heartbeat_at = $3 where connection = $1 and id = $2 and status = $4`,
			c.id, run, c.store.micros(), string(RunRunning))
		return err
	})
}

// AddRequests adds to the requests made by a run, by class.
func (c *Conn) AddRequests(ctx context.Context, run int64, requests map[string]int64) error {
	return c.write(ctx, "record requests", func(tx Querier) error {
		var values []any
		for class, n := range requests {
			if n != 0 {
				values = append(values, run, class, n)
			}
		}
		return upsert(ctx, tx, `insert into request (run, class, count) values $rows
			on conflict (run, class) do update set count = request.count + excluded.count`, 3, values)
	})
}

// FinishRun ends a run.
func (c *Conn) FinishRun(ctx context.Context, run int64, status RunStatus, report json.RawMessage, failure *crm.Error) error {
	return c.write(ctx, "end a run", func(tx Querier) error {
		now := c.store.micros()
		result, err := tx.ExecContext(ctx, `update run set status = $3, report = $4, error = $5, heartbeat_at = $6, finished_at = $7 where connection = $1 and id = $2`,
			c.id, run, string(status), document(report), errorText(failure), now, now)
		return one(result, err, "the run is not in the ledger")
	})
}

// Run is a run by id.
func (c *Conn) Run(ctx context.Context, id int64) (r Run, ok bool, err error) {
	runs, err := c.runs(ctx, `and id = $2`, id)
	if err != nil || len(runs) == 0 {
		return Run{}, false, err
	}
	return runs[0], true, nil
}

// Runs lists the newest runs first; limit 0 lists all.
func (c *Conn) Runs(ctx context.Context, limit int) ([]Run, error) {
	return c.runs(ctx, `order by id desc limit $2`, limitOf(limit))
}

func (c *Conn) runs(ctx context.Context, which string, arg any) ([]Run, error) {
	const what = "read the runs"
	var list []Run
	place := map[int64]int{}
	dead := c.store.clock.Now().Add(-HeartbeatTimeout)
	err := each(ctx, c.reader(), `select id, command, owner, as_of, settings, status, started_at, heartbeat_at, finished_at, report, error
		from run where connection = $1 `+which, []any{c.id, arg}, func(rows *sql.Rows) error {
		var r Run
		var settings, report, failed sql.NullString
		var asOf, started, heartbeat, finished int64
		err := rows.Scan(&r.ID, &r.Command, &r.Owner, &asOf, &settings, (*string)(&r.Status), &started, &heartbeat, &finished, &report, &failed)
		if err != nil {
			return err
		}
		r.AsOf, r.Settings, r.Report = crm.Day(asOf), raw(settings), raw(report)
		r.StartedAt, r.HeartbeatAt, r.FinishedAt = instant(started), instant(heartbeat), instant(finished)
		if r.Status == RunRunning && r.HeartbeatAt.Before(dead) {
			r.Status = RunInterrupted
		}
		r.Requests = map[string]int64{}
		place[r.ID] = len(list)
		r.Error, err = errorOf(failed)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, failure(what, err)
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	err = in(ctx, c.reader(), `select run, class, count from request where run in $ids`, nil, ids, func(rows *sql.Rows) error {
		var run, n int64
		var class string
		if err := rows.Scan(&run, &class, &n); err != nil {
			return err
		}
		list[place[run]].Requests[class] = n
		return nil
	})
	return list, failure(what, err)
}
