package prospect

import (
	"math"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

// none is the day of what never happened: earlier than all.
const none = sdk.Day(math.MinInt32)

// evidence is what a customer showed. Days are the latest ones.
type evidence struct {
	sums    [kinds]int64 // thousandths of millionths of a point
	contact sdk.Day      // own act
	intent  sdk.Day      // own act of intent, or an accepted quote
	// intentBy is the kind of the latest act of intent; of several on a day the first kind.
	intentBy int

	quoted      sdk.Day // sent, and not accepted, declined or withdrawn
	quoteAmount sdk.Amount
	priced      bool

	refused, putOff, won sdk.Day
	settled              sdk.Day // a deal was lost, or a quote accepted or declined
	refusalReason        string  // as the CRM holds it; of several on the day the first in the alphabet

	living, postponed  int64   // open deals
	expected, youngest sdk.Day // the earliest day ahead, and the latest creation, of living deals
}

func (*evidence) age(run sdk.Run, day sdk.Day) int64 { return int64(run.Day) - int64(day) }

// stands reports whether a no, or a not now, of that day is the last word.
func (e *evidence) stands(day sdk.Day) bool {
	return day != none && e.contact <= day && e.won < day && e.living == 0
}

func (cfg *config) evidence(run sdk.Run, c sdk.Row) evidence {
	e := evidence{contact: none, intent: none, quoted: none, refused: none, putOff: none, settled: none, won: none, expected: none, youngest: none}
	if !c.Missing(cfg.columns.won) {
		if day := sdk.DayOf(c.Time(cfg.columns.won), run.Zone); day < run.Day {
			e.won = day
		}
	}
	cfg.activities(run, c, &e)
	cfg.lostDeals(run, c, &e)
	cfg.openDeals(run, c, &e)
	return e
}

// item is the text of a list column, empty when it is not read or missing.
func item(c sdk.Row, column, j int) string {
	if column < 0 || j >= c.ListLen(column) || c.ListMissing(column, j) {
		return ""
	}
	return c.ListText(column, j)
}

func (cfg *config) activities(run sdk.Run, c sdk.Row, e *evidence) {
	k := &cfg.columns
	for j := range min(c.ListLen(k.kind), c.ListLen(k.at)) {
		if c.ListMissing(k.at, j) {
			continue
		}
		kind := kindOf(item(c, k.kind, j))
		day := sdk.DayOf(c.ListTime(k.at, j), run.Zone)
		age := e.age(run, day)
		if kind < 0 || kind >= lost || age < 1 || age > cfg.days {
			continue
		}
		if kind == quote {
			if !cfg.offer(c, j, day, e) {
				continue
			}
		} else {
			if !cfg.theirs(c, j) {
				continue
			}
			e.contact = max(e.contact, day)
			if cfg.intent[kind] || k.topic >= 0 && cfg.topics[textfold.Words(item(c, k.topic, j))] {
				e.means(kind, day)
			}
		}
		e.sums[kind] += cfg.worth[kind].each * cfg.decay[age]
	}
}

// means notes an act of intent.
func (e *evidence) means(kind int, day sdk.Day) {
	if day > e.intent || day == e.intent && kind < e.intentBy {
		e.intent, e.intentBy = day, kind
	}
}

// theirs reports whether the customer began activity j.
func (cfg *config) theirs(c sdk.Row, j int) bool {
	said := item(c, cfg.columns.direction, j)
	if said == "" {
		return cfg.Unknown == "inbound"
	}
	return !cfg.outbound[textfold.Words(said)]
}

// offer notes a quote, and reports whether it was sent.
func (cfg *config) offer(c sdk.Row, j int, day sdk.Day, e *evidence) (sent bool) {
	switch cfg.statuses[textfold.Words(item(c, cfg.columns.status, j))] {
	case accepted:
		e.means(quote, day)
		e.settled = max(e.settled, day)
	case declined:
		e.refuses(day, "")
		e.settled = max(e.settled, day)
	case unsent:
		return false
	default:
		amount, priced := sdk.Amount(0), false
		if k := cfg.columns.amount; j < c.ListLen(k) && !c.ListMissing(k, j) {
			amount, priced = c.ListAmount(k, j), true
		}
		// Of several quotes of a day the largest is named.
		if day > e.quoted || day == e.quoted && priced && (!e.priced || amount > e.quoteAmount) {
			e.quoted, e.quoteAmount, e.priced = day, amount, priced
		}
	}
	return true
}

func (e *evidence) refuses(day sdk.Day, reason string) {
	switch {
	case day > e.refused:
		e.refused, e.refusalReason = day, reason
	case day == e.refused && reason != "" && (e.refusalReason == "" || reason < e.refusalReason):
		e.refusalReason = reason
	}
}

func (cfg *config) lostDeals(run sdk.Run, c sdk.Row, e *evidence) {
	for j := range c.ListLen(cfg.columns.lostAt) {
		if c.ListMissing(cfg.columns.lostAt, j) {
			continue
		}
		day := sdk.DayOf(c.ListTime(cfg.columns.lostAt, j), run.Zone)
		age := e.age(run, day)
		if age < 1 || age > cfg.days {
			continue
		}
		e.settled = max(e.settled, day)
		reason := strings.TrimSpace(item(c, cfg.columns.lostReason, j))
		switch cfg.reasons[textfold.Words(reason)] {
		case putOff:
			e.putOff = max(e.putOff, day)
		case nobody:
		default:
			e.refuses(day, reason)
			e.sums[lost] += cfg.worth[lost].each * cfg.decay[age]
		}
	}
}

func (cfg *config) openDeals(run sdk.Run, c sdk.Row, e *evidence) {
	k := &cfg.columns
	for j := range c.ListLen(k.openSince) {
		if c.ListMissing(k.openSince, j) {
			continue
		}
		since := sdk.DayOf(c.ListTime(k.openSince, j), run.Zone)
		ahead := none
		if j < c.ListLen(k.expected) && !c.ListMissing(k.expected, j) {
			ahead = sdk.DayOf(c.ListTime(k.expected, j), run.Zone)
		}
		if since >= run.Day || e.age(run, since) > cfg.Zombie && ahead < run.Day {
			continue
		}
		e.living++
		e.youngest = max(e.youngest, since)
		if ahead >= run.Day && (e.expected == none || ahead < e.expected) {
			e.expected = ahead
		}
		if int64(ahead)-int64(run.Day) > cfg.Later || cfg.reasons[textfold.Words(item(c, k.openReason, j))] == putOff {
			e.postponed++
		}
	}
}
