package demographics

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

var fields = []*pb.CatalogueField{
	plugintest.Field("birth_date", sdk.Date), plugintest.Field("born_at", sdk.Time), plugintest.Field("years", sdk.Integer), plugintest.Field("sex", sdk.String),
	plugintest.Field("occupation", sdk.String), plugintest.Field("smoker", sdk.Boolean), plugintest.Field("bmi", sdk.Number), plugintest.Field("assets", sdk.Money),
	plugintest.Field("since", sdk.Date), plugintest.List("activities.topic", sdk.String),
}

const claims = "count(activities) where topic = claim"

// tariff are the points of the insurance case; retirement takes one.
func tariff(more ...map[string]any) map[string]any {
	list := []map[string]any{
		{"of": "age", "from": 65, "points": 3}, {"of": "age", "from": 50, "below": 65, "points": 2}, {"of": "age", "below": 25, "points": 1},
		{"of": "occupation", "words": []any{"Miner", "roofer", "truck driver"}, "points": 3},
		{"of": "smoker", "words": []any{"true"}, "points": 2},
		{"of": claims, "name": "claims", "from": 2, "points": 2},
	}
	return map[string]any{"preset": "insurance", "points": append(list, more...)}
}

func TestConformance(t *testing.T) {
	config := tariff(map[string]any{"of": "sex", "words": []any{"diverse"}, "points": 0}, map[string]any{"of": "bmi", "from": 35.5, "points": 1},
		map[string]any{"of": "assets", "below": 1000, "points": 1})
	config["also"] = []any{"age", "sex", "occupation"}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config, fields...)})
}

func TestConformanceOfAges(t *testing.T) {
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(map[string]any{"also": []any{"sex"}}, fields...)})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, Plugin(), config, fields...)
}

func day(t *testing.T, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return sdk.DayOf(at, time.UTC)
}

func some(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// TestEveryPersonOfTheSecondComputation compares with testdata/people.py.
func TestEveryPersonOfTheSecondComputation(t *testing.T) {
	file, err := os.Open("testdata/people.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 1201 {
		t.Fatal(err, len(rows))
	}
	var people []sdktest.Customer
	for _, r := range rows[1:] {
		one := sdktest.Customer{"birth_date": day(t, r[0]), "sex": some(r[1]), "occupation": some(r[2]), claims: int64(r[4][0] - '0')}
		if r[3] != "" {
			one["smoker"] = r[3] == "true"
		}
		people = append(people, one)
	}
	retired := map[string]any{"of": "occupation", "words": []any{"retired"}, "points": -1}
	for class, column := range map[string]int{age: 6, sex: 7, occupation: 8, group: 9, risk: 11} {
		config := map[string]any{"class": class}
		if class == risk {
			config = tariff(retired)
		}
		config["also"] = []any{"age", "sex", "occupation"}
		c := start(t, config)
		for i, got := range c.Classify(asked(c, people)) {
			r := rows[1+i]
			want := r[column]
			if want == "" {
				want = "unclassified"
			}
			if got.Class() != want || got.Tags["age_band"] != r[6] || got.Tags["sex"] != r[7] || got.Tags["occupation"] != r[8] || class == risk && got.Tags["points"] != r[10] {
				t.Fatalf("%s: person %d %v is %v, want %s", class, i, r, got, want)
			}
		}
	}
}

// asked are the values that the plugin reads.
func asked(c *sdktest.Classifier, people []sdktest.Customer) (out []sdktest.Customer) {
	for _, p := range people {
		one := sdktest.Customer{}
		for _, r := range c.Reads {
			if v, ok := p[r.GetPath()]; ok {
				one[r.GetPath()] = v
			}
		}
		out = append(out, one)
	}
	return out
}

func TestBoundariesOfAges(t *testing.T) {
	c := start(t, nil) // as of 2026-01-01
	for born, want := range map[string]string{
		"2026-01-01": "under_18", "2026-01-02": "unclassified", "2008-01-01": "18-24", "2008-01-02": "under_18", "2001-01-02": "18-24", "2001-01-01": "25-34",
		"1961-01-01": "65_plus", "1961-01-02": "55-64", "1915-01-02": "65_plus", "1914-12-31": "unclassified", "1970-01-01": "unclassified", "1970-01-02": "55-64", "": "unclassified",
	} {
		if got := plugintest.One(c, sdktest.Customer{"birth_date": day(t, born)}); got.Class() != want {
			t.Errorf("born on %s: %v, want %s", born, got, want)
		}
	}
	leap, _ := time.Parse(time.DateOnly, "2008-02-29")
	for on, want := range map[string]int64{"2026-02-28": 17, "2026-03-01": 18, "2028-02-28": 19, "2028-02-29": 20} {
		at, _ := time.Parse(time.DateOnly, on)
		if got := completed(sdk.DayOf(leap, time.UTC), sdk.DayOf(at, time.UTC)); got != want {
			t.Errorf("on %s somebody born on 29 February 2008 is %d, want %d", on, got, want)
		}
	}
	// An instant is a day of the account's zone: late on 1 January in UTC is 2 January in Shanghai.
	c = start(t, map[string]any{"age_field": "born_at"})
	if got := plugintest.One(c, sdktest.Customer{"born_at": time.Date(2008, 1, 1, 20, 0, 0, 0, time.UTC)}); got.Class() != "under_18" {
		t.Errorf("an instant: %v", got)
	}
	c = start(t, map[string]any{"age_field": "years", "bands": []any{0, 50}})
	for years, want := range map[int64]string{0: "0-49", 49: "0-49", 50: "50_plus", -1: "unclassified", 110: "50_plus", 111: "unclassified", 1 << 62: "unclassified"} {
		if got := plugintest.One(c, sdktest.Customer{"years": years}); got.Class() != want {
			t.Errorf("%d years: %v, want %s", years, got, want)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, x := range []struct {
		config   map[string]any
		customer sdktest.Customer
		want     string
	}{
		{nil, sdktest.Customer{"birth_date": day(t, "1990-05-05")}, "35-44"},
		{nil, sdktest.Customer{"birth_date": day(t, "1990-05-05")}, "Age 35 on the as-of day."},
		{nil, sdktest.Customer{}, "The field birth_date is empty."},
		{nil, sdktest.Customer{"birth_date": day(t, "1970-01-01")}, "The field birth_date gives no plausible age."},
		{map[string]any{"class": "group"}, sdktest.Customer{"occupation": "astrologer"}, "The field occupation says “astrologer”, which is not understood; add it to words."},
		{map[string]any{"class": "group", "also": []any{"sex"}}, sdktest.Customer{"sex": "f"}, "The field birth_date is empty."},
		{map[string]any{"class": "sex"}, sdktest.Customer{"sex": "Unknown"}, "The field sex is empty."},
		{map[string]any{"preset": "insurance"}, sdktest.Customer{}, "The configuration gives no points."},
		{tariff(), sdktest.Customer{"birth_date": day(t, "1950-05-05"), "occupation": "roofer", claims: int64(0)}, "Points 6 (age +3, occupation +3); mid from 3, high from 6. Not known, and cannot change it: smoker."},
		{tariff(), sdktest.Customer{"birth_date": day(t, "1990-05-05"), "occupation": "nurse", "smoker": false, claims: int64(0)}, "Points 0 (0); mid from 3, high from 6."},
		{tariff(), sdktest.Customer{"birth_date": day(t, "1990-05-05"), "occupation": "nurse", "smoker": true, claims: int64(3)}, "Points 4 (smoker +2, claims +2); mid from 3, high from 6."},
		{tariff(), sdktest.Customer{"occupation": "nurse", "smoker": false, claims: int64(0)}, "Not known: age; the points are between 0 and 3."},
		{tariff(map[string]any{"of": "occupation", "words": []any{"blue_collar"}, "points": 1}), sdktest.Customer{"birth_date": day(t, "1990-05-05"), "smoker": false, claims: int64(0)}, "Not known: occupation; the points are between 0 and 4."},
		{tariff(map[string]any{"of": "occupation", "words": []any{"blue_collar"}, "points": 1}), sdktest.Customer{"birth_date": day(t, "1990-05-05"), "occupation": "Miner", "smoker": false, claims: int64(0)}, "Points 4 (occupation +4); mid from 3, high from 6."},
		{tariff(), sdktest.Customer{"birth_date": day(t, "1990-05-05"), "smoker": false, claims: int64(2)}, "Not known: occupation; the points are between 2 and 5."},
	} {
		got := plugintest.One(start(t, x.config), x.customer)
		texts := []string{}
		for _, r := range got.Reasons {
			texts = append(texts, r.Text)
		}
		if text := strings.Join(texts, " "); text != x.want && got.Class() != x.want {
			t.Errorf("%v: %s %q, want %q", x.customer, got.Class(), text, x.want)
		}
	}
}

// Nothing is declared, so that a host sends nothing that is not granted by name; and what is not needed is not asked for.
func TestNothingIsReadThatIsNotGrantedAndNeeded(t *testing.T) {
	reads := sdk.Manifest(Plugin()).GetReads()
	if len(reads) != 1 || reads[0].GetPath() != "*" {
		t.Errorf("the manifest declares %v", reads)
	}
	for config, want := range map[string]string{
		`{}`:                 "birth_date",
		`{"class": "sex"}`:   "sex",
		`{"class": "group"}`: "birth_date occupation",
		`{"class": "occupation", "also": ["sex"]}`:                                        "sex occupation",
		`{"class": "risk", "points": [{"of": "smoker", "words": ["true"], "points": 1}]}`: "smoker",
	} {
		got, _ := sdktest.Configure(t, sdktest.InProcess(Plugin()), plugintest.Setup(parse(t, config), fields...))
		var paths []string
		for _, r := range got.Reads {
			paths = append(paths, r.GetPath())
		}
		if strings.Join(paths, " ") != want {
			t.Errorf("%s reads %q, want %q", config, paths, want)
		}
	}
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	for _, x := range []struct{ config, want string }{
		{`{"age_field": "birthday"}`, "/age_field not_granted"},
		{`{"class": "sex", "sex_field": "gender"}`, "/sex_field not_granted"},
		{`{"class": "occupation", "occupation_field": "smoker"}`, "/occupation_field field_type"},
		{`{"class": "group", "age_field": "a", "occupation_field": "b"}`, "/class not_granted"},
		{`{"class": "group", "age_field": "a"}`, ""},
		{`{"also": ["risk"]}`, "/also/0 part"},
		{`{"bands": [18, 18]}`, "/bands/1 bands"},
		{`{"bands": [200]}`, "/bands/0 bands"},
		{`{"young_below": 70}`, "/senior_from ages"},
		{`{"placeholders": ["never"]}`, "/placeholders/0 date"},
		{`{"words": [{"code": "female", "words": ["--"]}]}`, "/words/0/words/0 word"},
		{`{"class": "risk"}`, "/points no_points"},
		{`{"preset": "insurance"}`, "/points no_points"},
		{`{"class": "risk", "mid_from": 6, "points": [{"of": "age", "from": 9, "points": 1}]}`, "/high_from cuts"},
		{`{"class": "risk", "points": [{"of": "age", "words": ["old"], "points": 1}]}`, "/points/0 condition"},
		{`{"class": "risk", "points": [{"of": "smoker", "from": 1, "points": 1}]}`, "/points/0 condition"},
		{`{"class": "risk", "points": [{"of": "age", "from": 9, "below": 9, "points": 1}]}`, "/points/0/below condition"},
		{`{"class": "risk", "points": [{"of": "since", "from": 9, "points": 1}]}`, "/points/0/of field_type"},
		{`{"class": "risk", "points": [{"of": "health", "words": ["bad"], "points": 1}]}`, "/points/0/of reading"},
		{`{"class": "risk", "points": [{"of": "sex", "words": ["male"], "points": 1}]}`, "/points/0/of sex"},
		{`{"points": [{"of": "age", "from": 9, "points": 1}]}`, "/points unused"},
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, Plugin(), parse(t, x.config), fields...) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, "; ") != x.want {
			t.Errorf("%s: %q, want %q", x.config, got, x.want)
		}
	}
}

// A key word has one meaning, and is understood as what its line says.
func TestEveryUsualWordHasOneMeaning(t *testing.T) {
	sexes, occupations := usualTables()
	seen := map[string]string{}
	for line := range strings.Lines(usualWords) {
		code, list, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		table := occupations
		if isSex(code) {
			table = sexes
		}
		for w := range strings.SplitSeq(list, ",") {
			key := fmt.Sprint(isSex(code), strings.TrimSpace(w))
			if other, twice := seen[key]; twice && other != code {
				t.Errorf("%s is a word of %s and of %s", w, other, code)
			}
			if seen[key] = code; table.of(w) != code {
				t.Errorf("%s is %q, not %s", w, table.of(w), code)
			}
		}
	}
	c := start(t, map[string]any{"class": "occupation", "words": []any{map[string]any{"code": "service_sales", "words": []any{"astrologer", "占星"}}}})
	for text, want := range map[string]string{"Retired astrologer": "service_sales", "占星師": "service_sales", "minerals": "unclassified", strings.Repeat("工人 worker ", 3000): "blue_collar"} {
		if got := plugintest.One(c, sdktest.Customer{"occupation": text}); got.Class() != want {
			t.Errorf("%.40s: %v, want %s", text, got, want)
		}
	}
}

// The insurance case: with its points as an administrator would write them, everybody has the risk it was made with.
func TestSyntheticPeopleHaveTheRiskTheyWereMadeWith(t *testing.T) {
	set, err := synthetic.Make("insurance", synthetic.Seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	var people []sdktest.Customer
	for _, c := range set.Customers {
		n := int64(0)
		for _, a := range c.Activities {
			if a.Topic == "claim" {
				n++
			}
		}
		people = append(people, sdktest.Customer{"birth_date": day(t, c.Fields["birth_date"]), "occupation": some(c.Fields["occupation"]), "smoker": c.Fields["smoker"] == "true",
			"chronic_illness": c.Fields["chronic_illness"] == "true", claims: n})
	}
	config := tariff(map[string]any{"of": "chronic_illness", "words": []any{"true"}, "points": 3})
	c := plugintest.Configured(t, Plugin(), config, append(fields, plugintest.Field("chronic_illness", sdk.Boolean))...)
	for i, got := range c.Classify(people) {
		if want := set.Customers[i]; got.Class() != want.Truth["risk"] || got.Tags["points"] != fmt.Sprint(want.Facts["risk_points"]) {
			t.Errorf("%s is %v, want %s with %v points", want.ID, got, want.Truth["risk"], want.Facts["risk_points"])
		}
	}
}

func TestPointsAreNamedInTheChosenLanguage(t *testing.T) {
	c := start(t, map[string]any{"class": "risk", "points": []any{
		map[string]any{"of": "age", "from": 0.0, "points": 2.0}, map[string]any{"of": "sex", "words": []any{"male"}, "points": 0.0},
		map[string]any{"of": "smoker", "name": "Raucher", "words": []any{"true"}, "points": 1.0}}})
	got := c.Classify([]sdktest.Customer{{"birth_date": day(t, "1980-01-01"), "smoker": true}})[0]
	for language, want := range map[string]string{"en": "(age +2, Raucher +1)", "zh-Hans": "（年龄 +2、Raucher +1）", "zh-Hant": "（年齡 +2、Raucher +1）"} {
		if text := plugintest.Words(Plugin(), got, language); !strings.Contains(text, want) {
			t.Errorf("%s: %s", language, text)
		}
	}
	if text := plugintest.Words(Plugin(), got, "zh-Hans"); !strings.Contains(text, "未知但不影响结果：性别。") {
		t.Errorf("what is not known: %s", text)
	}
}
