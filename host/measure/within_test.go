package measure

import "testing"

func TestASumIsPartOfAWiderOne(t *testing.T) {
	env := testEnv(t)
	for _, x := range []struct {
		part, wider string
		want        bool
	}{
		{"sum(deals.amount) where won and product = X", "sum(deals.amount) where won", true},
		{"sum(deals.amount) where product = X and won within 90d", "sum(deals.amount) where won within 365d", true},
		{"sum(deals.amount) where won within 365d", "sum(deals.amount) where won", true},
		{"sum(deals.amount) where won within 12m", "sum(deals.amount) where won within 2y", true},
		{"count(deals) where won", "count(deals)", true},
		{"sum(deals.amount) where won", "sum(deals.amount) where won", false},
		{"sum(deals.amount) where won", "sum(deals.amount) where won and product = X", false},
		{"sum(deals.amount) where won within 365d", "sum(deals.amount) where won within 90d", false},
		{"sum(deals.amount) where won", "sum(deals.amount) where lost", false},
		{"sum(deals.amount) where won and product = X", "sum(deals.amount) where product = Y", false},
		{"sum(deals.amount) where won in USD", "sum(deals.amount)", false},
		{"sum(deals.amount) where won and amount > 5 in USD", "sum(deals.amount) where amount > 5 in USD", true},
		{"count(deals.product) where won", "count(deals)", false},
		{"mean(deals.amount) where won", "mean(deals.amount)", false},
		{"country", "country", false},
	} {
		part, err := env.Parse(x.part)
		if err != nil {
			t.Fatal(err)
		}
		wider, err := env.Parse(x.wider)
		if err != nil {
			t.Fatal(err)
		}
		if got := part.PartOf(wider, day(t, "2026-06-01")); got != x.want {
			t.Errorf("%s is part of %s: %v", x.part, x.wider, got)
		}
	}
}
