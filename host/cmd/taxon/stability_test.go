package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/store/storetest/pgtest"
)

// bare is the configuration of most tests without a classifier.
var bare = salesYAML[:strings.Index(salesYAML, "      abc:")]

// place is a class that depends on one field, under a rule of stability.
const place = `      place:
        plugin: rules
        config:
          options: [{code: home, handling: {en: Visit}}, {code: abroad, handling: {en: Call}}]
          rules: [{when: "country == 'Germany'", tag: home}]
          default: abroad
        fields: [reason, since, handling]
        stability: {grace_period: 2}
        handling: {abroad: {en: Write a letter}}
`

func TestAClassIsHeldBackAndFallsDueOnSQLite(t *testing.T) { heldBack(t, "sqlite:taxon.db") }

func TestAClassIsHeldBackAndFallsDueOnPostgreSQL(t *testing.T) {
	t.Setenv("TAXON_TEST_STORE", pgtest.URL(t))
	heldBack(t, "env:TAXON_TEST_STORE")
}

func heldBack(t *testing.T, store string) {
	text := strings.ReplaceAll(bare+place, "{STORE}", store)
	i := few(t, hubspot.Options{}, text)
	on := func(day string) { i.configure(strings.ReplaceAll(text, "2018-01-01", day)) }
	i.must(0, "check")
	i.must(0, "run")
	ids := []string{i.server.Records("companies")[0].ID, i.server.Records("companies")[1].ID}
	shown := func(id, field string) string { return i.server.Value("companies", id, "taxon_place"+field) }
	on("2018-01-02")
	for _, id := range ids {
		if err := i.server.Update("companies", id, map[string]string{"country": "France"}); err != nil {
			t.Fatal(err)
		}
	}
	if r := i.run(0, "run"); r.Classify.Classifiers["place"].Held != 2 || r.Plan.Summary.Classifiers["place"].Held != 2 || shown(ids[0], "") != "home" {
		t.Fatalf("%+v, the CRM shows %s", r, shown(ids[0], ""))
	}
	if text := i.must(0, "run"); !strings.Contains(text, "place holds 2 customers back") {
		t.Errorf("it does not say that a class is held:\n%s", text)
	}
	explained := i.must(0, "explain", ids[0])
	for _, want := range []string{"held: abroad, Abroad is proposed since 2018-01-02; applied on 2018-01-04 at the earliest (grace period)",
		"because: Stays Home until 2018-01-04", "handling: Visit", "since 2018-01-01"} {
		if !strings.Contains(explained, want) {
			t.Errorf("the explanation does not say %q:\n%s", want, explained)
		}
	}
	var x struct {
		Classifiers []struct {
			Classifier string
			Held       *struct {
				Proposed, Since, Rule string
				NotBefore             string `json:"not_before"`
			}
		}
	}
	if err := json.Unmarshal([]byte(i.must(0, "explain", ids[0], "--output", "json")), &x); err != nil {
		t.Fatal(err)
	}
	if h := x.Classifiers[0].Held; h == nil || h.Proposed != "abroad" || h.NotBefore != "2018-01-04" || h.Rule != "grace_period" {
		t.Errorf("%+v", x)
	}
	// What a person sets wins over the class that is held as over the one that comes.
	if err := i.server.Update("companies", ids[1], map[string]string{"taxon_place": "home", "country": "Spain"}); err != nil {
		t.Fatal(err)
	}
	on("2018-01-03")
	i.must(0, "run")
	if shown(ids[0], "") != "home" {
		t.Error("it is too early")
	}
	if err := i.server.Update("companies", ids[1], map[string]string{"taxon_place": ""}); err != nil {
		t.Fatal(err)
	}
	on("2018-01-04") // nothing of the customer has changed; the change falls due
	if r := i.run(0, "run"); r.Plan.Summary.Classifiers["place"].Causes["time"] == 0 || r.Plan.Summary.Kept != 1 || r.Classify.Classifiers["place"].Held != 0 {
		t.Errorf("%+v", r.Plan.Summary)
	}
	for field, want := range map[string]string{"": "abroad", "_since": "2018-01-04", "_handling": "Write a letter"} {
		if got := shown(ids[0], field); got != want {
			t.Errorf("taxon_place%s is %q, want %q", field, got, want)
		}
	}
	if shown(ids[1], "") != "" {
		t.Errorf("what a person emptied is %q", shown(ids[1], ""))
	}
	if r := i.run(0, "run"); r.Classify.PluginCalls != 0 || r.Plan.Summary.Changes != 0 {
		t.Errorf("it does not come to rest: %+v", r)
	}
}

func TestFaultsOfAClassifierAreToldWhereTheyStand(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	for classifier, want := range map[string]string{
		"      gain:\n        plugin: profit\n":                                                         ":{+1} /connections/main/classifiers/gain/config: say where the cost comes from",
		"      gain:\n        plugin: profit\n        config:\n          low_margin: 5\n":               ":{+3} /connections/main/classifiers/gain/config: say where the cost comes from",
		"      gain:\n        plugin: profit\n        config:\n          cost: sum(deals.height)\n":     ":{+4} /connections/main/classifiers/gain/config/cost: there is no field deals.height",
		strings.ReplaceAll(place, "grace_period: 2", "hysteresis: {score: size, margin: 1}"):            "/connections/main/classifiers/place/stability/hysteresis",
		strings.ReplaceAll(place, "handling: {abroad: {en: Write a letter}}", "handling: {moon: Wave}"): "/connections/main/classifiers/place/handling/moon: there is no class moon",
	} {
		text := sqlite(salesYAML + classifier)
		i.configure(text)
		before := strings.Count(sqlite(salesYAML), "\n")
		for n := range 5 {
			want = strings.ReplaceAll(want, fmt.Sprintf("{+%d}", n), fmt.Sprint(before+n))
		}
		if said := i.must(1, "check"); !strings.Contains(said, want) {
			t.Errorf("check does not say %q of\n%s\nbut\n%s", want, classifier, said)
		}
	}
}

func TestCheckFindsRulesOfStabilityAndHandlingThatCannotBe(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	for change, want := range map[string]string{
		"{grace_period: 2}|{grace_period: 2, order: [home, moon]}":  "there is no class moon",
		"{grace_period: 2}|{hysteresis: {score: size, margin: 1}}":  "the classifier gives no number size",
		"{grace_period: 2}|{hysteresis: {score: score}}":            "margin",
		"{grace_period: 2}|{grace: 2}":                              "grace",
		"{abroad: {en: Write a letter}}|{moon: Wave}":               "there is no class moon",
		"{abroad: {en: Write a letter}}|{abroad: {klingon: Qapla}}": "klingon",
	} {
		old, new, _ := strings.Cut(change, "|")
		i.configure(sqlite(salesYAML + strings.ReplaceAll(place, old, new)))
		if text := i.must(1, "check"); !strings.Contains(text, want) || !strings.Contains(text, "taxon.yaml:") {
			t.Errorf("%s: check says\n%s", new, text)
		}
	}
}

type effects []struct {
	Path, From, To, Change, Class string
	Event                         *struct{ Kind, Items, Day string }
}

type asked struct {
	Classifiers []struct {
		Classifier string
		WhatIf     *struct {
			Now             string
			Up, Down, Other effects
			Named           *struct {
				Class   string
				Reasons []struct{ Text string }
			}
		} `json:"what_if"`
	}
}

// whatIf asks about a customer.
func (i *installation) whatIf(id string, change ...string) asked {
	i.t.Helper()
	var x asked
	if err := json.Unmarshal([]byte(i.must(0, append([]string{"explain", id, "--output", "json", "--what-if"}, change...)...)), &x); err != nil {
		i.t.Fatal(err)
	}
	return x
}

func TestWhatIfWithTheClassifiersThatThereAre(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(strings.ReplaceAll(salesYAML, "rfm: {plugin: rfm}", "rfm: {plugin: rfm, config: {preset: three}}")+`      size:
        plugin: rules
        config:
          inputs: {won: sum(deals.amount) where won, deals: count(deals)}
          options: [{code: big}, {code: small}]
          rules: [{when: won >= 1000.0 && country == 'Germany', tag: big}]
          default: small
`))
	i.must(0, "run")
	id := ""
	for _, r := range i.server.Records("companies") {
		if r.Values["name"] == "Company 12" { // 1,200.00 USD; A begins with 1,400.00. With 600.00 and less, which is less in all, it is C
			id = r.ID
		}
	}
	x := i.whatIf(id)
	found, events := 0, map[string]bool{}
	for _, k := range x.Classifiers {
		w := k.WhatIf
		if w == nil {
			t.Fatalf("%s answers nothing", k.Classifier)
		}
		var short []string
		for word, list := range map[string]effects{"up": w.Up, "down": w.Down} {
			for _, e := range list {
				if e.Event != nil { // no value to ask for by name
					events[k.Classifier+" "+e.Event.Kind] = true
					continue
				}
				short = append(short, fmt.Sprintf("%s %s=%s %s", word, e.Path, e.To, e.Class))
				// What was found holds when it is asked for by name.
				for _, again := range i.whatIf(id, e.Path+"="+e.To).Classifiers {
					if again.Classifier == k.Classifier && (again.WhatIf.Named.Class != e.Class || len(again.WhatIf.Named.Reasons) == 0) {
						t.Errorf("%s %s=%s gives %+v, not %s", k.Classifier, e.Path, e.To, again.WhatIf.Named, e.Class)
					}
				}
				found++
			}
		}
		wants := map[string][]string{
			"abc":  {"up sum(deals.amount) where won within 365d=1400.00 A", "down sum(deals.amount) where won within 365d=599.99 C"},
			"size": {"down sum(deals.amount) where won=999.99 small"},
		}[k.Classifier]
		for _, want := range wants {
			if !strings.Contains(strings.Join(short, "\n"), want) {
				t.Errorf("%s does not find %q in %q", k.Classifier, want, short)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d changes found", found)
	}
	text := i.must(0, "explain", id, "--what-if")
	if !events["size last_gone"] || !events["abc nothing_new"] || !strings.Contains(text, "without the last deal (where won), of ") || !strings.Contains(text, "nothing new until ") {
		t.Errorf("what may happen: %v\n%s", events, text)
	}
	if !strings.Contains(text, "what if, from B, Main account (B):") || !strings.Contains(text, "1,200.00 USD → 1400.00 USD (+200.00 USD)") && !strings.Contains(text, "1200.00 USD → 1400.00 USD (+200.00 USD)") {
		t.Errorf("a person reads\n%s", text)
	}
	if text := i.must(0, "explain", id, "--what-if", "country=France"); !strings.Contains(text, "what if: country Germany → France") || !strings.Contains(text, "the classifier answers small, Small, now big, Big") {
		t.Errorf("a person reads\n%s", text)
	}
	i.must(2, "explain", id, "another")
	i.must(1, "explain", id, "--what-if", "height=3")
	if r := i.run(0, "run"); r.Classify.PluginCalls != 0 || r.Apply.Written != 0 {
		t.Error("asking changed something")
	}
}

// The recommended handling of every classifier arrives in the CRM, in the account's language and in the
// administrator's words where there are some.
func TestHandlingIsWrittenInTheLanguageOfTheAccount(t *testing.T) {
	t.Parallel()
	handling := map[string]string{}
	file, err := os.Open("../../../examples/data/tags.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		handling[row[0]+" "+row[1]] = row[8]
	}
	i := sales(t, hubspot.Options{}, "language: zh-Hant\n"+sqlite(bare)+`      abc: {plugin: abc, fields: [handling], handling: {B: {zh-Hant: 每季拜訪}}}
      rfm: {plugin: rfm, fields: [handling]}
      satisfaction: {plugin: satisfaction, config: {source: fields, date_field: nps_date}, fields: [handling]}
      region: {plugin: region_industry, fields: [handling]}
      size:
        plugin: rules
        config:
          options: [{code: any, handling: {en: Nothing, zh_hant: 無}}]
          rules: [{when: "true", tag: any}]
        fields: [handling]
`)
	handling["abc B"], handling["size any"] = "每季拜訪", "無"
	i.must(0, "run")
	seen := map[string]int{}
	for _, r := range i.server.Records("companies") {
		for _, classifier := range []string{"abc", "rfm", "satisfaction", "region", "size"} {
			class := i.server.Value("companies", r.ID, "taxon_"+classifier)
			want := handling[classifier+" "+class]
			if classifier == "region" && class != "unclassified" {
				want = handling["region known"]
			}
			if got := i.server.Value("companies", r.ID, "taxon_"+classifier+"_handling"); got != want || want == "" && class != "unclassified" {
				t.Errorf("%s %s shows the handling %q, want %q", classifier, class, got, want)
			}
			seen[classifier+" "+class]++
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %v were seen", seen)
	}
	id := i.companyWith("taxon_abc", "B")
	if text := i.must(0, "explain", id); !strings.Contains(text, "handling: 每季拜訪") {
		t.Errorf("the explanation says\n%s", text)
	}
	if r := i.run(0, "run"); r.Plan.Summary.Changes != 0 {
		t.Errorf("again %d changes", r.Plan.Summary.Changes)
	}
}
