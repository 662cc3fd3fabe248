package btyd

// Model predicts purchases.
type Model interface {
	// Alive is the probability that a customer will buy again some day.
	Alive(x int, tx, t float64) float64
	// Expected is how many purchases a customer will make within a time after t.
	Expected(x int, tx, t, within float64) float64
	// ExpectedAlive is Expected for a customer who has not left: Expected without the factor Alive.
	ExpectedAlive(x int, t, within float64) float64
}

// Discounted is the number of purchases in each of so many periods of a length, discounted
// at a rate for each period: purchases of the k-th count 1/(1+rate)^k.
func Discounted(m Model, x int, tx, t, length float64, periods int, rate float64) float64 {
	return m.Alive(x, tx, t) * DiscountedAlive(m, x, t, length, periods, rate)
}

// DiscountedAlive is Discounted for a customer who has not left.
func DiscountedAlive(m Model, x int, t, length float64, periods int, rate float64) float64 {
	sum, before, factor := 0.0, 0.0, 1.0
	for k := 1; k <= periods; k++ {
		factor /= 1 + rate
		until := m.ExpectedAlive(x, t, float64(k)*length)
		sum += (until - before) * factor
		before = until
	}
	return sum
}
