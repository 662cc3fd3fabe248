package credit

import (
	"cmp"
	"slices"

	"github.com/taxonhq/taxon/sdk"
)

// invoice is a claim, or below zero a credit note.
type invoice struct {
	due, issued sdk.Day
	amount      int64
	standing    standing
	reason      string
	hasDue      bool
	paid        sdk.Day
	hasPaid     bool
}

// credit is money that settles invoices.
type credit struct {
	day    sdk.Day
	amount int64
}

// ledger is what the invoices of a customer come to.
type ledger struct {
	invoices, lateOnes, open int64   // judged; of them paid late or overdue; of them overdue now
	total, late, signed      float64 // sum of amounts, of amounts times days late, the same with days paid early below zero
	points                   float64 // sum of amounts times points
	overdue                  float64
	disputed                 int64
	writtenOff               int64
	writtenOffSum            float64
	undated, undue           int64 // not judged: paid without a day, without a due date
	reasons                  []delay
}

// delay is what a reason has delayed, in amount times days.
type delay struct {
	reason string
	weight float64
}

// ledger draws up the account as of the run's day.
func (cfg *config) ledger(run sdk.Run, r sdk.Row) (l ledger) {
	since := run.Day - sdk.Day(cfg.Days)
	within := func(day sdk.Day) bool { return day >= since && day < run.Day }
	claims, credits := make([]invoice, 0, 16), make([]credit, 0, 16)
	for j := range r.ListLen(cfg.columns.amount) {
		in, ok := cfg.invoice(run, r, j)
		switch {
		case !ok:
		case in.amount < 0:
			if in.standing != noClaim && in.issued < run.Day {
				credits = append(credits, credit{in.issued, -in.amount})
			}
		case !in.hasDue:
			if in.standing != noClaim && within(in.issued) {
				l.undue++
			}
		case in.standing == noClaim:
		case in.standing == inDispute:
			if within(in.due) {
				l.disputed++
			}
		case in.standing == lost:
			if within(in.due) {
				l.writtenOff++
				l.writtenOffSum += float64(in.amount)
			}
		case cfg.Settle == byInvoice && in.standing == isPaid && !in.hasPaid:
			if within(in.due) {
				l.undated++
			}
		default: // also what is not due yet: payments settle it too
			claims = append(claims, in)
		}
	}
	if cfg.Settle == byPayments {
		for j := range r.ListLen(cfg.columns.payment) {
			if r.ListMissing(cfg.columns.payment, j) || j >= r.ListLen(cfg.columns.paidOn) || r.ListMissing(cfg.columns.paidOn, j) {
				continue
			}
			day, v := sdk.DayOf(r.ListTime(cfg.columns.paidOn, j), run.Zone), int64(r.ListAmount(cfg.columns.payment, j))
			if v > 0 && day < run.Day {
				credits = append(credits, credit{day, v})
			}
		}
	}
	l.settle(run.Day, since, claims, credits)
	return l
}

// invoice reads one; ok is false for what has no amount, or none at all.
func (cfg *config) invoice(run sdk.Run, r sdk.Row, j int) (in invoice, ok bool) {
	c := &cfg.columns
	day := func(column int, whole bool) (sdk.Day, bool) {
		switch {
		case column < 0 || j >= r.ListLen(column) || r.ListMissing(column, j):
			return 0, false
		case whole:
			return r.ListDay(column, j), true
		}
		return sdk.DayOf(r.ListTime(column, j), run.Zone), true
	}
	text := func(column int) string {
		if column < 0 || j >= r.ListLen(column) || r.ListMissing(column, j) {
			return ""
		}
		return r.ListText(column, j)
	}
	if r.ListMissing(c.amount, j) || r.ListAmount(c.amount, j) == 0 {
		return in, false
	}
	in.amount, in.reason = int64(r.ListAmount(c.amount, j)), text(c.reason)
	in.standing = cfg.means.Of(text(c.status))
	if by := cfg.means.Of(in.reason); by == inDispute || by == lost {
		in.standing = by
	}
	issued, dated := day(c.issued, false)
	in.issued = issued
	if in.due, in.hasDue = day(c.due, c.dueIsDay); !in.hasDue && dated && cfg.Terms != nil {
		in.due, in.hasDue = issued+sdk.Day(*cfg.Terms), true
	}
	if !dated {
		in.issued = in.due
	}
	if in.paid, in.hasPaid = day(c.paid, c.paidIsDay); in.hasPaid && in.paid >= run.Day { // not known yet
		in.hasPaid, in.standing = false, plain
	}
	return in, true
}

// settle judges the claims: what was paid by its day, the rest by credits, oldest first, or not at all.
func (l *ledger) settle(asOf, since sdk.Day, claims []invoice, credits []credit) {
	slices.SortFunc(claims, func(a, b invoice) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.issued, b.issued), cmp.Compare(a.amount, b.amount), cmp.Compare(a.paid, b.paid), cmp.Compare(a.reason, b.reason))
	})
	slices.SortFunc(credits, func(a, b credit) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.amount, b.amount)) })
	for _, in := range claims {
		open, wasLate, counts := in.amount, false, in.due >= since && in.due < asOf
		if in.hasPaid {
			wasLate = counts && l.slice(in, open, in.paid)
			open = 0
		}
		for open > 0 && len(credits) > 0 {
			part := min(open, credits[0].amount)
			if counts && l.slice(in, part, credits[0].day) {
				wasLate = true
			}
			open -= part
			if credits[0].amount -= part; credits[0].amount == 0 {
				credits = credits[1:]
			}
		}
		if open > 0 && in.due < asOf { // however long ago it was due
			counts = true
			wasLate = l.slice(in, open, asOf) || wasLate
			l.open++
			l.overdue += float64(open)
		}
		if counts {
			l.invoices++
			if wasLate {
				l.lateOnes++
			}
		}
	}
}

// slice adds a part of an invoice that was settled on a day, or is open on it, and tells whether that is late.
func (l *ledger) slice(in invoice, part int64, day sdk.Day) bool {
	weight, days := float64(part), float64(day-in.due)
	l.total += weight
	l.signed += weight * days
	l.late += weight * max(days, 0)
	l.points += weight * points(days)
	if days <= 0 {
		return false
	}
	if in.reason != "" {
		i := slices.IndexFunc(l.reasons, func(d delay) bool { return d.reason == in.reason })
		if i < 0 {
			i = len(l.reasons)
			l.reasons = append(l.reasons, delay{reason: in.reason})
		}
		l.reasons[i].weight += weight * days
	}
	return true
}

// days are the days late, weighted by amount.
func (l *ledger) days(signed bool) float64 {
	switch {
	case l.total == 0:
		return 0
	case signed:
		return l.signed / l.total
	}
	return l.late / l.total
}

// score is the payment score; 0 when there is nothing to judge.
func (l *ledger) score() float64 {
	if l.total == 0 {
		return 0
	}
	return l.points / l.total
}

// why is the reason of most of the delay; of equals the first by name.
func (l *ledger) why() string {
	best := delay{}
	for _, d := range l.reasons {
		if d.weight > best.weight || d.weight == best.weight && d.reason < best.reason {
			best = d
		}
	}
	return best.reason
}

// anchors are points by days late, ascending.
var anchors = []struct{ days, points float64 }{{-30, 100}, {-20, 90}, {0, 80}, {15, 70}, {22, 60}, {30, 50}, {60, 40}, {90, 30}, {120, 20}}

// points are linear between the anchors, and level beyond them.
func points(days float64) float64 {
	for i, a := range anchors {
		if days > a.days {
			continue
		}
		if i == 0 {
			return a.points
		}
		b := anchors[i-1]
		return b.points + (a.points-b.points)*(days-b.days)/(a.days-b.days)
	}
	return anchors[len(anchors)-1].points
}
