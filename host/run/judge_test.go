package run

import (
	"math"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/classify"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// four customers, of whom the last was not there then.
func four() (*tagged, []bool, *ledger) {
	main := &pb.TagDefinition{Options: []*pb.TagOption{{Code: "A", Rank: 1}, {Code: "B", Rank: 2}, {Code: "unclassified", Rank: 3}}}
	nan := math.NaN()
	t := &tagged{main: main, places: classify.Places(main.Options, nil), codes: []string{"A", "B", "unclassified", "(not present)"},
		numbers: map[string][]float64{"rank": {1, 2, nan, nan}, "points": {0, 5, 1, nan}, "none": {nan, nan, nan, nan}}}
	l := &ledger{before: map[string][]float64{}, after: map[string][]float64{}}
	for _, word := range []string{"revenue", "purchases", "purchase_days", bought} {
		l.before[word], l.after[word] = []float64{1, 2, 3, 0}, []float64{6, 2, 0, 100}
	}
	l.after[bought] = []float64{1, 1, 0, 1}
	return t, []bool{true, true, true}, l
}

func TestCustomersAreRankedByAPartOrTheirClass(t *testing.T) {
	tags, present, l := four()
	for by, want := range map[string]struct {
		by      string
		ordered int
		top     float64
	}{
		"":       {"rank", 2, 6}, // 1 is best
		"rank":   {"rank", 2, 6},
		"points": {"points", 3, 2},
		"class":  {"class", 2, 6}, // unclassified has no place
	} {
		r, err := rank(by, tags, present, l)
		if err != nil || r == nil || r.By != want.by || r.Ordered != want.ordered || math.Abs(r.Revenue[0].Observed-want.top) > 1e-9 {
			t.Errorf("%q: %+v, %v", by, r, err)
		}
	}
	if _, err := rank("score", tags, present, l); err == nil || !strings.Contains(err.Error(), "gives no number score") {
		t.Error(err)
	}
	if r, err := rank("none", tags, present, l); r != nil || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	delete(tags.numbers, "rank")
	if r, err := rank("", tags, present, l); r != nil || err != nil { // an order of classes need not be one of worth
		t.Errorf("%+v, %v", r, err)
	}
}

func TestClassesOfOneRankNeitherRiseNorFall(t *testing.T) {
	for _, ranks := range [][2]int32{{1, 2}, {1, 1}, {0, 0}} { // 0: its plugin says nothing
		tags, present, l := four()
		tags.main.Options[0].Rank, tags.main.Options[1].Rank = ranks[0], ranks[1]
		tags.places = classify.Places(tags.main.Options, nil)
		is := &tagged{main: tags.main, places: tags.places, codes: []string{"B", "B", "A", "A"}}
		ordered := ranks[0] != ranks[1]
		if m := migrate(tags, is, make([]float64, 4)); (m.Down == 1) != ordered || m.Up != 0 || m.Kept != 1 {
			t.Errorf("ranks %v: %+v", ranks, m)
		}
		if r, err := rank("class", tags, present, l); err != nil || (r != nil) != ordered {
			t.Errorf("ranks %v: %+v, %v", ranks, r, err)
		}
	}
}

func TestTheOrderOfTheConfigurationGoesBeforeThePlugins(t *testing.T) {
	for _, c := range []struct {
		given    []string
		shown    string
		up, down int
		top      float64 // what the best class brought; 0: none is best
	}{
		{nil, "A B", 0, 1, 6},
		{[]string{"B", "A"}, "B A", 1, 0, 2},
		{[]string{"B"}, "B A", 0, 0, 0}, // A is neither better nor worse
		{[]string{}, "A B", 0, 0, 0},
	} {
		tags, present, l := four()
		tags.given, tags.places = c.given, classify.Places(tags.main.Options, c.given)
		is := &tagged{main: tags.main, given: c.given, places: tags.places, codes: []string{"B", "B", "A", "A"}}
		if got := strings.Join(tags.order(), " "); got != c.shown {
			t.Errorf("%v: shown as %s", c.given, got)
		}
		if m := migrate(tags, is, make([]float64, 4)); m.Up != c.up || m.Down != c.down {
			t.Errorf("%v: %+v", c.given, m)
		}
		r, err := rank("class", tags, present, l)
		if err != nil || (r == nil) != (c.top == 0) || r != nil && math.Abs(r.Revenue[0].Observed-c.top) > 1e-9 {
			t.Errorf("%v: %+v, %v", c.given, r, err)
		}
	}
}

func TestAClassIsJudgedByWhatItsMembersDidThen(t *testing.T) {
	tags, present, l := four()
	got := classTrials(tags, present, l)
	if len(got) != 3 || got[0].Code != "A" || got[0].Value != 6 || got[0].Before != 1 || got[0].Bought != 1 || math.Abs(got[0].Lift-6/(8./3)) > 1e-12 || got[2].Code != "unclassified" || got[2].Lift != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAPredictionIsComparedWhereThereIsOne(t *testing.T) {
	tags, present, l := four()
	got, err := calibrate(map[string]string{"points": "revenue", "none": "revenue"}, tags, present, l)
	if err != nil || len(got) != 1 || got[0].Known != 3 || got[0].Predicted != 6 || got[0].Observed != 8 || got[0].Naive.Predicted != 6 || got[0].BrierBase != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := calibrate(map[string]string{"score": "revenue"}, tags, present, l); err == nil {
		t.Error("a part that there is not")
	}
	tags.numbers["probability_alive"] = []float64{1, 0.5, 0, 0}
	got, err = calibrate(map[string]string{"probability_alive": bought}, tags, present, l)
	if err != nil || len(got) != 1 || math.Abs(got[0].Brier-0.25/3) > 1e-12 || math.Abs(got[0].BrierBase-2./9) > 1e-12 || got[0].AUC != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhoCameAndWhoWentAreNoMoves(t *testing.T) {
	was := &tagged{codes: []string{"A", "B", "(not present)", "(not present)"}}
	is := &tagged{places: map[string]int{"A": 0, "B": 1}, codes: []string{"B", "(not present)", "A", "(not present)"}}
	m := migrate(was, is, []float64{1, 2, 4, 8})
	if m.Both != 1 || m.Down != 1 || m.Customers("B", "(gone)") != 1 || m.Customers("(not present)", "A") != 1 || len(m.Moves) != 3 {
		t.Errorf("%+v", m)
	}
}
