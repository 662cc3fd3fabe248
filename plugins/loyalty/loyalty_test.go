package loyalty

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// on is a customer who bought on these days, with so many open deals.
func on(t *testing.T, open int64, days ...string) sdktest.Customer {
	t.Helper()
	var list []any
	for _, d := range days {
		at, err := time.ParseInLocation(time.DateOnly, d, plugintest.AsOf.Location())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, at.Add(9*time.Hour))
	}
	return sdktest.Customer{readBought.Path: list, readOpen.Path: open}
}

// start is the plugin with a usual interval of 30 days; it is 31 December 2025, so that the fourth quarter is not over.
func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	full := map[string]any{"base_interval_days": 30}
	for key, value := range config {
		full[key] = value
	}
	setup := plugintest.Setup(full)
	setup.AsOf = plugintest.AsOf.AddDate(0, 0, -1)
	return sdktest.Start(t, sdktest.InProcess(Plugin()), setup)
}

func TestEveryBoundaryOfTheSchemes(t *testing.T) {
	behaviour, levels, tenure := start(t, nil), start(t, map[string]any{"preset": "levels"}), start(t, map[string]any{"preset": "tenure"})
	for _, x := range []struct {
		name string
		open int64
		days []string
		want [3]string // behaviour, levels, tenure
	}{
		{"nothing", 0, nil, [3]string{"none", "none", "none"}},
		{"an open deal", 1, nil, [3]string{"potential", "none", "potential"}},
		{"one 30 days ago", 0, []string{"2025-12-01"}, [3]string{"potential", "unclassified", "potential"}},
		{"one 31 days ago", 0, []string{"2025-11-30"}, [3]string{"occasional", "unclassified", "occasional"}},
		{"one, with an open deal", 1, []string{"2024-12-01"}, [3]string{"potential", "low", "potential"}},
		{"twice on one day", 0, []string{"2024-12-01", "2024-12-01"}, [3]string{"occasional", "low", "occasional"}},
		{"three, all in the current quarter", 0, []string{"2025-10-01", "2025-11-01", "2025-12-30"}, [3]string{"unclassified", "unclassified", "regular"}},
		{"three, the first a day before the current quarter", 0, []string{"2025-09-30", "2025-11-01", "2025-12-30"}, [3]string{"loyal", "high", "regular"}},
		{"two, present in all", 0, []string{"2025-07-01", "2025-12-30"}, [3]string{"drifting", "mid", "regular"}},
		{"three of four quarters", 0, []string{"2024-10-01", "2025-01-01", "2025-09-30"}, [3]string{"loyal", "high", "regular"}},
		{"two of three quarters", 0, []string{"2025-01-01", "2025-02-01", "2025-09-30"}, [3]string{"drifting", "mid", "regular"}},
		{"one of four quarters", 0, []string{"2024-10-01", "2024-10-02", "2025-12-01"}, [3]string{"drifting", "mid", "regular"}},
		{"one of five quarters", 0, []string{"2024-07-01", "2024-07-02", "2025-12-01"}, [3]string{"drifting", "low", "regular"}},
		{"six of the last eight quarters, older ones forgotten", 0,
			[]string{"2015-01-01", "2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"}, [3]string{"loyal", "high", "long_term"}},
		{"five of the last eight", 0, []string{"2015-01-01", "2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01"}, [3]string{"drifting", "mid", "regular"}},
		{"thirty years ago", 0, []string{"1996-01-01", "1996-04-01", "1996-07-01"}, [3]string{"drifting", "low", "regular"}},
		{"gone for years", 0, []string{"2015-01-01", "2015-04-01", "2015-07-01"}, [3]string{"drifting", "low", "regular"}},
		{"loyal for 730 days", 0, []string{"2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01"}, [3]string{"loyal", "high", "long_term"}},
		{"loyal for 729 days", 0, []string{"2024-01-02", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01"}, [3]string{"loyal", "high", "regular"}},
		{"what is not known yet", 0, []string{"2025-12-31", "2027-01-01"}, [3]string{"none", "none", "none"}},
	} {
		c := on(t, x.open, x.days...)
		for i, classifier := range []*sdktest.Classifier{behaviour, levels, tenure} {
			if got := plugintest.One(classifier, c); got.Class() != x.want[i] {
				t.Errorf("%s: %v, want %s", x.name, got, x.want[i])
			}
		}
	}
}

func TestReasonsAndParts(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		customer sdktest.Customer
		want     string
	}{
		{on(t, 2), "Purchases: 0; open deals: 2."},
		{on(t, 0), "No won deal yet and none open."},
		{on(t, 0, "2025-12-01"), "One purchase only; days ago: 30, within the 30 after which others buy again."},
		{on(t, 0, "2025-11-30"), "One purchase only; days ago: 31, no repeat within the 30 after which others buy again."},
		{on(t, 0, "2024-10-01", "2025-01-01", "2025-09-30"), "Purchases: 3; complete quarters with one: 3 of the last 4."},
		{on(t, 0, "2025-10-01", "2025-10-02"), "First purchase on 2025-10-01: too early to say whether it keeps coming back."},
	} {
		if got := plugintest.One(c, x.customer); got.Reasons[0].Text != x.want {
			t.Errorf("%v: %q, want %q", x.customer, got.Reasons[0].Text, x.want)
		}
	}
	got := plugintest.One(c, on(t, 0, "2024-10-01", "2025-01-01", "2025-09-30")).Tags
	if got["presence"] != "75" || got["purchases"] != "3" || got["tenure"] != "456" || got["long_term"] != "false" {
		t.Errorf("the parts are %v", got)
	}
}

func TestPeriodsAreASetting(t *testing.T) {
	customer := on(t, 0, "2025-01-05", "2025-05-05", "2025-09-05", "2025-12-05")
	for period, want := range map[string]string{"month": "25", "quarter": "100", "year": ""} {
		if got := plugintest.One(start(t, map[string]any{"period": period}), customer).Tags["presence"]; got != want {
			t.Errorf("by %s the presence is %q, want %q", period, got, want)
		}
	}
}

func TestAttitudeAgainstBehaviour(t *testing.T) {
	loyal := []string{"2025-01-01", "2025-04-01", "2025-07-01"}
	seldom := []string{"2024-01-01", "2025-12-01"}
	tag := start(t, map[string]any{"preset": "attitude", "attitude_tag": "nps"})
	nps := start(t, map[string]any{"preset": "attitude"})
	for _, x := range []struct {
		days  []string
		class any
		score any
		want  string
	}{
		{loyal, "promoter", 9.0, "true_loyalty"}, {loyal, "passive", 8.99, "spurious_loyalty"},
		{seldom, "satisfied", 10.0, "latent_loyalty"}, {seldom, "detractor", 0.0, "no_loyalty"},
		{loyal, "unclassified", nil, "unclassified"}, {loyal, nil, nil, "unclassified"}, {nil, "promoter", 9.0, "none"},
		{[]string{"2025-12-01"}, "promoter", 9.0, "unclassified"},
	} {
		byTag, byScore := on(t, 0, x.days...), on(t, 0, x.days...)
		if x.class != nil {
			byTag["tags.nps"] = x.class
		}
		if x.score != nil {
			byScore[readNPS.Path] = x.score
		}
		if got := plugintest.One(tag, byTag); got.Class() != x.want {
			t.Errorf("%v and %v: %v, want %s", x.days, x.class, got, x.want)
		}
		if x.class == "promoter" && x.want == "true_loyalty" {
			got := plugintest.One(tag, byTag)
			for language, want := range map[string]string{"en": "Attitude: Promoter in nps.", "zh-Hans": "态度：nps为推荐者。", "zh-Hant": "態度：nps為推薦者。"} {
				if text := plugintest.Words(Plugin(), got, language); !strings.HasSuffix(text, want) {
					t.Errorf("the attitude in %s: %s", language, text)
				}
			}
		}
		if got := plugintest.One(nps, byScore); got.Class() != x.want {
			t.Errorf("%v and %v: %v, want %s", x.days, x.score, got, x.want)
		}
	}
}

func TestWhoHasLapsedIsNotLoyal(t *testing.T) {
	// Every quarter since October 2024, the last time 92 days ago; gaps of 90, 91 and 92 days.
	customer := on(t, 0, "2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30")
	for lapsed, want := range map[string]string{"": "loyal", "92d": "loyal", "91d": "drifting", "1.011g": "loyal", "1.01g": "drifting"} {
		if got := plugintest.One(start(t, map[string]any{"lapsed_after": lapsed}), customer); got.Class() != want {
			t.Errorf("lapsed after %q: %v, want %s", lapsed, got, want)
		} else if (want == "drifting") != plugintest.Given(got, hasLapsed) {
			t.Errorf("lapsed after %q: the reasons are %v", lapsed, got.Reasons)
		}
	}
	// The reason says days, whatever the limit is written in: the middle gap is 91 days.
	for lapsed, days := range map[string]string{"91d": "91", "1.01g": "91.91", "1g": "91", "0.5g": "45.5"} {
		got := plugintest.One(start(t, map[string]any{"lapsed_after": lapsed}), customer)
		for language, want := range map[string]string{"en": "Days since the last purchase: 92; at most " + days + " for a loyal customer.", "zh-Hans": "距上次购买92天，忠诚客户最多间隔" + days + "天。",
			"zh-Hant": "距上次購買92天，忠誠客戶最多間隔" + days + "天。"} {
			if text := plugintest.Words(Plugin(), got, language); !strings.Contains(text, want) {
				t.Errorf("lapsed after %q in %s: %s", lapsed, language, text)
			}
		}
	}
}

func TestTooFewRepeatCustomers(t *testing.T) {
	population := func(repeaters int) (list []sdktest.Customer) {
		for range repeaters {
			list = append(list, on(t, 0, "2025-06-01", "2025-07-11")) // 40 days
		}
		return append(list, on(t, 0, "2025-11-22"), on(t, 0, "2025-11-21"), on(t, 1, "2025-11-21"))
	}
	c := plugintest.Configured(t, Plugin(), nil)
	got := c.Classify(population(29))[29:]
	if got[0].Class() != "unclassified" || plugintest.Because(got[0], tooFew)["customers"] != "29" || got[2].Class() != "potential" || len(c.Report.GetDiagnostics()) != 1 {
		t.Errorf("without an interval: %v, %v", got, c.Report.GetDiagnostics())
	}
	c = plugintest.Configured(t, Plugin(), nil)
	if got = c.Classify(population(30))[30:]; got[0].Class() != "potential" || got[1].Class() != "occasional" {
		t.Errorf("with an interval of 40 days, after 40 and 41: %v", got)
	}
}

// Who has given back on each day what it bought is not loyal; an amount that is missing or nothing is no refund.
func TestRefundsAreNoPurchases(t *testing.T) {
	days := []string{"2025-01-01", "2025-04-01", "2025-07-01"}
	for scheme, loyal := range map[string]string{"behaviour": "loyal", "levels": "high", "attitude": "true_loyalty"} {
		c := start(t, map[string]any{"preset": scheme})
		for _, x := range []struct {
			amounts []any
			want    string
		}{{nil, loyal}, {[]any{nil, nil, nil}, loyal}, {[]any{0, 0, 0}, loyal}, {[]any{-100, -100, -100}, "none"}} {
			customer := on(t, 0, days...)
			if scheme == "attitude" {
				customer[readNPS.Path] = 10.0
			}
			if x.amounts != nil {
				customer[readWorth.Path] = x.amounts
			}
			got := plugintest.One(c, customer)
			if got.Class() != x.want {
				t.Errorf("%s, amounts %v: %v, want %s", scheme, x.amounts, got, x.want)
			}
			if x.want == "none" && plugintest.Because(got, refundsOnly)["n"] != "3" {
				t.Errorf("%s: the reasons are %v", scheme, got.Reasons)
			}
		}
	}
}

func TestDealsWithoutADate(t *testing.T) {
	got := plugintest.One(start(t, nil), sdktest.Customer{readBought.Path: []any{nil, nil}})
	if got.Class() != "unclassified" || plugintest.Because(got, noDates)["n"] != "2" {
		t.Errorf("won deals without a date: %v", got)
	}
}

func TestConfigurationFaults(t *testing.T) {
	for pointer, config := range map[string]map[string]any{
		"/mid_presence":     {"preset": "levels", "mid_presence": 0.8},
		"/attitude_tag":     {"attitude_tag": "nps"},
		"/potential_within": {"potential_within": "soon"},
		"/scheme":           {"scheme": "stars"},
		"/loyal_presence":   {"loyal_presence": 75},
	} {
		found := plugintest.Diagnose(t, Plugin(), config)
		if len(found) != 1 || found[0].GetPointer() != pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
}

func rows(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	list, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return list[1:]
}

// TestEveryCustomerOfTwoDataSets compares with a second computation, testdata/loyalty.py.
func TestEveryCustomerOfTwoDataSets(t *testing.T) {
	all, measures := rows(t, "loyalty.csv"), rows(t, "measures.csv")
	if len(all) != 3*2357+3*85 || len(measures) != 6 {
		t.Fatalf("%d rows, %d measures", len(all), len(measures))
	}
	bases := map[string]map[string][]any{"cdnow": sample.CDNOW(t), "pipeline": sample.Wins(t)}
	for _, m := range measures {
		asOf, err := time.Parse(time.DateOnly, m[1])
		if err != nil {
			t.Fatal(err)
		}
		var customers []sdktest.Customer
		var expected [][]string
		for _, row := range all {
			if row[0] == m[0] && row[1] == m[1] {
				open, _ := strconv.ParseInt(row[3], 10, 64)
				customers = append(customers, sdktest.Customer{readBought.Path: bases[row[0]][row[2]], readOpen.Path: open})
				expected = append(expected, row)
			}
		}
		for i, scheme := range []string{"behaviour", "levels", "tenure"} {
			c := sdktest.Start(t, sdktest.InProcess(Plugin()), sdktest.Setup{Config: map[string]any{"preset": scheme}, AsOf: asOf})
			for j, got := range c.Classify(customers) {
				row := expected[j]
				present, _ := strconv.ParseFloat(row[7], 64)
				complete, _ := strconv.ParseFloat(row[8], 64)
				presence := ""
				if complete > 0 {
					presence = fmt.Sprint(math.Round(1000*present/complete) / 10)
				}
				if got.Class() != row[4+i] || got.Tags["presence"] != presence {
					t.Errorf("%s on %s, %s: customer %s is %v, want %v", m[0], m[1], scheme, row[2], got, row)
				}
			}
			for k, name := range []string{"base_interval", "repeat_purchase_rate", "retention_rate_latest", "retention_rate"} {
				want, err := strconv.ParseFloat(m[2+k], 64)
				if got := c.Report.GetMetrics()[name]; err != nil || math.Abs(got-want) > 1e-12 {
					t.Errorf("%s on %s: %s is %v, want %v", m[0], m[1], name, got, want)
				}
			}
		}
	}
}
