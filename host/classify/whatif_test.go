package classify

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

func (w *world) ask(customer string, changes ...string) map[string]WhatIf {
	w.t.Helper()
	all, err := Ask(w.t.Context(), w.in, customer, changes)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]WhatIf{}
	for _, x := range all {
		if x.Error != nil {
			w.t.Fatal(x.Error)
		}
		out[x.Classifier] = x
	}
	return out
}

// effect is one change in short.
func effect(list []Effect, i int) string {
	if i >= len(list) {
		return ""
	}
	return fmt.Sprintf("%s: %s → %s = %s", list[i].Path, Show(list[i].From), Show(list[i].To), list[i].Class)
}

func TestTheSmallestChangeIsFoundToTheUnit(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "ranked": ranked(), "graded": graded(), "echo": echo("tags.grade", "email")},
		Classifier{Name: "echo", Plugin: "echo", Config: reads("tags.grade")}, Classifier{Name: "grade", Plugin: "graded"},
		Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "ranked", Plugin: "ranked", Refit: Frozen})
	w.companies(10)
	for i, class := range []string{"A", "A", "A", "C", "C", "C", "C", "D", "B", "B"} {
		w.apply(crm.Company, []crm.Record{company(fmt.Sprintf("c%04d", i), map[string]crm.Value{"country": crm.TextValue(class)})})
	}
	w.ok()
	x := w.ask("c0004") // four deals of four euro each; the mean is 22.77 euro
	loyal := x["loyal"]
	if got := effect(loyal.Down, 0); loyal.Now != "loyal" || got != "count(deals) where won: 4 → 2 = casual" || len(loyal.Down) != 1 || loyal.Up != nil {
		t.Errorf("%s, %+v", got, loyal)
	}
	if got := effect(x["ranked"].Up, 0); got != "sum(deals.amount) where won: 16.00 EUR → 22.77 EUR = above" || x["ranked"].Down != nil {
		t.Errorf("%s, %+v", got, x["ranked"])
	}
	grade := x["grade"]
	if up, down := effect(grade.Up, 0), effect(grade.Down, 0); up != "country: C → B = B" || down != "country: C → D = D" {
		t.Errorf("%s, %s", up, down)
	}
	if x["echo"].Now != "C" || x["echo"].Other != nil {
		t.Errorf("%+v", x["echo"])
	}
	if x = w.ask("c0009"); effect(x["ranked"].Down, 0) != "sum(deals.amount) where won: 45.00 EUR → 22.76 EUR = below" {
		t.Errorf("%+v", x["ranked"])
	}
	// Without any deal the last one is missing: what others have is tried, and the sum alone does nothing.
	ranked := w.ask("c0000")["ranked"]
	if ranked.Now != "unclassified" || len(ranked.Other) != 2 || ranked.Other[1].Event == nil || ranked.Other[0].Path != "max(deals.closed_at) where won" || ranked.Other[0].Class != "below" ||
		len(ranked.Untried) != 1 || ranked.Untried[0] != (Untried{"sum(deals.amount) where won", UntriedOthers}) {
		t.Errorf("%+v", ranked)
	}
	w.wantTag("loyal", "c0004", "loyal") // nothing was stored
}

func TestNamedChangesAreTriedTogether(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "ranked": ranked()}, Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "ranked", Plugin: "ranked"})
	w.companies(10)
	w.ok()
	x := w.ask("c0004", "count(deals) where won = 1", "COUNTRY=Peru")
	if len(x) != 1 || x["loyal"].Now != "loyal" || x["loyal"].Named.Class != "casual" || len(x["loyal"].Named.Changes) != 2 {
		t.Fatalf("%+v", x)
	}
	m, _ := w.plugins.Manifest("loyal")
	if got := Words(m, x["loyal"].Named.Reasons[0], "en"); got != "1 won deals in Peru." {
		t.Error(got)
	}
	if x = w.ask("c0004", "deals_amount=23.62"); x["ranked"].Named.Class != "above" {
		t.Errorf("%+v", x["ranked"].Named)
	}
	if x = w.ask("c0004", "max(deals.closed_at) where won="); x["ranked"].Named.Class != "unclassified" {
		t.Errorf("%+v", x["ranked"].Named)
	}
	for change, code := range map[string]crm.Code{"height=3": crm.CodeNotFound, "country": crm.CodeNotFound, "deals_amount=much": crm.CodeConfig} {
		if _, err := Ask(t.Context(), w.in, "c0004", []string{change}); crm.CodeOf(err) != code {
			t.Errorf("%s: %v", change, err)
		}
	}
	if _, err := Ask(t.Context(), w.in, "nobody", nil); crm.CodeOf(err) != crm.CodeNotFound {
		t.Error(err)
	}
}

func TestWithoutAModelNothingIsAsked(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"ranked": ranked()}, Classifier{Name: "ranked", Plugin: "ranked"})
	w.companies(3)
	all, err := Ask(t.Context(), w.in, "c0002", nil)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	wantError(t, all[0].Error, crm.CodeNotFound, "no model")
	w.ok()
	w.in.AsOf += 30 // a new model is due; the stored one answers
	if x := w.ask("c0002"); x["ranked"].Now != "above" {
		t.Errorf("%+v", x)
	}
}

func TestTagsOfAnotherConfigurationSayOfWhichRun(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"ranked": ranked(), "loyal": loyal()}, Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "ranked", Plugin: "ranked"})
	w.companies(10)
	w.ok()
	run := w.in.RunID
	explained := func() []ExplainedClassifier {
		x, err := Explain(t.Context(), w.in, "c0004")
		if err != nil {
			t.Fatal(err)
		}
		return x.Classifiers
	}
	for _, x := range explained() {
		if x.Former != nil {
			t.Errorf("%s: %+v", x.Classifier, x.Former)
		}
	}
	w.in.RunID++
	w.in.Classifiers[0].Config = map[string]any{"min": 9}
	w.plugins.version["ranked"] = "2"
	x := explained()
	if f := x[0].Former; f == nil || *f != (Former{run, FormerConfiguration}) {
		t.Errorf("%+v", f)
	}
	if f := x[1].Former; f == nil || *f != (Former{run, FormerPlugin}) || x[1].Model == nil || x[1].Model.Run != run {
		t.Errorf("%+v %+v", f, x[1].Model)
	}
	all, err := Ask(t.Context(), w.in, "c0004", nil)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, all[1].Error, crm.CodeNotFound, "no model", fmt.Sprintf("run %d, with another plugin version", run))
}

type cutsCustomer struct {
	Employees *int64      `crm:"employees" purpose:"A count."`
	Revenue   *sdk.Amount `crm:"annual_revenue" purpose:"Money."`
	Share     *float64    `crm:"share" purpose:"A number."`
	Renewal   *sdk.Day    `crm:"renewal" purpose:"A day."`
	Created   *time.Time  `crm:"created_at" purpose:"A time."`
	Partner   *bool       `crm:"partner" purpose:"Yes or no."`
}

// cuts is high from a cut in each kind of value on; each counts alone.
func cutsPlugin() sdk.Plugin {
	return sdk.Pointwise[none, cutsCustomer]{
		Info: sdk.Info{ID: "cuts", Version: "1.0.0", Summary: "A cut in each kind of value", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "high"}, sdk.Option{Code: "low"})},
		Classify: func(_ sdk.Run, _ none, c cutsCustomer) sdk.Verdict {
			if c.Employees != nil && *c.Employees >= 1234 || c.Revenue != nil && *c.Revenue >= 98_765_43 || c.Share != nil && *c.Share >= 0.41725 ||
				c.Renewal != nil && *c.Renewal <= 20_000 || c.Created != nil && !c.Created.After(time.Date(2019, 3, 4, 12, 0, 0, 0, time.UTC)) || c.Partner != nil && *c.Partner {
				return sdk.Set("", "high")
			}
			return sdk.Set("", "low")
		},
	}
}

func TestEveryKindOfValueHasItsUnit(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"cuts": cutsPlugin()}, Classifier{Name: "cuts", Plugin: "cuts"})
	catalogue, err := crm.NewCatalogue(crm.Field{Kind: crm.Company, Name: "share", Type: crm.Number}, crm.Field{Kind: crm.Company, Name: "renewal", Type: crm.Date},
		crm.Field{Kind: crm.Company, Name: "partner", Type: crm.Boolean})
	if err != nil {
		t.Fatal(err)
	}
	w.in.Catalogue = catalogue
	at := time.Date(2024, 5, 6, 9, 30, 0, 0, time.UTC)
	fields := func(employees, revenue int64, share float64, renewal crm.Day, created time.Time) map[string]crm.Value {
		return map[string]crm.Value{"employees": crm.IntegerValue(employees), "annual_revenue": crm.AmountValue(crm.Money{Minor: revenue, Currency: "EUR"}),
			"share": crm.NumberValue(share), "renewal": crm.DateValue(renewal), "created_at": crm.TimeValue(created), "partner": crm.BooleanValue(false)}
	}
	w.apply(crm.Company, []crm.Record{company("x", fields(7, 50, 0.25, 20_613, at)),
		company("y", fields(40, 1_000_000_00, 0.98765, 19_000, at.AddDate(-10, 0, 0)))})
	w.ok()
	x := w.ask("x")["cuts"]
	got := map[string]bool{}
	for i := range x.Up {
		got[effect(x.Up, i)] = true
	}
	for _, want := range []string{
		"annual_revenue: 0.50 EUR → 98,765.43 EUR = high", "share: 0.25 → 0.4173 = high", "renewal: 2026-06-09 → 2024-10-04 = high",
		"created_at: 2024-05-06 09:30 UTC → 2019-03-04 09:30 UTC = high", "partner: false → true = high",
	} {
		if !got[want] {
			t.Errorf("there is no %s in %v", want, got)
		}
	}
	if e := x.Up[len(x.Up)-1]; e.Event == nil || e.Event.Kind != NothingNew || e.Event.Days != 613 { // until the renewal lies before day 20,000
		t.Errorf("%+v", e)
	}
	// Nobody known has as many employees as it would take; twice the span is looked at, no more.
	if len(x.Up) != 6 || x.Up[0].Passed > x.Up[1].Passed || x.Up[4].Path != "partner" {
		t.Errorf("%+v", x.Up)
	}
	if x.Probes > 2000 {
		t.Errorf("%d customers asked about", x.Probes)
	}
	// Where all others are whole, so is the step.
	w.apply(crm.Company, []crm.Record{company("y", fields(40, 1_000_000_00, 3, 19_000, at)), company("x", fields(7, 50, 0, 20_613, at))})
	w.ok()
	if x := w.ask("x")["cuts"]; !slices.ContainsFunc(x.Up, func(e Effect) bool { return e.Path == "share" && e.To.Float() == 1 }) {
		t.Errorf("%+v", x.Up)
	}
	if y := w.ask("y")["cuts"]; y.Now != "high" || y.Down != nil {
		t.Errorf("no single change takes y down: %+v", y)
	}
}

func TestManyProbesGoInOneCall(t *testing.T) {
	w := both(t)
	w.companies(200)
	w.ok()
	counted := map[string]*counter{}
	w.plugins.wrap = func(ref string, p client.Plugin) client.Plugin {
		if counted[ref] == nil {
			counted[ref] = &counter{Plugin: p}
		}
		return counted[ref]
	}
	x := w.ask("c0100")
	for ref, c := range counted {
		// The class of now, the first round, and rounds of refining that each leave a sixteenth.
		if c.calls > 2+13 || x[ref].Probes < 10 {
			t.Errorf("%s: %d calls for %d probes", ref, c.calls, x[ref].Probes)
		}
	}
	if len(counted) != 2 || effect(x["ranked"].Down, 0) == "" {
		t.Errorf("%+v", x["ranked"])
	}
}

// counter counts calls of Classify.
type counter struct {
	client.Plugin
	calls int
}

func (c *counter) Classify(ctx context.Context, instance string, model []byte, explain bool, next func() (*pb.CustomerBatch, error), each func(*pb.CustomerBatch, *pb.ClassifyResponse) error) error {
	c.calls++
	return c.Plugin.Classify(ctx, instance, model, explain, next, each)
}

type answersCustomer struct {
	Scores []sdk.Optional[int64] `crm:"contacts.score" purpose:"They are added."`
}

func TestItemsOfAListAreChangedOneByOne(t *testing.T) {
	plugin := sdk.Pointwise[none, answersCustomer]{
		Info: sdk.Info{ID: "answers", Version: "1.0.0", Summary: "Adds answers", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "happy"}, sdk.Option{Code: "sad"})},
		Classify: func(_ sdk.Run, _ none, c answersCustomer) sdk.Verdict {
			sum := int64(0)
			for _, s := range c.Scores {
				sum += s.Value
			}
			if sum >= 17 {
				return sdk.Set("", "happy")
			}
			return sdk.Set("", "sad")
		},
	}
	w := newWorld(t, map[string]sdk.Plugin{"answers": plugin}, Classifier{Name: "answers", Plugin: "answers"})
	var err error
	if w.in.Catalogue, err = crm.NewCatalogue(crm.Field{Kind: crm.Contact, Name: "score", Type: crm.Integer}); err != nil {
		t.Fatal(err)
	}
	w.apply(crm.Company, []crm.Record{company("x", nil), company("many", nil)})
	var people []crm.Record
	add := func(id, company string, fields map[string]crm.Value) {
		people = append(people, crm.Record{Kind: crm.Contact, ID: id, Links: []crm.Link{{Kind: crm.Company, ID: company, Primary: true}}, Fields: fields})
	}
	add("p1", "x", map[string]crm.Value{"score": crm.IntegerValue(4)})
	add("p2", "x", map[string]crm.Value{"score": crm.IntegerValue(7)})
	add("p3", "x", nil)
	for i := range mostItems + 1 {
		add(fmt.Sprint("q", i), "many", map[string]crm.Value{"score": crm.IntegerValue(map[int]int64{3: 7, 20: 10}[i])})
	}
	w.apply(crm.Contact, people)
	w.ok()
	x := w.ask("x")["answers"] // 4, 7 and no answer: six are missing; nobody answers more than 10
	if len(x.Up) != 1 || effect(x.Up, 0) != "contacts.score[1]: 4 → 10 = happy" || x.Up[0].Beyond {
		t.Errorf("%+v", x.Up)
	}
	if x = w.ask("x", "contacts.score[3] = 6", "contacts.score[1]=3")["answers"]; x.Named.Class != "sad" || len(x.Named.Changes) != 2 {
		t.Errorf("%+v", x.Named)
	}
	w.apply(crm.Contact, []crm.Record{{Kind: crm.Contact, ID: "p1", Links: []crm.Link{{Kind: crm.Company, ID: "x", Primary: true}}, Fields: map[string]crm.Value{"score": crm.IntegerValue(1)}},
		{Kind: crm.Contact, ID: "p3", Links: []crm.Link{{Kind: crm.Company, ID: "x", Primary: true}}, Fields: map[string]crm.Value{"score": crm.IntegerValue(1)}}})
	if x = w.ask("x")["answers"]; effect(x.Up, 0) != "contacts.score[1]: 1 → 9 = happy" && effect(x.Up, 0) != "contacts.score[3]: 1 → 9 = happy" {
		t.Errorf("%+v", x.Up)
	}
	if x = w.ask("many")["answers"]; len(x.Untried) != 1 || x.Untried[0].Why != UntriedOlder || len(x.Down) == 0 {
		t.Errorf("%+v", x)
	}
	for _, change := range []string{"contacts.score=3", "contacts.score[4]=3", "contacts.score[0]=3"} {
		if all, err := Ask(t.Context(), w.in, "x", []string{change}); err == nil && all[0].Error == nil {
			t.Errorf("%s: %+v", change, all)
		}
	}
}

func TestAPluginThatDiesWhileItIsAskedIsToldOfAlone(t *testing.T) {
	w := both(t)
	w.companies(10)
	w.ok()
	w.plugins.wrap = func(ref string, p client.Plugin) client.Plugin {
		if ref != "loyal" {
			return p
		}
		return &dying{Plugin: p, in: "classify", left: 1, die: func() {
			w.plugins.served[ref].stop()
			delete(w.plugins.served, ref)
		}}
	}
	all, err := Ask(t.Context(), w.in, "c0004", nil)
	if err != nil || len(all) != 2 || all[1].Error != nil || len(all[1].Up) != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	wantError(t, all[0].Error, crm.CodePlugin, "loyal")
}

// Where each run makes a new model, the customer's own value is in the mean that it is held against.
func TestAPromisedClassComesWhenEverybodyIsClassifiedAnew(t *testing.T) {
	for _, x := range []struct {
		refit    Refit
		up, down string
		last     int64 // the fourth deal of who would be above
		class    string
	}{
		{EveryRun, "16.00 EUR → 23.62 EUR", "45.00 EUR → 19.98 EUR", 1162, "above"},
		{Daily, "16.00 EUR → 23.62 EUR", "45.00 EUR → 19.98 EUR", 1161, "below"},
		{Weekly, "16.00 EUR → 22.77 EUR", "45.00 EUR → 22.76 EUR", 1077, "above"}, // the model stays
	} {
		w := newWorld(t, map[string]sdk.Plugin{"ranked": ranked()}, Classifier{Name: "ranked", Plugin: "ranked", Refit: x.refit})
		w.companies(10)
		w.ok()
		if got := effect(w.ask("c0004")["ranked"].Up, 0); got != "sum(deals.amount) where won: "+x.up+" = above" {
			t.Errorf("%s: %s", x.refit, got)
		}
		if got := effect(w.ask("c0009")["ranked"].Down, 0); got != "sum(deals.amount) where won: "+x.down+" = below" {
			t.Errorf("%s: %s", x.refit, got)
		}
		w.apply(crm.Deal, []crm.Record{deal(t, "d0004-3", "c0004", x.last, "EUR", crm.Won, "2026-04-01")})
		w.in.AsOf++
		w.ok()
		w.wantTag("ranked", "c0004", x.class)
	}
}

// first wants to be above all others, with room: nobody in a model of all can be.
func firstPlugin() sdk.Plugin {
	return sdk.Population[none, rankedCustomer, rankedSum, rankedModel]{
		Info: sdk.Info{ID: "first", Version: "1.0.0", Summary: "Above all others", License: "Apache-2.0", StateVersion: 1},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "first"}, sdk.Option{Code: "other"})},
		Add: func(_ sdk.Run, _ none, _ rankedModel, s *rankedSum, c rankedCustomer) {
			s.Revenue = max(s.Revenue, int64(c.Revenue))
		},
		Merge: func(into *rankedSum, o rankedSum) { into.Revenue = max(into.Revenue, o.Revenue) },
		Fit: func(_ sdk.Run, _ none, _ int, s rankedSum) (rankedModel, sdk.Report, error) {
			return rankedModel{Mean: s.Revenue}, sdk.Report{}, nil
		},
		Classify: func(_ sdk.Run, _ none, m rankedModel, c rankedCustomer) sdk.Verdict {
			if int64(c.Revenue) > m.Mean {
				return sdk.Set("", "first")
			}
			return sdk.Set("", "other")
		},
	}
}

func TestAClassThatCannotLastIsNotPromised(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"first": firstPlugin()}, Classifier{Name: "first", Plugin: "first"})
	w.companies(10)
	w.ok()
	if x := w.ask("c0004")["first"]; x.Now != "other" || x.Up != nil {
		t.Errorf("%+v", x)
	}
	if x := w.ask("c0004", "sum(deals.amount) where won=1000")["first"]; x.Named.Class != "other" {
		t.Errorf("%+v", x.Named)
	}
	w.in.Classifiers[0].Refit = Frozen
	if x := w.ask("c0004")["first"]; len(x.Up) != 1 || !x.Up[0].Beyond {
		t.Errorf("%+v", x)
	}
}

type accountCustomer struct {
	Revenue int64 `crm:"sum(deals.seats) where won within 365d" purpose:"All."`
	Known   int64 `crm:"sum(deals.seats) where won and cost known within 365d" purpose:"With a cost."`
	Cost    int64 `crm:"sum(deals.cost) where won within 365d" purpose:"The cost."`
}

// account wants a margin, and that nothing is known of more than there is.
func account(t *testing.T) sdk.Plugin {
	return sdk.Pointwise[none, accountCustomer]{
		Info: sdk.Info{ID: "account", Version: "1.0.0", Summary: "Revenue and cost", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "profit"}, sdk.Option{Code: "loss"})},
		Classify: func(_ sdk.Run, _ none, c accountCustomer) sdk.Verdict {
			if c.Known > c.Revenue {
				t.Errorf("%d of %d is known", c.Known, c.Revenue)
			}
			if c.Known >= c.Cost {
				return sdk.Set("", "profit")
			}
			return sdk.Set("", "loss")
		},
	}
}

func TestSumsOfTheSameThingsChangeTogether(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"account": account(t)}, Classifier{Name: "account", Plugin: "account"})
	var err error
	if w.in.Catalogue, err = crm.NewCatalogue(crm.Field{Kind: crm.Deal, Name: "seats", Type: crm.Integer}, crm.Field{Kind: crm.Deal, Name: "cost", Type: crm.Integer}); err != nil {
		t.Fatal(err)
	}
	w.apply(crm.Company, []crm.Record{company("all", nil), company("some", nil), company("none", nil)})
	sold := func(id, to string, seats, cost int64) crm.Record {
		r := deal(t, id, to, 100, "EUR", crm.Won, "2026-05-01")
		r.Fields["seats"] = crm.IntegerValue(seats)
		if cost > 0 {
			r.Fields["cost"] = crm.IntegerValue(cost)
		}
		return r
	}
	w.apply(crm.Deal, []crm.Record{sold("1", "all", 1000, 400), sold("2", "all", 500, 600), sold("3", "some", 1000, 600), sold("4", "some", 200, 0)})
	w.ok()
	const revenue, known = "sum(deals.seats) where won within 365d", "sum(deals.seats) where won and cost known within 365d"
	along := func(e Effect) (out []string) {
		for _, a := range e.Along {
			out = append(out, fmt.Sprintf("%s: %s → %s", a.Path, Show(a.From), Show(a.To)))
		}
		return out
	}
	// The cost is known of everything, so it still is when less is sold.
	x := w.ask("all")["account"]
	if got := effect(x.Down, 0); got != revenue+": 1500 → 999 = loss" || !slices.Equal(along(x.Down[0]), []string{known + ": 1500 → 999"}) {
		t.Errorf("%s along with %v", got, along(x.Down[0]))
	}
	if !slices.Contains(x.Untried, Untried{known, UntriedSame}) {
		t.Errorf("what is the same change is offered twice: %+v", x.Untried)
	}
	// Of a part it stays known: five sixths of 719 are 599.
	x = w.ask("some")["account"]
	got := map[string][]string{}
	for i := range x.Down {
		got[effect(x.Down, i)] = along(x.Down[i])
	}
	if a := got[revenue+": 1200 → 719 = loss"]; !slices.Equal(a, []string{known + ": 1000 → 599"}) {
		t.Errorf("%v", got)
	}
	// What is sold less of the part is sold less in all.
	if a := got[known+": 1000 → 599 = loss"]; !slices.Equal(a, []string{revenue + ": 1200 → 799"}) {
		t.Errorf("%v", got)
	}
	if x = w.ask("some", revenue+"=600")["account"]; x.Named.Class != "loss" || !slices.Equal(along(x.Named.Changes[0]), []string{known + ": 1000 → 500"}) {
		t.Errorf("%+v", x.Named)
	}
	if x = w.ask("some", revenue+"=1300", known+"=1300")["account"]; x.Named.Class != "profit" || x.Named.Changes[0].Along != nil || x.Named.Changes[1].Along != nil {
		t.Errorf("what is named is tried as it is: %+v", x.Named)
	}
	// Of nothing there is no part that could grow with it, nor alone.
	if x = w.ask("none")["account"]; x.Now != "profit" || len(x.Down) != 1 || !slices.Contains(x.Untried, Untried{known, UntriedSame}) {
		t.Errorf("%+v", x)
	}
}
