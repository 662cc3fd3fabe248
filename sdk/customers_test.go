package sdk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

type colour string

type base struct {
	Country string `crm:"country" purpose:"test"`
}

// everything has a field of each type and form.
type everything struct {
	base
	ID      sdk.Key
	Colour  colour                  `crm:"colour" purpose:"test"`
	N       int                     `crm:"n" purpose:"test"`
	F       float64                 `crm:"f" purpose:"test"`
	B       bool                    `crm:"b" purpose:"test"`
	At      time.Time               `crm:"at" purpose:"test"`
	Day     sdk.Day                 `crm:"day" purpose:"test"`
	Amount  sdk.Amount              `crm:"amount" purpose:"test" required:"true"`
	OptN    sdk.Optional[int64]     `crm:"opt_n" purpose:"test"`
	OptAt   sdk.Optional[time.Time] `crm:"opt_at" purpose:"test"`
	PtrF    *float64                `crm:"ptr_f" purpose:"test"`
	PtrT    *string                 `crm:"ptr_t" purpose:"test"`
	Amounts []sdk.Amount            `crm:"deals.amount" purpose:"test"`
	Names   []sdk.Optional[string]  `crm:"deals.name" purpose:"test"`
	Dates   []sdk.Day               `crm:"deals.day" purpose:"test"`
	Again   int64                   `crm:"n" purpose:"test"`
	Ignored chan int                `crm:"-"`
}

type none struct{}

// show prints a customer; what is missing is "-".
func show(e everything) string {
	opt := func(ok bool, x any) any {
		if !ok {
			return "-"
		}
		return x
	}
	var names []any
	for _, n := range e.Names {
		names = append(names, opt(n.OK, n.Value))
	}
	ptrF, ptrT := any("-"), any("-")
	if e.PtrF != nil {
		ptrF = *e.PtrF
	}
	if e.PtrT != nil {
		ptrT = *e.PtrT
	}
	return fmt.Sprint(e.Country, " ", e.Colour, " ", e.N, e.Again, e.F, e.B, " ", e.At.Format(time.RFC3339), " ", e.Day, " ", int64(e.Amount), " ",
		opt(e.OptN.OK, e.OptN.Value), " ", opt(e.OptAt.OK, e.OptAt.Value.Year()), " ", ptrF, " ", ptrT, " ", e.Amounts == nil, len(e.Amounts), e.Amounts, names, e.Dates, e.ID != sdk.Key{})
}

func shower[R any](reads []sdk.Read, configure func(sdk.Run, none, sdk.Catalogue) (sdk.Effective, sdk.Diagnostics), show func(R) string) sdk.Plugin {
	return sdk.Pointwise[none, R]{
		Info: sdk.Info{ID: "test.show", Version: "1.0.0", Summary: "Shows"}, Tags: []sdk.Tag{sdk.TextTag("")}, Reads: reads, Configure: configure,
		Classify: func(_ sdk.Run, _ none, r R) sdk.Verdict { return sdk.Set("", show(r)) },
	}
}

var at = time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)

var customers = []sdktest.Customer{
	{"country": "DE", "colour": "red", "n": 7, "f": 0.5, "b": true, "at": at, "day": sdk.Day(3), "amount": sdk.Amount(100), "opt_n": 0, "opt_at": at, "ptr_f": 1.5,
		"ptr_t": "", "deals.amount": []sdk.Amount{1, 2}, "deals.name": []any{"x", nil, ""}, "deals.day": []sdk.Day{4}},
	{"amount": sdk.Amount(-1)},
	{"amount": sdk.Amount(5), "colour": "重要", "deals.amount": []sdk.Amount{}, "deals.name": []string{}},
}

func TestStructsAreFilledFromColumns(t *testing.T) {
	c := sdktest.Start(t, sdktest.InProcess(shower(nil, nil, show)), sdktest.Setup{})
	want := []string{
		"DE red 7 7 0.5 true 2025-03-04T05:06:07Z 1970-01-04 100 0 2025 1.5  false 2 [1 2] [x - ] [1970-01-05] true",
		"  0 0 0 false 1970-01-01T00:00:00Z 1970-01-01 -1 - - - - true 0 [] [] [] true",
		" 重要 0 0 0 false 1970-01-01T00:00:00Z 1970-01-01 5 - - - - false 0 [] [] [] true",
	}
	for i, r := range c.Classify(customers) {
		if got := r.Class(); got != want[i] {
			t.Errorf("customer %d is\n%q, not\n%q", i, got, want[i])
		}
	}
}

func TestRowsShowTheSame(t *testing.T) {
	reads := []sdk.Read{{Path: "country", Type: sdk.String}, {Path: "n", Type: sdk.Integer}, {Path: "f", Type: sdk.Number}, {Path: "b", Type: sdk.Boolean},
		{Path: "at", Type: sdk.Time}, {Path: "day", Type: sdk.Date}, {Path: "amount", Type: sdk.Money}, {Path: "deals.amount", Type: sdk.Money, List: true},
		{Path: "deals.name", Type: sdk.String, List: true}}
	configure := func(sdk.Run, none, sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
		return sdk.Effective{Reads: reads}, nil
	}
	c := sdktest.Start(t, sdktest.InProcess(shower([]sdk.Read{{Path: "*", Purpose: "test"}}, configure, func(r sdk.Row) string {
		var items []string
		for j := range r.ListLen(8) {
			items = append(items, fmt.Sprint(r.ListText(8, j), r.ListMissing(8, j)))
		}
		sum := sdk.Amount(0)
		for j := range r.ListLen(7) {
			sum += r.ListAmount(7, j)
		}
		return fmt.Sprint(r.Len(), r.Missing(0), " ", r.Text(0), " ", r.Int(1), r.Float(2), r.Bool(3), r.Time(4).Year(), " ", r.Day(5), " ", int64(r.Amount(6)), " ", int64(sum), items)
	})), sdktest.Setup{})
	var some []sdktest.Customer
	for _, x := range customers[:2] {
		cut := sdktest.Customer{}
		for _, r := range reads {
			if v, ok := x[r.Path]; ok {
				cut[r.Path] = v
			}
		}
		some = append(some, cut)
	}
	got := c.Classify(some)
	if want := "9 false DE 7 0.5 true 2025 1970-01-04 100 3 [xfalse true false]"; got[0].Class() != want {
		t.Errorf("the row is %q, not %q", got[0].Class(), want)
	}
	if want := "9 true  0 0 false 1970 1970-01-01 -1 0 []"; got[1].Class() != want {
		t.Errorf("the row is %q, not %q", got[1].Class(), want)
	}
}

func TestTheStructIsTheListOfReads(t *testing.T) {
	m := sdk.Manifest(shower(nil, nil, show))
	var got []string
	for _, r := range m.GetReads() {
		got = append(got, fmt.Sprint(r.GetPath(), ":", strings.ToLower(strings.TrimPrefix(r.GetType().String(), "VALUE_TYPE_")), map[bool]string{true: "[]"}[r.GetList()], map[bool]string{true: "!"}[r.GetRequired()]))
	}
	want := "country:text colour:text n:integer f:number b:boolean at:time day:date amount:amount! opt_n:integer opt_at:time ptr_f:number ptr_t:text deals.amount:amount[] deals.name:text[] deals.day:date[]"
	if strings.Join(got, " ") != want {
		t.Errorf("the reads are\n%s, not\n%s", strings.Join(got, " "), want)
	}
}

func TestMistakesInALiteralAreNamed(t *testing.T) {
	type noTag struct{ N int64 }
	type noPurpose struct {
		N int64 `crm:"n"`
	}
	type badType struct {
		N int32 `crm:"n" purpose:"test"`
	}
	type twoTypes struct {
		N int64  `crm:"n" purpose:"test"`
		T string `crm:"n" purpose:"test"`
	}
	one := func(e struct{}) string { return "" }
	bad := func(change func(p *sdk.Pointwise[none, struct{}])) sdk.Plugin {
		p := shower(nil, nil, one).(sdk.Pointwise[none, struct{}])
		change(&p)
		return p
	}
	for says, p := range map[string]sdk.Plugin{
		"no crm tag":              shower(nil, nil, func(noTag) string { return "" }),
		"no purpose":              shower(nil, nil, func(noPurpose) string { return "" }),
		"int32 cannot be read":    shower(nil, nil, func(badType) string { return "" }),
		"read as two types":       shower(nil, nil, func(twoTypes) string { return "" }),
		"neither a struct":        shower(nil, nil, func(int) string { return "" }),
		"leave Reads empty":       shower([]sdk.Read{{Path: "x"}}, nil, one),
		"needs a Configure":       shower(nil, nil, func(sdk.Row) string { return "" }),
		"no Classify":             sdk.Pointwise[none, struct{}]{},
		"one of Fit and FitAfter": sdk.Population[none, struct{}, none, none]{},
		"not a semantic":          bad(func(p *sdk.Pointwise[none, struct{}]) { p.Info.Version = "1" }),
		"there is no tag":         bad(func(p *sdk.Pointwise[none, struct{}]) { p.Tags = nil }),
		"{x} is no argument": bad(func(p *sdk.Pointwise[none, struct{}]) {
			p.Reasons = []sdk.Reason{{Code: "a", Text: sdk.Text{En: "{x}"}}}
		}),
	} {
		if _, err := sdk.NewServer(p); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

func TestPlaceholdersOfReadsComeFromTheConfiguration(t *testing.T) {
	type config struct {
		Window string `json:"window" schema:"default=365d"`
		Other  string `json:"other" schema:"default=30d"`
	}
	type customer struct {
		A int64 `crm:"count(deals) within {/window}" purpose:"test"`
		B int64 `crm:"count(deals) within {/other}" purpose:"test"`
	}
	p := sdk.Pointwise[config, customer]{
		Info: sdk.Info{ID: "test.window", Version: "1.0.0", Summary: "Windows"}, Tags: []sdk.Tag{sdk.IntegerTag("")},
		Presets:  []sdk.Preset[config]{{Name: "long", Label: sdk.Text{En: "Long"}, Config: config{Window: "2y"}}},
		Classify: func(_ sdk.Run, _ config, c customer) sdk.Verdict { return sdk.Set("", 10*c.A+c.B) },
	}
	for _, x := range []struct {
		config map[string]any
		reads  string
	}{
		{nil, "365d 30d"}, {map[string]any{"window": "90d"}, "90d 30d"}, {map[string]any{"preset": "long"}, "2y 30d"},
		{map[string]any{"preset": "long", "other": "1y"}, "2y 1y"}, {map[string]any{"window": "30d"}, "30d"},
	} {
		c := sdktest.Start(t, sdktest.InProcess(p), sdktest.Setup{Config: x.config})
		var windows []string
		for _, r := range c.Reads {
			windows = append(windows, strings.TrimPrefix(r.GetPath(), "count(deals) within "))
		}
		if strings.Join(windows, " ") != x.reads {
			t.Errorf("%v reads %v, not %s", x.config, windows, x.reads)
		}
		customer := sdktest.Customer{}
		for i, r := range c.Reads {
			customer[r.GetPath()] = i + 1
		}
		want := map[int]string{2: "12", 1: "11"}[len(c.Reads)]
		if got := c.Classify([]sdktest.Customer{customer})[0].Class(); got != want {
			t.Errorf("%v answers %s, not %s", x.config, got, want)
		}
	}
	_, found := sdktest.Configure(t, sdktest.InProcess(p), sdktest.Setup{Config: map[string]any{"preset": "short"}})
	if len(found) != 1 || found[0].GetPointer() != "/preset" || found[0].GetSeverity() != pb.Severity_SEVERITY_ERROR {
		t.Errorf("an unknown preset: %v", found)
	}
}
