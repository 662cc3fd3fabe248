package loyalty

import (
	"math"

	"github.com/taxonhq/taxon/plugins/internal/cadence"
	"github.com/taxonhq/taxon/sdk"
)

// The schemes.
const (
	byBehaviour = "behaviour"
	byLevels    = "levels"
	byTenure    = "tenure"
	byAttitude  = "attitude"
)

type config struct {
	Scheme     string `json:"scheme" schema:"default=behaviour,enum=behaviour|levels|tenure|attitude" doc:"Which classes: loyal, drifting, potential, occasional; high, mid, low; long-term, regular, potential, occasional; or behaviour against attitude."`
	Period     string `json:"period" schema:"default=quarter,enum=month|quarter|year" doc:"The calendar periods in which a customer is present or not: at least as long as the usual interval between purchases."`
	MaxPeriods int64  `json:"max_periods" schema:"minimum=1,maximum=40,default=8" doc:"How many complete periods count at most, so that old habits are forgotten."`

	Purchases   int64   `json:"loyal_purchases" schema:"minimum=1,maximum=10000,default=3" doc:"Purchase days from which a customer can be loyal."`
	Presence    float64 `json:"loyal_presence" schema:"minimum=0,maximum=1,default=0.75" doc:"Share of its complete periods with a purchase from which a customer is loyal, to three digits."`
	MidPresence float64 `json:"mid_presence" schema:"minimum=0,maximum=1,default=0.25" doc:"In levels: the share from which a repeat customer is mid."`
	Lapsed      string  `json:"lapsed_after" schema:"examples=90d|1.5g,pattern=^([0-9]{1,5}d|[0-9]{1,4}([.][0-9]{1,3})?g)?$" doc:"When set, nobody is loyal longer than this after the last purchase: own intervals as 3g, or days as 120d. Presence alone forgets slowly."`
	LongTerm    int64   `json:"long_term_days" schema:"minimum=0,maximum=36500,default=730" doc:"Days since the first purchase from which a loyal customer is long-term."`

	Gap          string `json:"potential_within" schema:"default=1g,examples=90d|1.5g,pattern=^([0-9]{1,5}d|[0-9]{1,4}([.][0-9]{1,3})?g)$" doc:"How long after its only purchase a customer is potential: intervals as 1g, or days as 90d."`
	MinRepeaters int64  `json:"min_repeaters" schema:"minimum=1,maximum=1000000,default=30" doc:"Repeat customers below which the base has no interval."`
	BaseInterval int64  `json:"base_interval_days" schema:"minimum=0,maximum=3650,default=0" doc:"The usual interval, when you know it better than the data; 0 for the median of the base."`

	AttitudeTag  string  `json:"attitude_tag" schema:"maxLength=64,examples=satisfaction|nps,pattern=^([a-z][a-z0-9_]*)?$" doc:"In attitude: the satisfaction classifier whose class says it. Without one, the mean NPS answer does."`
	AttitudeFrom float64 `json:"attitude_from" schema:"minimum=0,maximum=10,default=9" doc:"In attitude without attitude_tag: the mean NPS answer from which it is good."`

	// What Configure prepares.
	gap, lapsed           cadence.Length
	presence, midPresence int64 // in thousandths
}

// The columns.
const (
	bought = iota
	worth
	open
	attitude // only in the scheme attitude
)

var (
	readBought = sdk.Read{Path: "deals.closed_at where won", Type: sdk.Time, List: true, Purpose: "The days of purchases, and the periods with one."}
	readWorth  = sdk.Read{Path: "deals.amount where won", Type: sdk.Money, List: true, Purpose: "Tells purchases from refunds, whose amounts are below zero."}
	readOpen   = sdk.Read{Path: "count(deals) where open", Type: sdk.Integer, Purpose: "Whether a purchase may be coming."}
	readNPS    = sdk.Read{Path: "mean(activities.score) where kind = survey and scale = nps within 365d", Type: sdk.Number, Purpose: "The attitude, in the scheme attitude."}
)

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	return []sdk.Read{readBought, readWorth, readOpen, readNPS,
		{Path: "tags.{/attitude_tag}", Type: sdk.String, Purpose: readNPS.Purpose}}
}

func configure(_ sdk.Run, cfg *config, _ sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	var err error
	if cfg.gap, err = cadence.ParseLength(cfg.Gap); err != nil {
		found.Errorf("/potential_within", "length", "%v", err)
	}
	if cfg.Lapsed != "" {
		if cfg.lapsed, err = cadence.ParseLength(cfg.Lapsed); err != nil {
			found.Errorf("/lapsed_after", "length", "%v", err)
		}
	}
	cfg.presence, cfg.midPresence = int64(math.Round(cfg.Presence*1000)), int64(math.Round(cfg.MidPresence*1000))
	if cfg.Scheme == byLevels && cfg.midPresence > cfg.presence {
		found.Errorf("/mid_presence", "order", "a customer cannot be mid from a presence of %v when it is high from %v", cfg.MidPresence, cfg.Presence)
	}
	reads := []sdk.Read{readBought, readWorth, readOpen}
	switch {
	case cfg.Scheme != byAttitude && cfg.AttitudeTag != "":
		found.Warnf("/attitude_tag", "unused", "attitude_tag is for the scheme attitude; the scheme is %s", cfg.Scheme)
	case cfg.Scheme == byAttitude && cfg.AttitudeTag != "":
		reads = append(reads, sdk.Read{Path: "tags." + cfg.AttitudeTag, Type: sdk.String, Purpose: readNPS.Purpose})
	case cfg.Scheme == byAttitude:
		reads = append(reads, readNPS)
	}
	return sdk.Effective{Reads: reads, Tags: tags(schemes[cfg.Scheme])}, found
}

func presets() []sdk.Preset[*config] {
	return []sdk.Preset[*config]{
		{Name: byBehaviour, Label: sdk.Text{En: "Loyal, drifting, potential, occasional", ZhHans: "忠诚型、游离型、潜在型、临时客户", ZhHant: "忠誠型、游離型、潛在型、臨時客戶"}, Config: &config{Scheme: byBehaviour}},
		{Name: byLevels, Label: sdk.Text{En: "High, mid and low loyalty", ZhHans: "高、中、低忠诚度", ZhHant: "高、中、低忠誠度"}, Config: &config{Scheme: byLevels}},
		{Name: byTenure, Label: sdk.Text{En: "Long-term against occasional customers", ZhHans: "长期客户与临时客户", ZhHant: "長期客戶與臨時客戶"}, Config: &config{Scheme: byTenure}},
		{Name: byAttitude, Label: sdk.Text{En: "Behaviour against attitude (Dick and Basu)", ZhHans: "行为与态度（Dick与Basu）", ZhHant: "行為與態度（Dick與Basu）"}, Config: &config{Scheme: byAttitude}},
	}
}
