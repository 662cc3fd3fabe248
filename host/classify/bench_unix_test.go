//go:build unix

package classify

import (
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// cpu is the CPU time that this process, or its ended children, have used.
func cpu(b *testing.B, who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// crowd is a world of n customers with ten deals each, and its two classifiers as processes.
func crowd(b *testing.B, n int) (*world, *catalog.Catalog) {
	b.Helper()
	w := both(b)
	const page = 500
	for from := 0; from < n; from += page {
		var companies, deals []crm.Record
		for i := from; i < min(n, from+page); i++ {
			id := fmt.Sprintf("c%07d", i)
			companies = append(companies, company(id, map[string]crm.Value{"country": crm.TextValue("Kenya")}))
			for k := range 10 {
				deals = append(deals, deal(b, fmt.Sprintf("%s-%d", id, k), id, int64(i%997*(k+1)), "EUR", []string{crm.Won, crm.Lost}[k%2], fmt.Sprintf("2025-%02d-01", 1+(i+k)%12)))
			}
		}
		w.apply(crm.Company, companies)
		w.apply(crm.Deal, deals)
	}
	var builtins []catalog.Builtin
	for id, p := range processes() {
		builtins = append(builtins, catalog.Builtin{Manifest: sdk.Manifest(p), Args: []string{marker, id}})
	}
	plugins, err := catalog.Open(b.TempDir(), builtins, nil)
	if err != nil {
		b.Fatal(err)
	}
	w.in.Plugins = plugins
	return w, plugins
}

// Everybody is classified by two classifiers, one of them fitted first: CPU of host and plugins per customer.
func BenchmarkEverybody(b *testing.B) { everybody(b, Stability{}) }

// The same under rules of stability; customers are at rest, as most are.
func BenchmarkEverybodyUnderRules(b *testing.B) {
	everybody(b, Stability{Dates: 3, MinimumStay: 30, GracePeriod: 14, OneStep: true})
}

func everybody(b *testing.B, rules Stability) {
	const n = 4000
	w, plugins := crowd(b, n)
	for i := range w.in.Classifiers {
		w.in.Classifiers[i].Stability = rules
	}
	own, children := cpu(b, syscall.RUSAGE_SELF), cpu(b, syscall.RUSAGE_CHILDREN)
	b.ResetTimer()
	for range b.N {
		w.in.AsOf++
		w.ok()
	}
	b.StopTimer()
	own = cpu(b, syscall.RUSAGE_SELF) - own
	if err := plugins.Close(); err != nil {
		b.Fatal(err)
	}
	children = cpu(b, syscall.RUSAGE_CHILDREN) - children
	b.ReportMetric(float64(own.Nanoseconds())/float64(b.N)/n, "host-ns/customer")
	b.ReportMetric(float64(children.Nanoseconds())/float64(b.N)/n, "plugins-ns/customer")
}

// One deal changed, whatever the number of customers.
func BenchmarkOneChangedDeal(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w, plugins := crowd(b, n)
			w.ok()
			b.ResetTimer()
			for i := range b.N {
				b.StopTimer()
				w.apply(crm.Deal, []crm.Record{deal(b, "changing", "c0000007", int64(i+1), "EUR", crm.Won, "2026-05-05")})
				b.StartTimer()
				if r := w.ok(); r.Customers != 1 {
					b.Fatalf("%d customers", r.Customers)
				}
			}
			b.StopTimer()
			if err := plugins.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// Nothing changed.
func BenchmarkIdle(b *testing.B) {
	w, plugins := crowd(b, 2000)
	w.ok()
	for b.Loop() {
		if r := w.ok(); r.PluginCalls != 0 {
			b.Fatal("a plugin was called")
		}
	}
	if err := plugins.Close(); err != nil {
		b.Fatal(err)
	}
}

// Dispatch alone: measures of customers in memory, computed and classified in this process, against measured,
// spooled and classified by a plugin's process. "ratio" is CPU of host and plugin over CPU of the function.
func BenchmarkDispatch(b *testing.B) {
	const n = 4000
	w, plugins := crowd(b, n)
	w.in.Classifiers = w.in.Classifiers[:1] // loyal
	var all []*store.Customer
	err := w.mirror.Customers(b.Context(), "", func(c *store.Customer) error {
		kept := *c
		kept.Deals = append([]store.Deal(nil), c.Deals...)
		all = append(all, &kept)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	r := newRunner(w.in)
	if err := r.prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := r.find(b.Context()); err != nil {
		b.Fatal(err)
	}
	t := r.tasks[0]
	p, err := r.plugin(b.Context(), t)
	if err != nil {
		b.Fatal(err)
	}
	if r.spool, err = newSpool(b.TempDir()); err != nil {
		b.Fatal(err)
	}
	r.scope = []string{"c0000000"} // compiles the plan
	if err := r.measureAll(b.Context()); err != nil {
		b.Fatal(err)
	}

	loyal := 0
	start := cpu(b, syscall.RUSAGE_SELF)
	for range b.N {
		e := r.plan.Evaluator(nil)
		won := r.plan.Index(t.reads[0].column)
		for _, c := range all {
			e.Measure(c)
			if e.Value(won).Int() >= 3 {
				loyal++
			}
		}
	}
	floor := cpu(b, syscall.RUSAGE_SELF) - start

	children := cpu(b, syscall.RUSAGE_CHILDREN)
	start = cpu(b, syscall.RUSAGE_SELF)
	answered := 0
	b.ResetTimer()
	for range b.N {
		r.blocks, r.spool.size = nil, 0
		writer := newBlockWriter(r)
		for _, c := range all {
			if err := writer.add(b.Context(), c); err != nil {
				b.Fatal(err)
			}
		}
		if err := writer.flush(); err != nil {
			b.Fatal(err)
		}
		var queue []batch
		blocks := r.blocks
		next := func() (*pb.CustomerBatch, error) {
			if len(queue) == 0 {
				if len(blocks) == 0 {
					return nil, io.EOF
				}
				v, err := r.look(t, blocks[0])
				if err != nil {
					return nil, err
				}
				blocks = blocks[1:]
				queue, _ = v.cut(v.complete())
			}
			m := queue[0].message
			queue = queue[1:]
			return m, nil
		}
		err := p.Classify(b.Context(), t.setup.Instance, nil, false, next, func(_ *pb.CustomerBatch, a *pb.ClassifyResponse) error {
			var tags column.Reader
			if err := tags.Reset(a.GetTags()[0], column.Text, false, len(a.GetTags()[1].GetFixed())/8); err != nil {
				return err
			}
			answered += tags.Len()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	host := cpu(b, syscall.RUSAGE_SELF) - start
	if err := plugins.Close(); err != nil {
		b.Fatal(err)
	}
	plugin := cpu(b, syscall.RUSAGE_CHILDREN) - children
	if answered != n*b.N {
		b.Fatalf("%d answers", answered)
	}
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) / n }
	b.ReportMetric(per(floor), "floor-ns/customer")
	b.ReportMetric(per(host), "host-ns/customer")
	b.ReportMetric(per(plugin), "plugin-ns/customer")
	b.ReportMetric((per(host)+per(plugin))/per(floor), "ratio")
}
