package classify

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
)

type gradedConfig struct {
	Classes []string `json:"classes" doc:"The classes, best first. Default A to D."`
	Suffix  string   `json:"suffix" doc:"Changes nothing."`
}

type gradedCustomer struct {
	Country *string `crm:"country" purpose:"It is the class." required:"true"`
	Won     int64   `crm:"count(deals) where won" purpose:"It is the score."`
}

// graded gives a customer the class that its country says.
func graded() sdk.Plugin {
	classes := func(cfg gradedConfig) (out []sdk.Option) {
		if len(cfg.Classes) == 0 {
			cfg.Classes = []string{"A", "B", "C", "D"}
		}
		for _, code := range cfg.Classes {
			out = append(out, sdk.Option{Code: code, Handling: sdk.Text{En: "Treat as " + code, ZhHans: code + "类", ZhHant: code + "類"}})
		}
		return out
	}
	return sdk.Pointwise[gradedConfig, gradedCustomer]{
		Info:    sdk.Info{ID: "graded", Version: "1.0.0", Summary: "The country is the class", License: "Apache-2.0"},
		Tags:    []sdk.Tag{sdk.Class("", classes(gradedConfig{})...).Opened(), sdk.IntegerTag("score")},
		Reasons: []sdk.Reason{{Code: "graded", Text: sdk.Text{En: "It is {class}."}, Args: []sdk.Arg{{Name: "class", Type: sdk.String}}}},
		Configure: func(_ sdk.Run, cfg gradedConfig, _ sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
			return sdk.Effective{Tags: []sdk.Tag{sdk.Class("", classes(cfg)...).Opened(), sdk.IntegerTag("score")}}, nil
		},
		Classify: func(_ sdk.Run, _ gradedConfig, c gradedCustomer) sdk.Verdict {
			if *c.Country == "fail" {
				return sdk.Failed("bad_country", "the country is a fault")
			}
			return sdk.Set("", *c.Country).Set("score", c.Won).Because("graded", *c.Country)
		},
	}
}

// gradedWorld has the customers x and y, and a classifier that reads the grade of the first one.
func gradedWorld(t *testing.T, rules Stability) *world {
	w := newWorld(t, map[string]sdk.Plugin{"graded": graded(), "echo": echo("*")},
		Classifier{Name: "after", Plugin: "echo", Config: reads("tags.grade"), Grants: []string{"*"}},
		Classifier{Name: "grade", Plugin: "graded", Stability: rules})
	w.set("x", "A")
	w.set("y", "A")
	return w
}

// set gives a customer a country, which is its class.
func (w *world) set(customer, class string) {
	fields := map[string]crm.Value{}
	if class != "" {
		fields["country"] = crm.TextValue(class)
	}
	w.apply(crm.Company, []crm.Record{company(customer, fields)})
}

// next is a run of the next as-of day.
func (w *world) next() *Result {
	w.in.AsOf++
	return w.ok()
}

// want checks the class of x, since when, and what downstream reads.
func (w *world) want(class string, daysAgo int) {
	w.t.Helper()
	w.wantTag("grade", "x", class)
	if len(w.in.Classifiers) > 1 {
		w.wantTag("after", "x", class)
	}
	if since := w.row("grade", "x").Since; since != w.in.AsOf-crm.Day(daysAgo) {
		w.t.Errorf("%s since %s as of %s", class, since, w.in.AsOf)
	}
}

func TestAHeldClassIsStoredShownCountedAndReadDownstream(t *testing.T) {
	w := gradedWorld(t, Stability{GracePeriod: 3})
	w.ok()
	w.next()
	w.set("x", "C")
	r := w.ok()
	w.want("A", 1)
	row := w.row("grade", "x")
	held, err := HeldOf(&row)
	if want := (Held{"C", w.in.AsOf, "C", w.in.AsOf + 3, RuleGracePeriod}); err != nil || held == nil || *held != want {
		t.Fatalf("held %+v %v", held, err)
	}
	if o := r.Outcome("grade"); o.Held != 1 || o.Classes["A"] != 2 || len(o.Moves) != 0 {
		t.Errorf("%+v", o)
	}
	w.wantReason("grade", "x", "Stays A until 2026-06-05, a period of grace; C is proposed since 2026-06-02.")
	x, err := Explain(t.Context(), w.in, "x")
	if err != nil {
		t.Fatal(err)
	}
	if k := x.Classifiers[1]; k.Held == nil || k.Held.Proposed != "C" || k.Tags[0].Value != "A" || k.Stale || x.Classifiers[0].Stale || x.Classifiers[0].Reads[0].Value.Text() != "A" {
		t.Errorf("%+v", k)
	}
	if r := w.ok(); r.PluginCalls != 0 || r.Outcome("grade").Held != 1 {
		t.Errorf("an idle run has %d calls and %d held", r.PluginCalls, r.Outcome("grade").Held)
	}
	// Its columns do not change any more, and still the change falls due.
	w.next()
	w.next()
	w.want("A", 3)
	r = w.next()
	w.want("C", 0)
	if row := w.row("grade", "x"); row.Cause != string(crm.CauseTime) || r.Outcome("grade").Held != 0 {
		t.Errorf("cause %s, %d held", row.Cause, r.Outcome("grade").Held)
	}
	w.set("x", "B")
	w.ok()
	w.want("B", 0) // an improvement is at once
	w.next()
	if row := w.row("grade", "x"); len(row.Standing) != 0 {
		t.Errorf("a customer at rest remembers %s", row.Standing)
	}
}

func TestASecondRunOfADayConfirmsNothing(t *testing.T) {
	w := gradedWorld(t, Stability{Dates: 2, OneStep: true})
	w.ok()
	w.next()
	w.set("x", "D")
	w.ok()
	for i := range 3 { // changed data, a changed plugin process, everybody again: the day is the same
		w.set("x", []string{"C", "D", "D"}[i])
		w.apply(crm.Deal, []crm.Record{deal(t, "d", "x", int64(i+1)*100, "EUR", crm.Won, "2026-01-01")})
		w.ok()
		w.want("A", 1)
	}
	w.next()
	w.want("B", 0)
	w.set("x", "C") // within the day, the step is counted from what stood before it
	w.ok()
	w.want("B", 0)
	w.set("x", "A")
	w.ok()
	w.want("A", 2) // as if it had never left
	w.set("x", "D")
	w.ok()
	w.want("B", 0)
	w.next()
	w.want("C", 0)
	w.next()
	w.want("D", 0)
}

func TestTheFirstDayHasNoRules(t *testing.T) {
	w := gradedWorld(t, Stability{Dates: 5, MinimumStay: 100, OneStep: true})
	w.ok()
	w.set("x", "D")
	w.ok()
	w.want("D", 0)
	w.set("z", "C") // a new customer, later
	w.next()
	w.wantTag("grade", "z", "C")
}

func TestARunKilledBetweenTagsAndWorkCountsOnce(t *testing.T) {
	w := gradedWorld(t, Stability{Dates: 3})
	w.ok()
	w.set("x", "C")
	for range 2 {
		w.in.AsOf++
		ctx, stop := context.WithCancel(t.Context())
		w.in.Progress = func(p Progress) { // the tags are stored, the work is not
			if p.Stage == "save" && p.Classifier == "grade" {
				stop()
			}
		}
		if _, err := Run(ctx, w.in); err == nil {
			t.Fatal("it was not killed")
		}
		stop()
		if m, err := memoryOf(new(w.row("grade", "x"))); err != nil || m.Day != w.in.AsOf {
			t.Errorf("remembered %+v %v", m, err)
		}
		w.in.Progress = nil
		w.ok()
		w.want("A", int(w.in.AsOf-day(t, "2026-06-01")))
	}
	w.next()
	w.want("C", 0)
}

func TestAnotherRuleIsTakenAtOnceAndOtherStabilityJudgesTheDayAgain(t *testing.T) {
	w := gradedWorld(t, Stability{MinimumStay: 100})
	grade := &w.in.Classifiers[1]
	w.ok()
	w.next()
	w.set("x", "C")
	w.ok()
	w.want("A", 1)
	grade.Stability = Stability{OneStep: true}
	if r := w.ok(); r.Outcome("grade").Causes[crm.CauseRule] != 1 {
		t.Errorf("%+v", r.Outcome("grade").Causes)
	}
	w.want("B", 0)
	grade.Stability = Stability{MinimumStay: 100}
	w.ok()
	w.want("A", 1) // as before: the day is judged by the rules that hold now
	grade.Config = map[string]any{"suffix": "x"}
	w.ok()
	w.want("C", 0)
	w.set("y", "B")
	w.ok()
	w.wantTag("grade", "y", "A")
	w.plugins.version["graded"] = "2"
	w.ok()
	w.wantTag("grade", "y", "B")
	w.next()
	w.set("x", "D")
	w.ok()
	w.want("C", 1)
	grade.Stability = Stability{}
	w.ok()
	w.want("D", 0)
}

func TestAClassThatIsGivenNoMoreIsNotKept(t *testing.T) {
	w := gradedWorld(t, Stability{MinimumStay: 100})
	w.in.Classifiers[1].Config = map[string]any{"classes": []any{"A", "B", "old"}}
	w.set("x", "old")
	w.ok()
	w.next()
	w.want("old", 1)
	// Without the option the plugin gives another class; the configuration is another one, too.
	w.in.Classifiers[1].Config = map[string]any{"classes": []any{"A", "B"}}
	w.set("x", "B")
	w.next()
	w.want("B", 0)
}

func TestMissingDataAndProblems(t *testing.T) {
	w := gradedWorld(t, Stability{Dates: 2, MinimumStay: 100})
	w.in.Classifiers = w.in.Classifiers[1:]
	w.ok()
	w.next()
	w.set("x", "")
	w.ok()
	w.want("A", 1) // it may be a slip
	w.wantReason("grade", "x", "Stays A for now: unclassified is proposed since 2026-06-02 and has to be confirmed; unclassified on 2026-06-03 at the earliest.")
	r := w.next()
	w.want("unclassified", 0)
	if o := r.Outcome("grade"); o.Unclassified["missing_country"] != 1 || o.Held != 0 {
		t.Errorf("%+v", o.Totals)
	}
	w.set("x", "D")
	w.next()
	w.want("D", 0)
	w.next()
	w.set("x", "fail")
	w.ok()
	w.wantTag("grade", "x", "")
}

func TestAnEarlierDayBeginsAnew(t *testing.T) {
	w := gradedWorld(t, Stability{Dates: 2})
	w.ok()
	w.in.AsOf += 9
	w.set("x", "C")
	w.ok()
	w.want("A", 9)
	w.in.AsOf -= 5 // what was found out on a later day is not known on this one
	w.ok()
	w.want("C", 0)
	w.set("x", "A")
	for range 2 {
		w.next()
	}
	w.want("A", 0)
}

func TestAScoreThatMovesFarEnoughIsNotHeld(t *testing.T) {
	w := gradedWorld(t, Stability{Score: "score", Margin: 2})
	w.ok()
	w.next()
	w.set("x", "B")
	w.apply(crm.Deal, []crm.Record{deal(t, "d1", "x", 100, "EUR", crm.Won, "2026-01-01")})
	w.ok()
	w.want("A", 1)
	w.wantReason("grade", "x", "Stays A for now: B is proposed since 2026-06-02, but the score has not moved far enough.")
	w.next()
	w.apply(crm.Deal, []crm.Record{deal(t, "d2", "x", 100, "EUR", crm.Won, "2026-01-01")})
	w.ok()
	w.want("B", 0)
	w.set("x", "A")
	w.next()
	w.want("B", 1) // from 2 on it is measured now
}

func TestRulesThatCannotBeKeptAreRefused(t *testing.T) {
	for want, rules := range map[string]Stability{
		"/stability/hysteresis/score the classifier gives no number size": {Score: "size", Margin: 1},
		"/stability/order/1 there is no class Z":                          {OneStep: true, Order: []string{"loyal", "Z"}},
	} {
		w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal()}, Classifier{Name: "loyal", Plugin: "loyal", Stability: rules})
		w.companies(2)
		problems, _, err := Check(t.Context(), w.in)
		pointer, message, _ := strings.Cut(want, " ")
		if err != nil || len(problems) != 1 || problems[0].Pointer != "classifier loyal "+pointer || problems[0].Message != message {
			t.Errorf("%s: %+v %v", want, problems, err)
		}
		wantError(t, w.run().Outcome("loyal").Error, crm.CodeConfig, message)
	}
	w := newWorld(t, map[string]sdk.Plugin{"echo": echo("*")}, Classifier{Name: "echo", Plugin: "echo", Config: reads("country"), Grants: []string{"*"}, Stability: Stability{MinimumStay: 2}})
	w.companies(2)
	wantError(t, w.run().Outcome("echo").Error, crm.CodeConfig, "rules of stability are for classes")
}

func TestARefitIsHeldBackLikeAnyOtherChange(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"ranked": ranked()}, Classifier{Name: "ranked", Plugin: "ranked", Stability: Stability{Dates: 2}})
	w.companies(10)
	w.ok()
	w.wantTag("ranked", "c0008", "above")
	w.apply(crm.Deal, []crm.Record{deal(t, "big", "c0009", 9_999_900, "EUR", crm.Won, "2026-05-31")})
	if o := w.next().Outcome("ranked"); !o.Fitted || o.Held == 0 {
		t.Errorf("%+v", o)
	}
	w.wantTag("ranked", "c0008", "above")
	w.next()
	w.wantTag("ranked", "c0008", "below")
}

// However often a day is run, in whatever pieces its changes arrive, and wherever runs are killed: what stands at its
// end is what one run gives.
func TestADayIsJudgedOnceHoweverOftenItIsRun(t *testing.T) {
	rules := Stability{Dates: 2, Score: "score", Margin: 3, MinimumStay: 2, GracePeriod: 3, OneStep: true}
	once, often := gradedWorld(t, rules), gradedWorld(t, rules)
	random := rand.New(rand.NewPCG(1, 2))
	classes := []string{"A", "A", "B", "C", "D", "", "A", "B"}
	customers := []string{"x", "y", "z", "u", "v"}
	held, moved := 0, 0
	for range 25 {
		once.in.AsOf += crm.Day(1 + random.IntN(5)/4)
		often.in.AsOf = once.in.AsOf
		for _, c := range customers {
			if random.IntN(3) > 0 {
				continue
			}
			often.set(c, classes[random.IntN(len(classes))]) // overtaken below
			often.killed(1 + random.IntN(4))
			class := classes[random.IntN(len(classes))]
			once.set(c, class)
			often.set(c, class)
			if n := random.IntN(8); n < 4 {
				d := deal(t, c+string(rune('0'+n)), c, 100, "EUR", crm.Won, "2026-01-01")
				once.apply(crm.Deal, []crm.Record{d})
				often.apply(crm.Deal, []crm.Record{d})
			}
			if random.IntN(2) == 0 {
				often.ran()
			}
		}
		once.ran()
		often.ran()
		for _, c := range customers {
			a, b := once.row("grade", c), often.row("grade", c)
			if a.Value("") != b.Value("") || a.Since != b.Since || string(a.Standing) != string(b.Standing) || string(a.Reasons) != string(b.Reasons) {
				t.Fatalf("as of %s, %s: %s since %s %s, but often %s since %s %s", once.in.AsOf, c, a.Value(""), a.Since, a.Standing, b.Value(""), b.Since, b.Standing)
			}
			if h, err := HeldOf(&a); err == nil && h != nil {
				held++
			}
			if a.Since == once.in.AsOf {
				moved++
			}
		}
	}
	if held < 10 || moved < 10 {
		t.Errorf("%d held, %d moved: that proves little", held, moved)
	}
}

// ran is a run of the grades alone, whoever else reads them.
func (w *world) ran() {
	w.t.Helper()
	w.in.Classifiers = []Classifier{w.in.Classifiers[len(w.in.Classifiers)-1]}
	w.ok()
}

// killed is a run that ends at its n-th sign of progress, if it comes so far.
func (w *world) killed(n int) {
	w.t.Helper()
	w.in.Classifiers = []Classifier{w.in.Classifiers[len(w.in.Classifiers)-1]}
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	w.in.Progress = func(Progress) {
		if n--; n == 0 {
			stop()
		}
	}
	if _, err := Run(ctx, w.in); err != nil && !errors.Is(err, context.Canceled) {
		w.t.Fatal(err)
	}
	w.in.Progress = nil
}
