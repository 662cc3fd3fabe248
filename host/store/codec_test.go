package store

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
)

func TestEveryStandardFieldHasAShortName(t *testing.T) {
	for _, f := range crm.Standard {
		if !slices.Contains(codedNames, f.Name) {
			t.Errorf("append %q to codedNames", f.Name)
		}
	}
	if len(nameCodes) != len(codedNames) {
		t.Error("a name is in codedNames twice")
	}
}

// What is stored must stay readable: these bytes are of version 1 and never change.
func TestStoredFormsOfVersion1(t *testing.T) {
	link := func(kind crm.Kind, id string) crm.Link { return crm.Link{Kind: kind, ID: id, Primary: true} }
	for _, c := range []struct {
		record crm.Record
		body   string
	}{
		{crm.Record{Kind: crm.Company, ID: "1", Fields: map[string]crm.Value{"name": crm.TextValue("Ü"), "employees": crm.IntegerValue(-3), "vip": crm.BooleanValue(true),
			"annual_revenue": crm.AmountValue(crm.Money{Minor: 5, Currency: "USD"}), "created_at": crm.MicrosValue(1_500_000), "rate": crm.NumberValue(0.5)}}, "0000000e070a035553441206829bee020d0205010102c39c00047261746503000000000000e03f00037669700401"},
		{crm.Record{Kind: crm.Contact, ID: "2", Fields: map[string]crm.Value{"birth_date": crm.DateValue(-1)}, Links: []crm.Link{link(crm.Company, "1")}}, "01310000160501"},
		{crm.Record{Kind: crm.Deal, ID: "3", Fields: map[string]crm.Value{"state": crm.TextValue("won"), "amount": crm.AmountValue(crm.Money{Minor: -1, Currency: "EUR"}),
			"closed_at": crm.MicrosValue(-2_000_000), "name": crm.TextValue("n"), "margin": crm.NumberValue(1)}, Links: []crm.Link{link(crm.Company, "1"), link(crm.Contact, "2")}}, "0131013200930803776f6e010345555207016e00066d617267696e03000000000000f03f"},
		{crm.Record{Kind: crm.Activity, ID: "4", Fields: map[string]crm.Value{"kind": crm.TextValue("survey"), "score": crm.NumberValue(9), "occurred_at": crm.MicrosValue(1)},
			Links: []crm.Link{link(crm.Deal, "3")}}, "000001332906737572766579000000000000224006"},
	} {
		body := appendBody(nil, &c.record)
		if got := hex.EncodeToString(body); got != c.body {
			t.Errorf("%s is stored as\n%s, not as\n%s", c.record.Kind, got, c.body)
		}
		raw, err := hex.DecodeString(c.body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeRecord(c.record.Kind, c.record.ID, string(raw))
		if err != nil || len(got.Fields) != len(c.record.Fields) || !slices.Equal(got.Links, c.record.Links) {
			t.Errorf("%s: %+v, %v", c.record.Kind, got, err)
			continue
		}
		for name, want := range c.record.Fields {
			if got.Fields[name] != want {
				t.Errorf("%s.%s: got %v, want %v", c.record.Kind, name, got.Fields[name], want)
			}
		}
	}
	if got := hex.EncodeToString(members{{"a", "xy"}, {"b", ""}}.pack()); got != "010b959ca50401617879020162" {
		t.Errorf("a list is stored as %s", got)
	}
	if got := hashBody([]byte("body")); got != -8032012858386346717 {
		t.Errorf("the hash of a body is %d", got)
	}
}

func TestExtremeValuesComeBack(t *testing.T) {
	values := map[string]crm.Value{
		"a": crm.IntegerValue(math.MinInt64), "b": crm.IntegerValue(math.MaxInt64), "c": crm.NumberValue(-math.MaxFloat64), "d": crm.NumberValue(math.SmallestNonzeroFloat64),
		"e": crm.AmountValue(crm.Money{Minor: math.MinInt64, Currency: "X"}), "f": crm.DateValue(math.MinInt32), "g": crm.DateValue(math.MaxInt32),
		"h": crm.MicrosValue(-62135596800000000), "i": crm.MicrosValue(253402300799999999), "j": crm.TextValue(""), "k": crm.BooleanValue(false), "l": {},
	}
	fields := PackFields(values)
	delete(values, "l")
	got := fields.Map()
	for name, want := range values {
		if got[name] != want || fields.Get(name) != want {
			t.Errorf("%s: got %v and %v, want %v", name, got[name], fields.Get(name), want)
		}
	}
	if len(got) != len(values) || !fields.Get("l").Missing() {
		t.Errorf("got %d values", len(got))
	}
}

func TestNoBytesMakeAReaderPanic(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		b := make([]byte, random.IntN(40))
		for i := range b {
			b[i] = byte(random.IntN(256))
			if random.IntN(2) == 0 {
				b[i] &= 15 // small numbers get further
			}
		}
		for _, kind := range crm.Kinds {
			_, _ = decodeRecord(kind, "id", string(b))
		}
		Fields{raw: string(b)}.Get("name")
		Fields{raw: string(b)}.Map()
		sealed := seal(append(unsealed(0), b...))
		_, _ = parseMembers(sealed)
		for list, _ := listIn(sealed); list.more(); {
			_, r := list.member()
			r.links()
			new(Deal).decode(&r)
		}
		_ = (&TagRow{}).unpack(sealed)
		_ = unpackValues(sealed, map[string]string{}, crm.Company, "id")
	}
}

func TestMembersStayInOrder(t *testing.T) {
	var m members
	random := rand.New(rand.NewPCG(2, 2))
	want := map[string]string{}
	for range 500 {
		id := string(rune('a' + random.IntN(20)))
		if random.IntN(3) == 0 {
			var ok bool
			m, _, ok = m.remove(id)
			if _, there := want[id]; there != ok {
				t.Fatalf("remove %s: %v", id, ok)
			}
			delete(want, id)
		} else {
			body := string(rune('A' + random.IntN(20)))
			m = m.put(id, body)
			want[id] = body
		}
		back, err := parseMembers(m.pack())
		if err != nil || len(back) != len(want) || !slices.IsSortedFunc(back, func(a, b member) int { return int(a.id[0]) - int(b.id[0]) }) {
			t.Fatalf("got %v, %v, want %v", back, err, want)
		}
		for _, e := range back {
			if want[e.id] != e.body {
				t.Fatalf("got %v, want %v", back, want)
			}
		}
	}
}
