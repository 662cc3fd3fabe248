package sdk

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

type loyalConfig struct {
	MinDeals int64 `json:"min_deals" schema:"minimum=1,default=3" doc:"Won deals from which a customer is loyal."`
}

type loyalCustomer struct {
	Won int64 `crm:"count(deals) where won" purpose:"Counts won deals."`
}

func loyal() Pointwise[loyalConfig, loyalCustomer] {
	return Pointwise[loyalConfig, loyalCustomer]{
		Info:    Info{ID: "acme.loyal", Version: "1.0.0", Summary: "Loyal or casual buyer", License: "Apache-2.0"},
		Tags:    []Tag{Class("", Option{Code: "loyal"}, Option{Code: "casual"})},
		Reasons: []Reason{{Code: "won_deals", Text: Text{En: "Won deals: {n}."}, Args: []Arg{{Name: "n", Type: Integer}}}},
		Classify: func(_ Run, cfg loyalConfig, c loyalCustomer) Verdict {
			if c.Won >= cfg.MinDeals {
				return Set("", "loyal").Because("won_deals", c.Won)
			}
			return Set("", "casual").Because("won_deals", c.Won)
		},
	}
}

func TestManifestIsItsOwnFile(t *testing.T) {
	m := Manifest(loyal())
	text, err := protocol.ManifestJSON(m)
	if err != nil {
		t.Fatal(err)
	}
	back, err := protocol.ParseManifest(text)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(m, back) {
		t.Errorf("plugin.json reads back as another manifest:\n%s", text)
	}
}

func TestDaysAreThoseOfTheAccount(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	asOf := time.Date(2026, 1, 2, 0, 0, 0, 0, zone)
	run := Run{AsOf: asOf, Day: DayOf(asOf, zone), Zone: zone}
	if got := run.DaysSince(asOf.Add(-time.Minute)); got != 1 {
		t.Errorf("the last minute of yesterday is %d days ago", got)
	}
}

func TestACancelledCallStopsWithinABatch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	p := loyal()
	p.Classify = func(Run, loyalConfig, loyalCustomer) Verdict {
		seen++
		cancel()
		return Set("", "loyal")
	}
	c, err := p.compile()
	if err != nil {
		t.Fatal(err)
	}
	inst, found := c.configure(Run{Zone: time.UTC}, nil, Catalogue{})
	if found.Failed() {
		t.Fatal(found)
	}
	classify, err := inst.engine.classify(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	const n = 1000
	_, err = classify(ctx, &pb.CustomerBatch{Keys: make([]byte, n*protocol.KeyBytes), Columns: []*pb.Column{column.FromInts(Integer, make([]int64, n), nil)}})
	if status.Code(err) != codes.Canceled || seen > checkEvery {
		t.Errorf("it ends with %v after %d customers", err, seen)
	}
}

func TestTheDayOfAnInstantIsThatOfTheCalendar(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for hours := -900_000; hours < 900_000; hours += 7919 {
			at := time.Unix(int64(hours)*3600-1, 0)
			if want := at.In(zone).Format(time.DateOnly); DayOf(at, zone).String() != want {
				t.Fatalf("%s in %s is %s, not %s", at, name, DayOf(at, zone), want)
			}
		}
	}
}

func TestAPluginEndsWhenItsParentIsGone(t *testing.T) {
	parents := []int{7, 7, 1}
	gone := false
	watchParent(7, func() int {
		now := parents[0]
		parents = parents[1:]
		return now
	}, time.Microsecond, func() { gone = true })
	if !gone || len(parents) != 0 {
		t.Errorf("gone: %v, with %d looks left", gone, len(parents))
	}
}

func TestCommandsOfAPersonWhoStartsAPlugin(t *testing.T) {
	for word, want := range map[string]struct {
		code int
		out  string
		err  string
	}{
		"manifest": {0, `"acme.loyal"`, ""}, "version": {0, "acme.loyal 1.0.0 protocol 1", ""}, "check": {0, "ok: acme.loyal", ""},
		"": {1, "", "taxon plugin install"}, "help": {1, "", "taxon plugin install"},
	} {
		var stdout, stderr strings.Builder
		code := command(loyal(), strings.Fields(word), &stdout, &stderr)
		if code != want.code || !strings.Contains(stdout.String(), want.out) || !strings.Contains(stderr.String(), want.err) || (want.out == "") != (stdout.Len() == 0) {
			t.Errorf("%q: %d, %q, %q", word, code, stdout.String(), stderr.String())
		}
	}
	bad := loyal()
	bad.Example = loyalConfig{MinDeals: -1}
	var stdout, stderr strings.Builder
	if code := command(bad, []string{"check"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "/min_deals") {
		t.Errorf("check of a bad example: %d, %q", code, stderr.String())
	}
}

func TestMoneyIsWrittenAsPeopleDo(t *testing.T) {
	for want, run := range map[string]Run{"-12.05 EUR": {Currency: "EUR", CurrencyDigits: 2}, "-1205 JPY": {Currency: "JPY"}, "-1.205 KWD": {Currency: "KWD", CurrencyDigits: 3}} {
		if got := run.Money(-1205); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestOptionsAreOrderedUnlessSaidOtherwise(t *testing.T) {
	ranks := func(tag Tag) (out []int32) {
		for _, o := range tag.proto("x").GetOptions() {
			out = append(out, o.GetRank())
		}
		return out
	}
	class := Class("", Option{Code: "a"}, Option{Code: "b", Rank: 7})
	if got := ranks(class.Unordered()); !slices.Equal(got, []int32{1, 1, 1}) {
		t.Errorf("unordered: %v", got)
	}
	if got := ranks(class); !slices.Equal(got, []int32{1, 7, 3}) {
		t.Errorf("ordered: %v", got)
	}
}
