package postgres_test

import (
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store/postgres"
	"github.com/taxonhq/taxon/host/store/storetest"
	"github.com/taxonhq/taxon/host/store/storetest/pgtest"
)

func TestConformance(t *testing.T) {
	pgtest.URL(t) // keeps the cluster for all parts
	storetest.Run(t, storetest.Engine{Open: postgres.Open, Fresh: pgtest.URL})
}

func TestAURLThatCannotBeReadDoesNotShowItsPassword(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres://taxon:hunter2@host:notaport/db", crm.SystemClock{})
	if crm.CodeOf(err) != crm.CodeConfig || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
