package industry

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

func TestISICIsComplete(t *testing.T) {
	sections, divisions := 0, 0
	for _, e := range Entries() {
		if len(e.Code) == 1 {
			sections++
		} else {
			divisions++
		}
		for in, label := range e.Labels {
			if label == "" {
				t.Errorf("%s has no label in language %d", e.Code, in)
			}
		}
	}
	if sections != 21 || divisions != 88 || len(load().isic) != 766 {
		t.Errorf("%d sections, %d divisions, %d codes; want 21, 88, 766", sections, divisions, len(load().isic))
	}
}

func TestEveryAliasLeadsToOneCodeThatExists(t *testing.T) {
	seen := map[string]string{}
	for _, f := range rows(aliasRows) {
		if _, found := Lookup(f[0]); !found {
			t.Errorf("alias row %s: no such code in ISIC Rev.4", f[0])
		}
		for _, word := range strings.Split(f[2], " | ") {
			key := textfold.Fold(word)
			if other, taken := seen[key]; taken {
				t.Errorf("%q stands for %s and %s", word, other, f[0])
			}
			if key == "" {
				t.Errorf("row %s has an empty word", f[0])
			}
			seen[key] = f[0]
		}
	}
	for _, f := range rows(labelRows) {
		if _, found := Lookup(f[0]); !found {
			t.Errorf("label of %s: no such code", f[0])
		}
	}
	for code, entry := range load().naics {
		if _, found := Lookup(entry.isic); entry.isic != "" && !found {
			t.Errorf("NAICS %s leads to %s, which does not exist", code, entry.isic)
		}
	}
}

func TestTheTrialLabelsAreUnderstood(t *testing.T) {
	file, err := os.Open("testdata/industry_labels_trial.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		if r[0] == "services" { // too vague to be answered, whatever the trial expects
			continue
		}
		got := Resolve(r[0], Auto, nil)
		if entry, _ := Lookup(got.Code); entry.Section != r[1] {
			t.Errorf("%q is %s by %s, want section %s", r[0], got.Code, got.Method, r[1])
		}
	}
}

func TestResolveStepByStep(t *testing.T) {
	for _, c := range []struct {
		text, code string
		method     Method
	}{
		{"SaaS", "62", ByAlias},
		{"COMPUTER_SOFTWARE", "62", ByAlias},
		{"Banking industry", "64", ByAlias},
		{"軟體業", "62", ByAlias}, // the word of Taiwan, and the next of the mainland
		{"軟件行業", "62", ByAlias},
		{"房地产业", "68", ByAlias},
		{"不動產業", "68", ByAlias},
		{"Manufacture of furniture", "31", ByTitle},
		{"Full-Service Restaurants", "56", ByTitle},
		{"541511", "62", ByCode},
		{"J62", "62", ByCode},
		{"6201", "62", ByCode},
		{"I65", "J", ByCode}, // 65 is not in ISIC's I, so the letter is Chinese
		{"B2B software vendor", "62", ByContained},
		{"Boutique hotel chain", "55", ByContained},
		{"汽车零部件研发与制造", "29", ByContained},
		{"医疗器械销售", "G", ByContained}, // who sells is in trade
		{"Software for hospitals", "62", ByContained},
		{"汽车贸易公司", "45", ByAlias},
		{"technolgy", "J", BySpelling},
		{"Pharmaceutcals", "21", BySpelling},
	} {
		got := Resolve(c.text, Auto, nil)
		if got.Code != c.code || got.Method != c.method {
			t.Errorf("%q is %q by %q, want %s by %s", c.text, got.Code, got.Method, c.code, c.method)
		}
		if got.Confidence <= 0 || got.Confidence > 1 {
			t.Errorf("%q has confidence %v", c.text, got.Confidence)
		}
	}
}

func TestCodesFollowTheirStandard(t *testing.T) {
	for _, c := range []struct {
		text     string
		standard Standard
		code     string
	}{
		{"62", Auto, ""}, // software in ISIC, health care in NAICS
		{"62", ISIC, "62"},
		{"62", NAICS, "Q"},
		{"C26", GBT, "C"},
		{"C26", Auto, "26"},
		{"I", Auto, ""}, // accommodation in ISIC, information technology in China
		{"I", GBT, "J"},
		{"I", ISIC, "I"},
		{"C", Auto, "C"},
		{"6513", Auto, ""}, // a number of GB/T 4754, which has no table here
		{"999999", Auto, ""},
	} {
		if got := Resolve(c.text, c.standard, nil); got.Code != c.code {
			t.Errorf("%q as %s is %q, want %q", c.text, c.standard, got.Code, c.code)
		}
	}
}

func TestWhatIsNotUnderstoodGetsSuggestions(t *testing.T) {
	got := Resolve("Ballroom dance academy", Auto, nil)
	if got.Code != "" || len(got.Suggestions) != 3 {
		t.Fatalf("answer %+v, want none with three suggestions", got)
	}
	for i, s := range got.Suggestions {
		if _, found := Lookup(s.Code); !found || s.Similarity <= 0 || s.Similarity > 1 || i > 0 && s.Similarity > got.Suggestions[i-1].Similarity {
			t.Errorf("suggestion %d: %+v", i, s)
		}
	}
	for _, text := range []string{"", "n/a", "其他", "services"} {
		if got := Resolve(text, Auto, nil); got.Code != "" {
			t.Errorf("%q is %s", text, got.Code)
		}
	}
}

func TestOwnAliasesComeFirst(t *testing.T) {
	extra := map[string]string{Key("Software"): "58"}
	if got := Resolve("software", Auto, extra); got.Code != "58" || got.Confidence != 1 {
		t.Errorf("the administrator's alias is not followed: %+v", got)
	}
}

func FuzzResolve(f *testing.F) {
	for _, text := range []string{"software", "软件", "541511", "I65", "\xff", "technolgy", " & "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Resolve(text, Auto, nil)
		if _, found := Lookup(got.Code); got.Code != "" && !found {
			t.Errorf("%q is %s, which does not exist", text, got.Code)
		}
	})
}
