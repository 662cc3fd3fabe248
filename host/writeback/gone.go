package writeback

import (
	"context"
	"strconv"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// factForgotten counts how often fields were forgotten because the CRM had them no more. Plans depend on it: what they
// left in the CRM is there no more, so that the next one compares everything.
const factForgotten = "fields forgotten"

// ForgetGone forgets fields of ours that the CRM has no more, with the values that we wrote and those that it showed: a
// value that vanished with its field was taken away by nobody. The next plan that writes the fields makes them anew.
func ForgetGone(ctx context.Context, conn *store.Conn, kind crm.Kind, keys []string) error {
	data, _, err := conn.Fact(ctx, factForgotten)
	if err != nil {
		return err
	}
	times, _ := strconv.Atoi(string(data)) // never set is 0
	// Counted first: a kill in between makes the next plan compare too much, never too little.
	if err := conn.SetFact(ctx, factForgotten, []byte(strconv.Itoa(times+1))); err != nil {
		return err
	}
	if err := conn.ForgetValues(ctx, kind, keys); err != nil {
		return err
	}
	return conn.DeleteFields(ctx, kind, keys)
}
