package lifecycle

import (
	"regexp"

	"github.com/taxonhq/taxon/plugins/internal/cadence"
	"github.com/taxonhq/taxon/sdk"
)

type config struct {
	NewWithin         string `json:"new_within" schema:"default=90d,examples=90d|1.5g,pattern=^([0-9]{1,5}d|[0-9]{1,4}([.][0-9]{1,3})?g)$" doc:"How long a customer with one purchase is new: days as 90d, or intervals as 1g."`
	ActiveWithin      string `json:"active_within" schema:"default=1.5g,examples=90d|1.5g,pattern=^([0-9]{1,5}d|[0-9]{1,4}([.][0-9]{1,3})?g)$" doc:"How long after the last purchase a customer is active: intervals as 1.5g, or days as 60d."`
	DormantWithin     string `json:"dormant_within" schema:"default=3g,examples=90d|1.5g,pattern=^([0-9]{1,5}d|[0-9]{1,4}([.][0-9]{1,3})?g)$" doc:"How long a customer is dormant before it is churned: intervals as 3g, or days as 90d."`
	ChurnedAfterDays  int64  `json:"churned_after_days" schema:"minimum=0,maximum=36500,default=90" doc:"Nobody is churned before so many days have passed, however short the interval."`
	ReactivatedWithin string `json:"reactivated_within" schema:"default=1g,examples=90d|1.5g,pattern=^([0-9]{1,5}d|[0-9]{1,4}([.][0-9]{1,3})?g)$" doc:"How long a customer who came back is reactivated: intervals as 1g, or days as 30d."`

	LoyalRepeats int64  `json:"loyal_repeats" schema:"minimum=1,maximum=10000,default=3" doc:"Repeat purchases from which an active customer is loyal; the first purchase is none."`
	LoyalDays    int64  `json:"loyal_days" schema:"minimum=0,maximum=36500,default=365" doc:"Days since the first purchase from which an active customer is loyal."`
	LoyalTag     string `json:"loyal_tag" schema:"maxLength=130,examples=loyalty|loyalty.long_term,pattern=^([a-z][a-z0-9_]*([.][a-z0-9_]+)?)?$" doc:"A classifier, such as loyalty, whose class loyal makes an active customer loyal too."`

	MinRepeaters int64  `json:"min_repeaters" schema:"minimum=1,maximum=1000000,default=30" doc:"Repeat customers below which the base has no interval."`
	BaseInterval int64  `json:"base_interval_days" schema:"minimum=0,maximum=3650,default=0" doc:"The interval of customers who have none of their own, when you know it better than the data; 0 for the median of the base."`
	Cancelled    string `json:"cancelled_field" schema:"maxLength=64,examples=cancelled|contract_end,pattern=^([a-z][a-z0-9_]*)?$" doc:"A field of the customer that says it has cancelled: yes or no, or the day on which it did or its contract ends. Needs a grant of that field."`

	AliveTag string  `json:"alive_tag" schema:"maxLength=130,examples=clv.probability_alive,pattern=^([a-z][a-z0-9_]*[.][a-z0-9_]+)?$" doc:"A number of another classifier, as CLASSIFIER.PART, that is the probability of buying again: it then decides between active, dormant and churned."`
	Active   float64 `json:"alive_active_from" schema:"minimum=0,maximum=1,default=0.7" doc:"Probability from which a customer is active."`
	Churned  float64 `json:"alive_churned_below" schema:"minimum=0,maximum=1,default=0.3" doc:"Probability below which a customer is churned."`

	// What Configure prepares.
	fresh, active, dormant, back cadence.Length
	loyal, cancelled, alive      int // columns, -1 when not read
	cancelledType                sdk.Type
}

// The columns that every configuration reads.
const (
	bought = iota
	worth
	known
)

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	for _, l := range []struct {
		pointer, text string
		into          *cadence.Length
	}{
		{"/new_within", cfg.NewWithin, &cfg.fresh}, {"/active_within", cfg.ActiveWithin, &cfg.active},
		{"/dormant_within", cfg.DormantWithin, &cfg.dormant}, {"/reactivated_within", cfg.ReactivatedWithin, &cfg.back},
	} {
		var err error
		if *l.into, err = cadence.ParseLength(l.text); err != nil {
			found.Errorf(l.pointer, "length", "%v", err)
		}
	}
	if longer, same := cfg.active.Longer(cfg.dormant); same && longer {
		found.Errorf("/dormant_within", "order", "a customer cannot be dormant until %s when it is active until %s", cfg.DormantWithin, cfg.ActiveWithin)
	}
	if !cfg.dormant.InIntervals() && !cfg.dormant.Holds(cfg.ChurnedAfterDays, 0) {
		found.Warnf("/churned_after_days", "unused", "with dormant_within %s customers stay dormant until churned_after_days (%d)", cfg.DormantWithin, cfg.ChurnedAfterDays)
	}
	if cfg.Churned > cfg.Active {
		found.Errorf("/alive_churned_below", "order", "a customer cannot be churned below %v when it is active from %v", cfg.Churned, cfg.Active)
	}
	return sdk.Effective{Reads: cfg.reads(cat, &found)}, found
}

var (
	readBought = sdk.Read{Path: "deals.closed_at where won", Type: sdk.Time, List: true, Purpose: "The days of purchases and the gaps between them."}
	readWorth  = sdk.Read{Path: "deals.amount where won", Type: sdk.Money, List: true, Purpose: "Tells purchases from refunds, whose amounts are below zero."}
	readKnown  = sdk.Read{Path: "created_at", Type: sdk.Time, Purpose: "Says since when a prospect is known."}
)

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	return []sdk.Read{readBought, readWorth, readKnown,
		{Path: "tags.{/loyal_tag}", Type: sdk.String, Purpose: "Whether another classifier calls the customer loyal."},
		{Path: "tags.{/loyal_tag}.{/loyal_tag}", Type: sdk.String, Purpose: "Whether another classifier calls the customer loyal."},
		{Path: "tags.{/alive_tag}.{/alive_tag}", Type: sdk.Number, Purpose: "The probability that the customer will buy again."},
		{Path: "*", Purpose: "Whether the customer has cancelled, when the configuration names a field that says so."},
	}
}

func (cfg *config) reads(cat sdk.Catalogue, found *sdk.Diagnostics) []sdk.Read {
	reads := []sdk.Read{readBought, readWorth, readKnown}
	cfg.loyal, cfg.cancelled, cfg.alive = -1, -1, -1
	if cfg.LoyalTag != "" {
		cfg.loyal = len(reads)
		reads = append(reads, sdk.Read{Path: "tags." + cfg.LoyalTag, Type: sdk.String, Purpose: patterns()[3].Purpose})
	}
	if cfg.AliveTag != "" {
		cfg.alive = len(reads)
		reads = append(reads, sdk.Read{Path: "tags." + cfg.AliveTag, Type: sdk.Number, Purpose: patterns()[5].Purpose})
	}
	if cfg.Cancelled != "" {
		cfg.cancelled, cfg.cancelledType = len(reads), sdk.Date
		if len(cat.Fields()) > 0 {
			field, ok := cat.Lookup(cfg.Cancelled)
			cfg.cancelledType = field.Type
			switch {
			case !ok:
				found.Errorf("/cancelled_field", "unknown_field", "there is no field %s: map it in the connection first", cfg.Cancelled)
				return reads
			case field.Type != sdk.Boolean && field.Type != sdk.Date && field.Type != sdk.Time:
				found.Errorf("/cancelled_field", "field_type", "the field %s is neither yes or no nor a date", cfg.Cancelled)
				return reads
			}
		}
		reads = append(reads, sdk.Read{Path: cfg.Cancelled, Type: cfg.cancelledType, Purpose: patterns()[6].Purpose})
	}
	return reads
}

func presets() []sdk.Preset[*config] {
	return []sdk.Preset[*config]{
		{Name: "own_interval", Label: sdk.Text{En: "By the customer's own purchase interval", ZhHans: "按客户自身的购买间隔", ZhHant: "按客戶自身的購買間隔"}, Config: &config{}},
		{Name: "days_30_60_90", Label: sdk.Text{En: "New 30 days, active 60, dormant 90, then churned", ZhHans: "固定天数：新客户30天、活跃60天、沉睡90天", ZhHant: "固定天數：新客戶30天、活躍60天、沉睡90天"},
			Config: &config{NewWithin: "30d", ActiveWithin: "60d", DormantWithin: "90d", ReactivatedWithin: "30d"}},
	}
}

var loyalCode = regexp.MustCompile(`^(loyal|long_term|high|true_loyalty)$`)
