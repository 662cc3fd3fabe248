package clv

import (
	"math"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/btyd"
	"github.com/taxonhq/taxon/sdk"
)

// dependent is from where on frequency and value are too much alike for the model of values, which takes them for independent.
const dependent = 0.3

func fit(run sdk.Run, cfg *config, pass int, s state) (*model, sdk.Report, error) {
	m := &model{}
	f := &m.Facts
	if pass == 0 {
		cells, spends := s.cells(), s.spends()
		if cfg.lacking(f, cells); f.Lacking == "" {
			f.purchases(cfg, cells)
			f.values(cells, spends)
		}
	} else if len(s.Facts) == 0 { // nobody came
		f.Lacking, f.Needs = tooFew, 1
	} else if err := f.UnmarshalBinary(s.Facts); err != nil {
		return nil, sdk.Report{}, err
	}
	m.Ranks = *s.Values.Ranks()
	unit := math.Pow10(run.CurrencyDigits)
	metrics := f.metrics(unit)
	metrics["ranked"], metrics["zero"], metrics["none"] = float64(m.Ranks.Count()), float64(s.Counts.Count("zero")), float64(s.Counts.Count("none"))
	metrics["expected"] = m.Ranks.Total().Float() / unit
	if f.predicts != nil { // what a customer is worth on the day of its first purchase, that purchase not counted
		metrics["new_customer"] = float64(m.predict(cfg, history{}).value) / unit
	}
	return m, sdk.Report{Customers: f.Customers, AnotherPass: pass == 0 && f.Lacking == "", Diagnostics: f.Notes, Metrics: metrics}, nil
}

// cells are the counts of equal histories, or of like ones when there are very many, times in weeks.
func (s *state) cells() []btyd.Cell {
	var cells btyd.Gather
	s.Histories.Each(func(v, n int64) {
		h := unpack(v)
		tx, t := h.weeks()
		cells.Add(btyd.Cell{X: h.x, Tx: tx, T: t, N: float64(n)})
	})
	return cells.Cells()
}

// alike is up to which share means of equal x are joined; the mean of the group then stands for them, so that what is lost is of
// second order.
const alike = 1.001

// spends are the counts of like spending.
func (s *state) spends() []btyd.Spend {
	var spends []btyd.Spend
	first := 0.0 // of the last group
	s.Spends.Each(func(v, n int64) {
		spend := unpackSpend(v)
		spend.N = float64(n)
		if i := len(spends) - 1; i >= 0 && spends[i].X == spend.X && spend.M <= first*alike {
			spends[i].N += spend.N
			spends[i].M += (spend.M - spends[i].M) * spend.N / spends[i].N
			return
		}
		first = spend.M
		spends = append(spends, spend)
	})
	return spends
}

// lacking says what is too little for a model.
func (cfg *config) lacking(f *facts, cells []btyd.Cell) {
	type gap struct{ weeks, n float64 }
	gaps := make([]gap, 0, len(cells))
	var customers, repeaters, longest float64
	for _, c := range cells {
		customers += c.N
		longest = max(longest, c.T)
		if c.X > 0 {
			repeaters += c.N
			gaps = append(gaps, gap{c.Tx / float64(c.X), c.N})
		}
	}
	f.Customers, f.Repeaters = int64(customers), int64(repeaters)
	slices.SortFunc(gaps, func(a, b gap) int {
		if a.weeks < b.weeks {
			return -1
		}
		return 1
	})
	median, seen := 0.0, 0.0
	for _, g := range gaps {
		median = g.weeks
		if seen += g.n; seen >= repeaters/2 {
			break
		}
	}
	lack := func(code, pointer string, has, needs float64) {
		if f.Lacking == "" && has < needs {
			f.Lacking, f.Has, f.Needs = code, rounded(has), rounded(needs)
			f.Notes.Warnf(pointer, code, "there are %g, needed are %g", f.Has, f.Needs)
		}
	}
	lack(tooFew, "/min_customers", customers, max(float64(*cfg.MinCustomers), 1))
	lack(tooFewRepeaters, "/min_repeaters", repeaters, float64(*cfg.MinRepeaters))
	lack(tooShort, "/min_gaps", longest*weekDays, *cfg.MinGaps*median*weekDays)
}

// purchases fits the model of purchases, or what takes its place.
func (f *facts) purchases(cfg *config, cells []btyd.Cell) {
	var err error
	f.Kind = cfg.Model
	switch cfg.Model {
	case historic:
		return
	case bgNBD:
		var m btyd.BGNBD
		m, f.Fit, err = btyd.FitBGNBD(cells)
		f.Params = []float64{m.R, m.Alpha, m.A, m.B}
	case mbgNBD:
		var m btyd.MBGNBD
		m, f.Fit, err = btyd.FitMBGNBD(cells)
		f.Params = []float64{m.R, m.Alpha, m.A, m.B}
	case paretoNBD:
		var m btyd.ParetoNBD
		m, f.Fit, err = btyd.FitParetoNBD(cells)
		f.Params = []float64{m.R, m.Alpha, m.S, m.Beta}
	}
	if err == nil {
		return
	}
	f.Kind, f.Params, f.Fit = historic, nil, 0
	if m, fit, second := btyd.FitNBD(cells); second == nil {
		f.Kind, f.Params, f.Fit = nbd, []float64{m.R, m.Alpha}, fit
	}
	f.Notes.Warnf("/model", "fallback", "%s cannot be fitted (%s); %s takes its place", modelNames[cfg.Model], err, modelNames[f.Kind])
}

// values fits the model of values. Mean is what a customer without repeat purchases will spend when there is none.
func (f *facts) values(cells []btyd.Cell, spends []btyd.Spend) {
	if f.Kind == historic {
		return
	}
	total, purchases := 0.0, 0.0
	for _, s := range spends {
		total += s.N * float64(s.X) * s.M
	}
	for _, c := range cells {
		purchases += c.N * float64(c.X)
	}
	f.Mean = total / max(purchases, 1)
	m, _, err := btyd.FitGammaGamma(spends)
	switch {
	case err != nil:
		f.Notes.Warnf("", "own_spend", "the values of purchases fit no Gamma-Gamma model (%s); each customer's own mean counts", err)
	case m.Q <= 1:
		f.Notes.Warnf("", "own_spend", "by the Gamma-Gamma model of these values (q %.3g) their mean has no bound; each customer's own mean counts", m.Q)
	default:
		f.Spend = &m
	}
	if r := btyd.Correlation(spends); r > dependent || r < -dependent {
		f.Notes.Warnf("", "dependent", "number and value of purchases are correlated (%.2f): expected values are biased", r)
	}
}

// parameters are the names of a model's parameters, as in the literature.
var parameters = map[string][]string{
	bgNBD: {"r", "alpha_weeks", "a", "b"}, mbgNBD: {"r", "alpha_weeks", "a", "b"}, paretoNBD: {"r", "alpha_weeks", "s", "beta_weeks"},
	nbd: {"r", "alpha_weeks"}, historic: nil,
}

// metrics are the parameters, and how well they describe the customers; money in units of the currency.
func (f *facts) metrics(unit float64) map[string]float64 {
	metrics := map[string]float64{"customers": float64(f.Customers), "repeaters": float64(f.Repeaters)}
	for i, name := range parameters[f.Kind] {
		metrics[name] = f.Params[i]
		metrics["log_likelihood"] = f.Fit
	}
	if f.Spend != nil {
		metrics["p"], metrics["q"], metrics["gamma"] = f.Spend.P, f.Spend.Q, f.Spend.Gamma/unit
	}
	return metrics
}
