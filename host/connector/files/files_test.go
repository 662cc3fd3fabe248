package files_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/files"
	"github.com/taxonhq/taxon/host/crm"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// directory is a directory of exports with a connector over it.
type directory struct {
	t        *testing.T
	path     string
	settings map[string]string
	mapping  connector.Mapping
}

func newDirectory(t *testing.T, settings map[string]string) *directory {
	d := &directory{t: t, path: t.TempDir(), settings: map[string]string{"directory": "exports"}}
	maps.Copy(d.settings, settings)
	if err := os.Mkdir(filepath.Join(d.path, "exports"), 0o700); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *directory) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.path, "exports", name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *directory) open() *files.Connector {
	d.t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := files.Open(files.Options{Settings: d.settings, Base: d.path, Mapping: d.mapping, Zone: zone, Currency: "EUR"})
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// result is what a pull gave.
type result struct {
	records  []string
	rejected []string
	pages    int
	full     bool
	state    []byte
}

func pull(t *testing.T, c *files.Connector, kind crm.Kind, state []byte) result {
	t.Helper()
	var r result
	err := c.Pull(t.Context(), kind, state, func(p connector.Page) error {
		for i := range p.Records {
			r.records = append(r.records, show(&p.Records[i]))
		}
		for _, x := range p.Rejected {
			r.rejected = append(r.rejected, x.ID+" "+x.Error.Error())
		}
		r.pages++
		r.full, r.state = r.full || p.Full, p.State
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func show(r *crm.Record) string {
	parts := []string{r.ID}
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		text := r.Fields[name].String()
		if r.Fields[name].Type() == crm.Amount {
			text = r.Fields[name].Money().String()
		}
		parts = append(parts, name+"="+text)
	}
	for _, l := range r.Links {
		parts = append(parts, string(l.Kind)+":"+l.ID)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Own)) {
		parts = append(parts, key+"="+r.Own[key])
	}
	return strings.Join(parts, " ")
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestColumnsNamedLikeFieldsNeedNoMapping(t *testing.T) {
	d := newDirectory(t, nil)
	d.write("companies.csv", "\ufeffid,name,employees,annual_revenue\n1,\"Acme, Inc.\",250,1200000\n2,Bolt,,\n")
	d.write("contacts.ndjson", `{"id":7,"name":"Ada","email":"ada@example.com","company_id":1}`+"\n")
	d.write("deals.csv", "id,name,amount,currency,state,company_id,contact_id,closed_at\n512,Paper,1500.5,USD,Won,1,7,2026-05-01\n")
	d.write("activities.csv", "id,kind,amount,occurred_at,company_id\n9,invoice,100,2026-05-01 12:00,1\n")
	c := d.open()
	same(t, pull(t, c, crm.Company, nil).records, []string{"1 annual_revenue=1200000.00 EUR employees=250 name=Acme, Inc.", "2 name=Bolt"})
	same(t, pull(t, c, crm.Contact, nil).records, []string{"7 email=ada@example.com name=Ada company:1"})
	same(t, pull(t, c, crm.Deal, nil).records, []string{"512 amount=1500.50 USD closed_at=2026-05-01 name=Paper state=won company:1 contact:7"})
	same(t, pull(t, c, crm.Activity, nil).records, []string{"9 amount=100.00 EUR kind=invoice occurred_at=2026-05-01T10:00:00Z company:1"})
}

func TestAnExportInAnotherFormIsReadByItsSettings(t *testing.T) {
	d := newDirectory(t, map[string]string{"deals": "Verkauf-*.csv", "deal_id": "Nr.", "deal_company": "Kunde", "decimal": "comma", "dates": "DD.MM.YYYY"})
	d.mapping = connector.Mapping{crm.Deal: {
		"amount": {Source: "Wert", Type: crm.Amount}, "closed_at": {Source: "Schluss", Type: crm.Time},
		"state":   {Source: "Stand", Expr: `record.Stand == "gewonnen" ? "won" : "open"`, Type: crm.Text},
		"channel": {Source: "Weg", Type: crm.Text},
	}}
	d.write("Verkauf-2025.csv", "Nr.;Kunde;Wert;Stand;Schluss;Weg\n1;77;1.234,50;gewonnen;1.5.2025;Messe\n")
	d.write("Verkauf-2026.csv", "Nr.;Kunde;Wert;Stand;Schluss;Weg\n2;78;1234,5;offen;02.05.2026 14:30;\n3;78;1.23,4;offen;;\n")
	r := pull(t, d.open(), crm.Deal, nil)
	same(t, r.records, []string{"1 amount=1234.50 EUR channel=Messe closed_at=2025-05-01 state=won company:77", "2 amount=1234.50 EUR closed_at=2026-05-02T12:30:00Z state=open company:78"})
	same(t, r.rejected, []string{"3 Verkauf-2026.csv:3 Wert: the field amount is not an amount"})
}

func TestARowThatCannotBeUsedNamesFileAndLineAndTheOthersAreRead(t *testing.T) {
	d := newDirectory(t, nil)
	d.write("deals.csv", "id,amount,state\n1,5,won\n2,many,won\n,5,won\n3,5,maybe\n4,5\n1,6,won\n5,7,lost\n")
	r := pull(t, d.open(), crm.Deal, nil)
	same(t, r.records, []string{"1 amount=5.00 EUR state=won", "5 amount=7.00 EUR state=lost"})
	same(t, r.rejected, []string{
		"2 deals.csv:3 amount: the field amount is not an amount",
		"deals.csv:4 deals.csv:4 id: the record has no id",
		"3 deals.csv:5 state: the field state is none of open, won, lost (map it by an expression under fields)",
		"4 deals.csv:6: the row has 2 cells, and the first line 3",
		"1 deals.csv:7: the id stands in deals.csv:2 already (each record has one row; the first one counts)",
	})
}

func TestAFileThatIsNoneEndsThePull(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "companies.csv:1: the file is empty",
		"i\x00d\x00,\x00x\x00":      "companies.csv:1: the file is no text, or not UTF-8",
		"id,name\n1,\"open\n2,x\n":  "companies.csv:2: the file is no CSV from here",
		"id,name,name\n":            "companies.csv:1: the column \"name\" stands there twice",
		"id,Stra\xdfe\n1,x\n":       "companies.csv:1: the file is not UTF-8",
		"id,name\n1,a\n2,\"b\" c\n": "companies.csv:3: the file is no CSV from here",
	} {
		d := newDirectory(t, nil)
		d.write("companies.csv", text)
		err := d.open().Pull(t.Context(), crm.Company, nil, func(connector.Page) error { return nil })
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	d := newDirectory(t, map[string]string{"deals": "export.csv"})
	if err := d.open().Pull(t.Context(), crm.Deal, nil, nil); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("a file that is missing: %v", err)
	}
}

func TestOnlyContentsThatChangedAreReadAgain(t *testing.T) {
	d := newDirectory(t, nil)
	d.write("companies.csv", "id,name\n1,Acme\n2,Bolt\n")
	first := pull(t, d.open(), crm.Company, nil)
	if !first.full || len(first.records) != 2 {
		t.Fatalf("%+v", first)
	}
	if again := pull(t, d.open(), crm.Company, first.state); again.full || len(again.records) != 0 || again.pages != 1 {
		t.Errorf("unchanged: %+v", again)
	}
	d.write("companies.csv", "id,name\n1,Acme\n") // the full page tells that the other one is gone
	if changed := pull(t, d.open(), crm.Company, first.state); !changed.full || len(changed.records) != 1 {
		t.Errorf("changed: %+v", changed)
	}
	d.mapping = connector.Mapping{crm.Company: {"industry": {Source: "name", Type: crm.Text}}}
	if mapped := pull(t, d.open(), crm.Company, first.state); !mapped.full {
		t.Errorf("mapped otherwise: %+v", mapped)
	}
}

func TestAKilledPullGoesOnAtTheRowWhereItStood(t *testing.T) {
	d := newDirectory(t, nil)
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range 2500 {
		fmt.Fprintf(&b, "%d,Company %d\n", i, i)
	}
	d.write("companies.csv", b.String())
	killed := fmt.Errorf("killed")
	var state []byte
	err := d.open().Pull(t.Context(), crm.Company, nil, func(p connector.Page) error {
		if state != nil {
			return killed
		}
		state = p.State
		return nil
	})
	if err != killed {
		t.Fatal(err)
	}
	rest := pull(t, d.open(), crm.Company, state)
	if len(rest.records) != 1500 || !strings.HasPrefix(rest.records[0], "1000 ") || !rest.full {
		t.Errorf("%d records from %s", len(rest.records), rest.records[0])
	}
}

func TestTagsAreWrittenReadAndPulledAndTheirFileIsPrivate(t *testing.T) {
	for _, format := range []string{"csv", "ndjson"} {
		d := newDirectory(t, map[string]string{"tags_format": format})
		d.write("companies.csv", "id,name\n1,Acme\n2,Bolt\n")
		c := d.open()
		specs := []connector.FieldSpec{{Key: "taxon_abc", Label: "ABC", Type: crm.Text, Options: []connector.Option{{Code: "A", Label: "Key"}}}, {Key: "taxon_abc_reason", Label: "Why", Type: crm.Text}}
		if states, err := c.Examine(t.Context(), crm.Company, specs); err != nil || !states[0].Missing {
			t.Errorf("%+v, %v", states, err)
		}
		for _, created := range []bool{true, false} {
			states, err := c.Provision(t.Context(), crm.Company, specs)
			if err != nil || states[0].Created != created || states[1].Missing {
				t.Errorf("%+v, %v", states, err)
			}
		}
		write := func(id string, values map[string]string) {
			t.Helper()
			err := c.Write(t.Context(), crm.Company, []connector.Write{{ID: id, Fields: values}}, func(out []connector.Outcome) error {
				if len(out) != 1 || out[0].Error != nil {
					t.Errorf("%+v", out)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		write("1", map[string]string{"taxon_abc": "A", "taxon_abc_reason": "=1, \"two\"\nlines"})
		write("2", map[string]string{"taxon_abc": "A"})
		write("2", map[string]string{"taxon_abc": ""})
		c.SetOwnFields(crm.Company, []string{"taxon_abc", "taxon_abc_reason"})
		same(t, pull(t, c, crm.Company, nil).records, []string{"1 name=Acme taxon_abc=A taxon_abc_reason==1, \"two\"\nlines", "2 name=Bolt"})
		read, err := c.Read(t.Context(), crm.Company, []string{"1", "2"}, []string{"taxon_abc"})
		if err != nil || read["1"]["taxon_abc"] != "A" || len(read["2"]) != 0 {
			t.Errorf("%v, %v", read, err)
		}
		tags := filepath.Join(d.path, "tags")
		entries, err := os.ReadDir(tags)
		if err != nil || len(entries) != 2 {
			t.Errorf("%v, %v", entries, err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
			}
		}
		if info, err := os.Stat(tags); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if err := c.DeleteFields(t.Context(), crm.Company, []string{"taxon_abc_reason"}); err != nil {
			t.Error(err)
		}
		if keys, err := c.ExistingFields(t.Context(), crm.Company, []string{"taxon_abc", "taxon_abc_reason"}); err != nil || !slices.Equal(keys, []string{"taxon_abc"}) {
			t.Errorf("%v, %v", keys, err)
		}
		if err := os.RemoveAll(tags); err != nil {
			t.Fatal(err)
		}
		if keys, err := c.ExistingFields(t.Context(), crm.Company, []string{"taxon_abc"}); err != nil || len(keys) != 0 {
			t.Errorf("after the files were removed: %v, %v", keys, err)
		}
	}
}

func TestAFileOfTagsThatCannotBeWrittenStaysAsItWas(t *testing.T) {
	d := newDirectory(t, nil)
	d.write("companies.csv", "id,name\n1,Acme\n")
	c := d.open()
	if _, err := c.Provision(t.Context(), crm.Company, []connector.FieldSpec{{Key: "taxon_abc", Type: crm.Text}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(d.path, "tags", "companies.csv")
	if err := os.WriteFile(path, []byte("id,taxon_abc\n1,\"A\n"), 0o600); err != nil { // somebody's broken edit
		t.Fatal(err)
	}
	err := c.Write(t.Context(), crm.Company, []connector.Write{{ID: "1", Fields: map[string]string{"taxon_abc": "B"}}}, func([]connector.Outcome) error { return nil })
	if crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), "companies.csv:2") {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != "id,taxon_abc\n1,\"A\n" {
		t.Errorf("%q, %v", now, err)
	}
}

func TestCheckFindsWhatStandsInTheWay(t *testing.T) {
	d := newDirectory(t, map[string]string{"company_id": "account", "deal_company": "Account"})
	d.mapping = connector.Mapping{crm.Company: {"industry": {Source: "sektor", Type: crm.Text}}}
	d.write("companies.csv", "Account,name\n1,Acme\n")
	d.write("deals.csv", "id,account,amount\n1,1,much\n2,1,5\n")
	found, err := d.open().Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range found {
		got = append(got, fmt.Sprintf("%v %s", p.Warning, p.Error.Error()))
	}
	same(t, got, []string{
		"false /settings/company_id: companies.csv has no column account with the id (did you mean Account?)",
		"false fields/company/industry: companies.csv has no column sektor (its columns are Account, name)",
		"false companies.csv:2 account: the record has no id",
		"false /settings/deal_company: deals.csv has no column Account (did you mean account?)",
		"true deals.csv:2 amount: the field amount is not an amount",
	})
	empty := newDirectory(t, nil)
	if found, err := empty.open().Check(t.Context()); err != nil || len(found) != 1 || found[0].Pointer != "/settings/directory" {
		t.Errorf("%v, %v", found, err)
	}
	for setting, value := range map[string]string{"direktory": "x", "decimal": "semicolon", "dates": "YY", "tags_format": "xml", "deals": "../deals.csv"} {
		_, err := files.Open(files.Options{Settings: map[string]string{"directory": "exports", setting: value}})
		if crm.CodeOf(err) != crm.CodeConfig || !strings.HasPrefix(err.Error(), "/settings/"+setting) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func TestNothingIsGoneForCertainWhileARowHasNoID(t *testing.T) {
	for text, full := range map[string]bool{"id,name\n1,Acme\n2\n": true, "id,name\n1,Acme\n,Bolt\n": false} {
		d := newDirectory(t, nil)
		d.write("companies.csv", text)
		c := d.open()
		var last connector.Page
		if err := c.Pull(t.Context(), crm.Company, nil, func(p connector.Page) error { last = p; return nil }); err != nil {
			t.Fatal(err)
		}
		var ids []string
		err := c.IDs(t.Context(), crm.Company, func(more []string) error { ids = append(ids, more...); return nil })
		if last.Full != full || full != (err == nil) || full && len(ids) != 2 || !full && crm.CodeOf(err) != crm.CodeGuard {
			t.Errorf("%q: full %v, ids %v, %v", text, last.Full, ids, err)
		}
	}
}

func TestFilesInOtherEncodingsAreReadAsTheirLetters(t *testing.T) {
	text := "id,name\n1,北京纸业\n"
	marked, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	chinese, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ setting, text, name string }{
		{"", text, "北京纸业"}, {"", "\ufeff" + text, "北京纸业"}, {"", marked, "北京纸业"}, {"gb18030", chinese, "北京纸业"}, {"GBK", chinese, "北京纸业"},
		{"gb18030", "\ufeff" + text, "北京纸业"}, {"windows-1252", "id,name\n1,Stra\xdfe\n", "Straße"},
	} {
		d := newDirectory(t, map[string]string{"encoding": c.setting})
		d.write("companies.csv", c.text)
		same(t, pull(t, d.open(), crm.Company, nil).records, []string{"1 name=" + c.name})
	}
	d := newDirectory(t, nil)
	d.write("companies.csv", chinese)
	same(t, pull(t, d.open(), crm.Company, nil).rejected, []string{"1 companies.csv:2: the column name is not UTF-8 (" + "say how it is written: the setting encoding (gb18030, windows-1252 …); or save it as UTF-8)"})
}

// What the conformance suite wants of a connector with a CRM behind it: 20,000 records, one in a hundred of them bad, in both forms.
func TestTwentyThousandRecordsGoThroughWhole(t *testing.T) {
	const n = 20_000
	for _, form := range []string{"csv", "ndjson"} {
		d := newDirectory(t, map[string]string{"tags_format": form})
		export := func(skip func(int) bool, name string) {
			var b strings.Builder
			if form == "csv" {
				b.WriteString("id,name,employees\n")
			}
			for i := 1; i <= n; i++ {
				employees := fmt.Sprint(i)
				if i%100 == 0 {
					employees = `"many"`
				}
				switch {
				case skip(i):
				case form == "csv":
					fmt.Fprintf(&b, "%d,%s %d,%s\n", i, name, i, employees)
				default:
					fmt.Fprintf(&b, `{"id":%d,"name":"%s %d","employees":%s}`+"\n", i, name, i, employees)
				}
			}
			d.write("companies."+form, b.String())
		}
		export(func(int) bool { return false }, "Company")
		c := d.open()
		first := pull(t, c, crm.Company, nil)
		if len(first.records) != n-n/100 || len(first.rejected) != n/100 || !first.full || first.pages != n/1000+1 { // the last page closes the listing
			t.Fatalf("%s: %d records, %d rejected in %d pages", form, len(first.records), len(first.rejected), first.pages)
		}
		if first.records[0] != "1 employees=1 name=Company 1" || first.records[len(first.records)-1] != "19999 employees=19999 name=Company 19999" {
			t.Errorf("%s: from %s to %s", form, first.records[0], first.records[len(first.records)-1])
		}

		specs := []connector.FieldSpec{{Key: "taxon_abc", Type: crm.Text, Options: []connector.Option{{Code: "A", Label: "Key"}}}}
		if _, err := c.Provision(t.Context(), crm.Company, specs); err != nil {
			t.Fatal(err)
		}
		var writes []connector.Write
		var ids []string
		for i := 1; i <= n; i++ {
			ids = append(ids, fmt.Sprint(i))
			writes = append(writes, connector.Write{ID: ids[i-1], Fields: map[string]string{"taxon_abc": "A"}})
		}
		accounted := map[string]bool{}
		err := c.Write(t.Context(), crm.Company, writes, func(out []connector.Outcome) error {
			for _, o := range out {
				accounted[o.ID] = o.Error == nil
			}
			return nil
		})
		read, readErr := c.Read(t.Context(), crm.Company, ids, []string{"taxon_abc"})
		if err != nil || readErr != nil || len(accounted) != n || len(read) != n {
			t.Fatalf("%s: %d of %d ids are accounted for, %d are read: %v, %v", form, len(accounted), n, len(read), err, readErr)
		}
		for _, id := range ids {
			if !accounted[id] || read[id]["taxon_abc"] != "A" {
				t.Fatalf("%s: %s has %v", form, id, read[id])
			}
		}

		c.SetOwnFields(crm.Company, []string{"taxon_abc"})
		export(func(i int) bool { return i > n/2 }, "Firm")
		next := pull(t, c, crm.Company, first.state)
		if len(next.records) != n/2-n/200 || !next.full || next.records[0] != "1 employees=1 name=Firm 1 taxon_abc=A" {
			t.Errorf("%s: %d records from %s", form, len(next.records), next.records[0])
		}
	}
}
