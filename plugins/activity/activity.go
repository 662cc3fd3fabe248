package activity

import (
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/cadence"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, model]{
		Info: sdk.Info{ID: "activity", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Active, steady, passive or silent, by what the customer does itself: how often, how lately, how evenly, on which channels"},
		Tags:    tags(),
		Reasons: reasons,
		Reads:   reads("{/window}", "{/direction_field}"),
		Presets: []sdk.Preset[*config]{
			{Name: "relations", Label: sdk.Text{En: "All that a CRM keeps, over half a year", ZhHans: "半年内CRM记录的全部互动", ZhHant: "半年內CRM記錄的全部互動"}, Config: &config{}},
			{Name: "shop", Label: sdk.Text{En: "Web shop: within 90 days, an act counts half after 14", ZhHans: "网店：90天内，14天减半", ZhHant: "網店：90天內，14天減半"},
				Config: &config{Window: "90d", HalfLife: 14, Recent: 14}},
		},
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Index.Merge(other.Index)
			into.Counts.Merge(other.Counts)
		},
		Fit:      fit,
		Classify: classify,
	}
}

// acts are what a customer and we did in the window.
type acts struct {
	events int64 // ours too
	talks  int64 // of them those that are no orders
	own    int64
	index  int64 // millionths
	last   int64 // age of the latest own one, in days
	newer  int64 // own ones in the newer half of the window
	sums   [kinds]int64
	days   []sdk.Day // with an own one, ascending
}

// read gathers the acts. into is used for the days when it is large enough.
func (cfg *config) read(run sdk.Run, c sdk.Row, into []sdk.Day) acts {
	a := acts{days: into[:0]}
	for j := range min(c.ListLen(kindColumn), c.ListLen(timeColumn)) {
		if c.ListMissing(kindColumn, j) || c.ListMissing(timeColumn, j) {
			continue
		}
		kind, ok := kindOf(c.ListText(kindColumn, j))
		day := sdk.DayOf(c.ListTime(timeColumn, j), run.Zone)
		age := cadence.Since(run, day)
		if !ok || cfg.milli[kind] == 0 || age < 1 || age > cfg.days {
			continue
		}
		a.events++
		a.talks++
		if cfg.began(c, j) {
			a.add(cfg, kind, day, age)
		}
	}
	if cfg.milli[order] > 0 {
		var room [64]sdk.Day
		orders, _, _ := cadence.Bought(run, c, orderColumn, cadence.NoAmounts, room[:0])
		for _, day := range orders {
			if age := cadence.Since(run, day); age <= cfg.days {
				a.events++
				a.add(cfg, order, day, age)
			}
		}
	}
	for _, sum := range a.sums {
		a.index += sum
	}
	a.index /= 1000
	slices.Sort(a.days)
	a.days = slices.Compact(a.days)
	return a
}

// began reports whether the customer began activity j.
func (cfg *config) began(c sdk.Row, j int) bool {
	if !cfg.directed || j >= c.ListLen(directionColumn) || c.ListMissing(directionColumn, j) || c.ListText(directionColumn, j) == "" {
		return cfg.Unknown == "inbound"
	}
	return !slices.Contains(cfg.outbound, strings.ToLower(c.ListText(directionColumn, j)))
}

func (a *acts) add(cfg *config, kind int, day sdk.Day, age int64) {
	if a.own == 0 || age < a.last {
		a.last = age
	}
	a.own++
	if 2*age <= cfg.days {
		a.newer++
	}
	a.sums[kind] += cfg.milli[kind] * cfg.decay[age]
	a.days = append(a.days, day)
}

// variation is the coefficient of variation of the gaps between days with an own act: n times the
// sum of squares and the square of the sum, both whole; ok is false with fewer than two gaps.
func (a *acts) variation() (squares, square int64, ok bool) {
	n := int64(len(a.days) - 1)
	if n < 2 {
		return 0, 0, false
	}
	for i := 1; i < len(a.days); i++ {
		gap := int64(a.days[i] - a.days[i-1])
		squares += gap * gap
	}
	sum := int64(a.days[n] - a.days[0])
	return n * squares, sum * sum, true
}

// regular reports whether own acts are frequent enough and evenly spaced: CV^2 = nQ/S^2 - 1.
func (cfg *config) regular(a *acts) bool {
	squares, square, ok := a.variation()
	return ok && int64(len(a.days)) >= cfg.RegularDays && (squares-square)*1_000_000 < cfg.variation*cfg.variation*square
}

// state is the summary of a population: of the customers with an event.
type state struct {
	Index  summary.Multiset
	Counts summary.Counter // customers: "silent", "talks" with an activity that is no order, "ours" where we began one
}

// model are the cuts of the index, in millionths: the least of the middle third and of the top one.
type model struct {
	Customers int64    `json:"customers"`
	Cuts      [2]int64 `json:"cuts"`
}

func add(run sdk.Run, cfg *config, _ model, s *state, c sdk.Row) {
	var room [64]sdk.Day
	a := cfg.read(run, c, room[:0])
	if a.events == 0 {
		s.Counts.Add("silent", 1)
		return
	}
	s.Index.Add(a.index)
	if a.talks > 0 {
		s.Counts.Add("talks", 1)
	}
	if a.events > a.own {
		s.Counts.Add("ours", 1)
	}
}

func fit(_ sdk.Run, cfg *config, _ int, s state) (model, sdk.Report, error) {
	ranks := s.Index.Ranks()
	n := ranks.Count()
	m := model{Customers: n, Cuts: cfg.cuts}
	if cfg.Rule == byTerciles {
		m.Cuts = [2]int64{math.MaxInt64, math.MaxInt64}
		below := int64(0)
		ranks.Each(func(v, equal int64) {
			for third := 3*(2*below+equal)/(2*n) + 1; third > 1; third-- {
				m.Cuts[third-2] = min(m.Cuts[third-2], v)
			}
			below += equal
		})
	}
	report := sdk.Report{Customers: n, Metrics: map[string]float64{"customers": float64(n), "silent": float64(s.Counts.Count("silent")),
		"with_activities": float64(s.Counts.Count("talks")), "begun_by_us": float64(s.Counts.Count("ours"))}}
	for i, name := range []string{"steady_from", "active_from"} {
		if m.Cuts[i] != math.MaxInt64 {
			report.Metrics[name] = float64(m.Cuts[i]) / 1e6
		}
	}
	if n > 0 && s.Counts.Count("talks") == 0 {
		report.Diagnostics.Warnf("", "no_activities", "there are orders in the window and no activities: meetings, calls and mails must be pulled to say more than that")
	}
	if cfg.short(m) {
		report.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers have an event, %d are needed", n, cfg.MinCustomers)
	}
	return m, report, nil
}

// short reports whether too few customers are there to be ranked.
func (cfg *config) short(m model) bool {
	return cfg.Rule == byTerciles && m.Customers < cfg.MinCustomers
}

func classify(run sdk.Run, cfg *config, m model, c sdk.Row) sdk.Verdict {
	var room [64]sdk.Day
	a := cfg.read(run, c, room[:0])
	v := cfg.verdict(run, m, &a)
	if a.own == 0 {
		return v.Set("index", 0.0).Set("acts", 0)
	}
	channel, breadth := 0, 0
	for kind, sum := range a.sums {
		if sum > 0 {
			breadth++
		}
		if sum > a.sums[channel] {
			channel = kind
		}
	}
	older := a.own - a.newer
	trend := "level"
	switch {
	case a.newer >= 2 && 2*a.newer >= 3*older:
		trend = "rising"
	case older >= 2 && 2*older >= 3*a.newer:
		trend = "falling"
	}
	v = v.Set("index", shown(a.index)).Set("acts", a.own).Set("breadth", breadth).Set("trend", trend)
	if a.sums[channel] > 0 {
		v = v.Set("channel", kindCodes[channel])
	}
	return v
}

// shown is an index for people.
func shown(millionths int64) float64 { return math.Round(float64(millionths)/1e4) / 100 }

func (cfg *config) verdict(run sdk.Run, m model, a *acts) sdk.Verdict {
	switch {
	case a.events == 0:
		return sdk.Set("", "silent").Because(nothing, cfg.Window)
	case a.own == 0:
		return sdk.Set("", "passive").Because(oursOnly, a.events, cfg.Window)
	case cfg.short(m):
		return sdk.Unclassified(tooFew, m.Customers, cfg.MinCustomers)
	}
	third := 1
	for _, cut := range m.Cuts {
		if a.index >= cut {
			third++
		}
	}
	code, regular := "passive", cfg.regular(a)
	switch {
	case third == 3 && a.last <= cfg.Recent:
		code = "active"
	case third >= 2 || regular:
		code = "steady"
	}
	v := sdk.Set("", code)
	if !run.Explain {
		return v
	}
	v = v.Because(ofIndex, a.own, cfg.Window, a.last, shown(a.index))
	switch {
	case third == 3 && code == "active":
		return v.Because(top, shown(m.Cuts[1]))
	case third == 3:
		return v.Because(notLately, shown(m.Cuts[1]), cfg.Recent)
	case third == 2:
		return v.Because(middle, shown(m.Cuts[0]))
	case regular:
		squares, square, _ := a.variation()
		return v.Because(even, len(a.days), math.Round(100*math.Sqrt(float64(squares-square)/float64(square)))/100)
	case m.Cuts[0] == math.MaxInt64:
		return v
	}
	return v.Because(bottom, shown(m.Cuts[0]))
}
