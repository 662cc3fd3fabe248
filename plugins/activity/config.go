package activity

import (
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/recency"
	"github.com/taxonhq/taxon/sdk"
)

// The ways to set classes.
const (
	byTerciles = "terciles"
	byCuts     = "fixed"
)

type config struct {
	Window   string  `json:"window" schema:"default=180d,examples=90d|12w|6m,pattern=^[1-9][0-9]{0,3}[dwmy]$" doc:"How far back activities and orders count, three years at most."`
	HalfLife int64   `json:"half_life_days" schema:"minimum=1,maximum=3650,default=30" doc:"Days after which an act counts half."`
	Weights  weights `json:"weights" doc:"What an act of each kind counts when it is new; a kind with 0 is no event."`

	Direction string   `json:"direction_field" schema:"default=direction,maxLength=64,pattern=^([a-z][a-z0-9_]*)?$" doc:"Field of activities that says who began them."`
	Outbound  []string `json:"outbound_values" schema:"maxItems=50" default:"[\"outbound\", \"outgoing\", \"out\", \"email\"]" doc:"Its values for what we began, in any case of letters. Default: also HubSpot's EMAIL, a mail that was sent."`
	Unknown   string   `json:"unknown" schema:"default=inbound,enum=inbound|outbound" doc:"Who began an activity that does not say it. Most CRMs keep talks, which have two sides: inbound."`

	Rule         string    `json:"rule" schema:"default=terciles,enum=terciles|fixed" doc:"Thirds of the customers with an event, or cuts of the index that do not move with the base."`
	Cuts         []float64 `json:"cuts" schema:"maxItems=2" doc:"For the rule fixed: the index from which a customer is steady, and from which active."`
	Recent       int64     `json:"recent_days" schema:"minimum=1,maximum=3650,default=30" doc:"An active customer did something in so many days."`
	RegularDays  int64     `json:"regular_days" schema:"minimum=3,maximum=1000,default=4" doc:"Days with an own act from which even spacing makes a customer steady."`
	Variation    float64   `json:"regular_below" schema:"minimum=0,maximum=10,default=0.6" doc:"Coefficient of variation of the gaps below which they are even, to three digits."`
	MinCustomers int64     `json:"min_customers" schema:"minimum=0,maximum=1000000,default=9" doc:"Customers with an event below which nobody is ranked; not used with fixed cuts."`

	// What Configure prepares.
	decay     []int64 // by age in days: millionths of a fresh act
	milli     [kinds]int64
	outbound  []string // in lower case
	cuts      [2]int64 // in millionths
	variation int64    // in thousandths
	days      int64    // of the window, at most
	directed  bool     // column direction is read
}

type weights struct {
	Meeting float64 `json:"meeting" schema:"minimum=0,maximum=100,default=3" doc:"A meeting."`
	Call    float64 `json:"call" schema:"minimum=0,maximum=100,default=3" doc:"A call."`
	Mail    float64 `json:"mail" schema:"minimum=0,maximum=100,default=3" doc:"A mail."`
	Ticket  float64 `json:"ticket" schema:"minimum=0,maximum=100,default=3" doc:"A ticket."`
	Survey  float64 `json:"survey" schema:"minimum=0,maximum=100,default=3" doc:"An answer to a survey."`
	Visit   float64 `json:"visit" schema:"minimum=0,maximum=100,default=1" doc:"A visit."`
	Quote   float64 `json:"quote" schema:"minimum=0,maximum=100,default=0" doc:"A quote: usually our answer, not the customer's act."`
	Invoice float64 `json:"invoice" schema:"minimum=0,maximum=100,default=0" doc:"An invoice: the order counts already."`
	Payment float64 `json:"payment" schema:"minimum=0,maximum=100,default=0" doc:"A payment: the order counts already."`
	Order   float64 `json:"order" schema:"minimum=0,maximum=100,default=3" doc:"A day with a won deal."`
}

// The kinds of acts, in the order in which ties of the main channel go.
const (
	meeting = iota
	call
	mail
	ticket
	survey
	visit
	quote
	invoice
	payment
	order
	kinds
)

var kindCodes = [kinds]string{"meeting", "call", "mail", "ticket", "survey", "visit", "quote", "invoice", "payment", "order"}

// kindOf is the kind of an activity; ok is false for what the host does not know.
func kindOf(code string) (kind int, ok bool) {
	i := slices.Index(kindCodes[:order], code)
	return i, i >= 0
}

// The columns.
const (
	kindColumn = iota
	timeColumn
	orderColumn
	directionColumn // when directed
)

// standardDirection is the host's own field.
const standardDirection = "direction"

func reads(window, direction string) []sdk.Read {
	list := []sdk.Read{
		{Path: "activities.kind within " + window, Type: sdk.String, List: true, Purpose: "What the customer did, by kind."},
		{Path: "activities.occurred_at within " + window, Type: sdk.Time, List: true, Purpose: "How long ago it was."},
		{Path: "deals.closed_at where won within " + window, Type: sdk.Time, List: true, Purpose: "Orders, which are acts of the customer too."},
	}
	if direction != "" {
		list = append(list, sdk.Read{Path: "activities." + direction + " within " + window, Type: sdk.String, List: true, Purpose: "Whether the customer or we began it."})
	}
	return list
}

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	var ok bool
	if cfg.days, ok = recency.Days(cfg.Window); !ok {
		found.Errorf("/window", "range", "the window may be three years at most")
		return sdk.Effective{}, found
	}
	if cfg.Recent > cfg.days {
		found.Warnf("/recent_days", "unused", "recent_days is longer than the window")
	}
	cfg.decay = recency.Table(cfg.days, cfg.HalfLife)
	w := cfg.Weights
	heaviest := int64(0)
	for kind, weight := range [kinds]float64{w.Meeting, w.Call, w.Mail, w.Ticket, w.Survey, w.Visit, w.Quote, w.Invoice, w.Payment, w.Order} {
		cfg.milli[kind] = int64(math.Round(weight * 1000))
		heaviest = max(heaviest, cfg.milli[kind])
	}
	if heaviest == 0 {
		found.Errorf("/weights", "weights", "no kind has a weight, so everybody would be silent")
	}
	cfg.variation = int64(math.Round(cfg.Variation * 1000))
	cfg.outbound = nil
	for _, value := range cfg.Outbound {
		cfg.outbound = append(cfg.outbound, strings.ToLower(value))
	}
	cfg.checkCuts(&found)
	direction := cfg.Direction
	if len(cat.Fields()) > 0 && direction != "" {
		switch field, ok := cat.Lookup("activities." + direction); {
		case !ok && direction == standardDirection:
			direction = "" // the host is older than this field
		case !ok || !field.List:
			found.Errorf("/direction_field", "unknown_field", "activities have no field %s: map it in the connection first", cfg.Direction)
		case field.Type != sdk.String:
			found.Errorf("/direction_field", "field_type", "the field %s of activities is no text", cfg.Direction)
		}
	}
	cfg.directed = direction != ""
	return sdk.Effective{Reads: reads(cfg.Window, direction)}, found
}

func (cfg *config) checkCuts(found *sdk.Diagnostics) {
	switch {
	case cfg.Rule == byTerciles && len(cfg.Cuts) > 0:
		found.Warnf("/cuts", "unused", "cuts are for the rule fixed")
	case cfg.Rule == byTerciles:
	case len(cfg.Cuts) != 2:
		found.Errorf("/cuts", "required", "the rule fixed needs two cuts: the index from which a customer is steady, and from which active")
	case cfg.Cuts[0] <= 0 || cfg.Cuts[1] < cfg.Cuts[0] || cfg.Cuts[1] > 1e9:
		found.Errorf("/cuts", "order", "the cuts must ascend from above 0")
	default:
		for i, cut := range cfg.Cuts {
			cfg.cuts[i] = int64(math.Round(cut * 1e6))
		}
	}
}
