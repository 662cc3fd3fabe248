package sdk

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/sdk/protocol"
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
		Reasons: []Reason{{Code: "won_deals", Text: Text{En: "{n} won deals."}, Args: []Arg{{Name: "n", Type: Integer}}}},
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
