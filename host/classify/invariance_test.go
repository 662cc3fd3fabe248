package classify

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Several hosts, each with its own blocks: however the blocks are dealt out and merged, the model is the same.
func TestThePartitionOfTheCustomersDecidesNothing(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"ranked": ranked()}, Classifier{Name: "ranked", Plugin: "ranked"})
	w.in.batch = 20
	w.companies(66)
	r := newRunner(w.in)
	defer r.close()
	if err := r.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.find(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.spool, err = newSpool(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.spool.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := r.measureAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	task := r.tasks[0]
	p, err := r.plugin(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	model := func(parts ...[]*block) []byte {
		var summaries [][]byte
		for _, blocks := range parts {
			s, err := r.summarize(t.Context(), task, p, 0, nil, blocks)
			if err != nil {
				t.Fatal(err)
			}
			summaries = append(summaries, s)
		}
		merged, err := p.Merge(t.Context(), task.setup.Instance, 0, true, nil, summaries)
		if err != nil {
			t.Fatal(err)
		}
		return merged.Model
	}
	if len(r.blocks) != 4 {
		t.Fatalf("%d blocks", len(r.blocks))
	}
	b := r.blocks
	whole := model(b)
	for _, parts := range [][][]*block{{b[:1], b[1:]}, {b[2:], b[:2]}, {b[3:], b[1:3], b[:1]}, {{}, b}, {{b[2], b[0], b[3], b[1]}}} {
		if !bytes.Equal(model(parts...), whole) {
			t.Error("another partition gives another model")
		}
	}
}

// The order in which records arrive, and whether all come at once or in steps, decides nothing.
func TestTheOrderOfArrivalDecidesNothing(t *testing.T) {
	var want map[string]string
	for seed := range uint64(4) {
		w := both(t)
		r := rand.New(rand.NewPCG(seed, 1))
		var companies, deals []crm.Record
		for i := range 60 {
			id := fmt.Sprintf("c%02d", i)
			companies = append(companies, company(id, map[string]crm.Value{"country": crm.TextValue("Kenya")}))
			for k := range i % 7 {
				deals = append(deals, deal(t, fmt.Sprintf("d%02d-%d", i, k), id, int64(i*k)*100, "EUR", []string{crm.Won, crm.Lost}[k%2], fmt.Sprintf("2026-0%d-01", 1+k%5)))
			}
		}
		r.Shuffle(len(companies), func(i, j int) { companies[i], companies[j] = companies[j], companies[i] })
		r.Shuffle(len(deals), func(i, j int) { deals[i], deals[j] = deals[j], deals[i] })
		w.apply(crm.Company, companies)
		for len(deals) > 0 {
			n := min(len(deals), 1+r.IntN(60))
			w.apply(crm.Deal, deals[:n])
			deals = deals[n:]
			if seed%2 == 1 {
				w.in.AsOf-- // a day each, so that the model is fitted to what is there
				w.ok()
			}
		}
		w.in.AsOf = day(t, "2026-06-02")
		w.ok()
		got := w.tags("ranked")
		for id, tag := range w.tags("loyal") {
			got[id] += " " + tag
		}
		if want == nil {
			want = got
		}
		if !maps.Equal(got, want) {
			t.Errorf("seed %d gives other tags", seed)
		}
	}
}

// Which customers are asked about, and in which batches, decides nothing: an incremental run ends where a
// full one does.
func TestStepByStepIsTheSameAsAllAtOnce(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "echo": echo("*")}, Classifier{Name: "loyal", Plugin: "loyal"},
		Classifier{Name: "reader", Plugin: "echo", Config: reads("tags.loyal", "country"), Grants: []string{"*"}})
	w.companies(50)
	w.ok()
	r := rand.New(rand.NewPCG(7, 7))
	for step := range 8 {
		for range 5 {
			id := fmt.Sprintf("c%04d", r.IntN(50))
			w.apply(crm.Deal, []crm.Record{deal(t, fmt.Sprintf("d%04d-%d", r.IntN(50), r.IntN(5)), id, 100, "EUR", []string{crm.Won, crm.Lost}[r.IntN(2)], "2026-05-01")})
		}
		w.apply(crm.Company, nil, fmt.Sprintf("c%04d", 40+step))
		out := w.ok()
		steps, totals := w.tags("reader"), out.Outcome("loyal").Classes
		if err := w.mirror.ForgetClassifier(t.Context(), "loyal"); err != nil {
			t.Fatal(err)
		}
		if err := w.mirror.ForgetClassifier(t.Context(), "reader"); err != nil {
			t.Fatal(err)
		}
		all := w.ok()
		if !maps.Equal(w.tags("reader"), steps) || !maps.Equal(all.Outcome("loyal").Classes, totals) {
			t.Fatalf("step %d: %v and %v", step, totals, all.Outcome("loyal").Classes)
		}
	}
}

func TestKeysAreStableAndSayNothing(t *testing.T) {
	var keys []sdk.Key
	p := sdk.Pointwise[none, sdk.Row]{
		Info:  sdk.Info{ID: "keys", Version: "1.0.0", Summary: "Looks at keys", License: "Apache-2.0"},
		Tags:  []sdk.Tag{sdk.TextTag("")},
		Reads: []sdk.Read{{Path: "country", Type: sdk.String, Purpose: "For the test."}},
		Configure: func(sdk.Run, none, sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
			return sdk.Effective{Reads: []sdk.Read{{Path: "country", Type: sdk.String, Purpose: "For the test."}}}, nil
		},
		Classify: func(_ sdk.Run, _ none, r sdk.Row) sdk.Verdict {
			keys = append(keys, r.Key())
			return sdk.Set("", "x")
		},
	}
	w := newWorld(t, map[string]sdk.Plugin{"keys": p}, Classifier{Name: "keys", Plugin: "keys"})
	w.companies(5)
	w.ok()
	first := slices.Clone(keys)
	keys = nil
	w.in.AsOf++
	w.ok()
	if len(first) != 5 || !slices.Equal(first, keys) {
		t.Error("keys are not stable from run to run")
	}
	keys = nil
	w.in.KeySecret = []byte("another")
	w.in.AsOf++
	w.ok()
	for _, k := range keys {
		if slices.Contains(first, k) {
			t.Error("a key does not depend on the secret")
		}
	}
}

// randomColumn makes a column and its reader.
func randomColumn(r *rand.Rand, t pb.ValueType, list bool, n int) *pb.Column {
	b := column.NewBuilder(t, list)
	item := func() {
		switch t {
		case column.Text:
			b.Text([]string{"", "a", "客户", fmt.Sprint(r.IntN(1000))}[r.IntN(4)])
		case column.Number:
			b.Float(r.NormFloat64())
		case column.Boolean:
			b.Bool(r.IntN(2) == 0)
		default:
			b.Int(r.Int64N(1000) - 500)
		}
	}
	for range n {
		switch {
		case r.IntN(4) == 0:
			b.Missing()
		case list:
			for range r.IntN(4) {
				if r.IntN(3) == 0 {
					b.MissingItem()
				} else {
					item()
				}
			}
			b.EndList()
		default:
			item()
		}
	}
	return b.Column()
}

// A customer keeps its fingerprint in any selection, and differs from others.
func TestPickedCustomersKeepTheirFingerprints(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		for _, kind := range []pb.ValueType{column.Text, column.Integer, column.Number, column.Boolean, column.Date, column.Time, column.Amount} {
			list, n := r.IntN(2) == 0, 1+r.IntN(30)
			c := randomColumn(r, kind, list, n)
			var reader column.Reader
			if err := reader.Reset(c, kind, list, n); err != nil {
				t.Fatal(err)
			}
			prints := make([]fingerprint, n)
			fold(prints, &reader)
			var indices []int
			for i := range n {
				if r.IntN(2) == 0 {
					indices = append(indices, i)
				}
			}
			var picked column.Reader
			if err := picked.Reset(pick(&reader, indices), kind, list, len(indices)); err != nil {
				t.Fatal(err)
			}
			some := make([]fingerprint, len(indices))
			fold(some, &picked)
			for k, i := range indices {
				if some[k].sum() != prints[i].sum() {
					t.Fatalf("%s list=%t: customer %d changed", kind, list, i)
				}
			}
		}
	}
}

func TestFingerprintsTellColumnsApart(t *testing.T) {
	seen := map[[16]byte]string{}
	note := func(name string, f fingerprint) {
		if other, taken := seen[f.sum()]; taken {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		seen[f.sum()] = name
	}
	for i := range int64(20000) {
		var f, g fingerprint
		f.word(uint64(i - 10000))
		note(fmt.Sprint(i-10000), f)
		g.text(fmt.Sprint("t", i))
		note(fmt.Sprint("t", i), g)
	}
	for _, parts := range [][]string{{"a", "b"}, {"ab", ""}, {"", "ab"}, {"ab"}, {"12345678", ""}, {"1234567", "8"}, {"12345678"}} {
		var f fingerprint
		for _, p := range parts {
			f.text(p)
		}
		note(fmt.Sprint(parts), f)
	}
}

// Batches keep the protocol's limits whatever the customers hold.
func TestBatchesKeepTheLimits(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"echo": echo("country", "city")}, Classifier{Name: "echo", Plugin: "echo", Config: reads("country", "city")})
	var records []crm.Record
	for i := range 900 {
		records = append(records, company(fmt.Sprintf("c%03d", i), map[string]crm.Value{"country": crm.TextValue(string(bytes.Repeat([]byte{byte('a' + i%26)}, 1+i*3)))}))
	}
	w.apply(crm.Company, records)
	r := newRunner(w.in)
	defer r.close()
	if err := r.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.find(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.spool, err = newSpool(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.spool.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := r.measureAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, b := range r.blocks {
		v, err := r.look(r.tasks[0], b)
		if err != nil {
			t.Fatal(err)
		}
		batches, over := v.cut(v.complete())
		for _, b := range batches {
			total := len(b.message.Keys)
			for _, c := range b.message.Columns {
				total += size(c)
			}
			if len(b.indices) > protocol.BatchCustomers || total > protocol.BatchBytes+protocol.BatchBytes/10 || len(b.message.Keys) != len(b.indices)*protocol.KeyBytes {
				t.Errorf("a batch of %d customers and %d bytes", len(b.indices), total)
			}
			sent += len(b.indices)
		}
		if len(over) > 0 {
			t.Errorf("%d are too large", len(over))
		}
	}
	if sent != 900 {
		t.Errorf("%d sent", sent)
	}
}
