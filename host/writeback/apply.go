package writeback

import (
	"context"
	"slices"
	"sync"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// ApplyInput says which plan is applied, and how.
type ApplyInput struct {
	Store   *store.Conn
	CRM     CRM
	Account string // the CRM's id of the account that CRM talks to; a plan of another one is refused
	Plan    int64
	Run     int64
	// Reread reads each record's fields right before writing it. Without it the values of the last pull count, which
	// is enough when that pull has just ended.
	Reread bool
	// Allow raises the guard of every classifier to that share for this time; 0 leaves it.
	Allow    float64
	Progress func(done, total int) // records; may be nil
}

// Report says what applying a plan did. Values are fields of records.
type Report struct {
	Plan    int64                  `json:"plan"`
	Resumed Resumed                `json:"resumed"`           // left by an interrupted application
	Fields  []connector.FieldState `json:"fields,omitempty"`  // provisioned, found or extended
	Removed int                    `json:"removed,omitempty"` // fields of ours, with all values, by Retire
	Written int                    `json:"written"`           // values that the CRM confirmed
	Records int                    `json:"records"`           // that they belong to
	Adopted int                    `json:"adopted"`           // values that the CRM held already when it was asked again
	// Rejected are records that the CRM refused, Skipped records of which somebody changed a value after the plan was
	// made, or which are gone. Pending are records that the CRM did not take for now: applying again continues.
	Rejected int `json:"rejected"`
	Skipped  int `json:"skipped"`
	Kept     int `json:"kept"` // values of somebody else that the plan left alone
	Pending  int `json:"pending"`
	// Blocked are classifiers that cannot be written because a field of theirs is not as it has to be, with the cause.
	// Withheld counts the records, pending too, that wait for values of them.
	Blocked  map[string]*crm.Error `json:"blocked,omitempty"`
	Withheld int                   `json:"withheld,omitempty"`
	Requests connector.Counts      `json:"requests"`
	// Samples are some of the rejected and skipped records with the causes.
	Samples []crm.Rejected `json:"samples,omitempty"`
}

// Partly tells that something of the plan did not reach the CRM, and not because it was skipped.
func (r *Report) Partly() bool { return r.Rejected > 0 || r.Pending > 0 || len(r.Blocked) > 0 }

// samples is the number of rejected and skipped records in a report.
const samples = 20

// Apply provisions the fields of a plan and writes its changes, as far as they are not written yet. A plan that was
// applied wholly costs no request. A report comes with an error too: what it counts was done.
func Apply(ctx context.Context, in ApplyInput) (Report, error) {
	a := &applier{in: in, report: Report{Plan: in.Plan}}
	before := in.CRM.Counts()
	err := a.run(ctx)
	a.report.Requests = subtract(in.CRM.Counts(), before)
	return a.report, err
}

type applier struct {
	in     ApplyInput
	report Report
	total  int
	done   int
	ledger bool // the ledger of rejected records has entries, which success removes
}

func (a *applier) run(ctx context.Context) error {
	conn := a.in.Store
	plan, head, _, err := planOf(ctx, conn, a.in.Plan)
	if err != nil {
		return err
	}
	if err := plan.belongs(conn.Name(), a.in.Account); err != nil {
		return err
	}
	if err := applicable(ctx, conn, head); err != nil {
		return err
	}
	a.report.Kept = plan.Summary.Kept
	if a.report.Resumed, err = Resume(ctx, conn, a.in.CRM); err != nil {
		return err
	}
	counts, err := conn.PlanCounts(ctx, head.ID)
	if err != nil {
		return err
	}
	if counts[store.RowPending] > 0 {
		if head.Status == store.PlanReady {
			if err := plan.Guard(a.in.Allow); err != nil {
				return err
			}
		}
		provisioned, err := Provision(ctx, conn, a.in.CRM, head.ID)
		a.report.Fields, a.report.Blocked = provisioned.Fields, provisioned.Blocked
		if err != nil {
			return err
		}
		if err := conn.SetPlanStatus(ctx, head.ID, store.PlanApplying); err != nil {
			return err
		}
		a.total = int(counts[store.RowPending])
		if err := a.rows(ctx, head); err != nil {
			return err
		}
	}
	if counts, err = conn.PlanCounts(ctx, head.ID); err != nil {
		return err
	}
	a.report.Pending = int(counts[store.RowPending] + counts[store.RowSent])
	if a.report.Pending > 0 || head.Status == store.PlanApplied {
		return nil
	}
	return conn.SetPlanStatus(ctx, head.ID, store.PlanApplied)
}

// rows writes the rows that are pending.
func (a *applier) rows(ctx context.Context, head store.Plan) error {
	n, err := a.in.Store.CountRejected(ctx, store.StageWrite)
	if err != nil {
		return err
	}
	a.ledger = n > 0
	fields := map[crm.Kind]Ledger{}
	unseen := map[crm.Kind]map[string]bool{}
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		if fields[kind], err = ledgerOf(ctx, a.in.Store, kind); err != nil {
			return err
		}
		unseen[kind] = fields[kind].unseen(head)
	}
	return rowsIn(ctx, a.in.Store, head.ID, []store.RowState{store.RowPending}, chunks(a.in.CRM), func(kind crm.Kind, rows []store.PlanRow) error {
		var current store.Values
		if a.in.Reread || writesOneOf(rows, unseen[kind]) {
			var err error
			if current, err = readCurrent(ctx, a.in.Store, a.in.CRM, kind, recordIDs(rows), fields[kind]); err != nil {
				return err
			}
		}
		return a.chunk(ctx, kind, rows, current)
	})
}

func writesOneOf(rows []store.PlanRow, keys map[string]bool) bool {
	if len(keys) == 0 {
		return false
	}
	for i := range rows {
		for _, c := range rows[i].Changes {
			if keys[c.Field] {
				return true
			}
		}
	}
	return false
}

// chunk writes some rows of one kind. current are values read just now; nil takes those that the plan saw.
func (a *applier) chunk(ctx context.Context, kind crm.Kind, rows []store.PlanRow, current store.Values) error {
	var writes []connector.Write
	var seqs []int64
	var settled []store.Settlement
	byID := map[string]*outgoing{}
	for i := range rows {
		row := &rows[i]
		o := a.outgoing(row)
		if current != nil {
			values, exists := current[row.Record]
			if !exists {
				a.skip(row, goneError(row))
				settled = append(settled, store.Settlement{Seq: row.Seq, State: store.RowSkipped, Error: goneError(row)})
				continue
			}
			o.compare(values)
		} else {
			for _, c := range o.changes {
				o.fields[c.Field] = c.New
			}
		}
		a.report.Adopted += len(o.adopted)
		if o.edited {
			a.skip(row, editedError(row))
		}
		if o.withheld {
			a.report.Withheld++
		}
		if len(o.fields) == 0 {
			settled = append(settled, o.unsent())
			continue
		}
		writes = append(writes, connector.Write{ID: row.Record, Fields: o.fields})
		seqs = append(seqs, row.Seq)
		byID[row.Record] = o
	}
	if len(settled) > 0 {
		if err := a.in.Store.Settle(ctx, a.in.Plan, settled); err != nil {
			return err
		}
		a.progress(len(settled))
	}
	if len(writes) == 0 {
		return nil
	}
	if err := a.in.Store.MarkSent(ctx, a.in.Plan, seqs); err != nil {
		return err
	}
	var mu sync.Mutex
	return a.in.CRM.Write(ctx, kind, writes, func(outcomes []connector.Outcome) error {
		mu.Lock()
		defer mu.Unlock()
		// What the CRM answered is recorded even when the run is being stopped.
		return a.settle(context.WithoutCancel(ctx), kind, byID, outcomes)
	})
}

// settle records the outcomes of one batch. A record that failed for a passing cause stays sent: nobody knows whether
// the CRM took it, so it is read back before the next attempt.
func (a *applier) settle(ctx context.Context, kind crm.Kind, byID map[string]*outgoing, outcomes []connector.Outcome) error {
	var settlements []store.Settlement
	var rejected []crm.Rejected
	var written []string
	for _, outcome := range outcomes {
		o, ok := byID[outcome.ID]
		if !ok {
			return &crm.Error{Code: crm.CodeInternal, Message: "the connector answered a record that was not sent", Pointer: string(kind) + " " + outcome.ID}
		}
		switch {
		case outcome.Error == nil:
			a.report.Records++
			a.report.Written += len(o.fields)
			written = append(written, outcome.ID)
			s := o.sent()
			s.UpdatedAt = outcome.UpdatedAt
			settlements = append(settlements, s)
		case !outcome.Transient:
			a.report.Rejected++
			r := crm.Rejected{Kind: kind, ID: outcome.ID, Error: outcome.Error}
			a.sample(r)
			rejected = append(rejected, r)
			settlements = append(settlements, store.Settlement{Seq: o.row.Seq, State: store.RowFailed, Error: outcome.Error, Written: o.adopted})
		}
	}
	if err := a.in.Store.Settle(ctx, a.in.Plan, settlements); err != nil {
		return err
	}
	if len(rejected) > 0 {
		if err := a.in.Store.AddRejected(ctx, store.StageWrite, a.in.Run, rejected); err != nil {
			return err
		}
	}
	if a.ledger && len(written) > 0 {
		if err := a.in.Store.ClearRejected(ctx, store.StageWrite, kind, written); err != nil {
			return err
		}
	}
	a.progress(len(settlements))
	return nil
}

func (a *applier) skip(row *store.PlanRow, cause *crm.Error) {
	a.report.Skipped++
	a.sample(crm.Rejected{Kind: row.Kind, ID: row.Record, Error: cause})
}

func (a *applier) sample(r crm.Rejected) {
	if len(a.report.Samples) < samples {
		a.report.Samples = append(a.report.Samples, r)
	}
}

func (a *applier) progress(n int) {
	a.done += n
	if a.in.Progress != nil {
		a.in.Progress(a.done, a.total)
	}
}

// outgoing is a row on its way.
type outgoing struct {
	row      *store.PlanRow
	changes  []store.Change    // those of classifiers that can be written
	withheld bool              // there are others: the row stays pending
	fields   map[string]string // to send
	adopted  map[string]string // that the CRM holds already
	edited   bool              // some are left out, because somebody changed them since
}

func (a *applier) outgoing(row *store.PlanRow) *outgoing {
	o := &outgoing{row: row, changes: row.Changes, fields: map[string]string{}}
	if len(a.report.Blocked) > 0 {
		o.changes = slices.DeleteFunc(slices.Clone(row.Changes), func(c store.Change) bool { return a.report.Blocked[c.Classifier] != nil })
		o.withheld = len(o.changes) < len(row.Changes)
	}
	return o
}

// compare decides what is sent from the values that the CRM holds now. When somebody changed one field of a
// classifier, none of it is sent: its fields speak about each other.
func (o *outgoing) compare(values map[string]string) {
	touched := map[string]bool{}
	for _, c := range o.changes {
		if v := values[c.Field]; v != c.Old && v != c.New {
			touched[c.Classifier] = true
			o.edited = true
		}
	}
	for _, c := range o.changes {
		switch {
		case values[c.Field] == c.New:
			if o.adopted == nil {
				o.adopted = map[string]string{}
			}
			o.adopted[c.Field] = c.New
		case !touched[c.Classifier]:
			o.fields[c.Field] = c.New
		}
	}
}

// unsent settles a row of which nothing has to be sent.
func (o *outgoing) unsent() store.Settlement {
	s := store.Settlement{Seq: o.row.Seq, State: store.RowDone, Written: o.adopted}
	switch {
	case o.withheld:
		s.State = store.RowPending
	case o.edited:
		s.State, s.Error = store.RowSkipped, editedError(o.row)
	}
	return s
}

// sent settles a row that the CRM confirmed.
func (o *outgoing) sent() store.Settlement {
	s := store.Settlement{Seq: o.row.Seq, State: store.RowDone, Written: map[string]string{}}
	if o.withheld {
		s.State = store.RowPending
	}
	for key, value := range o.adopted {
		s.Written[key] = value
	}
	for key, value := range o.fields {
		s.Written[key] = value
	}
	if o.edited {
		s.Error = editedError(o.row)
	}
	return s
}

// subtract is the difference of two counts of requests.
func subtract(a, b connector.Counts) connector.Counts {
	return connector.Counts{Pull: a.Pull - b.Pull, Association: a.Association - b.Association, Discovery: a.Discovery - b.Discovery,
		Archived: a.Archived - b.Archived, LatePass: a.LatePass - b.LatePass, Reconcile: a.Reconcile - b.Reconcile, Token: a.Token - b.Token,
		Provision: a.Provision - b.Provision, Write: a.Write - b.Write, Read: a.Read - b.Read, Retries: a.Retries - b.Retries}
}
