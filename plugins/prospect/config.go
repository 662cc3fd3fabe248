package prospect

import (
	"fmt"
	"math"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/recency"
	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

type config struct {
	Window  string `json:"window" schema:"default=365d,examples=90d|12w|6m,pattern=^[1-9][0-9]{0,3}[dwmy]$" doc:"How far back activities and lost deals count; three years at most."`
	Recent  int64  `json:"interested_days" schema:"minimum=1,maximum=3650,default=14" doc:"An act of intent makes a customer interested for so many days."`
	Contact int64  `json:"considering_days" schema:"minimum=1,maximum=3650,default=60" doc:"Any act of its own makes it considering for so many days."`
	Silent  int64  `json:"silent_days" schema:"minimum=0,maximum=3650,default=7" doc:"A quote is unanswered after more than so many days."`
	Quote   int64  `json:"quote_days" schema:"minimum=1,maximum=3650,default=90" doc:"Quotes older than this are no offer any more."`
	Later   int64  `json:"later_days" schema:"minimum=1,maximum=3650,default=90" doc:"A deal that is expected more than so many days ahead is put off."`
	Zombie  int64  `json:"zombie_days" schema:"minimum=1,maximum=36500,default=180" doc:"An open deal older than this, and not expected any more, is dead."`
	Buyers  string `json:"buyers" schema:"enum=judge|leave_out,default=judge" doc:"Whether customers who bought are judged too."`

	IntentKinds []string `json:"intent_kinds" schema:"maxItems=6" default:"[\"meeting\", \"call\"]" doc:"Kinds of own acts that show intent: of meeting, call, mail, ticket, survey, visit."`
	TopicField  string   `json:"topic_field" schema:"default=topic,pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of activities with their topic; topic is used where the connection maps it."`
	Topics      []string `json:"intent_topics" schema:"maxItems=100" default:"[\"demo\", \"trial\", \"quote\", \"quotation\", \"order\", \"budget\", \"演示\", \"试用\", \"試用\", \"报价\", \"報價\", \"询价\", \"詢價\", \"订购\", \"訂購\", \"下单\", \"下單\", \"预算\", \"預算\"]" doc:"Topics of own acts that show intent, whatever their kind. Of these and all such words letter case does not matter, nor whether they are joined by spaces, dashes or underscores."`
	ReasonField string   `json:"reason_field" schema:"default=lost_reason,pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of deals that says why they were lost or put off; lost_reason is used where the connection maps it."`
	LaterWords  []string `json:"later_reasons" schema:"maxItems=100" default:"[\"later\", \"not now\", \"postponed\", \"no budget\", \"timing\", \"以后\", \"以後\", \"暂缓\", \"暫緩\", \"推迟\", \"推遲\", \"延期\", \"暂无预算\", \"暫無預算\"]" doc:"Reasons that put off and do not refuse."`
	NoRefusal   []string `json:"other_reasons" schema:"maxItems=100" default:"[\"duplicate\", \"no response\", \"spam\", \"test\", \"重复\", \"重複\", \"无回应\", \"無回應\", \"联系不上\", \"聯繫不上\"]" doc:"Reasons of lost deals that nobody refused."`
	Accepted    []string `json:"accepted" schema:"maxItems=50" default:"[\"accepted\", \"signed\", \"closed won\", \"confirmed\", \"ordered\", \"已接受\", \"已签\", \"已簽\", \"已确认\", \"已確認\"]" doc:"Statuses of quotes that the customer accepted."`
	Declined    []string `json:"declined" schema:"maxItems=50" default:"[\"declined\", \"denied\", \"closed lost\", \"已谢绝\", \"已謝絕\", \"客户拒绝\", \"客戶拒絕\"]" doc:"Statuses of quotes that the customer declined. Rejected is not among them: many CRMs call so what the own approval stopped."`
	Unsent      []string `json:"unsent" schema:"maxItems=50" default:"[\"draft\", \"rejected\", \"in review\", \"needs review\", \"pending approval\", \"void\", \"voided\", \"cancelled\", \"canceled\", \"deleted\", \"草稿\", \"审批中\", \"審批中\", \"作废\", \"作廢\"]" doc:"Statuses of quotes that were never sent, or are withdrawn."`

	Direction string   `json:"direction_field" schema:"default=direction,pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of activities that says who began it; empty for none."`
	Outbound  []string `json:"outbound_values" schema:"maxItems=50" default:"[\"outbound\", \"outgoing\", \"out\", \"EMAIL\"]" doc:"Values of that field for what we began."`
	Unknown   string   `json:"unknown" schema:"enum=inbound|outbound,default=inbound" doc:"Who began an activity that does not say it."`

	HalfLife int64    `json:"half_life_days" schema:"minimum=1,maximum=3650,default=30" doc:"After so many days an event has half its points."`
	Events   []points `json:"points" schema:"maxItems=8" default:"[{\"kind\": \"meeting\", \"points\": 20, \"most\": 40}, {\"kind\": \"call\", \"points\": 12, \"most\": 30}, {\"kind\": \"mail\", \"points\": 6, \"most\": 18}, {\"kind\": \"visit\", \"points\": 3, \"most\": 12}, {\"kind\": \"survey\", \"points\": 3, \"most\": 6}, {\"kind\": \"quote\", \"points\": 5, \"most\": 10}, {\"kind\": \"lost\", \"points\": -20, \"most\": 40}]" doc:"Points of a fresh event, and the most that the events of its kind bring, or take. Of meeting, call, mail, ticket, survey and visit the customer's own; quote: one that was sent; lost: a lost deal that was refused."`
	Hot      float64  `json:"hot" schema:"minimum=0,maximum=100,default=70" doc:"Score from which a customer is hot."`
	Warm     float64  `json:"warm" schema:"minimum=0,maximum=100,default=40" doc:"Score from which it is warm."`

	Fit           []scoring.Criterion `json:"fit" schema:"maxItems=30" doc:"Criteria of the fit, with the scale range or points. Default: employees from 0 to 500 (weight 2), quotes within the window from 0 to 2 (1), meetings from 0 to 3 (1)."`
	JudgementOf   string              `json:"judgement_field" schema:"default=judgement,pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field with a person's judgement, a number or a word; judgement is used where the connection maps it."`
	JudgementBest float64             `json:"judgement_best" schema:"minimum=2,maximum=100,default=5" doc:"The best judgement, where 1 is the worst; words are high, medium, low."`
	Judgement     string              `json:"judgement" schema:"enum=wins|counts,default=wins" doc:"A judgement takes the place of the computed potential, or is one criterion of the fit with the weight 3."`
	High          float64             `json:"high_potential" schema:"minimum=0,maximum=100,default=70" doc:"Fit from which the potential is high."`
	Medium        float64             `json:"medium_potential" schema:"minimum=0,maximum=100,default=40" doc:"Fit from which it is medium."`

	prepared
}

// prepared is what Configure makes of the configuration.
type prepared struct {
	days                    int64   // of the window, at most
	decay                   []int64 // by age in days: millionths of a fresh event
	worth                   [kinds]worth
	intent                  [kinds]bool
	hot, warm, high, medium int64 // in hundredths
	topics, outbound        map[string]bool
	reasons, statuses       map[string]meaning
	columns                 columns
	sheet                   *scoring.Sheet
	model                   *scoring.Model
	fitted, judged          scoring.Group
	judging                 bool // a field with a judgement is read
}

type points struct {
	Kind   string  `json:"kind" schema:"required,enum=meeting|call|mail|ticket|survey|visit|quote|lost" doc:"Kind of event."`
	Points float64 `json:"points" schema:"minimum=-100,maximum=100" doc:"Points of a fresh event; below zero it speaks against."`
	Most   float64 `json:"most" schema:"minimum=0,maximum=1000,default=50" doc:"The most that all events of the kind bring, or take."`
}

// worth is what an event brings, in thousandths of a point, and all of its kind, in millionths.
type worth struct{ each, most int64 }

// The kinds of events: of acts of intent on one day the first is named.
const (
	meeting = iota
	call
	mail
	ticket
	survey
	visit
	quote
	lost
	kinds
)

var kindCodes = [kinds]string{"meeting", "call", "mail", "ticket", "survey", "visit", "quote", "lost"}

// kindOf is the kind of a code, -1 for others.
func kindOf(code string) int { return slices.Index(kindCodes[:], code) }

// meaning is what a word of the CRM says.
type meaning int

const (
	_        meaning = iota // nothing in particular
	putOff                  // a reason: later
	nobody                  // a reason: nobody refused
	accepted                // a status
	declined                // a status
	unsent                  // a status
)

// words adds what a list means. What the lists before say holds.
func words(into map[string]meaning, list []string, means meaning) {
	for _, word := range list {
		if _, known := into[textfold.Words(word)]; !known {
			into[textfold.Words(word)] = means
		}
	}
}

func folded(list []string) map[string]bool {
	out := map[string]bool{}
	for _, word := range list {
		out[textfold.Words(word)] = true
	}
	return out
}

func configure(run sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.prepared = prepared{topics: folded(cfg.Topics), outbound: folded(cfg.Outbound), reasons: map[string]meaning{}, statuses: map[string]meaning{},
		hot: hundredths(cfg.Hot), warm: hundredths(cfg.Warm), high: hundredths(cfg.High), medium: hundredths(cfg.Medium)}
	var ok bool
	if cfg.days, ok = recency.Days(cfg.Window); !ok {
		found.Errorf("/window", "range", "the window may be three years at most")
		return sdk.Effective{}, found
	}
	for _, o := range []struct {
		pointer     string
		less, above float64
	}{{"/warm", cfg.Warm, cfg.Hot}, {"/medium_potential", cfg.Medium, cfg.High},
		{"/interested_days", float64(cfg.Recent), float64(cfg.Contact)}, {"/silent_days", float64(cfg.Silent), float64(cfg.Quote)}} {
		if o.less > o.above {
			found.Errorf(o.pointer, "order", "%v is above the next bound, %v", o.less, o.above)
		}
	}
	cfg.decay = recency.Table(cfg.days, cfg.HalfLife)
	seen := map[string]bool{}
	for i, p := range cfg.Events {
		if seen[p.Kind] {
			found.Errorf(fmt.Sprint("/points/", i, "/kind"), "twice", "%s is there twice", p.Kind)
		}
		seen[p.Kind] = true
		cfg.worth[kindOf(p.Kind)] = worth{each: int64(math.Round(p.Points * 1000)), most: int64(math.Round(p.Most * 1e6))}
	}
	for i, kind := range cfg.IntentKinds {
		k := kindOf(kind)
		if k < 0 || k >= quote {
			found.Errorf(fmt.Sprint("/intent_kinds/", i), "unknown_kind", "%q is no act of a customer: one of meeting, call, mail, ticket, survey, visit", kind)
			continue
		}
		cfg.intent[k] = true
	}
	words(cfg.reasons, cfg.LaterWords, putOff)
	words(cfg.reasons, cfg.NoRefusal, nobody)
	words(cfg.statuses, cfg.Accepted, accepted)
	words(cfg.statuses, cfg.Declined, declined)
	words(cfg.statuses, cfg.Unsent, unsent)
	return sdk.Effective{Reads: cfg.reads(run, cat, &found)}, found
}

func hundredths(v float64) int64 { return int64(math.Round(v * 100)) }
