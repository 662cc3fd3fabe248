package classify

import (
	"slices"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

func TestExplainTellsTagsReasonsMeasuresAndModel(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "ranked": ranked(), "echo": echo("tags.loyal", "email")},
		Classifier{Name: "echo", Plugin: "echo", Config: reads("tags.loyal", "email")}, Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "ranked", Plugin: "ranked"})
	w.companies(10)
	r := w.ok()
	starts := w.plugins.starts
	x, err := Explain(t.Context(), w.in, "c0004")
	if err != nil {
		t.Fatal(err)
	}
	if w.plugins.starts != starts {
		t.Error("a process was started")
	}
	echo, loyal, ranked := x.Classifiers[0], x.Classifiers[1], x.Classifiers[2]
	if loyal.Tags[0].Value != "loyal" || Words(loyal.Manifest, loyal.Reasons[0], "zh-Hans") != "China：4个成交。" || loyal.Reads[0].Value.Int() != 4 || loyal.Stale || loyal.Model != nil {
		t.Errorf("%+v", loyal)
	}
	if ranked.Model == nil || ranked.Model.ID != r.Outcome("ranked").Model || ranked.Model.Customers != 9 || ranked.Reads[1].Value.Type() != crm.Time || ranked.Cause != string(crm.CauseFirst) {
		t.Errorf("%+v", ranked)
	}
	if echo.Reads[0].Value.Text() != "loyal" || !echo.Reads[1].Withheld || echo.Stale {
		t.Errorf("%+v", echo)
	}
	if x, err = Explain(t.Context(), w.in, "c0000"); err != nil || x.Classifiers[2].Reads[1].Missing != "missing_deals_closed_at" {
		t.Errorf("%+v %v", x.Classifiers[2].Reads, err)
	}
	w.apply(crm.Deal, []crm.Record{deal(t, "new", "c0004", 100, "EUR", crm.Won, "2026-05-05")})
	if x, err = Explain(t.Context(), w.in, "c0004"); err != nil || !x.Classifiers[1].Stale || x.Classifiers[1].Reads[0].Value.Int() != 5 {
		t.Errorf("%+v %v", x.Classifiers[1], err)
	}
	if _, err = Explain(t.Context(), w.in, "nobody"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Error(err)
	}
	ids, err := Find(t.Context(), w.mirror, "company C000", 3)
	if err != nil || !slices.Equal(ids, []string{"c0000", "c0001", "c0002"}) {
		t.Errorf("%v %v", ids, err)
	}
	if ids, err = Find(t.Context(), w.mirror, "c0007", 3); err != nil || !slices.Equal(ids, []string{"c0007"}) {
		t.Errorf("%v %v", ids, err)
	}
}

func TestAmountsAreWrittenAsMoneyWritesThem(t *testing.T) {
	for _, currency := range []string{"EUR", "JPY", "KWD", "CLF"} {
		for _, minor := range []int64{0, 1, -1, 9, 10, 99, 100, -100, 12345, -98765, 1 << 62, -1 << 63, 1<<63 - 1} {
			want := crm.Money{Minor: minor, Currency: currency}.Decimal()
			if got := string(appendDecimal(nil, minor, crm.Digits(currency))); got != want {
				t.Errorf("%d %s: %s, not %s", minor, currency, got, want)
			}
		}
	}
}

func TestReasonsInWords(t *testing.T) {
	m := &pb.Manifest{Reasons: []*pb.ReasonDefinition{{Code: "x", Text: &pb.Text{ByLanguage: map[string]string{"en": "{a} on {b}, {c}, {d}, {e}, {f}.", "zh-Hans": "{a}。"}}}}}
	reason := Reason{Code: "x", Args: []Argument{{"a", crm.AmountValue(crm.Money{Minor: -123456789, Currency: "EUR"})}, {"b", crm.DateValue(day(t, "2026-01-31"))},
		{"c", crm.NumberValue(0.1 + 0.2)}, {"d", crm.IntegerValue(12345)}, {"e", crm.Value{}}, {"f", crm.TimeValue(time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC))}}}
	for language, want := range map[string]string{
		"en":      "-1,234,567.89 EUR on 2026-01-31, 0.3, 12,345, –, 2026-01-31 09:00 UTC.",
		"zh-Hans": "-1,234,567.89 EUR。",
		"zh-Hant": "-1,234,567.89 EUR on 2026-01-31, 0.3, 12,345, –, 2026-01-31 09:00 UTC.",
	} {
		if got := Words(m, reason, language); got != want {
			t.Errorf("%s: %s", language, got)
		}
	}
	for code, want := range map[string]string{"missing_country": "Nothing is known of country, which this classification needs.", "old": "old what=country"} {
		if got := Words(m, Reason{Code: code, Args: []Argument{{"what", crm.TextValue("country")}}}, "en"); got != want {
			t.Errorf("%s: %s", code, got)
		}
	}
	if got := Words(m, Reason{Code: "missing_rate", Args: []Argument{{"what", crm.TextValue("sum(deals.amount)")}}}, "zh-Hant"); got != "sum(deals.amount)中有金額所用貨幣在當日的匯率未知。" {
		t.Error(got)
	}
}
