package credit_test

import (
	"encoding/csv"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/plugins/credit"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// books are the invoices and payments of a customer, column by column; nil is no value.
type books struct {
	due, paid, amount, status, issued, reason []any
	payments, paidOn                          []any
}

func day(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}

func (b *books) invoice(amount int64, issued, due, paid time.Time, status string) *books {
	b.amount, b.status = append(b.amount, sdk.Amount(amount)), append(b.status, status)
	b.issued, b.due, b.paid, b.reason = append(b.issued, day(issued)), append(b.due, day(due)), append(b.paid, day(paid)), append(b.reason, nil)
	return b
}

// because names the reason of the last invoice.
func (b *books) because(reason string) *books {
	b.reason[len(b.reason)-1] = reason
	return b
}

func (b *books) pay(amount int64, on time.Time) *books {
	b.payments, b.paidOn = append(b.payments, sdk.Amount(amount)), append(b.paidOn, day(on))
	return b
}

// customer is what the classifier reads of the books.
func (b *books) customer(c *sdktest.Classifier) sdktest.Customer {
	out := sdktest.Customer{}
	for _, read := range c.Reads {
		field, kind, _ := strings.Cut(strings.TrimPrefix(read.GetPath(), "activities."), " where kind = ")
		column := map[string][]any{"due_at": b.due, "paid_at": b.paid, "amount": b.amount, "status": b.status, "occurred_at": b.issued, "reason": b.reason}[field]
		if kind == "payment" {
			column = map[string][]any{"amount": b.payments, "occurred_at": b.paidOn}[field]
		}
		out[read.GetPath()] = column
	}
	return out
}

func start(t *testing.T, asOf time.Time, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return sdktest.Start(t, sdktest.InProcess(credit.Plugin()), sdktest.Setup{Config: config, AsOf: asOf})
}

var asOf = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// ago is a day before the as-of day.
func ago(days int) time.Time { return asOf.AddDate(0, 0, -days) }

var never time.Time

func number(t *testing.T, r sdktest.Result, key string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(r.Tags[key], 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		t.Fatalf("%s of %v is no number", key, r)
	}
	return v
}

// Leaving out the open invoice would make it 7.5 days, and the worst payer look best.
func TestOpenInvoicesCount(t *testing.T) {
	var example struct {
		Invoices []struct {
			Amount int64  `json:"amount"`
			Due    string `json:"due"`
			Paid   string `json:"paid"`
		} `json:"invoices"`
		AsOf     string  `json:"as_of"`
		Weighted float64 `json:"weighted"`
		PaidOnly float64 `json:"weighted_paid_only"`
	}
	sample.EdgeCases(t, "days_beyond_terms", &example)
	read := func(text string) time.Time {
		if text == "" {
			return never
		}
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	b, closed := &books{}, &books{}
	for _, in := range example.Invoices {
		b.invoice(in.Amount*100, never, read(in.Due), read(in.Paid), "")
		if in.Paid != "" {
			closed.invoice(in.Amount*100, never, read(in.Due), read(in.Paid), "")
		}
	}
	c := start(t, read(example.AsOf), map[string]any{"min_invoices": 0})
	r := plugintest.One(c, b.customer(c))
	if number(t, r, "days_late") != example.Weighted || r.Class() != "B" || r.Tags["overdue"] != "10000" {
		t.Errorf("with the open one: %v", r)
	}
	if text := r.Reasons[0].Text; text != "Days beyond terms, weighted by amount: 12. Invoices judged: 3, late: 2, overdue now: 1 (100.00 USD)." {
		t.Errorf("the reason is %q", text)
	}
	if r = plugintest.One(c, closed.customer(c)); number(t, r, "days_late") != example.PaidOnly {
		t.Errorf("without it: %v", r)
	}
}

// Every customer of the synthetic set, against the grade computed from its records by other hands.
func TestEverySyntheticPayer(t *testing.T) {
	set, err := synthetic.Make(synthetic.B2B, 1, 600)
	if err != nil {
		t.Fatal(err)
	}
	c := sdktest.Start(t, sdktest.InProcess(credit.Plugin()), sdktest.Setup{Config: map[string]any{"reason_field": "reason"}, AsOf: synthetic.AsOf})
	var list []sdktest.Customer
	for _, x := range set.Customers {
		b := &books{}
		for _, a := range x.Activities {
			if a.Kind == "invoice" {
				b.invoice(a.Amount, a.At, a.Due, a.Paid, a.Status).because(a.Reason)
			}
		}
		list = append(list, b.customer(c))
	}
	grades := map[string]int{}
	for i, r := range c.Classify(list) {
		x := set.Customers[i]
		want := x.Truth["credit"]
		if want == "U" || want == "" {
			want = "unclassified"
		}
		grades[want]++
		if r.Class() != want {
			t.Errorf("%s is %v, not %s", x.ID, r, want)
		}
		if x.Facts["invoices_due"] > 0 && math.Abs(number(t, r, "days_late")-x.Facts["days_late"]) > 0.006 {
			t.Errorf("%s is %s days late, not %g", x.ID, r.Tags["days_late"], x.Facts["days_late"])
		}
	}
	if len(grades) != 6 {
		t.Errorf("not every grade is there: %v", grades)
	}
}

// Every customer of 400, against a program in another language that goes about it in another way.
func TestEveryLedgerIsAsAnIndependentProgramSays(t *testing.T) {
	read := func(name string) (out []map[string]string) {
		f, err := os.Open("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		lines, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines[1:] {
			row := map[string]string{}
			for i, cell := range line {
				row[lines[0][i]] = cell
			}
			out = append(out, row)
		}
		return out
	}
	whole := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	when := func(text string) time.Time {
		if text == "" {
			return never
		}
		return ago(whole(text))
	}
	expected := read("expected.csv")
	list := make([]*books, len(expected))
	for i := range list {
		list[i] = &books{}
	}
	for _, x := range read("ledgers.csv") {
		b := list[whole(x["customer"])]
		if x["kind"] == "payment" {
			b.pay(int64(whole(x["cents"])), when(x["issued"]))
			continue
		}
		b.invoice(int64(whole(x["cents"])), when(x["issued"]), when(x["due"]), when(x["paid"]), x["status"])
	}
	for settle, prefix := range map[string]string{"invoices": "", "payments": "p_"} {
		c := start(t, asOf, map[string]any{"preset": settle, "min_invoices": 0})
		var customers []sdktest.Customer
		for _, b := range list {
			customers = append(customers, b.customer(c))
		}
		judged := 0
		for i, r := range c.Classify(customers) {
			x := expected[i]
			if r.Tags["invoices"] != x[prefix+"invoices"] {
				t.Errorf("%s %d: %v, not %v", settle, i, r, x)
			}
			if x[prefix+"invoices"] == "0" {
				continue
			}
			judged++
			for key, column := range map[string]string{"days_late": "late", "payment_score": "score"} {
				want, err := strconv.ParseFloat(x[prefix+column], 64)
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(number(t, r, key)-want) > map[string]float64{"days_late": 0.0051, "payment_score": 0.051}[key] {
					t.Errorf("%s %d: %s is %s, not %g", settle, i, key, r.Tags[key], want)
				}
			}
			if r.Tags["overdue"] != x[prefix+"overdue"] {
				t.Errorf("%s %d: overdue is %s, not %s", settle, i, r.Tags["overdue"], x[prefix+"overdue"])
			}
		}
		if judged < 250 {
			t.Errorf("%s: only %d customers are judged", settle, judged)
		}
	}
}

// Days late up to a bound are in the better grade; what is a hair above is not.
func TestGradesEndAtTheirBounds(t *testing.T) {
	c := start(t, asOf, map[string]any{"min_invoices": 1})
	for _, x := range []struct {
		late  []int // of two invoices, 99.99 and 0.01
		grade string
	}{
		{[]int{0, 0}, "A"}, {[]int{-40, -1}, "A"}, {[]int{0, 1}, "B"}, {[]int{15, 15}, "B"}, {[]int{15, 16}, "C"}, {[]int{30, 30}, "C"}, {[]int{30, 31}, "D"},
		{[]int{60, 60}, "D"}, {[]int{60, 61}, "E"}, {[]int{200, 0}, "E"},
	} {
		b := (&books{}).invoice(9999, ago(330), ago(300), ago(300-x.late[0]), "paid").invoice(1, ago(330), ago(300), ago(300-x.late[1]), "paid")
		if r := plugintest.One(c, b.customer(c)); r.Class() != x.grade {
			t.Errorf("%v days: %v, not %s", x.late, r, x.grade)
		}
	}
}

// The window is of due days: 365 days ago is within, the as-of day is not, and what is open stays however old.
func TestWhichInvoicesAreJudged(t *testing.T) {
	c := start(t, asOf, map[string]any{"min_invoices": 1})
	for name, x := range map[string]struct {
		books  *books
		class  string
		reason string
	}{
		"first day of the window":     {(&books{}).invoice(100, ago(400), ago(365), ago(365), "paid"), "A", "in_time"},
		"before it":                   {(&books{}).invoice(100, ago(400), ago(366), ago(300), "paid"), "unclassified", "no_invoices"},
		"before it, open":             {(&books{}).invoice(100, ago(800), ago(700), never, "open"), "E", "late"},
		"due today":                   {(&books{}).invoice(100, ago(30), ago(0), never, "open"), "unclassified", "no_invoices"},
		"due yesterday":               {(&books{}).invoice(100, ago(30), ago(1), never, "open"), "B", "late"},
		"paid today is not known yet": {(&books{}).invoice(100, ago(60), ago(16), ago(0), "paid"), "C", "late"},
		"paid without a day":          {(&books{}).invoice(100, ago(60), ago(16), never, "In-Payment"), "unclassified", "too_few"},
		"disputed":                    {(&books{}).invoice(100, ago(60), ago(16), never, "IN_DISPUTE"), "unclassified", "too_few"},
		"a draft":                     {(&books{}).invoice(100, ago(60), ago(16), never, "draft"), "unclassified", "no_invoices"},
		"no due date":                 {(&books{}).invoice(100, ago(60), never, never, "open"), "unclassified", "too_few"},
		"nothing":                     {&books{}, "unclassified", "no_invoices"},
		"of no amount":                {(&books{}).invoice(0, ago(60), ago(16), never, "open"), "unclassified", "no_invoices"},
		"a credit note only":          {(&books{}).invoice(-100, ago(60), ago(16), never, "open"), "unclassified", "no_invoices"},
		"written off":                 {(&books{}).invoice(100, ago(60), ago(16), never, "Written-Off"), "E", "written_off"},
		"written off in Chinese":      {(&books{}).invoice(100, ago(60), ago(16), never, "坏账"), "E", "written_off"},
		"written off long ago":        {(&books{}).invoice(100, ago(900), ago(800), never, "written_off"), "unclassified", "no_invoices"},
		"written off, others prompt":  {(&books{}).invoice(100, ago(60), ago(16), never, "bad_debt").invoice(100, ago(60), ago(16), ago(20), "paid"), "E", "written_off"},
	} {
		r := plugintest.One(c, x.books.customer(c))
		if r.Class() != x.class || r.Reasons[0].Code != x.reason {
			t.Errorf("%s: %v", name, r)
		}
	}
	r := plugintest.One(c, (&books{}).invoice(100, ago(60), ago(16), never, "disputed").invoice(100, ago(60), ago(16), never, "paid").customer(c))
	if r.Tags["disputed"] != "1" || r.Tags["days_late"] != "" || !plugintest.Given(r, "disputed") || !plugintest.Given(r, "undated") {
		t.Errorf("what is not judged is counted: %v", r)
	}
}

func TestTermsStandInForDueDates(t *testing.T) {
	c := start(t, asOf, map[string]any{"min_invoices": 1, "terms": 30})
	if r := plugintest.One(c, (&books{}).invoice(100, ago(60), never, ago(20), "paid").customer(c)); number(t, r, "days_late") != 10 {
		t.Errorf("paid 40 days after its date: %v", r)
	}
}

// A credit note settles at its date, and two payments settle one invoice in parts.
func TestPartsAreSettledOldestFirst(t *testing.T) {
	b := (&books{}).
		invoice(10000, ago(130), ago(100), never, "open").
		invoice(10000, ago(80), ago(50), never, "open").
		invoice(-4000, ago(90), never, never, "posted"). // 40.00 of the first, 10 days late
		pay(10000, ago(60)).                             // 60.00 of the first, 40 days late, 40.00 of the second, 10 days early
		pay(3000, ago(30))                               // 30.00 of the second, 20 days late; 30.00 are open, 50 days
	c := start(t, asOf, map[string]any{"preset": "payments", "min_invoices": 2})
	r := plugintest.One(c, b.customer(c))
	want := (4000.0*10 + 6000*40 + 3000*20 + 3000*50) / 20000 // 24.5
	if number(t, r, "days_late") != want || r.Class() != "C" || r.Tags["overdue"] != "3000" || r.Tags["invoices"] != "2" {
		t.Errorf("%v, not %g days", r, want)
	}
	// 40.00 at 73⅓ points, 60.00 at 46⅔, 40.00 at 85, 30.00 at 62.857, 30.00 at 43⅓.
	if score := number(t, r, "payment_score"); score != 61.6 {
		t.Errorf("the score is %g", score)
	}
	c = start(t, asOf, map[string]any{"preset": "payments", "min_invoices": 2, "early": "offset"})
	r = plugintest.One(c, b.customer(c))
	if number(t, r, "days_late") != want-2 { // 40.00 * 10 days / 200.00
		t.Errorf("with days paid early: %v", r)
	}
}

func TestThePaymentScoreHasItsAnchors(t *testing.T) {
	c := start(t, asOf, map[string]any{"min_invoices": 1})
	for late, points := range map[int]float64{-90: 100, -30: 100, -25: 95, -20: 90, 0: 80, 15: 70, 22: 60, 30: 50, 45: 45, 60: 40, 90: 30, 120: 20, 180: 20} {
		r := plugintest.One(c, (&books{}).invoice(100, ago(330), ago(200), ago(200-late), "paid").customer(c))
		if number(t, r, "payment_score") != points {
			t.Errorf("%d days late: %v, not %g", late, r, points)
		}
	}
}

// Why: the reason of most of the delay, and reasons may tell disputes.
func TestTheReasonOfDelays(t *testing.T) {
	c := start(t, asOf, map[string]any{"min_invoices": 1, "reason_field": "reason", "disputed": []string{"wrong amount"}})
	b := (&books{}).
		invoice(100, ago(60), ago(30), ago(20), "paid").because("forgotten"). // 10 days
		invoice(900, ago(60), ago(30), ago(28), "paid").because("approval").  // 2 days, of nine times the money
		invoice(100, ago(60), ago(30), ago(35), "paid").because("cash_flow"). // in time
		invoice(900, ago(60), ago(30), never, "open").because("wrong_amount") // disputed
	r := plugintest.One(c, b.customer(c))
	if r.Tags["delay_reason"] != "approval" || plugintest.Because(r, "delay_reason")["reason"] != "approval" || r.Tags["disputed"] != "1" {
		t.Errorf("%v", r)
	}
}

// Days are those of the account: 17:00 UTC is the next day in Shanghai.
func TestDaysAreOfTheAccountsZone(t *testing.T) {
	c := plugintest.Configured(t, credit.Plugin(), map[string]any{"min_invoices": 1})
	due := time.Date(2025, 10, 1, 17, 0, 0, 0, time.UTC)
	if r := plugintest.One(c, (&books{}).invoice(100, never, due, due.Add(-2*time.Hour), "paid").customer(c)); r.Class() != "A" {
		t.Errorf("the day before: %v", r)
	}
	if r := plugintest.One(c, (&books{}).invoice(100, never, due.Add(-2*time.Hour), due, "paid").customer(c)); number(t, r, "days_late") != 1 {
		t.Errorf("two hours later, on the next day: %v", r)
	}
}

func TestDegenerateLedgers(t *testing.T) {
	immense := &books{}
	for i := range 10 {
		immense.invoice(math.MaxInt64, ago(400), ago(300+i), never, "open")
	}
	long := &books{}
	for i := range 360 {
		long.invoice(int64(100+i), ago(30*i+40), ago(30*i+10), ago(30*i), "paid").pay(100, ago(30*i))
	}
	lists := []*books{immense, long, (&books{}).invoice(100, never, ago(-40000), ago(-40000), "").invoice(-100, never, never, never, "").pay(-5, ago(3)).pay(5, never)}
	for _, config := range []map[string]any{{}, {"settle": "payments"}, {"days": 36500, "min_invoices": 0, "early": "offset", "terms": 3650}} {
		c := start(t, asOf, config)
		for i, b := range lists {
			r := plugintest.One(c, b.customer(c))
			if r.Class() == "" || len(r.Reasons) == 0 {
				t.Errorf("%v, %d: %v", config, i, r)
			}
			for key := range r.Tags {
				if key == "days_late" || key == "payment_score" || key == "overdue" {
					number(t, r, key)
				}
			}
		}
		empty := plugintest.One(c, sdktest.Customer{})
		if empty.Class() != "unclassified" {
			t.Errorf("without any column: %v", empty)
		}
	}
}

func TestTheConfigurationIsLinted(t *testing.T) {
	for _, x := range []struct {
		config map[string]any
		want   []string
	}{
		{map[string]any{}, nil},
		{map[string]any{"grades": []float64{0, 15, 15, 60}}, []string{"/grades/2 order"}},
		{map[string]any{"grades": []float64{-1, 15, 30, 60}}, []string{"/grades/0 range"}},
		{map[string]any{"written_off": []string{"VOIDED"}}, nil},
		{map[string]any{"ignored": []string{" "}}, []string{"/ignored/0 empty"}},
		{map[string]any{"reason_field": "why"}, []string{"/reason_field unknown_field"}},
		{map[string]any{"reason_field": "amount"}, []string{"/reason_field field_type"}},
		{map[string]any{"settle": "magic"}, []string{"/settle enum"}},
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, credit.Plugin(), x.config, plugintest.List("activities.reason", sdk.String), plugintest.List("activities.amount", sdk.Money)) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%v: %v, expected %v", x.config, got, x.want)
		}
	}
}

func TestConformance(t *testing.T) {
	sdktest.Run(t, sdktest.InProcess(credit.Plugin()))
	sdktest.Run(t, sdktest.InProcess(credit.Plugin()), sdktest.Options{Setup: plugintest.Setup(map[string]any{"settle": "payments", "reason_field": "reason"},
		plugintest.List("activities.reason", sdk.String), plugintest.List("activities.due_at", sdk.Time), plugintest.List("activities.paid_at", sdk.Time), plugintest.List("activities.amount", sdk.Money),
		plugintest.List("activities.status", sdk.String), plugintest.List("activities.occurred_at", sdk.Time), plugintest.List("activities.kind", sdk.String), plugintest.List("deals.closed_at", sdk.Time))})
	sdktest.Run(t, sdktest.InProcess(credit.Plugin()), sdktest.Options{Setup: plugintest.Setup(map[string]any{"source": "deals", "reason_field": "reason", "due_field": "due", "status_field": "billing"},
		append(dealFields(sdk.Date), plugintest.List("activities.due_at", sdk.Time), plugintest.List("activities.paid_at", sdk.Time), plugintest.List("activities.amount", sdk.Money),
			plugintest.List("activities.status", sdk.String), plugintest.List("activities.occurred_at", sdk.Time), plugintest.List("activities.kind", sdk.String))...)})
}

// dealFields are those of an account that keeps on deals what an invoice says; kind is the type of its days.
func dealFields(kind sdk.Type) []*pb.CatalogueField {
	return []*pb.CatalogueField{plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.closed_at", sdk.Time), plugintest.List("deals.due", kind), plugintest.List("deals.paid_at", kind),
		plugintest.List("deals.billing", sdk.String), plugintest.List("deals.reason", sdk.String), plugintest.List("deals.invoiced", sdk.Money)}
}

// deals are the books as an account keeps them on won deals, with days of the kind.
func (b *books) deals(c *sdktest.Classifier, kind sdk.Type) sdktest.Customer {
	days := func(list []any) (out []any) {
		for _, v := range list {
			if at, ok := v.(time.Time); ok && kind == sdk.Date {
				v = sdk.DayOf(at, at.Location())
			}
			out = append(out, v)
		}
		return out
	}
	out := sdktest.Customer{}
	for _, read := range c.Reads {
		field, found := strings.CutSuffix(strings.TrimPrefix(read.GetPath(), "deals."), " where won")
		column := map[string][]any{"due": days(b.due), "paid_at": days(b.paid), "amount": b.amount, "invoiced": b.amount, "billing": b.status, "closed_at": b.issued, "reason": b.reason}[field]
		if !found {
			column = map[string][]any{"activities.amount where kind = payment": b.payments, "activities.occurred_at where kind = payment": b.paidOn}[read.GetPath()]
		}
		out[read.GetPath()] = column
	}
	return out
}

// Accounts without invoices may keep due and paid days on won deals.
func TestDealsMayBeTheInvoices(t *testing.T) {
	today := asOf
	for name, x := range map[string]struct {
		config map[string]any
		books  *books
		want   string // class, days late, overdue
	}{
		"paid on the day":             {nil, (&books{}).invoice(100, ago(60), ago(30), ago(30), ""), "A 0 0"},
		"15 days late":                {nil, (&books{}).invoice(100, ago(60), ago(30), ago(15), ""), "B 15 0"},
		"16 days late":                {nil, (&books{}).invoice(100, ago(60), ago(30), ago(14), ""), "C 16 0"},
		"open until the as-of day":    {nil, (&books{}).invoice(100, ago(60), ago(30), never, ""), "C 30 100"},
		"paid on the as-of day":       {nil, (&books{}).invoice(100, ago(60), ago(30), today, ""), "C 30 100"},
		"due on the as-of day":        {nil, (&books{}).invoice(100, ago(60), today, never, ""), "unclassified  "},
		"due on the first day":        {nil, (&books{}).invoice(100, ago(400), ago(365), ago(365), ""), "A 0 0"},
		"due the day before":          {nil, (&books{}).invoice(100, ago(400), ago(366), ago(366), ""), "unclassified  "},
		"no due day":                  {nil, (&books{}).invoice(100, ago(60), never, ago(30), ""), "unclassified  "},
		"no due day, but terms":       {map[string]any{"terms": 30}, (&books{}).invoice(100, ago(60), never, ago(29), ""), "B 1 0"},
		"no field for it, but terms":  {map[string]any{"terms": 30, "due_field": "none"}, (&books{}).invoice(100, ago(60), never, ago(29), ""), "B 1 0"},
		"a refund settles the oldest": {nil, (&books{}).invoice(100, ago(60), ago(30), never, "").invoice(-100, ago(20), never, never, ""), "B 10 0"},
		"payments settle":             {map[string]any{"settle": "payments"}, (&books{}).invoice(100, ago(60), ago(30), ago(30), "").pay(40, ago(30)).pay(60, ago(20)), "B 6 0"},
		"written off by status":       {map[string]any{"status_field": "billing"}, (&books{}).invoice(100, ago(60), ago(30), never, "bad debt"), "E  "},
		"without the field it is not": {nil, (&books{}).invoice(100, ago(60), ago(30), never, "bad debt"), "C 30 100"},
		"paid, nobody knows when":     {map[string]any{"status_field": "billing"}, (&books{}).invoice(100, ago(60), ago(30), never, "Paid"), "unclassified  "},
		"an amount of its own":        {map[string]any{"amount_field": "invoiced"}, (&books{}).invoice(100, ago(60), ago(30), ago(15), ""), "B 15 0"},
	} {
		for _, kind := range []sdk.Type{sdk.Date, sdk.Time} {
			config := map[string]any{"source": "deals", "due_field": "due", "min_invoices": 1}
			maps.Copy(config, x.config)
			c := sdktest.Start(t, sdktest.InProcess(credit.Plugin()), sdktest.Setup{Config: config, AsOf: asOf, Catalogue: dealFields(kind)})
			r := plugintest.One(c, x.books.deals(c, kind))
			if got := r.Class() + " " + r.Tags["days_late"] + " " + r.Tags["overdue"]; got != x.want {
				t.Errorf("%s, %v: %q, not %q: %v", name, kind, got, x.want, r)
			}
		}
	}
	// The same books give the same grade from either source.
	c := sdktest.Start(t, sdktest.InProcess(credit.Plugin()), sdktest.Setup{Config: map[string]any{"source": "deals", "due_field": "due", "reason_field": "reason"}, AsOf: asOf, Catalogue: dealFields(sdk.Date)})
	d := start(t, asOf, map[string]any{"reason_field": "reason"})
	b := (&books{}).invoice(300, ago(90), ago(60), ago(50), "").because("forgotten").invoice(900, ago(60), ago(30), ago(28), "").invoice(100, ago(50), ago(20), never, "").because("approval")
	one, other := plugintest.One(c, b.deals(c, sdk.Date)), plugintest.One(d, b.customer(d))
	if !maps.Equal(one.Tags, other.Tags) || one.Class() == "unclassified" || one.Tags["delay_reason"] != "forgotten" {
		t.Errorf("%v\n%v", one, other)
	}
}

func TestFieldsOfDealsAreLinted(t *testing.T) {
	for _, x := range []struct {
		config map[string]any
		want   []string
	}{
		{map[string]any{"source": "deals", "due_field": "due"}, nil},
		{map[string]any{"source": "deals"}, []string{"/due_field unknown_field"}},
		{map[string]any{"source": "deals", "terms": 30}, nil},
		{map[string]any{"source": "deals", "terms": 30, "paid_field": "settled"}, []string{"/paid_field unknown_field"}},
		{map[string]any{"source": "deals", "terms": 30, "paid_field": "settled", "settle": "payments"}, nil},
		{map[string]any{"source": "deals", "due_field": "billing"}, []string{"/due_field field_type"}},
		{map[string]any{"source": "deals", "due_field": "due", "amount_field": "due", "status_field": "amount", "reason_field": "why"},
			[]string{"/amount_field field_type", "/status_field field_type", "/reason_field unknown_field"}},
		{map[string]any{"due_field": "due"}, []string{"/due_field unused"}},
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, credit.Plugin(), x.config, dealFields(sdk.Date)...) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%v: %v, expected %v", x.config, got, x.want)
		}
	}
}

func TestAListBeforeAnotherWins(t *testing.T) {
	c := start(t, asOf, map[string]any{"min_invoices": 1, "written_off": []string{"VOIDED"}})
	if r := plugintest.One(c, (&books{}).invoice(100, ago(60), ago(16), never, "voided").customer(c)); r.Class() != "E" {
		t.Errorf("voided means written off here: %v", r)
	}
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, credit.Plugin()) }
