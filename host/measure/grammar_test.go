package measure

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

func testEnv(t *testing.T) Env {
	t.Helper()
	c, err := crm.NewCatalogue(
		crm.Field{Kind: crm.Deal, Name: "margin", Type: crm.Number},
		crm.Field{Kind: crm.Deal, Name: "cost", Type: crm.Amount},
		crm.Field{Kind: crm.Deal, Name: "renewal", Type: crm.Boolean},
		crm.Field{Kind: crm.Deal, Name: "signed_on", Type: crm.Date},
		crm.Field{Kind: crm.Deal, Name: "seats", Type: crm.Integer},
		crm.Field{Kind: crm.Activity, Name: "channel", Type: crm.Text},
		crm.Field{Kind: crm.Company, Name: "客户等级", Type: crm.Text})
	if err != nil {
		t.Fatal(err)
	}
	return Env{Catalogue: c, Subject: crm.Company, Currency: "EUR", Zone: time.UTC, Classifiers: []string{"abc", "rfm"},
		Tag: func(classifier, key string) (crm.Type, bool) {
			return crm.Text, key == "" || classifier == "rfm" && key == "score"
		}}
}

func TestColumnsHaveTypesAndOneCanonicalText(t *testing.T) {
	env := testEnv(t)
	for _, c := range []struct {
		text, canonical string
		kind            crm.Type
		list            bool
	}{
		{"country", "country", crm.Text, false},
		{"客户等级", "客户等级", crm.Text, false},
		{"employees", "employees", crm.Integer, false},
		{"annual_revenue", "annual_revenue", crm.Amount, false},
		{"tags.abc", "tags.abc", crm.Text, false},
		{"tags . rfm.score", "tags.rfm.score", crm.Text, false},
		{"deals.amount", "deals.amount", crm.Amount, true},
		{"deals.closed_at where won within 2w", "deals.closed_at where won within 14d", crm.Time, true},
		{"contacts.job_title", "contacts.job_title", crm.Text, true},
		{"count(deals)", "count(deals)", crm.Integer, false},
		{"count( deals ) where closed", "count(deals) where closed", crm.Integer, false},
		{"sum(deals.amount)  where  won  within  365d", "sum(deals.amount) where won within 365d", crm.Amount, false},
		{"sum(deals.amount) where won within all", "sum(deals.amount) where won", crm.Amount, false},
		{"sum(deals.amount) where won within 1y", "sum(deals.amount) where won within 12m", crm.Amount, false},
		{"sum(deals.amount) where state = 'won'", "sum(deals.amount) where won", crm.Amount, false},
		{"sum(deals.amount) where won and state = won", "sum(deals.amount) where won", crm.Amount, false},
		{"sum(deals.amount) in EUR", "sum(deals.amount)", crm.Amount, false},
		{"sum(deals.amount) where won and seats known and product known", "sum(deals.amount) where product known and seats known and won", crm.Amount, false},
		{"sum(deals.amount) in USD", "sum(deals.amount) in USD", crm.Amount, false},
		{"count(deals) where amount > 10.50 in USD", "count(deals) where amount > 10.50 in USD", crm.Integer, false},
		{"count(deals) within 30d in USD", "count(deals) within 30d", crm.Integer, false},
		{"count(deals) where amount >= 1e3", "count(deals) where amount >= 1000.00", crm.Integer, false},
		{"mean(deals.amount)", "mean(deals.amount)", crm.Amount, false},
		{"mean(deals.seats)", "mean(deals.seats)", crm.Number, false},
		{"sum(deals.seats)", "sum(deals.seats)", crm.Integer, false},
		{"max(deals.closed_at) where won", "max(deals.closed_at) where won", crm.Time, false},
		{"min(deals.signed_on)", "min(deals.signed_on)", crm.Date, false},
		{"last(deals.product)", "last(deals.product)", crm.Text, false},
		{"distinct(deals.closed_at) where won", "distinct(deals.closed_at) where won", crm.Integer, false},
		{"mean(activities.score) where kind = survey and scale = \"nps\" within 12m",
			"mean(activities.score) where kind = 'survey' and scale = 'nps' within 12m", crm.Number, false},
		{"mean(activities.score) where scale = nps and kind == survey",
			"mean(activities.score) where kind = 'survey' and scale = 'nps'", crm.Number, false},
		{"count(deals) where renewal = true and margin < 00.5 and signed_on >= 2026-01-31",
			"count(deals) where margin < 0.5 and renewal = true and signed_on >= 2026-01-31", crm.Integer, false},
		{"count(deals) where created_at >= 2026-01-31", "count(deals) where created_at >= 2026-01-31T00:00:00Z", crm.Integer, false},
		{`count(deals) where product = "O'Neill"`, `count(deals) where product = "O'Neill"`, crm.Integer, false},
		{"count(activities) where channel != web and amount = -3", "count(activities) where amount = -3.00 and channel != 'web'", crm.Integer, false},
	} {
		col, err := env.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if col.Canonical != c.canonical || col.Type != c.kind || col.List != c.list {
			t.Errorf("%s: %q %s list=%t", c.text, col.Canonical, col.Type, col.List)
		}
		again, err := env.Parse(col.Canonical)
		if err != nil || again.Canonical != col.Canonical || again.Type != col.Type {
			t.Errorf("the canonical text %q does not mean itself: %v", col.Canonical, err)
		}
	}
}

func TestErrorsPointAtTheColumnAndSuggest(t *testing.T) {
	env := testEnv(t)
	for _, c := range []struct{ text, message, at, suggestion string }{
		{"", "expected, found the end", "column 1", ""},
		{"contry", "there is no company field “contry”", "column 1", "did you mean country?"},
		{"sum(deals.amout) where won", "there is no deal field “amout”", "column 11", "did you mean amount?"},
		{"summ(deals.amount)", "“summ” is no aggregate", "column 1", "did you mean sum?"},
		{"sum(deal.amount)", "“deal” is no source", "column 5", "did you mean deals?"},
		{"sum(deals)", "sum needs a field of deals", "column 5", "write sum(deals.FIELD)"},
		{"sum(deals.amount", "“)” expected", "column 17", ""},
		{"sum(deals.amount) were won", "“were” is too much here", "column 19", "did you mean where?"},
		{"sum(deals.amount) where wonn", "“wonn” is no state of a deal", "column 25", "did you mean won?"},
		{"sum(deals.amount) where product", "an operator such as = expected after “product”", "column 32", ""},
		{"sum(deals.amount) where height known", "there is no deal field “height”", "column 25", ""},
		{"sum(deals.amount) where product =", "a value expected after =", "column 34", ""},
		{"sum(activities.amount) where won", "only deals are won", "column 30", ""},
		{"count(activities) where kind = surveys", "“surveys” is no kind", "column 32", "did you mean survey?"},
		{"sum(deals.product)", "the sum of a text has no meaning", "column 11", ""},
		{"max(deals.product)", "the max of a text has no meaning", "column 11", ""},
		{"sum(deals.amount) within 0d", "“0d” is no window", "column 26", "365d"},
		{"sum(deals.amount) within 365", "“365” is no window", "column 26", ""},
		{"sum(deals.amount) within 99999999d", "is no window", "column 26", ""},
		{"sum(deals.amount) in eur", "“eur” is no currency", "column 22", "ISO 4217"},
		{"count(deals) where seats = many", "“seats” is of type integer: \"many\" is not a whole number", "column 28", ""},
		{"count(deals) where product < x", "a text is not compared with <", "column 20", "use = or !="},
		{"count(deals) where product = 'x", "no closing quote", "column 30", ""},
		{"count(deals) where a ! b", "“!” is no operator", "column 22", "write !="},
		{"country within 30d", "needs a measure or a list before it", "column 9", ""},
		{"deals", "there is no company field “deals”", "column 1", "count(deals)"},
		{"tags.abd", "there is no classifier “abd”", "column 6", "did you mean abc?"},
		{"tags.abc.score", "gives no tag “score”", "column 6", ""},
		{"sum(deals.{/field})", "a placeholder has no meaning here", "column 11", ""},
		{"sum(deals.amount);", "“;” does not belong here", "column 18", ""},
		{strings.Repeat("x", 5000), "too long", "column 1", ""},
	} {
		_, err := env.Parse(c.text)
		var e *crm.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", c.text)
			continue
		}
		if !strings.Contains(e.Message, c.message) || e.Pointer != c.at || !strings.Contains(e.Suggestion, c.suggestion) || e.Code != crm.CodeConfig {
			t.Errorf("%s:\n  %s\n  %s\n  %s", c.text, e.Message, e.Pointer, e.Suggestion)
		}
	}
	_, err := env.Parse("sum(deals.amout) where won")
	if want := "    sum(deals.amout) where won\n              ^"; !strings.Contains(err.Error(), want) {
		t.Errorf("no caret under the column:\n%v", err)
	}
}

func TestPatternsAllowTheirInstancesOnly(t *testing.T) {
	for _, c := range []struct {
		pattern, expr string
		want          bool
	}{
		{"country", "country", true},
		{"country", "city", false},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where won within 90d", true},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where won", true}, // all
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where lost within 90d", false},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) within 90d", false},
		{"sum(deals.amount) where won", "sum(deals.amount) where won within 90d", false},
		{"sum(deals.amount) where won within 1y", "sum(deals.amount) where state = won within 12m", true},
		{"{/aggregate}(deals.amount) where won", "mean(deals.amount) where won", true},
		{"{/aggregate}(deals.amount) where won", "mean(deals.cost) where won", false},
		{"sum(deals.{/field})", "sum(deals.cost)", true},
		{"sum(deals.{/field})", "sum(activities.amount)", false},
		{"mean(activities.score) where kind = survey and scale = {/scale}", "mean(activities.score) where scale = nps and kind = survey", true},
		{"mean(activities.score) where kind = survey and scale = '{/scale}'", "mean(activities.score) where scale = nps and kind = survey", true},
		{"mean(activities.score) where kind = survey and scale = {/scale}", "mean(activities.score) where scale = nps", false},
		{"tags.{/classifier}", "tags.abc", true},
		{"tags.{/classifier}", "tags.abc.score", false},
		{"sum(deals.amount) where won and cost known", "sum(deals.amount) where cost known and won", true},
		{"sum(deals.amount) where won and cost known", "sum(deals.amount) where cost = 3 and won", false},
		{"count(deals)", "count(deals.amount)", false},
		{"deals.amount", "sum(deals.amount)", false},
		{"sum(deals.amount) in {/currency}", "sum(deals.amount) in USD", true},
		{"*", "sum(deals.amount)", true},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		e, err := Parse(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		if p.Matches(e) != c.want {
			t.Errorf("%s matches %s: %t", c.pattern, c.expr, !c.want)
		}
	}
	if p, err := ParsePattern("{/measure}"); err != nil || !p.Any() {
		t.Error("a placeholder for a whole column allows no less than *")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"sum(deals.amount) where won within 365d", "tags.abc", "count(deals) where amount > -1.5 in USD", "x = {/y}", "a('"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := Parse(s); err != nil {
			var e *crm.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
		}
		_, _ = ParsePattern(s)
	})
}

func TestItemsAreWhatIsCounted(t *testing.T) {
	env := testEnv(t)
	for text, want := range map[string]string{
		"deals.amount where won within 365d in USD": "count(deals) where won", "sum(deals.amount) where won": "count(deals) where won",
		"activities.score where kind = survey": "count(activities) where kind = 'survey'", "count(deals)": "count(deals)",
	} {
		c, err := env.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Items().Canonical; got != want {
			t.Errorf("%s is over %s, not %s", text, got, want)
		}
		if _, err := env.Parse(want); err != nil {
			t.Error(err)
		}
	}
	if c, err := env.Parse("country"); err != nil || c.Items() != nil {
		t.Errorf("a field has items (%v)", err)
	}
}
