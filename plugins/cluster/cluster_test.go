package cluster_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/cluster"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

var goods = []string{"fresh", "milk", "grocery", "frozen", "detergents_paper", "delicassen"}

// wholesale are 440 customers with what they spent on six kinds of goods, and their channel.
func wholesale(t testing.TB) (customers []sdktest.Customer, rows [][]float64, channel []string) {
	t.Helper()
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("wholesale_customers/wholesale_customers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		c, row := sdktest.Customer{}, []float64{}
		for i, g := range goods {
			v, err := strconv.ParseFloat(line[2+i], 64)
			if err != nil {
				t.Fatal(err)
			}
			c[g], row = v, append(row, v)
		}
		customers, rows, channel = append(customers, c), append(rows, row), append(channel, line[0])
	}
	return customers, rows, channel
}

// spending compares by goods without cuts, as the references do.
func spending(more map[string]any) map[string]any {
	var features []map[string]any
	for _, g := range goods {
		features = append(features, map[string]any{"name": g, "measure": g, "transform": "log1p"})
	}
	config := map[string]any{"features": features, "winsorise": 0, "outlier_percentile": 100, "starts": 20}
	maps.Copy(config, more)
	return config
}

func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return sdktest.Start(t, sdktest.InProcess(cluster.Plugin()), sdktest.Setup{Config: config, AsOf: time.Date(2007, 1, 1, 0, 0, 0, 0, time.UTC)})
}

func classes(results []sdktest.Result) []string {
	var list []string
	for _, r := range results {
		list = append(list, r.Class())
	}
	return list
}

func count(classes []string) map[string]int {
	n := map[string]int{}
	for _, c := range classes {
		n[c]++
	}
	return n
}

// Each customer is in the cluster whose centre, as scikit-learn found it, is the nearest.
func TestEveryWholesaleCustomerIsInTheClusterOfTheReference(t *testing.T) {
	var expected struct {
		Log struct {
			Mean, SD []float64
			ByK      map[string]struct {
				Inertia, Silhouette float64
				Sizes               []int
				Centres             [][]float64
			} `json:"by_k"`
		} `json:"log1p_z"`
		Channel [2][2]int `json:"k2_vs_channel"`
	}
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("wholesale_customers/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := json.NewDecoder(f).Decode(&expected); err != nil {
		t.Fatal(err)
	}
	customers, rows, channel := wholesale(t)
	for _, k := range []int{2, 3} {
		e := expected.Log.ByK[strconv.Itoa(k)]
		c := start(t, spending(map[string]any{"k": k}))
		got := classes(c.Classify(customers))
		name := map[int]string{} // of the reference's cluster
		for i, row := range rows {
			nearest, least := -1, math.Inf(1)
			for j, centre := range e.Centres {
				d := 0.0
				for x, v := range row {
					z := (math.Log1p(v)-expected.Log.Mean[x])/expected.Log.SD[x] - centre[x]
					d += z * z
				}
				if d < least {
					nearest, least = j, d
				}
			}
			if name[nearest] == "" {
				name[nearest] = got[i]
			}
			if got[i] != name[nearest] {
				t.Errorf("k %d: customer %d is %s, not %s", k, i, got[i], name[nearest])
			}
		}
		for j, n := range e.Sizes {
			if count(got)[name[j]] != n {
				t.Errorf("k %d: %s has %d customers, not %d", k, name[j], count(got)[name[j]], n)
			}
		}
		m := c.Report.GetMetrics()
		if math.Abs(m["silhouette"]-e.Silhouette) > 1e-6 || math.Abs(m[fmt.Sprint("inertia_", k)]-e.Inertia) > 1e-5 {
			t.Errorf("k %d: silhouette %v, inertia %v", k, m["silhouette"], m[fmt.Sprint("inertia_", k)])
		}
		if k == 2 {
			var table [2][2]int
			for i, class := range got {
				row := 1
				if class == got[slices.Index(channel, "2")] { // most retailers are in one
					row = 0
				}
				table[row][map[string]int{"1": 0, "2": 1}[channel[i]]]++
			}
			if table != expected.Channel {
				t.Errorf("clusters against channels are %v, not %v", table, expected.Channel)
			}
		}
	}
}

func TestEveryCustomerOfTheOrdersIsWhereTheSecondComputationPutsIt(t *testing.T) {
	text, err := os.ReadFile("testdata/orders_expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, line := range lines[1:] {
		want[line[0]] = line[1:]
	}
	var figures map[string]struct{ Inertia, Silhouette float64 }
	if text, err = os.ReadFile("testdata/orders_expected.json"); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &figures); err != nil {
		t.Fatal(err)
	}
	people := sample.Orders(t)
	var customers []sdktest.Customer
	for _, p := range people {
		customers = append(customers, sdktest.Customer{"last(deals.closed_at) where won within all": p.Last, "count(deals) where won within all": p.Count,
			"sum(deals.amount) where won within all": sdk.Amount(100 * p.Amount)})
	}
	features := []map[string]any{{"name": "recency", "measure": "last(deals.closed_at) where won"}, {"name": "frequency", "measure": "count(deals) where won"},
		{"name": "value", "measure": "sum(deals.amount) where won"}}
	for k := 2; k <= 4; k++ {
		c := start(t, map[string]any{"window": "all", "features": features, "k": k, "starts": 100, "outlier_percentile": 100})
		wrong := 0
		for i, class := range classes(c.Classify(customers)) {
			if class != "cluster_"+want[people[i].ID][k-2] {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("k %d: %d of %d customers are elsewhere", k, wrong, len(customers))
		}
		m, e := c.Report.GetMetrics(), figures[strconv.Itoa(k)]
		if math.Abs(m["silhouette"]-e.Silhouette) > 2e-6 || math.Abs(m[fmt.Sprint("inertia_", k)]-e.Inertia) > 1e-5 {
			t.Errorf("k %d: silhouette %v, inertia %v; expected %+v", k, m["silhouette"], m[fmt.Sprint("inertia_", k)], e)
		}
	}
}

func TestTheNumberOfClustersIsChosenBySilhouette(t *testing.T) {
	customers, _, _ := wholesale(t)
	c := start(t, spending(map[string]any{"max_k": 5}))
	results := c.Classify(customers)
	m := c.Report.GetMetrics()
	if m["clusters"] != 2 || math.Abs(m["silhouette"]-0.290328) > 1e-6 || m["silhouette_3"] >= m["silhouette_2"] || m["gap_choice"] < 2 {
		t.Errorf("the metrics are %v", m)
	}
	if len(c.Report.GetDiagnostics()) != 0 {
		t.Errorf("a silhouette of 0.29 is warned of: %v", c.Report.GetDiagnostics())
	}
	option := c.Tags[0].GetOptions()[0]
	if option.GetCode() != "cluster_1" || !strings.HasPrefix(option.GetLabel().GetByLanguage()["en"], "Cluster 1: ") || !strings.Contains(option.GetDescription(), "customers, ") {
		t.Errorf("the first option is %v", option)
	}
	if text := results[0].Reasons[0].Text; !strings.HasPrefix(text, "Closest to cluster ") {
		t.Errorf("the reason is %q", text)
	}
	if !slices.ContainsFunc(results[0].Reasons, func(r sdktest.Reason) bool { return r.Code == "trait" }) {
		t.Errorf("no feature is told: %v", results[0].Reasons)
	}
}

func TestWeakStructureIsSaid(t *testing.T) {
	customers, _, _ := wholesale(t)
	c := start(t, spending(map[string]any{"k": 4}))
	got := c.Classify(customers)[0]
	d := c.Report.GetDiagnostics()
	if len(d) != 1 || d[0].GetCode() != "weak_structure" || !plugintest.Given(got, "weak_structure") {
		t.Errorf("the diagnostics are %v, the reasons %v", d, got.Reasons)
	}
}

func TestFactorsStandInForFeatures(t *testing.T) {
	customers, _, _ := wholesale(t)
	c := start(t, spending(map[string]any{"k": 3, "factors": "varimax"}))
	got := c.Classify(customers)
	m := c.Report.GetMetrics()
	// The loadings of the second computation of internal/factor.
	for key, want := range map[string]float64{"factor_1_explained": 0.439831, "factor_1_grocery": 0.926192, "factor_2_frozen": 0.768048, "factor_2_milk": 0.103258} {
		if math.Abs(m[key]-want) > 1e-5 {
			t.Errorf("%s is %v, not %v", key, m[key], want)
		}
	}
	if len(count(classes(got))) != 3 {
		t.Errorf("the clusters are %v", count(classes(got)))
	}
}

// blobs are n customers in three far groups; the value of group g is around 100 * 10^g.
func blobs(n int, shift float64) []sdktest.Customer {
	var list []sdktest.Customer
	for i := range n {
		g := i % 3
		list = append(list, sdktest.Customer{"size": math.Pow(10, float64(2+g))*(1+float64(i%7)/50) + shift, "age": float64(10*g+i%5) + shift/100})
	}
	return list
}

func blobConfig(more map[string]any) map[string]any {
	config := map[string]any{"outlier_percentile": 100, "features": []map[string]any{{"name": "size", "measure": "size", "transform": "log1p"}, {"name": "age", "measure": "age"}}}
	maps.Copy(config, more)
	return config
}

func TestALargeAccountIsFittedToASampleAndThenToAll(t *testing.T) {
	customers := blobs(6000, 0)
	c := start(t, blobConfig(map[string]any{"k": 3, "sample": 300}))
	got := classes(c.Classify(customers))
	for i, class := range got {
		if want := fmt.Sprint("cluster_", i%3+1); class != want && class != got[i%3] {
			t.Fatalf("customer %d is %s", i, class)
		}
	}
	m := c.Report.GetMetrics()
	if m["sampled"] != 300 || m["customers"] != 6000 || m["size_cluster_1"] != 2000 || m["size_cluster_2"] != 2000 {
		t.Errorf("the metrics are %v", m)
	}
	// The centres are the exact means of all: 10 g + 2 on average.
	if text := c.Tags[0].GetOptions()[0].GetDescription(); !strings.Contains(text, "age typically 2 ") && !strings.Contains(text, "age typically 22 ") {
		t.Errorf("the first cluster is %s", text)
	}
}

func TestAClusterKeepsItsNumber(t *testing.T) {
	c := start(t, blobConfig(map[string]any{"min_size": 1, "min_share": 0}))
	first := classes(c.Classify(blobs(300, 0)))
	if m := c.Report.GetMetrics(); m["clusters"] != 3 {
		t.Fatalf("there are %v clusters", m["clusters"])
	}
	// The customers changed, and the middle group has gone: the others are still who they were.
	var two []sdktest.Customer
	var before []string
	for i, customer := range blobs(300, 7) {
		if i%3 != 1 {
			two, before = append(two, customer), append(before, first[i])
		}
	}
	c.Fit(two)
	if got := classes(c.Classify(two)); !slices.Equal(got, before) {
		t.Errorf("after a change: %v", count(got))
	}
	// A group that comes later gets a number that nobody had, though there are three again.
	c.Fit(append(two, func() (far []sdktest.Customer) {
		for i := range 100 {
			far = append(far, sdktest.Customer{"size": 3e7 + float64(i), "age": 300.0 + float64(i%3)})
		}
		return far
	}()...))
	got := c.Classify([]sdktest.Customer{{"size": 3e7, "age": 301.0}, two[0], two[1]})
	if got[0].Class() != "cluster_4" || got[1].Class() != before[0] || got[2].Class() != before[1] {
		t.Errorf("with a new group: %v", classes(got))
	}
	// A day without enough customers does not lose the numbers.
	c.Fit(two[:10])
	if r := c.Classify(two[:1])[0]; r.Class() != "unclassified" || r.Reasons[0].Code != "too_few" || r.Reasons[0].Args["minimum"] != "60" {
		t.Errorf("with ten customers: %v", r)
	}
	c.Fit(two)
	if got := classes(c.Classify(two)); !slices.Equal(got, before) {
		t.Errorf("after a day without: %v", count(got))
	}
}

func TestWhoIsFarIsAnOutlier(t *testing.T) {
	customers := blobs(300, 0)
	c := start(t, blobConfig(map[string]any{"k": 3, "outlier_percentile": 99, "winsorise": 0}))
	c.Fit(customers)
	got := c.Classify([]sdktest.Customer{customers[0], {"size": 100.0, "age": 500.0}})
	if got[0].Class() == "outlier" || got[1].Class() != "outlier" || got[1].Reasons[0].Code != "outlier" {
		t.Errorf("they are %v", got)
	}
	if n := count(classes(c.Classify(customers)))["outlier"]; n > 3 {
		t.Errorf("%d of 300 customers are outliers", n)
	}
}

func TestDegenerateAccounts(t *testing.T) {
	one := func(size, age any) sdktest.Customer {
		c := sdktest.Customer{}
		if size != nil {
			c["size"] = size
		}
		if age != nil {
			c["age"] = age
		}
		return c
	}
	for _, x := range []struct {
		name      string
		config    map[string]any
		customers []sdktest.Customer
		reason    string
	}{
		{"one customer", blobConfig(nil), []sdktest.Customer{one(5.0, 5.0)}, "too_few"},
		{"59 of 60", blobConfig(nil), blobs(59, 0), "too_few"},
		{"60 of 60", blobConfig(nil), blobs(60, 0), "closest"},
		{"60 of 90 for three", blobConfig(map[string]any{"k": 3}), blobs(89, 0), "too_few"},
		{"all equal", blobConfig(map[string]any{"min_customers": 0}), slices.Repeat([]sdktest.Customer{one(5.0, 5.0)}, 4), "alike"},
		{"all zero", blobConfig(map[string]any{"min_customers": 0}), slices.Repeat([]sdktest.Customer{one(0.0, 0.0)}, 4), "alike"},
		{"missing", blobConfig(nil), []sdktest.Customer{one(5.0, nil)}, "missing"},
		{"two different ones for five", blobConfig(map[string]any{"min_customers": 0, "k": 5}), []sdktest.Customer{one(1.0, 1.0), one(9.0, 9.0), one(1.0, 1.0)}, "closest"},
		{"one cluster", blobConfig(map[string]any{"min_customers": 0, "k": 1}), blobs(9, 0), "only"},
		{"negative", blobConfig(map[string]any{"min_customers": 0, "k": 2}), []sdktest.Customer{one(-5000.0, 1.0), one(-4000.0, 2.0), one(5000.0, 1.0)}, "closest"},
		{"huge", blobConfig(map[string]any{"min_customers": 0, "k": 2, "standardise": "none"}), []sdktest.Customer{one(math.MaxFloat64, -math.MaxFloat64), one(1.0, 2.0)}, "closest"},
	} {
		c := start(t, x.config)
		r := c.Classify(x.customers)[0]
		if r.Reasons[0].Code != x.reason || (r.Class() == "unclassified") != (x.reason == "too_few" || x.reason == "alike" || x.reason == "missing") {
			t.Errorf("%s: %v", x.name, r)
		}
	}
}

func TestMissingValuesMayCount(t *testing.T) {
	config := blobConfig(map[string]any{"k": 3, "features": []map[string]any{{"name": "size", "measure": "size", "transform": "log1p", "missing": "zero"},
		{"name": "age", "measure": "age", "missing": "mean"}}})
	c := start(t, config)
	c.Fit(blobs(300, 0))
	got := c.Classify([]sdktest.Customer{{}, {"size": 100.0}})
	if got[0].Class() != "cluster_3" && got[0].Class() != "cluster_1" || got[1].Class() == "unclassified" {
		t.Errorf("they are %v", classes(got))
	}
}

func TestAnAdministratorMayNameAClusterLater(t *testing.T) {
	c := start(t, blobConfig(map[string]any{"k": 3, "names": []map[string]any{{"code": "cluster_2", "label": "Middle", "handling": "Call"}}}))
	c.Fit(blobs(300, 0))
	if h := c.Tags[0].GetOptions()[0].GetHandling(); h.GetByLanguage()["en"] != "" {
		t.Errorf("nobody has said what to do with the first: %v", h)
	}
	said := start(t, blobConfig(map[string]any{"k": 3, "features": []map[string]any{
		{"name": "size", "measure": "size", "transform": "log1p", "handling_high": "Visit", "handling_low": "Write"}, {"name": "age", "measure": "age"}}}))
	said.Fit(blobs(300, 0))
	if h := said.Tags[0].GetOptions()[0].GetHandling().GetByLanguage(); h["en"] != "Visit. Look again at the next fit" || h["zh-Hans"] != "Visit；下次拟合时复查" {
		t.Errorf("it was said of features what to do: %v", h)
	}
	o := c.Tags[0].GetOptions()[1]
	if o.GetCode() != "cluster_2" || o.GetLabel().GetByLanguage()["en"] != "Middle" || o.GetHandling().GetByLanguage()["en"] != "Call" {
		t.Errorf("the option is %v", o)
	}
}

func TestMistakesAreFoundAtConfigure(t *testing.T) {
	for config, want := range map[string]string{
		`{}`:                  "",
		`{"starts": 200}`:     "",
		`{"preset": "bank"}`:  "",
		`{"k": 21}`:           "/k range",
		`{"k": 1}`:            "/k one_cluster",
		`{"factor_count": 2}`: "/factor_count unused",
		`{"standardise": "none", "factors": "varimax"}`:                                         "/standardise factors",
		`{"features": [{"name": "a", "measure": "sum of deals"}]}`:                              "/features/0/measure measure",
		`{"features": [{"name": "a", "measure": "tags.abc"}]}`:                                  "/features/0/measure type",
		`{"features": [{"name": "a", "measure": "x"}, {"name": "a", "measure": "y"}]}`:          "/features/1/name twice",
		`{"features": [{"name": "a", "measure": "x"}], "factors": "varimax"}`:                   "/factors few_features",
		`{"names": [{"code": "big", "label": "Big"}]}`:                                          "/names/0/code pattern",
		`{"names": [{"code": "cluster_1", "label": "A"}, {"code": "cluster_1", "label": "B"}]}`: "/names/1/code twice",
	} {
		var decoded map[string]any
		if err := json.Unmarshal([]byte(config), &decoded); err != nil {
			t.Fatal(err)
		}
		_, found := sdktest.Configure(t, sdktest.InProcess(cluster.Plugin()), sdktest.Setup{Config: decoded})
		var got []string
		for _, d := range found {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, expected %s", config, got, want)
		}
	}
}

func TestClustersAreNamedByWhatTheirMembersShare(t *testing.T) {
	var customers []sdktest.Customer
	for _, p := range sample.Orders(t) {
		customers = append(customers, sdktest.Customer{"last(deals.closed_at) where won within 730d": p.Last, "count(deals) where won within 730d": p.Count,
			"sum(deals.amount) where won within 730d": sdk.Amount(100 * p.Amount), "first(deals.closed_at) where won within all": p.First, "count(activities) within 730d": 0})
	}
	c := start(t, map[string]any{"k": 2})
	c.Fit(customers)
	if got := codes(c.Report.GetDiagnostics()); got != "constant" { // nobody has activities
		t.Errorf("the fit says %s", got)
	}
	var labels []string
	for _, o := range c.Tags[0].GetOptions()[:2] {
		labels = append(labels, o.GetLabel().GetByLanguage()["en"]+" | "+o.GetLabel().GetByLanguage()["zh-Hans"])
	}
	want := []string{"Cluster 1: many purchases, high purchase value | 客群1：购买次数多、购买金额高", "Cluster 2: few purchases, low purchase value | 客群2：购买次数少、购买金额低"}
	if !slices.Equal(labels, want) {
		t.Errorf("the labels are %q", labels)
	}
	for i, want := range []string{"Make buying easy: framework contract, reminder to reorder. A named contact and priority service. Look again at the next fit",
		"Give a reason for the next purchase. Standard or self-service, bundles that raise the order. Look again at the next fit"} {
		if got := c.Tags[0].GetOptions()[i].GetHandling().GetByLanguage()["en"]; got != want {
			t.Errorf("the handling of cluster %d is %q", i+1, got)
		}
	}
	for _, o := range c.Tags[0].GetOptions() {
		if o.GetRank() != 1 {
			t.Errorf("%s has rank %d: clusters have no order", o.GetCode(), o.GetRank())
		}
	}
	reasons := c.Classify(customers)[0].Reasons
	if text := reasons[1].Text; reasons[1].Code != "trait_purchases" || !strings.HasPrefix(text, "Number of purchases: ") || !strings.Contains(text, " in the cluster and ") {
		t.Errorf("the trait is %q", text)
	}
	if d := c.Tags[0].GetOptions()[0].GetDescription(); !strings.HasPrefix(d, fmt.Sprintf("%.0f customers, ", c.Report.GetMetrics()["size_cluster_1"])) || !strings.Contains(d, "purchase value typically ") {
		t.Errorf("the description is %q", d)
	}
}

// Two groups that differ from all in the same two features most are told apart by a third.
func TestNoTwoClustersReadTheSame(t *testing.T) {
	var customers []sdktest.Customer
	for i := range 400 {
		far := 100.0 * float64(i%4/2) // two groups far away, alike but for c
		customers = append(customers, sdktest.Customer{"a": far + float64(i%3), "b": far + float64(i%5), "c": 10*float64(i%2) + float64(i%7)/10})
	}
	var features []map[string]any
	for _, f := range []string{"a", "b", "c"} {
		features = append(features, map[string]any{"name": f, "measure": f})
	}
	c := start(t, map[string]any{"features": features, "k": 4})
	c.Fit(customers)
	seen := map[string]bool{}
	for _, o := range c.Tags[0].GetOptions()[:4] {
		_, words, _ := strings.Cut(o.GetLabel().GetByLanguage()["en"], ": ")
		if seen[words] {
			t.Errorf("two are %q", words)
		}
		seen[words] = true
	}
	if !seen["high a, high b, high c"] && !seen["high b, high a, high c"] && !seen["high c, high a, high b"] {
		t.Errorf("they are %v", seen)
	}
}

func codes(d []*pb.Diagnostic) string {
	var list []string
	for _, x := range d {
		list = append(list, x.GetCode())
	}
	return strings.Join(list, " ")
}

// One-time buyers, refunds only, thirty years of history, dates to come: everybody who can be compared is in some group.
func TestOddCustomersAreInSomeCluster(t *testing.T) {
	asOf := time.Date(2007, 1, 1, 0, 0, 0, 0, time.UTC)
	customer := func(last, first int, n int64, amount sdk.Amount) sdktest.Customer {
		return sdktest.Customer{"last(deals.closed_at) where won within all": asOf.AddDate(0, 0, -last), "first(deals.closed_at) where won within all": asOf.AddDate(0, 0, -first),
			"count(deals) where won within all": n, "sum(deals.amount) where won within all": amount, "count(activities) within all": n}
	}
	for name, one := range map[string]func(i int) sdktest.Customer{
		"one-time buyers":  func(i int) sdktest.Customer { return customer(i, i, 1, sdk.Amount(100*i)) },
		"refunds only":     func(i int) sdktest.Customer { return customer(i, 2*i, 2, sdk.Amount(-100*i-1)) },
		"thirty years":     func(i int) sdktest.Customer { return customer(i%60, 10950-i, int64(500+i), sdk.Amount(1_000_000*i)) },
		"dates to come":    func(i int) sdktest.Customer { return customer(-i, i, 3, 500) },
		"nothing but zero": func(i int) sdktest.Customer { return customer(i%2, 0, 0, 0) },
	} {
		var customers []sdktest.Customer
		for i := range 100 {
			customers = append(customers, one(i))
		}
		c := start(t, map[string]any{"window": "all", "starts": 5, "min_size": 1})
		for i, r := range c.Classify(append(customers, sdktest.Customer{"count(deals) where won within all": 0, "sum(deals.amount) where won within all": sdk.Amount(0), "count(activities) within all": 0})) {
			if (r.Class() == "unclassified") != (i == len(customers)) || r.Class() == "unclassified" && r.Reasons[0].Text != "Nothing is known of its days since the last purchase." {
				t.Errorf("%s: customer %d is %v", name, i, r)
				break
			}
		}
	}
}

func TestThePresetSpeaksTheChosenLanguage(t *testing.T) {
	c := start(t, map[string]any{"preset": "bank", "k": 2, "min_customers": 0})
	var list []sdktest.Customer
	for i := range 40 {
		rich := float64(1 + i%2*1000)
		list = append(list, sdktest.Customer{"deposits": rich + float64(i), "loans": rich, "services": rich, "count(activities) within 365d": int(rich)})
	}
	c.Fit(list)
	for _, r := range c.Classify(append(list[:2:2], sdktest.Customer{})) {
		text := plugintest.Words(cluster.Plugin(), r, "zh-Hans")
		if text == "" || strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("the reasons of %v are %s", r, text)
		}
	}
	for _, o := range c.Tags[0].GetOptions()[:2] {
		for _, text := range []string{o.GetLabel().GetByLanguage()["zh-Hant"], o.GetHandling().GetByLanguage()["zh-Hans"]} {
			if text == "" || strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
				t.Errorf("%s: %s", o.GetCode(), text)
			}
		}
	}
}
