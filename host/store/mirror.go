package store

import (
	"context"

	"github.com/taxonhq/taxon/host/crm"
)

// PageUpdate is a page of a pull.
type PageUpdate struct {
	Records  []crm.Record   // normalised; of the page's kind
	Deleted  []string       // ids
	Rejected []crm.Rejected // kept in the ledger under stage "pull"
	State    []byte         // where a pull continues after this page
	Full     bool           // the pull lists every record: FinishPull removes what it did not see
	Run      int64          // 0: none
}

// Applied says what a page did.
type Applied struct{ Upserted, Unchanged, Deleted int }

// ApplyPage writes a page and its state in one transaction. A record whose content is what the mirror has
// (whatever UpdatedAt and Own say) is no change of its customer. People, deals and activities go to the row
// of the customer whom their links reach, and move when links change; the others wait as orphans.
func (c *Conn) ApplyPage(ctx context.Context, kind crm.Kind, page PageUpdate) (Applied, error) {
	return Applied{}, errPending
}

// SyncState is the state of the last page of a kind; nil means from zero.
func (c *Conn) SyncState(ctx context.Context, kind crm.Kind) ([]byte, error) { return nil, errPending }

// ResetSync makes the next pull of a kind begin from zero. Nothing is removed.
func (c *Conn) ResetSync(ctx context.Context, kind crm.Kind) error { return errPending }

// FinishPull ends a pull. After a full one it removes the records of the kind that the pull did not see;
// when these are more than guard (share of the kind's records, 0 to 1) nothing is removed and the error has
// code guard.
func (c *Conn) FinishPull(ctx context.Context, kind crm.Kind, guard float64) (removed int, err error) {
	return 0, errPending
}

// Reconciled says what a reconcile found.
type Reconciled struct {
	Listed  int // ids that the CRM has
	Unknown int // of these, not in the mirror: rejected, or missed by the pulls
	Removed int // in the mirror only
}

// Reconcile removes the records of a kind that list does not emit, with the guard of FinishPull. list emits
// ids in batches of any size, once each.
func (c *Conn) Reconcile(ctx context.Context, kind crm.Kind, list func(emit func(ids []string) error) error, guard float64) (Reconciled, error) {
	return Reconciled{}, errPending
}
