package measure

import (
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// The parts of a record that the mirror keeps ready to hand; everything else is read by name.
type part uint8

const (
	byName part = iota
	dealState
	dealName
	dealStage
	dealPipeline
	dealProduct
	dealCategory
	dealOwner
	dealAmount
	dealBaseAmount
	dealCreated
	dealClosed
	activityKind
	activityScale
	activityStatus
	activityScore
	activityAmount
	activityOccurred
	activityDue
	activityPaid
)

var dealParts = map[string]part{"state": dealState, "name": dealName, "stage": dealStage, "pipeline": dealPipeline, "product": dealProduct,
	"category": dealCategory, "owner": dealOwner, "amount": dealAmount, "base_amount": dealBaseAmount, "created_at": dealCreated, "closed_at": dealClosed}

var activityParts = map[string]part{"kind": activityKind, "scale": activityScale, "status": activityStatus, "score": activityScore,
	"amount": activityAmount, "occurred_at": activityOccurred, "due_at": activityDue, "paid_at": activityPaid}

// slot is a field of a source that some column needs, read at most once for each item.
type slot struct {
	part     part
	name     string
	kind     crm.Type
	currency string // amounts are converted to it
}

// item is the deal, activity or person at hand, with what decides whether and when it counts.
type item struct {
	deal     *store.Deal
	activity *store.Activity
	fields   store.Fields // of a person
	id       string
	state    stateSet // of a deal, as of the as-of day
	date     int64    // microseconds, store.NoTime when unknown
}

// stateSet is a set of states of deals.
type stateSet uint8

const (
	isOpen stateSet = 1 << iota
	isWon
	isLost
	isNone
	anyState = isOpen | isWon | isLost | isNone
)

var stateSets = map[string]stateSet{crm.Open: isOpen, crm.Won: isWon, crm.Lost: isLost, "closed": isWon | isLost}

// place finds out when an item counts, and whether it exists before the as-of day.
func (e *Evaluator) placeDeal(d *store.Deal) (it item, exists bool) {
	it = item{deal: d, id: d.ID, state: isNone, date: d.CreatedAt}
	switch d.State {
	case crm.Won:
		it.state = isWon
	case crm.Lost:
		it.state = isLost
	case crm.Open:
		it.state = isOpen
	}
	if it.state&(isWon|isLost) != 0 {
		if d.ClosedAt < e.plan.asOf { // or unknown
			it.date = d.ClosedAt
			return it, true
		}
		it.state = isOpen // as of that day
	}
	return it, it.date < e.plan.asOf
}

func (e *Evaluator) placeActivity(a *store.Activity) (it item, exists bool) {
	return item{activity: a, id: a.ID, state: isNone, date: a.OccurredAt}, a.OccurredAt < e.plan.asOf
}

func (e *Evaluator) placePerson(id string, fields store.Fields) item {
	it := item{fields: fields, id: id, state: isNone, date: store.NoTime}
	if v := fields.Get("created_at"); v.Type() == crm.Time {
		it.date = v.Int()
	}
	return it
}

// read is the value of a slot of an item.
func (e *Evaluator) read(s *slot, it *item) cell {
	switch s.part {
	case dealState:
		switch it.state {
		case isOpen:
			return cell{text: crm.Open}
		case isWon:
			return cell{text: crm.Won}
		case isLost:
			return cell{text: crm.Lost}
		}
		return cell{why: Absent}
	case dealName:
		return textCell(it.deal.Name)
	case dealStage:
		return textCell(it.deal.Stage)
	case dealPipeline:
		return textCell(it.deal.Pipeline)
	case dealProduct:
		return textCell(it.deal.Product)
	case dealCategory:
		return textCell(it.deal.Category)
	case dealOwner:
		return textCell(it.deal.Owner)
	case dealAmount:
		if it.deal.Amount.Currency != s.currency && it.deal.BaseAmount.Currency == s.currency {
			return intCell(it.deal.BaseAmount.Minor) // the CRM's own conversion wins
		}
		if it.deal.Amount.Currency == "" && it.deal.BaseAmount.Currency != "" {
			return e.money(it.deal.BaseAmount, s.currency, it.date)
		}
		return e.money(it.deal.Amount, s.currency, it.date)
	case dealBaseAmount:
		return e.money(it.deal.BaseAmount, s.currency, it.date)
	case dealCreated:
		return timeCell(it.deal.CreatedAt)
	case dealClosed:
		return timeCell(it.deal.ClosedAt)
	case activityKind:
		return textCell(it.activity.Kind)
	case activityScale:
		return textCell(it.activity.Scale)
	case activityStatus:
		return textCell(it.activity.Status)
	case activityScore:
		if !it.activity.HasScore {
			return cell{why: Absent}
		}
		return numberCell(it.activity.Score)
	case activityAmount:
		return e.money(it.activity.Amount, s.currency, it.date)
	case activityOccurred:
		return timeCell(it.activity.OccurredAt)
	case activityDue:
		return timeCell(it.activity.DueAt)
	case activityPaid:
		return timeCell(it.activity.PaidAt)
	}
	return e.named(s, it)
}

// named is a field that is read by its name.
func (e *Evaluator) named(s *slot, it *item) cell {
	var v crm.Value
	switch {
	case it.deal != nil:
		v = it.deal.Extra.Get(s.name)
	case it.activity != nil:
		v = it.activity.Extra.Get(s.name)
	default:
		v = it.fields.Get(s.name)
	}
	if v.Type() == crm.Amount {
		return e.money(v.Money(), s.currency, it.date)
	}
	return cellOf(v, s.kind)
}

func timeCell(micros int64) cell {
	if micros == store.NoTime {
		return cell{why: Absent}
	}
	return intCell(micros)
}

// money is an amount in a currency at the rate of a date. A money without currency is absent.
func (e *Evaluator) money(m crm.Money, currency string, date int64) cell {
	switch {
	case m.Currency == "":
		return cell{why: Absent}
	case m.Currency == currency:
		return intCell(m.Minor)
	case date == store.NoTime:
		return cell{why: NoRate}
	}
	minor, why := e.rates.convert(m.Minor, m.Currency, currency, e.day(date))
	return cell{bits: uint64(minor), why: why}
}
