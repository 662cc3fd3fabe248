package evaluate

import (
	"math"
	"slices"
)

// Part is an equal share of the customers, in the order of a prediction, the highest first.
type Part struct {
	Customers float64 `json:"customers"` // a fraction where equal predictions lie on a border
	Predicted float64 `json:"predicted"` // mean
	Observed  float64 `json:"observed"`  // mean
	// Lift is Observed over the mean of all; 0 when that is not positive.
	Lift float64 `json:"lift"`
	// Ratio is Observed / Predicted, 0.8 to 1.25 wanted of a calibrated prediction; 0 when nothing was predicted.
	Ratio float64 `json:"ratio"`
}

// Parts cuts customers into k equal parts by prediction and says what was observed in each. Customers with equal predictions
// share what falls to them: on a border each part takes the same fraction of all of them, so that no order by name decides.
func Parts(predicted, observed []float64, k int) []Part {
	order := descending(predicted)
	n := len(order)
	if n == 0 || k < 1 {
		return nil
	}
	all := 0.0
	for _, v := range observed {
		all += v
	}
	all /= float64(n)
	parts := make([]Part, k)
	size := float64(n) / float64(k)
	for from := 0; from < n; {
		to, seen := from, 0.0
		for to < n && predicted[order[to]] == predicted[order[from]] {
			seen += observed[order[to]]
			to++
		}
		seen /= float64(to - from)
		for i := range parts {
			weight := min(float64(to), size*float64(i+1)) - max(float64(from), size*float64(i))
			if weight <= 0 {
				continue
			}
			parts[i].Customers += weight
			parts[i].Predicted += weight * predicted[order[from]]
			parts[i].Observed += weight * seen
		}
		from = to
	}
	for i := range parts {
		p := &parts[i]
		if p.Customers > 0 {
			p.Predicted /= p.Customers
			p.Observed /= p.Customers
		}
		if all > 0 {
			p.Lift = p.Observed / all
		}
		if p.Predicted != 0 {
			p.Ratio = p.Observed / p.Predicted
		}
	}
	return parts
}

// descending is the order of values, the highest first.
func descending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] > values[b]:
			return -1
		case values[a] < values[b]:
			return 1
		}
		return 0
	})
	return order
}

// Errors are how far predictions of numbers are from what was observed.
type Errors struct {
	Predicted float64 `json:"predicted"` // total
	Observed  float64 `json:"observed"`  // total
	Ratio     float64 `json:"ratio"`     // Observed / Predicted, 0 when nothing was predicted
	MAE       float64 `json:"mae"`       // mean absolute error
	RMSE      float64 `json:"rmse"`      // root of the mean squared error
}

// ErrorsOf computes them; all zero for nobody.
func ErrorsOf(predicted, observed []float64) (e Errors) {
	for i := range predicted {
		d := predicted[i] - observed[i]
		e.Predicted, e.Observed = e.Predicted+predicted[i], e.Observed+observed[i]
		e.MAE, e.RMSE = e.MAE+math.Abs(d), e.RMSE+d*d
	}
	if n := float64(len(predicted)); n > 0 {
		e.MAE, e.RMSE = e.MAE/n, math.Sqrt(e.RMSE/n)
	}
	if e.Predicted != 0 {
		e.Ratio = e.Observed / e.Predicted
	}
	return e
}

// AUC is the probability that one to whom it happened had a higher score than one to whom it did not, ties counting half:
// 0.5 is chance. ok is false unless there are both.
//
// Source: J. Hanley, B. McNeil, Radiology 143, 1982.
func AUC(scores []float64, happened []bool) (auc float64, ok bool) {
	order := descending(scores)
	var yes, no, won float64 // of those seen so far
	for from := 0; from < len(order); {
		to, y, n := from, 0.0, 0.0
		for to < len(order) && scores[order[to]] == scores[order[from]] {
			if happened[order[to]] {
				y++
			} else {
				n++
			}
			to++
		}
		won += n * (yes + y/2)
		yes, no, from = yes+y, no+n, to
	}
	if yes == 0 || no == 0 {
		return 0, false
	}
	return won / (yes * no), true
}

// Brier is the mean squared difference of probabilities and what happened (1 or 0): 0 is perfect, the share's own variance
// p (1 - p) is what naming the share p for everybody gives. ok is false for nobody.
//
// Source: G. Brier, Monthly Weather Review 78, 1950.
func Brier(probabilities []float64, happened []bool) (score float64, ok bool) {
	for i, p := range probabilities {
		if happened[i] {
			p--
		}
		score += p * p
	}
	if len(probabilities) == 0 {
		return 0, false
	}
	return score / float64(len(probabilities)), true
}
