package run

import (
	"testing"

	"github.com/taxonhq/taxon/host/crm"
)

func TestMonthsAreCalendarMonthsAndTheRunningOneCounts(t *testing.T) {
	for day, want := range map[string][]string{
		"2018-01-01": {"2017-10-01", "2017-11-01", "2017-12-01"},
		"2018-01-02": {"2017-11-01", "2017-12-01", "2018-01-01"},
		"2026-03-31": {"2026-01-01", "2026-02-01", "2026-03-01"},
	} {
		at, err := crm.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		got := months(at, 3)
		for i := range want {
			if len(got) != 3 || got[i].String() != want[i] {
				t.Errorf("%s: %v, want %v", day, got, want)
			}
		}
	}
	if len(months(100, 0)) != 0 {
		t.Error("no months were asked for")
	}
}
