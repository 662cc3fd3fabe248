package run

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store/sqlite"
)

func TestAllIDsAreComparedWhenItIsOrderedAndEverySoManyDays(t *testing.T) {
	clock := sandbox.NewManual(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	mirror, err := s.Connection(t.Context(), "main", crm.Company)
	if err != nil {
		t.Fatal(err)
	}
	days := 7
	c := &Connection{Config: &config.Connection{ReconcileDays: &days}, Mirror: mirror, Clock: clock}
	w := &work{Connection: c, mirror: mirror}
	due := func(want bool, when string) {
		t.Helper()
		told, err := c.ReconcileDue(t.Context(), w.order.Reconcile) // tells the same, and notes nothing
		if err != nil {
			t.Fatal(err)
		}
		pulled, err := w.reconcileDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if told != want || pulled != want {
			t.Errorf("%s: due %v as told, %v in a pull, want %v", when, told, pulled, want)
		}
	}
	due(false, "before the first pull")
	clock.Advance(7*24*time.Hour - time.Second)
	due(false, "within the days")
	w.order.Reconcile = true
	due(true, "when it is ordered")
	w.order.Reconcile = false
	clock.Advance(time.Second)
	due(true, "after the days")
	days = 0
	due(false, "never")
}
