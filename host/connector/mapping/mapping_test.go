package mapping_test

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// read maps one property of the given type.
func read(t *testing.T, typ crm.Type, json string, change ...func(*mapping.Table)) (crm.Value, string) {
	t.Helper()
	table := mapping.Table{Kind: crm.Deal, ID: mapping.ParsePath("id"),
		Columns: []mapping.Column{{Field: "f", Type: typ, Property: "p", Path: mapping.ParsePath("p"), Currency: mapping.ParsePath("cur")}}}
	for _, f := range change {
		f(&table)
	}
	v, err := fastjson.Parse(`{"id":"1","p":` + json + `}`)
	if err != nil {
		t.Fatal(err)
	}
	r, rejected := table.Map(mapping.Row{v}, &mapping.Context{Currency: "USD", Vars: map[string]any{}})
	if rejected != nil {
		return crm.Value{}, rejected.Error.Message
	}
	return r.Fields["f"], ""
}

func TestValuesAreReadInEveryFormThatCRMsUse(t *testing.T) {
	for _, c := range []struct {
		typ        crm.Type
		json, want string
	}{
		{crm.Text, `"Ada"`, "Ada"}, {crm.Text, `12345678901234567890`, "12345678901234567890"}, {crm.Text, `true`, "true"}, {crm.Text, `["a","b"]`, "a;b"},
		{crm.Text, `null`, ""}, {crm.Text, `""`, ""}, {crm.Text, `"München 上海"`, "München 上海"},
		{crm.Integer, `"250"`, "250"}, {crm.Integer, `250`, "250"}, {crm.Integer, `"250.0"`, "250"}, {crm.Integer, `2.5e2`, "250"}, {crm.Integer, `"-1"`, "-1"},
		{crm.Number, `"12.50"`, "12.5"}, {crm.Number, `1e-3`, "0.001"},
		{crm.Boolean, `true`, "true"}, {crm.Boolean, `"false"`, "false"}, {crm.Boolean, `"1"`, "true"}, {crm.Boolean, `0`, "false"},
		{crm.Date, `"2026-05-01"`, "2026-05-01"}, {crm.Date, `"2026-05-01T22:00:00Z"`, "2026-05-01"}, {crm.Date, `"1777593600000"`, "2026-05-01"}, {crm.Date, `-86400000`, "1969-12-31"},
		{crm.Time, `"2026-05-01T10:00:00.123Z"`, "2026-05-01T10:00:00.123Z"}, {crm.Time, `"2026-05-01T12:00:00+02:00"`, "2026-05-01T10:00:00Z"},
		{crm.Time, `"2026-05-02T08:00:00.000+0000"`, "2026-05-02T08:00:00Z"}, {crm.Time, `"2026-05-02 08:00:00"`, "2026-05-02T08:00:00Z"}, {crm.Time, `"2026-05-02 08:00:00.123Z"`, "2026-05-02T08:00:00.123Z"},
		{crm.Time, `1777593600000`, "2026-05-01T00:00:00Z"}, {crm.Time, `"2026-05-01"`, "2026-05-01"}, // a day stays a day
		{crm.Amount, `"1500.5"`, "1500.50"}, {crm.Amount, `1500`, "1500.00"}, {crm.Amount, `"-0.005"`, "0.00"}, {crm.Amount, `"0.015"`, "0.02"}, {crm.Amount, `1.5e3`, "1500.00"},
		{crm.Amount, `"12345678901234.56"`, "12345678901234.56"}, {crm.Amount, `"1.500000"`, "1.50"}, {crm.Amount, `"+7"`, "7.00"},
	} {
		v, fault := read(t, c.typ, c.json)
		if fault != "" || v.String() != c.want {
			t.Errorf("%s %s: %q (%s), want %q", c.typ, c.json, v, fault, c.want)
		}
	}
}

func TestAFaultyValueIsNeverRepeated(t *testing.T) {
	for _, c := range []struct {
		typ  crm.Type
		json string
	}{
		{crm.Text, `{"secret":1}`}, {crm.Text, `[["secret"]]`}, {crm.Integer, `"secret"`}, {crm.Integer, `1.5`}, {crm.Number, `"secret"`}, {crm.Number, `"NaN"`}, {crm.Number, `"Infinity"`},
		{crm.Boolean, `"secret"`}, {crm.Date, `"secret"`}, {crm.Date, `"2026-13-01"`}, {crm.Time, `"secret"`}, {crm.Time, `99999999999999999999`},
		{crm.Amount, `"secret"`}, {crm.Amount, `"1e99"`}, {crm.Amount, `"-"`}, {crm.Amount, `"."`}, {crm.Amount, `"1,500.00"`},
	} {
		v, fault := read(t, c.typ, c.json)
		if fault == "" || strings.Contains(fault, "secret") {
			t.Errorf("%s %s: %q, %q", c.typ, c.json, v, fault)
		}
	}
}

func TestMoneyByTheShortRoadEqualsTheExactOne(t *testing.T) {
	currencies := []string{"USD", "JPY", "KWD", "CLF"}
	check := func(whole int64, fraction uint16, digits uint8, which uint8) bool {
		currency := currencies[int(which)%len(currencies)]
		text := crm.IntegerValue(whole%1e13).String() + "." + strings.Repeat("0", int(digits%4)) + crm.IntegerValue(int64(fraction)).String()
		want, err := crm.ParseMoney(text, currency)
		if err != nil {
			return false
		}
		v, fault := read(t, crm.Amount, `"`+text+`","cur":"`+currency+`"`)
		return fault == "" && v.Money() == want
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 3000}); err != nil {
		t.Error(err)
	}
}

func TestTheCurrencyOfAnAmount(t *testing.T) {
	for json, want := range map[string]string{
		`"1"`: "1.00 USD", `"1","cur":"eur"`: "1.00 EUR", `"1","cur":null`: "1.00 USD", `"1","cur":""`: "1.00 USD", `"1","cur":"JPY"`: "1 JPY",
	} {
		if v, fault := read(t, crm.Amount, json); fault != "" || v.Money().String() != want {
			t.Errorf("%s: %s (%s), want %s", json, v.Money(), fault, want)
		}
	}
	if _, fault := read(t, crm.Amount, `"1","cur":"euros"`); fault == "" {
		t.Error("a currency that is none was accepted")
	}
	program, fault := mapping.NewScope("record").Compile(`{"3": "EUR", "4": "euros"}[?string(record.?which.orValue(""))].orValue("")`)
	if fault != nil {
		t.Fatal(fault)
	}
	computed := func(t *mapping.Table) { t.Columns[0].CurrencyExpr = program }
	for json, want := range map[string]string{`"1"`: "1.00 USD", `"1","which":3,"cur":"JPY"`: "1.00 EUR"} {
		if v, fault := read(t, crm.Amount, json, computed); fault != "" || v.Money().String() != want {
			t.Errorf("%s: %s (%s), want %s", json, v.Money(), fault, want)
		}
	}
	if _, fault := read(t, crm.Amount, `"1","which":4`, computed); fault == "" {
		t.Error("a computed currency that is none was accepted")
	}
}

func TestFalseMayStandForNothingAndDigitsForSeconds(t *testing.T) {
	odoo := func(t *mapping.Table) { t.FalseIsEmpty, t.Seconds = true, true }
	if v, fault := read(t, crm.Text, `false`, odoo); fault != "" || !v.Missing() {
		t.Errorf("%v %s", v, fault)
	}
	if v, _ := read(t, crm.Boolean, `false`, odoo); v.String() != "false" {
		t.Errorf("%v", v)
	}
	if v, _ := read(t, crm.Time, `1777593600`, odoo); v.String() != "2026-05-01T00:00:00Z" {
		t.Errorf("%v", v)
	}
	if v, _ := read(t, crm.Time, `"1777593600.0625"`, odoo); v.String() != "2026-05-01T00:00:00.0625Z" {
		t.Errorf("%v", v)
	}
}

func TestLinksStandInRowsInManyForms(t *testing.T) {
	for json, want := range map[string]int{`"7"`: 1, `7`: 1, `null`: 0, `false`: 0, `[7,8]`: 2, `[{"id":7},{"id":"8"},{"no":1}]`: 2, `{"id":7}`: 0, `""`: 0} {
		table := mapping.Table{Kind: crm.Deal, ID: mapping.ParsePath("id"), FalseIsEmpty: true, Links: []mapping.LinkColumn{{To: crm.Company, Path: mapping.ParsePath("p"), At: mapping.ParsePath("id"), Primary: true}}}
		v := fastjson.MustParse(`{"id":"1","p":` + json + `}`)
		r, rejected := table.Map(mapping.Row{v}, &mapping.Context{})
		if rejected != nil || len(r.Links) != want {
			t.Errorf("%s: %v, want %d links", json, r.Links, want)
		}
		if want > 0 && r.Linked(crm.Company) != "7" {
			t.Errorf("%s: the primary one is %q", json, r.Linked(crm.Company))
		}
	}
}

func TestARowOfSeveralDocumentsIsOneToPathsAndExpressions(t *testing.T) {
	row := mapping.Row{fastjson.MustParse(`{"id":"1","properties":{"a":"x","n":null}}`), fastjson.MustParse(`{"id":"1","properties":{"b":"y","n":"z"}}`)}
	if got := mapping.Text(mapping.ParsePath("properties.b").InRow(row)); got != "y" {
		t.Errorf("by path: %q", got)
	}
	program, fault := mapping.NewScope("record").Compile(`record.properties.a + record.properties.b + record.properties.n + string(size(record.properties)) + (has(record.properties.c) ? "!" : "")`)
	if fault != nil {
		t.Fatal(fault)
	}
	out, err := program.Eval(map[string]any{"record": row.CEL()})
	if err != nil || out.Value() != "xyz3" {
		t.Errorf("by expression: %v, %v", out, err)
	}
}

func TestExpressionsSeeJSONAsItIs(t *testing.T) {
	body := mapping.JSON(fastjson.MustParse(`{"s":"a","n":12,"f":1.5,"t":true,"big":9007199254740993,"l":[1,"b",null,{"k":"v"}],"o":{"x":{"y":"deep"}},"nothing":null}`))
	scope := mapping.NewScope("body")
	for source, want := range map[string]string{
		`body.s + string(body.n)`:                          "a12",
		`string(body.big)`:                                 "9007199254740993",
		`body.f > 1 && body.t`:                             "true",
		`body.l[1]`:                                        "b",
		`string(size(body.l))`:                             "4",
		`body.o.x.y`:                                       "deep",
		`body.?o.?z.?y.orValue("none")`:                    "none",
		`has(body.nothing)`:                                "false",
		`body.?nothing.orValue("empty")`:                   "empty",
		`body.l[3].k`:                                      "v",
		`body.l.filter(i, i == "b").size()`:                "1",
		`"k" in body.l[3]`:                                 "true",
		`body.o == {"x": {"y": "deep"}}`:                   "true",
		`body.l[?9].orValue("past the end")`:               "past the end",
		`(body.l + [5]).size()`:                            "5",
		`body.o.map(k, k).join(",")`:                       "x",
		`format_time(from_millis(1777593600000), "02.01")`: "01.05",
		`format_time(from_millis(1777593600000), "2006-01-02 15:04", "Asia/Shanghai")`: "2026-05-01 08:00",
		`millis(timestamp("2026-05-01T00:00:00Z"))`:                                    "1777593600000",
		`urlencode("a b/c")`:        "a%20b%2Fc",
		`uuid().size()`:             "36",
		`["b","a"].sort().join("")`: "ab",
	} {
		program, fault := scope.Compile(source)
		if fault != nil {
			t.Errorf("%s: %s", source, fault.Message)
			continue
		}
		out, err := program.Eval(map[string]any{"body": body})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		native, _, _ := mapping.Native(out)
		if got := mapping.Scalar(native); got != want {
			t.Errorf("%s is %s, want %s", source, got, want)
		}
	}
}

func TestAnErrorOfAnExpressionHoldsNoData(t *testing.T) {
	body := mapping.JSON(fastjson.MustParse(`{"name":"Ms Miller"}`))
	for _, source := range []string{`int(body.name)`, `timestamp(body.name)`, `body.name.nothing`, `double(body.name) > 1.0`, `body.name[0]`} {
		program, fault := mapping.NewScope("body").Compile(source)
		if fault != nil {
			t.Fatalf("%s: %s", source, fault.Message)
		}
		if out, err := program.Eval(map[string]any{"body": body}); err == nil || strings.Contains(err.Error(), "Miller") {
			t.Errorf("%s: %v, %v", source, out, err)
		}
	}
}

func TestAnExpressionThatRunsAwayIsStopped(t *testing.T) {
	list := "[" + strings.Repeat("1,", 199) + "1]"
	program, fault := mapping.NewScope("x").Compile(list + ".all(a, " + list + ".all(b, " + list + ".all(c, a + b + c > 0)))")
	if fault != nil {
		t.Fatal(fault)
	}
	if _, err := program.Eval(map[string]any{"x": 1}); err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("got %v", err)
	}
}

func TestATemplateLeavesOutWhatIsNotThere(t *testing.T) {
	scope := mapping.NewScope("page")
	expression := func(source string) *mapping.Template {
		p, fault := scope.Compile(source)
		if fault != nil {
			t.Fatal(fault)
		}
		return mapping.ExpressionTemplate(p)
	}
	tree := mapping.MapTemplate([]string{"limit", "after", "null", "list", "kept"}, []*mapping.Template{
		mapping.ConstantTemplate(int64(5)), expression("page.?cursor"), expression("null"),
		mapping.ListTemplate([]*mapping.Template{expression("page.?cursor"), mapping.ConstantTemplate("x")}), expression(`{"a": null}`)})
	v, ok, err := tree.Eval(map[string]any{"page": map[string]any{}})
	m := v.(map[string]any)
	if err != nil || !ok || len(m) != 3 || m["limit"] != int64(5) || len(m["list"].([]any)) != 1 || len(m["kept"].(map[string]any)) != 1 {
		t.Errorf("%v, %v", m, err)
	}
}

func FuzzMapNeverPanicsAndRepeatsNothing(f *testing.F) {
	f.Add(`{"id":"1","p":"x","cur":"USD"}`)
	f.Add(`{"id":1,"p":[{"a":null}],"cur":false}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, json string) {
		v, err := fastjson.Parse(json)
		if err != nil {
			return
		}
		for _, typ := range []crm.Type{crm.Text, crm.Integer, crm.Number, crm.Boolean, crm.Date, crm.Time, crm.Amount} {
			table := mapping.Table{Kind: crm.Deal, ID: mapping.ParsePath("id"), Updated: mapping.ParsePath("p"), Merged: mapping.ParsePath("p"), MergedBy: ";",
				Columns: []mapping.Column{{Field: "f", Type: typ, Path: mapping.ParsePath("p"), Currency: mapping.ParsePath("cur")}},
				Links:   []mapping.LinkColumn{{To: crm.Company, Path: mapping.ParsePath("p")}}}
			r, rejected := table.Map(mapping.Row{v}, &mapping.Context{Currency: "USD", Vars: map[string]any{}})
			if rejected == nil && r.ID == "" {
				t.Error("a record without an id")
			}
		}
	})
}

func TestRowsAreAnArrayOrTheValuesOfAnObject(t *testing.T) {
	body := fastjson.MustParse(`{"list": [1, 2], "none": null, "map": {"b": {"x": 1}, "a": 7}, "lists": {"people": [3, 4, 5]}}`)
	for path, want := range map[string]int{"list": 2, "none": 0, "map.*": 2, "lists.*": 3} {
		if rows, ok := mapping.Rows(body, mapping.ParsePath(path)); !ok || len(rows) != want {
			t.Errorf("%s: %d rows, %v", path, len(rows), ok)
		}
	}
	rows, _ := mapping.Rows(body, mapping.ParsePath("map.*"))
	if key := mapping.Text(mapping.ParsePath("@key").In(rows[0])); key != "b" {
		t.Errorf("the key of the first row is %q", key)
	}
	for _, path := range []string{"map", "gone", "list.*"} {
		if _, ok := mapping.Rows(body, mapping.ParsePath(path)); ok {
			t.Errorf("%s counts as rows", path)
		}
	}
}

func TestAnEmptyListStandsForAnEmptyMap(t *testing.T) {
	for body, want := range map[string]bool{`[]`: true, `{"a":[]}`: true, `{"a":{}}`: true, `{"a":{"x":{}}}`: true, `[1]`: false, `{"a":[1]}`: false, `{}`: false, `7`: false} {
		if _, ok := mapping.Rows(fastjson.MustParse(body), mapping.ParsePath("a.*")); ok != want {
			t.Errorf("%s: %v", body, ok)
		}
	}
}
