package sdktest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Peak answers the most memory, in bytes resident, that a plugin's process took for a whole run over n ordinary
// customers, all different: summarise, fit (all passes), classify. It takes a Command; n customers are held in the test.
func Peak(t *testing.T, target Target, setup Setup, n int) int64 {
	t.Helper()
	c, diagnostics := Configure(t, target, setup)
	for _, d := range diagnostics {
		if d.GetSeverity() == pb.Severity_SEVERITY_ERROR {
			t.Fatalf("the configuration is refused: %s: %s", d.GetPointer(), d.GetSummary())
		}
	}
	request, err := setup.request("test")
	if err != nil {
		t.Fatal(err)
	}
	batches := manyBatches(t, c.Reads, setup.Catalogue, n, request.GetAsOf().GetSeconds())
	ctx := context.WithoutCancel(t.Context())
	if c.manifest.GetScope() == pb.Scope_SCOPE_POPULATION {
		if c.model, c.Report, err = c.wire.fit(ctx, "test", int(c.manifest.GetLimits().GetMaxPasses()), nil, [][]*pb.CustomerBatch{batches}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.wire.classify(ctx, "test", c.model, false, batches, func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil }); err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid))
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(peak, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// manyBatches invents customers batch by batch, since rows take many times the memory of columns.
func manyBatches(t *testing.T, reads []*pb.Read, catalogue []*pb.CatalogueField, n int, asOf int64) []*pb.CustomerBatch {
	t.Helper()
	const size = 1000
	var batches []*pb.CustomerBatch
	for from := 0; from < n; from += size {
		table := invent(reads, catalogue, min(size, n-from), uint64(from), asOf, false)
		for i := range table.keys {
			table.keys[i] = keyOf(fmt.Sprint("customer ", from+i))
		}
		b, err := table.batch(len(batches), table.all())
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	return batches
}
