//go:build unix

package sdktest

import (
	"syscall"
	"testing"
	"time"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Benchmark measures how many customers a plugin summarises, fits and classifies in a second of processor time, as
// sub-benchmarks of these names; the first two for population plugins only. The target must be InProcess: the time is
// this process's, and what takes the customers over gRPC is in it. Without customers, n ordinary ones are invented for what
// the plugin reads.
func Benchmark(b *testing.B, target Target, setup Setup, n int, customers ...Customer) {
	b.Helper()
	conn, err := target.start()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.stop()
	c, batches := benchmarked(b, conn, setup, n, customers)
	if len(customers) > 0 {
		n = len(customers)
	}
	var model []byte
	if c.manifest.GetScope() == pb.Scope_SCOPE_POPULATION {
		var summary []byte
		b.Run("summarise", func(b *testing.B) {
			perSecond(b, n, func() (err error) {
				summary, err = c.wire.summarize(b.Context(), "test", 0, nil, batches)
				return err
			})
		})
		b.Run("fit", func(b *testing.B) { // all passes, the customers being summarised anew for each but the first
			perSecond(b, n, func() error {
				m, err := c.wire.merge(b.Context(), "test", 0, true, nil, summary)
				for pass := 1; err == nil && m.report.GetAnotherPass() && pass < int(c.manifest.GetLimits().GetMaxPasses()); pass++ {
					var again []byte
					if again, err = c.wire.summarize(b.Context(), "test", pass, m.model, batches); err == nil {
						m, err = c.wire.merge(b.Context(), "test", pass, true, m.model, again)
					}
				}
				model = m.model
				return err
			})
		})
	}
	b.Run("classify", func(b *testing.B) {
		perSecond(b, n, func() error {
			return c.wire.classify(b.Context(), "test", model, false, batches, func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil })
		})
	})
}

// benchmarked is the configured plugin with customers in batches of 1,000.
func benchmarked(b *testing.B, conn *connection, setup Setup, n int, customers []Customer) (*Classifier, []*pb.CustomerBatch) {
	b.Helper()
	described, err := conn.client.Describe(b.Context(), &pb.DescribeRequest{})
	if err != nil {
		b.Fatal(err)
	}
	request, err := setup.request("test")
	if err != nil {
		b.Fatal(err)
	}
	answer, err := conn.client.Configure(b.Context(), request)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range answer.GetDiagnostics() {
		if d.GetSeverity() == pb.Severity_SEVERITY_ERROR {
			b.Fatalf("the configuration is refused: %s: %s", d.GetPointer(), d.GetSummary())
		}
	}
	t := invent(answer.GetReads(), setup.Catalogue, n, 1, request.GetAsOf().GetSeconds(), false)
	if len(customers) > 0 {
		if t, err = tableOf(answer.GetReads(), customers); err != nil {
			b.Fatal(err)
		}
	}
	batches, err := t.split(t.all(), 1000)
	if err != nil {
		b.Fatal(err)
	}
	return &Classifier{wire: wire{conn.client}, manifest: described.GetManifest(), Reads: answer.GetReads(), Tags: answer.GetTags()}, batches
}

// perSecond reports for how many of n customers a second of processor time is enough.
func perSecond(b *testing.B, n int, run func() error) {
	b.Helper()
	var used time.Duration
	for b.Loop() {
		before := processorTime(b)
		if err := run(); err != nil {
			b.Fatal(err)
		}
		used += processorTime(b) - before
	}
	b.ReportMetric(float64(n)*float64(b.N)/used.Seconds(), "customers/cpu-s")
	b.ReportMetric(0, "ns/op") // wall time of a shared machine says nothing
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
