package classify

import (
	"fmt"
	"maps"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
)

func both(t testing.TB) *world {
	return newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "ranked": ranked()},
		Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "ranked", Plugin: "ranked"})
}

func TestCustomersGetTagsReasonsAndAModel(t *testing.T) {
	w := both(t)
	w.companies(10) // revenues 0, 1, 4, 9, 16, 25, 30, 35, 40, 45 euro
	r := w.ok()
	if r.Customers != 10 || r.Changed != 20 {
		t.Errorf("%d customers, %d changed", r.Customers, r.Changed)
	}
	loyal := r.Outcome("loyal")
	if want := map[string]int{"loyal": 7, "casual": 3}; !maps.Equal(loyal.Classes, want) {
		t.Errorf("classes %v", loyal.Classes)
	}
	w.wantTag("loyal", "c0003", "loyal")
	w.wantReason("loyal", "c0003", "3 won deals in Kenya.")
	if row := w.row("loyal", "c0003"); row.Value("deals") != "3" || row.Cause != string(crm.CauseFirst) || row.Since != w.in.AsOf || row.Run != w.in.RunID {
		t.Errorf("row %+v", row)
	}
	ranked := r.Outcome("ranked")
	if want := map[string]int{"above": 5, "below": 4, "unclassified": 1}; !maps.Equal(ranked.Classes, want) {
		t.Errorf("classes %v", ranked.Classes)
	}
	if want := map[string]int{"missing_deals_closed_at": 1}; !maps.Equal(ranked.Unclassified, want) {
		t.Errorf("unclassified %v", ranked.Unclassified)
	}
	w.wantReason("ranked", "c0000", "Nothing is known of max(deals.closed_at) where won, which this classification needs.")
	w.wantReason("ranked", "c0009", "45.00 EUR, where the mean is 22.77 EUR.") // 205 euro of nine customers: who lacks a required read is not in the summary
	model, ok, err := w.mirror.Model(t.Context(), "ranked")
	if err != nil || !ok || model.Customers != 9 || model.ID != ranked.Model || !ranked.Fitted || w.row("ranked", "c0009").Model != model.ID {
		t.Errorf("model %+v %v", model, err)
	}
	if ranked.PluginCalls != 4 || loyal.PluginCalls != 2 { // configure, summarize, merge, classify
		t.Errorf("%d and %d calls", ranked.PluginCalls, loyal.PluginCalls)
	}
	if want := (Move{From: "", To: "loyal", Customers: 7}); len(loyal.Moves) != 2 || loyal.Moves[1] != want {
		t.Errorf("moves %v", loyal.Moves)
	}
}

func TestASecondRunWithinADayStartsNothing(t *testing.T) {
	w := both(t)
	w.companies(10)
	first := w.ok()
	starts := w.plugins.starts
	second := w.ok()
	if second.PluginCalls != 0 || second.Customers != 0 || second.Changed != 0 || w.plugins.starts != starts {
		t.Errorf("%d calls, %d measured, %d starts", second.PluginCalls, second.Customers, w.plugins.starts-starts)
	}
	for i, o := range second.Outcomes {
		if !maps.Equal(o.Classes, first.Outcomes[i].Classes) || !maps.Equal(o.Unclassified, first.Outcomes[i].Unclassified) || o.Model != first.Outcomes[i].Model || len(o.Tags) != len(first.Outcomes[i].Tags) {
			t.Errorf("an idle run reports %+v", o)
		}
	}
	// The same records again, as an echo of our own writes: nothing changed.
	w.apply(crm.Company, []crm.Record{company("c0003", map[string]crm.Value{"name": crm.TextValue("Company c0003"), "country": crm.TextValue("Kenya")})})
	if third := w.ok(); third.PluginCalls != 0 {
		t.Errorf("%d calls", third.PluginCalls)
	}
}

func TestOneChangedDealAsksAboutOneCustomerWithTheStoredModel(t *testing.T) {
	w := both(t)
	w.companies(10)
	first := w.ok()
	w.apply(crm.Deal, []crm.Record{deal(t, "new", "c0002", 1_000_000, "EUR", crm.Won, "2026-05-05")})
	r := w.ok()
	if r.Customers != 1 {
		t.Errorf("%d customers measured", r.Customers)
	}
	for _, o := range r.Outcomes {
		if o.Sent != 1 || o.Everybody || o.Fitted || o.PluginCalls != 2 || o.Model != first.Outcome(o.Classifier).Model {
			t.Errorf("%s: %+v", o.Classifier, o)
		}
	}
	w.wantTag("ranked", "c0002", "above")
	w.wantReason("ranked", "c0002", "10,004.00 EUR, where the mean is 22.77 EUR.")
	if row := w.row("ranked", "c0002"); row.Cause != string(crm.CauseData) {
		t.Errorf("cause %s", row.Cause)
	}
	ranked := r.Outcome("ranked")
	if want := map[string]int{"above": 6, "below": 3, "unclassified": 1}; !maps.Equal(ranked.Classes, want) {
		t.Errorf("classes %v", ranked.Classes)
	}
	if len(ranked.Moves) != 1 || ranked.Moves[0] != (Move{"below", "above", 1}) || ranked.Causes[crm.CauseData] != 1 {
		t.Errorf("moves %v, causes %v", ranked.Moves, ranked.Causes)
	}
	// What no classifier reads changes nobody.
	w.apply(crm.Company, []crm.Record{company("c0005", map[string]crm.Value{"name": crm.TextValue("Renamed"), "country": crm.TextValue("Kenya")})})
	r = w.ok()
	if r.Customers != 1 || r.PluginCalls != 0 || r.Changed != 0 {
		t.Errorf("%d measured, %d calls, %d changed", r.Customers, r.PluginCalls, r.Changed)
	}
	if r = w.ok(); r.Customers != 0 {
		t.Error("the changed customer is measured again and again")
	}
}

func TestAClassIsNeverSinceALaterDayThanItWasSeen(t *testing.T) {
	w := both(t)
	w.companies(10)
	w.ok()
	w.in.AsOf--
	w.ok()
	for _, id := range []string{"c0003", "c0009"} {
		for _, name := range []string{"loyal", "ranked"} {
			if row := w.row(name, id); row.Since > w.in.AsOf || row.AsOf > w.in.AsOf {
				t.Errorf("as of %s, %s of %s is said to be since %s, as of %s", w.in.AsOf, name, id, row.Since, row.AsOf)
			}
		}
	}
}

func TestANewDayClassifiesEverybody(t *testing.T) {
	w := both(t)
	w.companies(10)
	first := w.ok()
	w.apply(crm.Deal, []crm.Record{deal(t, "tomorrow", "c0009", 9_999_900, "EUR", crm.Won, "2026-06-01")})
	w.ok() // as of that day it is open
	w.wantReason("ranked", "c0009", "45.00 EUR, where the mean is 22.77 EUR.")
	w.in.AsOf++
	r := w.ok()
	for _, o := range r.Outcomes {
		if !o.Everybody {
			t.Errorf("%s classified some only", o.Classifier)
		}
	}
	if r.Outcome("ranked").Model == first.Outcome("ranked").Model || !r.Outcome("ranked").Fitted {
		t.Error("the model was not fitted anew")
	}
	w.wantTag("ranked", "c0008", "below") // because of the others
	if row := w.row("ranked", "c0008"); row.Cause != string(crm.CausePopulation) || row.Since != w.in.AsOf {
		t.Errorf("cause %s since %s", row.Cause, row.Since)
	}
	if row := w.row("ranked", "c0009"); row.Since != w.in.AsOf-1 {
		t.Errorf("the class of c0009 is as old as before, not since %s", row.Since)
	}
	if row := w.row("loyal", "c0009"); row.Cause != string(crm.CauseTime) || row.Value("deals") != "6" {
		t.Errorf("%+v", row)
	}
}

func TestRefitSettings(t *testing.T) {
	for _, c := range []struct {
		refit Refit
		asOf  string
		fits  bool
	}{
		{"", "2026-06-02", true},
		{EveryRun, "2026-06-02", true},
		{Daily, "2026-06-02", true},
		{Weekly, "2026-06-07", false},
		{Weekly, "2026-06-08", true},
		{Weekly, "2026-05-31", true}, // a model must not know the future
		{Monthly, "2026-06-30", false},
		{Monthly, "2026-07-01", true},
		{Frozen, "2027-06-01", false},
	} {
		w := newWorld(t, map[string]sdk.Plugin{"ranked": ranked()}, Classifier{Name: "ranked", Plugin: "ranked", Refit: c.refit})
		w.companies(5)
		w.ok()
		w.in.AsOf = day(t, c.asOf)
		if o := w.ok().Outcome("ranked"); o.Fitted != c.fits || !o.Everybody {
			t.Errorf("%q as of %s: fitted=%t everybody=%t", c.refit, c.asOf, o.Fitted, o.Everybody)
		}
		if o := w.ok().Outcome("ranked"); o.Fitted || o.PluginCalls != 0 {
			t.Errorf("%q: it does not come to rest", c.refit)
		}
	}
}

func TestAnotherConfigurationOrPluginIsTheCause(t *testing.T) {
	w := both(t)
	w.companies(10)
	w.ok()
	w.in.Classifiers[0].Config = map[string]any{"min": 5}
	r := w.ok()
	if o := r.Outcome("loyal"); !o.Everybody || o.Changed != 2 || o.Causes[crm.CauseRule] != 2 {
		t.Errorf("%+v", o)
	}
	if o := r.Outcome("ranked"); o.PluginCalls != 0 {
		t.Errorf("the other classifier was called %d times", o.PluginCalls)
	}
	w.plugins.version["loyal"] = "another"
	w.in.Classifiers[0].Config = map[string]any{"min": 3}
	if o := w.ok().Outcome("loyal"); o.Changed != 2 || o.Causes[crm.CausePlugin] != 2 {
		t.Errorf("%+v", o)
	}
}

func TestCustomersWhoGoLoseTheirTags(t *testing.T) {
	w := both(t)
	w.companies(10)
	w.ok()
	w.apply(crm.Company, nil, "c0009", "c0001")
	r := w.ok()
	if r.PluginCalls != 0 {
		t.Errorf("%d calls", r.PluginCalls)
	}
	if want := map[string]int{"above": 4, "below": 3, "unclassified": 1}; !maps.Equal(r.Outcome("ranked").Classes, want) {
		t.Errorf("classes %v", r.Outcome("ranked").Classes)
	}
	if tags := w.tags("loyal"); len(tags) != 8 {
		t.Errorf("%d rows", len(tags))
	}
}

func TestAmountsWithoutARateAreNotGuessed(t *testing.T) {
	w := both(t)
	w.companies(4)
	w.apply(crm.Deal, []crm.Record{deal(t, "usd", "c0003", 100, "USD", crm.Won, "2026-05-05")})
	r := w.ok()
	w.wantTag("ranked", "c0003", "unclassified")
	w.wantReason("ranked", "c0003", "sum(deals.amount) where won holds an amount in a currency whose exchange rate on that day is not known.")
	if n := r.Outcome("ranked").Unclassified["missing_rate"]; n != 1 {
		t.Errorf("%d customers without a rate", n)
	}
}

func TestAProblemWithOneCustomerTouchesNobodyElse(t *testing.T) {
	w := both(t)
	w.companies(10)
	w.apply(crm.Company, []crm.Record{company("c0007", map[string]crm.Value{"country": crm.TextValue("fail")})})
	r := w.ok()
	if o := r.Outcome("loyal"); o.Problems != 1 || o.Classes[""] != 1 {
		t.Errorf("%+v", o)
	}
	w.wantTag("loyal", "c0007", "")
	w.wantReason("loyal", "c0007", "The plugin could not judge this customer: bad_country.")
	w.wantTag("ranked", "c0007", "above")
	ledger, err := w.mirror.Rejected(t.Context(), "classify", 0)
	if err != nil || len(ledger) != 1 || ledger[0].ID != "c0007" || ledger[0].Error.Message != "the classifier has a problem with this customer: bad_country: the country is a fault" {
		t.Fatalf("%+v %v", ledger, err)
	}
	w.ok() // it stays
	w.apply(crm.Company, []crm.Record{company("c0007", map[string]crm.Value{"country": crm.TextValue("Kenya")})})
	if r := w.ok(); r.Outcome("loyal").Problems != 0 {
		t.Errorf("%+v", r.Outcome("loyal").Totals)
	}
	if n, err := w.mirror.CountRejected(t.Context(), "classify"); err != nil || n != 0 {
		t.Errorf("%d in the ledger, %v", n, err)
	}
}

func TestEveryCustomerWithAProblemIsInTheLedger(t *testing.T) {
	w := both(t)
	w.in.batch = 3
	w.companies(20)
	for n := 1; n <= 20; n += 2 {
		w.apply(crm.Company, []crm.Record{company(fmt.Sprintf("c%04d", n), map[string]crm.Value{"country": crm.TextValue("fail")})})
	}
	problems := w.ok().Outcome("loyal").Problems
	if n, err := w.mirror.CountRejected(t.Context(), "classify"); err != nil || n != problems || n < 7 {
		t.Errorf("%d in the ledger, %d problems, %v", n, problems, err)
	}
}

func TestClassifiersReadEachOthersTagsLevelByLevel(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "echo": echo("tags.{/reads/0}", "*")},
		Classifier{Name: "a_reader", Plugin: "echo", Config: reads("tags.z_reader", "tags.loyal"), Grants: []string{"tags.*"}},
		Classifier{Name: "loyal", Plugin: "loyal"},
		Classifier{Name: "z_reader", Plugin: "echo", Config: reads("country", "tags.loyal"), Grants: []string{"*"}})
	w.companies(4)
	w.ok()
	w.wantTag("a_reader", "c0003", "Kenya|loyal|loyal")
	w.wantTag("a_reader", "c0000", "China|casual|casual")
	w.apply(crm.Deal, nil, "d0003-0")
	r := w.ok()
	w.wantTag("a_reader", "c0003", "Kenya|casual|casual")
	if row := w.row("a_reader", "c0003"); row.Cause != string(crm.CauseData) || r.Outcome("a_reader").Sent != 1 {
		t.Errorf("cause %s, %d sent", row.Cause, r.Outcome("a_reader").Sent)
	}
	// Another rule upstream: those downstream are asked about customers whose tags changed only.
	w.in.Classifiers[1].Config = map[string]any{"min": 1}
	r = w.ok()
	if o := r.Outcome("a_reader"); o.Everybody || o.Sent != 3 || o.Causes[crm.CauseUpstream] != 3 {
		t.Errorf("%+v", o)
	}
	w.wantTag("a_reader", "c0001", "Kenya|loyal|loyal")
}

func TestAClassifierThatComesBackSeesWhatItMissed(t *testing.T) {
	w := both(t)
	w.companies(6)
	w.ok()
	all := w.in.Classifiers
	w.in.Classifiers = all[1:]
	w.apply(crm.Deal, nil, "d0003-0")
	w.ok()
	w.wantTag("loyal", "c0003", "loyal")
	w.in.Classifiers = all
	if o := w.ok().Outcome("loyal"); o.Sent != 1 {
		t.Errorf("%d sent", o.Sent)
	}
	w.wantTag("loyal", "c0003", "casual")
}

func TestManyChangedCustomersAreWalkedThroughButNotAskedAbout(t *testing.T) {
	w := both(t)
	w.in.batch = 1
	w.companies(fewBatches + 30)
	w.ok()
	var deals []crm.Record
	for i := range fewBatches + 1 {
		deals = append(deals, deal(t, fmt.Sprint("new", i), fmt.Sprintf("c%04d", i), 100, "EUR", crm.Won, "2026-05-05"))
	}
	w.apply(crm.Deal, deals)
	r := w.ok()
	if r.Customers != fewBatches+30 || r.Outcome("loyal").Sent != fewBatches+1 || r.Outcome("loyal").Everybody {
		t.Errorf("%d measured, %+v", r.Customers, r.Outcome("loyal"))
	}
	total := 0
	for _, n := range r.Outcome("loyal").Classes {
		total += n
	}
	if total != fewBatches+30 {
		t.Errorf("%d counted", total)
	}
}

func TestSeveralPasses(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"ranked": rankedPasses(3)}, Classifier{Name: "ranked", Plugin: "ranked"})
	w.companies(10)
	if o := w.ok().Outcome("ranked"); o.PluginCalls != 1+3*2+1 {
		t.Errorf("%d calls", o.PluginCalls)
	}
}

func TestManyCustomersGoInSeveralBatches(t *testing.T) {
	w := both(t)
	w.in.batch = 30
	var records []crm.Record
	for i := range 250 {
		records = append(records, company(fmt.Sprintf("x%05d", i), map[string]crm.Value{"country": crm.TextValue("China")}))
	}
	w.apply(crm.Company, records)
	w.companies(10)
	r := w.ok()
	if r.Customers != 260 || len(w.tags("loyal")) != 260 || r.Outcome("ranked").Sent != 9 || r.Outcome("ranked").Unclassified["missing_deals_closed_at"] != 251 {
		t.Errorf("%d customers, %d rows, %+v", r.Customers, len(w.tags("loyal")), r.Outcome("ranked"))
	}
}
