package sync

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

func newNormaliser(t *testing.T) *normaliser {
	t.Helper()
	catalogue, err := crm.NewCatalogue(crm.Field{Kind: crm.Company, Name: "vip", Type: crm.Boolean}, crm.Field{Kind: crm.Deal, Name: "margin", Type: crm.Number})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return &normaliser{catalogue: catalogue, zone: zone, currency: "USD", region: "DE"}
}

func TestValuesGetTheCataloguesType(t *testing.T) {
	n := newNormaliser(t)
	winter := time.Date(2026, 1, 31, 0, 0, 0, 0, n.zone)
	for _, c := range []struct {
		kind  crm.Kind
		field string
		in    crm.Value
		want  string // text of the value, "" missing, "!" and a part of the cause when rejected
	}{
		{crm.Deal, "closed_at", crm.DateValue(crm.DayOf(winter, n.zone)), "2026-01-31T05:00:00Z"},
		{crm.Deal, "closed_at", crm.TimeValue(winter), "2026-01-31T05:00:00Z"},
		{crm.Contact, "birth_date", crm.TimeValue(winter.Add(-time.Second)), "2026-01-30"},
		{crm.Deal, "closed_at", crm.TextValue("soon"), "!is of type text, not time"},
		{crm.Deal, "closed_at", crm.TimeValue(time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)), "!years"},
		{crm.Company, "employees", crm.NumberValue(12), "12"},
		{crm.Company, "employees", crm.NumberValue(12.5), "!is of type number, not integer"},
		{crm.Deal, "margin", crm.IntegerValue(3), "3"},
		{crm.Deal, "margin", crm.NumberValue(math.NaN()), "!finite"},
		{crm.Company, "industry", crm.IntegerValue(42), "42"},
		{crm.Company, "industry", crm.TextValue(" \x00 a\x07\xffb\n"), "a\uFFFDb"},
		{crm.Company, "industry", crm.TextValue("\x00 "), ""},
		{crm.Company, "vip", crm.TextValue("true"), "!is of type text, not boolean"},
		{crm.Deal, "state", crm.TextValue(" Won"), "won"},
		{crm.Deal, "state", crm.TextValue("maybe"), "!none of open, won, lost"},
		{crm.Deal, "amount", crm.AmountValue(crm.Money{Minor: 1, Currency: "eur "}), "0.01"},
		{crm.Deal, "amount", crm.AmountValue(crm.Money{Minor: 1}), "0.01"},
		{crm.Deal, "amount", crm.AmountValue(crm.Money{Minor: 1, Currency: "E1R"}), "!currency"},
		{crm.Deal, "amount", crm.NumberValue(1), "!is of type number, not amount"},
		{crm.Company, "domain", crm.TextValue("HTTPS://www.Example.com:8080/about?x=1"), "example.com"},
		{crm.Company, "domain", crm.TextValue("n/a"), "n/a"},
		{crm.Company, "name", crm.Value{}, ""},
	} {
		in := map[string]crm.Value{c.field: c.in}
		r := crm.Record{Kind: c.kind, ID: "1", Fields: in}
		cause, err := n.record(c.kind, &r)
		if err != nil {
			t.Fatal(err)
		}
		if in[c.field] != c.in && !math.IsNaN(c.in.Float()) {
			t.Errorf("%s: the connector's record was changed", c.field)
		}
		want, rejected := strings.CutPrefix(c.want, "!")
		switch {
		case rejected && (cause == nil || !strings.Contains(cause.Message, want) || cause.Pointer != "/fields/"+c.field):
			t.Errorf("%s %v: cause %v, want %q", c.field, c.in, cause, want)
		case !rejected && (cause != nil || r.Field(c.field).String() != want):
			t.Errorf("%s %v: got %q, %v, want %q", c.field, c.in, r.Field(c.field), cause, want)
		}
	}
	long := crm.Record{Kind: crm.Company, ID: "1", Fields: map[string]crm.Value{"name": crm.TextValue(strings.Repeat("长", maxText+1))}}
	if _, err := n.record(crm.Company, &long); err != nil || len([]rune(long.Field("name").Text())) != maxText {
		t.Errorf("a long text: %v, %d bytes", err, len(long.Field("name").Text()))
	}
	if long.Field("name").Type() != crm.Text {
		t.Error("a cut text is a text")
	}
}

func TestAnUnknownFieldIsAFaultOfTheConfiguration(t *testing.T) {
	r := crm.Record{Kind: crm.Deal, ID: "1", Fields: map[string]crm.Value{"colour": crm.TextValue("red")}}
	if _, err := newNormaliser(t).record(crm.Deal, &r); crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), "colour") {
		t.Errorf("got %v", err)
	}
	r = crm.Record{Kind: crm.Deal, ID: "1"}
	if _, err := newNormaliser(t).record(crm.Company, &r); crm.CodeOf(err) != crm.CodeProtocol {
		t.Errorf("a record among those of another kind: %v", err)
	}
}

func TestIdsThatCannotBeOne(t *testing.T) {
	n := newNormaliser(t)
	for _, id := range []string{"", " ", "a\x00b", "a\nb", "\xff", strings.Repeat("x", maxID+1)} {
		r := crm.Record{Kind: crm.Deal, ID: id}
		if cause, err := n.record(crm.Deal, &r); err != nil || cause == nil || r.ID != "" {
			t.Errorf("%q: %v, %v, id %q", id, cause, err, r.ID)
		}
	}
	r := crm.Record{Kind: crm.Company, ID: " 7 ", MergedIDs: []string{" 8", "", "\x00"}, Own: map[string]string{"taxon_abc": " A\x00", "taxon_rfm": " "},
		Links: []crm.Link{{Kind: crm.Company, ID: "7"}, {Kind: crm.Company, ID: " 9", Primary: true}, {Kind: crm.Deal}}}
	if cause, err := n.record(crm.Company, &r); err != nil || cause != nil {
		t.Fatal(cause, err)
	}
	if got, want := fmt.Sprint(r.ID, r.MergedIDs, r.Links, r.Own), "7[8] [{company 9 true}] map[taxon_abc:A]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDerivedFields(t *testing.T) {
	n := newNormaliser(t)
	for _, c := range []struct {
		in   map[string]string
		want map[string]string
	}{
		{map[string]string{"email": "MailTo:<Ann.Lee@Example.COM.>"}, map[string]string{"email": "ann.lee@example.com.", "email_domain": "example.com"}},
		{map[string]string{"email": "x@Müller.example"}, map[string]string{"email": "x@müller.example", "email_domain": "xn--mller-kva.example"}},
		{map[string]string{"email": "none"}, map[string]string{"email": "none"}},
		{map[string]string{"email": "a@b.example, c@d.example"}, map[string]string{"email": "a@b.example, c@d.example"}},
		{map[string]string{"email": "@"}, map[string]string{"email": "@"}},
		{map[string]string{"email_domain": "made.up"}, map[string]string{}},
		{map[string]string{"phone": "+86 21 6382 3456"}, map[string]string{"phone": "+862163823456", "phone_area": "+86 21"}},
		{map[string]string{"phone": "021-6382 3456", "country": "中国"}, map[string]string{"phone": "+862163823456", "phone_area": "+86 21", "country": "中国"}},
		{map[string]string{"phone": "138 0013 8000", "country": "China"}, map[string]string{"phone": "+8613800138000", "phone_area": "+86", "country": "China"}},
		{map[string]string{"phone": "(212) 555-0123", "country": "USA"}, map[string]string{"phone": "+12125550123", "phone_area": "+1 212", "country": "USA"}},
		{map[string]string{"phone": "(030) 901820"}, map[string]string{"phone": "+4930901820", "phone_area": "+49 30"}}, // the connection's region
		{map[string]string{"phone": "+39 06 6982"}, map[string]string{"phone": "+39066982", "phone_area": "+39 06"}},
		{map[string]string{"phone": "call me"}, map[string]string{"phone": "call me"}},
		{map[string]string{"phone": "1"}, map[string]string{"phone": "1"}},
	} {
		r := crm.Record{Kind: crm.Contact, ID: "1", Fields: map[string]crm.Value{}}
		for name, text := range c.in {
			r.Fields[name] = crm.TextValue(text)
		}
		if cause, err := n.record(crm.Contact, &r); err != nil || cause != nil {
			t.Fatal(cause, err)
		}
		got := map[string]string{}
		for name, v := range r.Fields {
			got[name] = v.Text()
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}
