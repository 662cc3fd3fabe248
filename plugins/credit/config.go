package credit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

// Where invoices are, what settles them, and what early payment does.
const (
	fromActivities = "activities"
	fromDeals      = "deals"

	byInvoice  = "invoices"
	byPayments = "payments"
	ignore     = "ignore"
	offset     = "offset"
)

type config struct {
	Days        int64     `json:"days" schema:"minimum=1,maximum=36500,default=365" doc:"Invoices count that fell due within so many days before the as-of day, and earlier ones that are open still."`
	Settle      string    `json:"settle" schema:"enum=invoices|payments,default=invoices" doc:"What says when an invoice was paid: its own day of payment, or the payments of the customer, which are allocated to its invoices oldest first."`
	Grades      []float64 `json:"grades" schema:"minItems=4,maxItems=4" default:"[0, 15, 30, 60]" doc:"Days late up to which the grades A, B, C and D go."`
	MinInvoices int64     `json:"min_invoices" schema:"minimum=0,maximum=1000,default=3" doc:"Judged invoices below which there is no grade."`
	Early       string    `json:"early" schema:"enum=ignore|offset,default=ignore" doc:"Whether days paid early make up for days paid late."`
	Terms       *int64    `json:"terms" schema:"minimum=0,maximum=3650" doc:"Days after its date at which an invoice without a due date is due. Without it such invoices are not judged."`
	ReasonField string    `json:"reason_field" schema:"pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of activities, or of deals with source: deals, that says why an invoice is late or disputed."`

	Source      string `json:"source" schema:"enum=activities|deals,default=activities" doc:"What the invoices are: activities of kind invoice, or won deals with fields that say when they are due and were paid."`
	AmountField string `json:"amount_field" schema:"default=amount,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"With source: deals, the field with what is owed."`
	DueField    string `json:"due_field" schema:"default=due_at,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"With source: deals, the field with the due day; may be missing where terms is given."`
	PaidField   string `json:"paid_field" schema:"default=paid_at,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"With source: deals, the field with the day of payment; not used where payments settle."`
	StatusField string `json:"status_field" schema:"pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"With source: deals, a field with the status of the invoice."`

	Disputed   []string `json:"disputed" schema:"maxItems=50" default:"[\"disputed\", \"in dispute\", \"争议\", \"爭議\", \"有争议\", \"有爭議\"]" doc:"Statuses, or reasons, of invoices in dispute. Letter case does not matter, nor whether words are joined by spaces, dashes or underscores."`
	WrittenOff []string `json:"written_off" schema:"maxItems=50" default:"[\"written off\", \"write off\", \"uncollectible\", \"bad debt\", \"坏账\", \"壞賬\", \"呆账\", \"呆賬\"]" doc:"Statuses, or reasons, of invoices that will never be paid."`
	Ignored    []string `json:"ignored" schema:"maxItems=50" default:"[\"draft\", \"void\", \"voided\", \"cancelled\", \"canceled\", \"abandoned\", \"deleted\", \"reversed\", \"草稿\", \"作废\", \"作廢\", \"已作废\", \"已作廢\"]" doc:"Statuses of what is no claim."`
	Paid       []string `json:"paid" schema:"maxItems=50" default:"[\"paid\", \"in payment\", \"settled\", \"complete\", \"已付款\", \"已收款\", \"已回款\", \"已结清\", \"已結清\"]" doc:"Statuses of paid invoices: without a day of payment they are not judged, and not taken for open."`

	words   map[string]standing
	means   *memo.Func[string, standing] // of a status as it is written: there are few
	columns columns
}

// standing is what a status means.
type standing int

const (
	plain standing = iota
	inDispute
	lost
	noClaim
	isPaid
)

// columns are the places of the reads in a row, -1 for what is not read.
type columns struct {
	due, paid, amount, status, issued, reason, payment, paidOn int
	dueIsDay, paidIsDay                                        bool // days, not instants
}

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	for i, bound := range cfg.Grades {
		at := fmt.Sprint("/grades/", i)
		if bound < 0 {
			found.Errorf(at, "range", "days late are not below 0")
		} else if i > 0 && bound <= cfg.Grades[i-1] {
			found.Errorf(at, "order", "the bounds must ascend")
		}
	}
	cfg.words = map[string]standing{}
	for _, list := range []struct {
		key   string
		words []string
		means standing
	}{{"disputed", cfg.Disputed, inDispute}, {"written_off", cfg.WrittenOff, lost}, {"ignored", cfg.Ignored, noClaim}, {"paid", cfg.Paid, isPaid}} {
		for i, word := range list.words {
			key := textfold.Words(word)
			if key == "" {
				found.Errorf(fmt.Sprint("/", list.key, "/", i), "empty", "a status cannot be empty")
			}
			if _, known := cfg.words[key]; !known { // what the lists before say holds, so that written_off: [voided] is enough
				cfg.words[key] = list.means
			}
		}
	}
	cfg.means = memo.New(1000, func(status string) standing { return cfg.words[textfold.Words(status)] })
	return sdk.Effective{Reads: cfg.reads(cat, &found)}, found
}

const (
	ofInvoices = " where kind = invoice"
	ofPayments = " where kind = payment"
	ofDeals    = " where won"

	purposeDue    = "Tells when an invoice was due."
	purposePaid   = "Tells when it was paid."
	purposeAmount = "Weighs invoices, and finds what is open."
	purposeStatus = "Tells disputed, written-off, cancelled and paid invoices apart."
	purposeIssued = "Orders invoices, and dates credit notes and those without a due date."
	purposeReason = "Says why invoices are late or disputed."
	purposeMoney  = "Settles invoices, oldest first."
)

func (cfg *config) reads(cat sdk.Catalogue, found *sdk.Diagnostics) (reads []sdk.Read) {
	add := func(path string, kind sdk.Type, purpose string, required bool) int {
		reads = append(reads, sdk.Read{Path: path, Type: kind, List: true, Purpose: purpose, Required: required})
		return len(reads) - 1
	}
	cfg.columns = columns{due: -1, paid: -1, status: -1, reason: -1, payment: -1, paidOn: -1}
	c := &cfg.columns
	records, invoices := fromActivities, ofInvoices
	if cfg.Source == fromDeals {
		records, invoices = fromDeals, ofDeals
	}
	// field adds one that the administrator names; nothing is known where there is no catalogue.
	field := func(name, key, purpose string, types ...sdk.Type) (column int, kind sdk.Type) {
		path := records + "." + name
		kind = types[0]
		switch f, known := cat.Lookup(path); {
		case known && !slices.Contains(types, f.Type):
			found.Errorf("/"+key, "field_type", "the field %s is no %s", path, words[types[0]])
			return -1, kind
		case known:
			kind = f.Type
		case len(cat.Fields()) > 0:
			found.Errorf("/"+key, "unknown_field", "there is no field %s: map it in the connection first", path)
			return -1, kind
		}
		return add(path+invoices, kind, purpose, types[0] == sdk.Money), kind
	}
	if cfg.Source == fromDeals {
		cfg.ofDeals(cat, field)
		c.issued = add("deals.closed_at"+ofDeals, sdk.Time, purposeIssued, false)
	} else {
		c.due = add("activities.due_at"+ofInvoices, sdk.Time, purposeDue, false)
		c.amount = add("activities.amount"+ofInvoices, sdk.Money, purposeAmount, true)
		c.status = add("activities.status"+ofInvoices, sdk.String, purposeStatus, false)
		c.issued = add("activities.occurred_at"+ofInvoices, sdk.Time, purposeIssued, false)
		cfg.unused(found)
	}
	switch {
	case cfg.Settle == byPayments:
		c.payment = add("activities.amount"+ofPayments, sdk.Money, purposeMoney, true)
		c.paidOn = add("activities.occurred_at"+ofPayments, sdk.Time, purposeMoney, false)
	case cfg.Source == fromActivities:
		c.paid = add("activities.paid_at"+ofInvoices, sdk.Time, purposePaid, false)
	}
	if cfg.ReasonField != "" {
		c.reason, _ = field(cfg.ReasonField, "reason_field", purposeReason, sdk.String)
	}
	return reads
}

// words name types in messages.
var words = map[sdk.Type]string{sdk.String: "text", sdk.Money: "amount", sdk.Date: "day or time"}

// ofDeals are the fields of deals that hold what an invoice says.
func (cfg *config) ofDeals(cat sdk.Catalogue, field func(name, key, purpose string, types ...sdk.Type) (int, sdk.Type)) {
	c := &cfg.columns
	var kind sdk.Type
	c.amount, _ = field(cfg.AmountField, "amount_field", purposeAmount, sdk.Money)
	if _, known := cat.Lookup("deals." + cfg.DueField); known || cfg.Terms == nil { // terms tell it from the day of the deal
		c.due, kind = field(cfg.DueField, "due_field", purposeDue, sdk.Date, sdk.Time)
		c.dueIsDay = kind == sdk.Date
	}
	if cfg.Settle == byInvoice {
		c.paid, kind = field(cfg.PaidField, "paid_field", purposePaid, sdk.Date, sdk.Time)
		c.paidIsDay = kind == sdk.Date
	}
	if cfg.StatusField != "" {
		c.status, _ = field(cfg.StatusField, "status_field", purposeStatus, sdk.String)
	}
}

// unused warns of settings that are for deals.
func (cfg *config) unused(found *sdk.Diagnostics) {
	for _, s := range []struct{ key, value, usual string }{{"amount_field", cfg.AmountField, "amount"}, {"due_field", cfg.DueField, "due_at"}, {"paid_field", cfg.PaidField, "paid_at"}, {"status_field", cfg.StatusField, ""}} {
		if s.value != s.usual && s.value != "" {
			found.Warnf("/"+s.key, "unused", "%s is for source: deals; of activities of kind invoice the fields are known", s.key)
		}
	}
}

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	var none sdk.Diagnostics
	cfg, other := config{Settle: byInvoice, Source: fromActivities}, config{Settle: byPayments, Source: fromActivities}
	reads := cfg.reads(sdk.Catalogue{}, &none)
	for _, r := range other.reads(sdk.Catalogue{}, &none) {
		if !strings.HasSuffix(r.Path, ofInvoices) {
			reads = append(reads, r)
		}
	}
	return append(reads,
		sdk.Read{Path: "activities.{/reason_field}" + ofInvoices, Type: sdk.String, List: true, Purpose: purposeReason},
		sdk.Read{Path: "deals.{/amount_field}" + ofDeals, Type: sdk.Money, List: true, Required: true, Purpose: purposeAmount},
		sdk.Read{Path: "deals.{/due_field}" + ofDeals, List: true, Purpose: purposeDue},
		sdk.Read{Path: "deals.{/paid_field}" + ofDeals, List: true, Purpose: purposePaid},
		sdk.Read{Path: "deals.{/status_field}" + ofDeals, Type: sdk.String, List: true, Purpose: purposeStatus},
		sdk.Read{Path: "deals.{/reason_field}" + ofDeals, Type: sdk.String, List: true, Purpose: purposeReason},
		sdk.Read{Path: "deals.closed_at" + ofDeals, Type: sdk.Time, List: true, Purpose: purposeIssued})
}
