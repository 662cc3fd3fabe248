package writeback

import (
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// BenchmarkPlanAtRest plans two classifiers with a score each when nothing has changed: comparing every customer, and
// what can have changed.
func BenchmarkPlanAtRest(b *testing.B) {
	for _, customers := range []int{10_000, 100_000} {
		w := newWorld(b, crm.Company)
		w.crm.batch = 100
		w.crm.records[crm.Company] = map[string]map[string]string{}
		other := abc()
		other.Name = "rfm"
		w.classifiers = append(w.classifiers, other)
		for i := range w.classifiers {
			w.classifiers[i].Parts = []string{"score"}
		}
		var page []crm.Record
		var ids []string
		flush := func() {
			_, err := w.conn.ApplyPage(w.ctx, crm.Company, store.PageUpdate{Records: page, State: []byte("{}"), Last: true})
			w.must(err)
			w.tag("abc", "A", ids...)
			w.tag("rfm", "B", ids...)
			page, ids = page[:0], ids[:0]
		}
		for i := range customers {
			id := fmt.Sprintf("c%08d", i)
			w.record(crm.Company, id)
			page, ids = append(page, crm.Record{Kind: crm.Company, ID: id}), append(ids, id)
			if len(page) == 500 {
				flush()
			}
		}
		flush()
		for _, c := range w.classifiers {
			sequence, err := w.conn.Sequence(w.ctx)
			w.must(err)
			w.must(w.conn.SaveWork(w.ctx, store.Work{Classifier: c.Name, Key: "k", Sequence: sequence}))
		}
		w.apply(w.plan())
		for name, incremental := range map[string]bool{"all": false, "changed": true} {
			b.Run(fmt.Sprintf("%s of %d", name, customers), func(b *testing.B) {
				for b.Loop() {
					in := w.input()
					in.Incremental = incremental
					p, err := Make(w.ctx, in)
					w.must(err)
					if p.Summary.Changes != 0 || (p.Summary.Since != 0) != incremental {
						b.Fatalf("the plan is %+v", p.Summary)
					}
				}
			})
		}
	}
}
