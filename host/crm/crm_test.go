package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"
)

func TestValuesSurviveTheirTextAndTheirJSON(t *testing.T) {
	for _, v := range []Value{
		{}, TextValue(""), TextValue("重要"), IntegerValue(-1 << 63), IntegerValue(9007199254740993), NumberValue(0.1), NumberValue(math.Copysign(0, -1)),
		BooleanValue(true), BooleanValue(false), DateValue(-1), DateValue(17532), MicrosValue(-1), TimeValue(time.Unix(1, 999_999_000)),
		AmountValue(Money{-150, "USD"}), AmountValue(Money{150, "JPY"}), AmountValue(Money{1234, "KWD"}),
	} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Value
		if err := json.Unmarshal(data, &back); err != nil || back != v {
			t.Errorf("%s became %v, %v", data, back, err)
		}
		if v.Missing() || v.Type() == Text {
			continue
		}
		if parsed, err := ParseValue(v.Type(), v.String(), v.Money().Currency); err != nil || parsed != v {
			t.Errorf("%s %q became %v, %v", v.Type(), v.String(), parsed, err)
		}
	}
}

func TestMoneyIsReadExactly(t *testing.T) {
	for _, test := range []struct {
		text, currency string
		minor          int64
	}{
		{"1500.50", "USD", 150050}, {"0.1", "USD", 10}, {"-3e2", "EUR", -30000}, {"12.5", "JPY", 12}, {"13.5", "JPY", 14}, {"1.2345", "KWD", 1234},
		{"0.005", "USD", 0}, {"0.015", "USD", 2}, {" 7 ", "", 700}, {"92233720368547758.07", "USD", 1<<63 - 1},
	} {
		m, err := ParseMoney(test.text, test.currency)
		if err != nil || m.Minor != test.minor {
			t.Errorf("%q %s: %v, %v, want %d", test.text, test.currency, m, err, test.minor)
		}
	}
	for _, text := range []string{"", "abc", "1/3", "0x10", "NaN", "inf", "1e999", "1e99999999999", "92233720368547758.08", "1,5"} {
		if m, err := ParseMoney(text, "USD"); err == nil {
			t.Errorf("%q was read as %v", text, m)
		}
	}
}

func TestConversionRoundsHalfToEvenOnce(t *testing.T) {
	m, err := Money{Minor: 1000, Currency: "JPY"}.Convert(big.NewRat(1, 160), "EUR")
	if err != nil || m != (Money{625, "EUR"}) {
		t.Errorf("%v, %v", m, err)
	}
	if m, _ = (Money{Minor: 1, Currency: "USD"}).Convert(big.NewRat(5, 2), "EUR"); m.Minor != 2 {
		t.Errorf("2.5 cents became %d", m.Minor)
	}
}

func TestADayIsACalendarDayOfItsZone(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	at := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	if got := DayOf(at, shanghai).String(); got != "2026-03-02" {
		t.Error(got)
	}
	d, err := ParseDay("2026-03-02")
	if err != nil || !d.Start(shanghai).Equal(time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)) {
		t.Error(d, err)
	}
	if got := DayOf(time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), time.UTC); got != -1 {
		t.Error(got)
	}
}

func TestTheLinkThatCounts(t *testing.T) {
	r := Record{Links: []Link{{Company, "9", false}, {Company, "7", false}, {Contact, "1", false}}}
	if got := r.Linked(Company); got != "7" {
		t.Error(got)
	}
	r.Links[0].Primary = true
	if got := r.Linked(Company); got != "9" {
		t.Error(got)
	}
	if got := r.Linked(Deal); got != "" {
		t.Error(got)
	}
}

func TestTheCatalogueRefusesTwoFieldsOfOneName(t *testing.T) {
	if _, err := NewCatalogue(Field{Kind: Deal, Name: "amount", Type: Amount}); CodeOf(err) != CodeConfig {
		t.Error(err)
	}
	if _, err := NewCatalogue(Field{Kind: "lead", Name: "x", Type: Text}); CodeOf(err) != CodeConfig {
		t.Error(err)
	}
	c, err := NewCatalogue(Field{Kind: Deal, Name: "margin", Type: Amount})
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := c.Lookup(Deal, "margin"); !ok || f.Type != Amount {
		t.Error(f, ok)
	}
}

func TestErrorsSayWhereAndWhatToDo(t *testing.T) {
	err := fmt.Errorf("outer: %w", &Error{Code: CodeRecord, Message: "no id", Pointer: "page 3", Suggestion: "look"})
	if got := errors.Unwrap(err).Error(); got != "page 3: no id (look)" {
		t.Error(got)
	}
	if CodeOf(err) != CodeRecord || CodeOf(errors.New("x")) != CodeInternal || CodeOf(nil) != "" {
		t.Error("codes")
	}
}

func TestADayIsTextInJSON(t *testing.T) {
	type document struct {
		Day  Day            `json:"day"`
		Days map[Day]string `json:"days"`
	}
	day, err := ParseDay("2026-01-31")
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(document{Day: day, Days: map[Day]string{day: "x"}})
	if err != nil || string(data) != `{"day":"2026-01-31","days":{"2026-01-31":"x"}}` {
		t.Fatalf("%s, %v", data, err)
	}
	var back document
	if err := json.Unmarshal(data, &back); err != nil || back.Day != day || back.Days[day] != "x" {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"day":"31.1.2026"}`), &back); err == nil {
		t.Error("another spelling is read")
	}
}
