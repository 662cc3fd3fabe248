package cadence

import (
	"math/rand/v2"
	"testing"

	"github.com/taxonhq/taxon/sdk"
)

func TestTheOwnIntervalIsTheMedianGapFromThreeDaysOn(t *testing.T) {
	for _, c := range []struct {
		days []sdk.Day
		want Interval // in quarters of a day, 0 for none
	}{
		{nil, 0},
		{[]sdk.Day{5}, 0},
		{[]sdk.Day{5, 40}, 0},
		{[]sdk.Day{0, 10, 30}, 4 * 15},
		{[]sdk.Day{0, 10, 31}, 4*15 + 2}, // 15.5
		{[]sdk.Day{0, 10, 30, 400}, 4 * 20},
		{[]sdk.Day{0, 1, 2, 3}, 4 * 7}, // the floor
		{[]sdk.Day{0, 7, 14}, 4 * 7},
		{[]sdk.Day{0, 7, 15}, 4*7 + 2},
	} {
		if got, ok := Own(c.days); got != c.want || ok != (c.want > 0) {
			t.Errorf("%v: %v %v, want %v", c.days, got, ok, c.want)
		}
	}
}

func TestTheBaseIsTheMedianOfMediansInAnyOrder(t *testing.T) {
	customers := [][]sdk.Day{{1}, {0, 10}, {0, 21}, {0, 30, 90, 100}, {0, 40}, nil}
	var r Repeaters
	for _, days := range customers {
		r.Add(days)
	}
	// medians 10, 21, 30, 40: (21+30)/2
	if b := r.Base(); b != (Base{Interval: 102, Customers: 4}) {
		t.Errorf("the base is %+v", b)
	}
	for range 20 {
		rand.Shuffle(len(customers), func(i, j int) { customers[i], customers[j] = customers[j], customers[i] })
		var parts [2]Repeaters
		for i, days := range customers {
			parts[i%2].Add(days)
		}
		parts[0].Merge(parts[1])
		if b := parts[0].Base(); b.Interval != 102 || b.Customers != 4 {
			t.Fatalf("in another order the base is %+v", b)
		}
	}
	if b := (&Repeaters{}).Base(); b != (Base{}) {
		t.Errorf("the base of nobody is %+v", b)
	}
}

func TestLengthsIncludeTheirEnd(t *testing.T) {
	for _, c := range []struct {
		length string
		days   int64
		g      Interval
		want   bool
	}{
		{"90d", 90, 0, true}, {"90d", 91, 0, false}, {"0d", 0, 0, true},
		{"1.5g", 45, 120, true}, {"1.5g", 46, 120, false},
		{"3g", 90, 120, true}, {"3g", 91, 120, false},
		{"1.333g", 39, 120, true}, {"1.333g", 40, 120, false},
		{"0.1g", 3, 120, true},
	} {
		if got := MustLength(c.length).Holds(c.days, c.g); got != c.want {
			t.Errorf("%d days within %s of %v days: %v", c.days, c.length, c.g.Days(), got)
		}
	}
}

func TestLengthsAreRead(t *testing.T) {
	for _, bad := range []string{"", "g", "d", "1.5", "1.5d", "-1d", "1.2345g", "100000d", "3 g"} {
		if _, err := ParseLength(bad); err == nil {
			t.Errorf("%q is a length", bad)
		}
	}
	l := MustLength("1.5g")
	if !l.InIntervals() || l.String() != "1.5g" || MustLength("90d").InIntervals() {
		t.Errorf("%+v", l)
	}
	if longer, ok := MustLength("3g").Longer(l); !longer || !ok {
		t.Error("3g is not longer than 1.5g")
	}
	if _, ok := MustLength("3d").Longer(l); ok {
		t.Error("days and intervals are compared")
	}
	if got := Ratio(45, 120); got != 1.5 {
		t.Errorf("45 days are %v intervals of 30", got)
	}
}
