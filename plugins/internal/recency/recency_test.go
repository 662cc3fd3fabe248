package recency

import "testing"

func TestDaysOfWindows(t *testing.T) {
	for window, want := range map[string]int64{"1d": 1, "12w": 84, "6m": 186, "3y": MostDays} {
		if got, ok := Days(window); got != want || !ok {
			t.Errorf("%s has %d days, %t; want %d", window, got, ok, want)
		}
	}
	for _, window := range []string{"4y", "1099d"} {
		if _, ok := Days(window); ok {
			t.Errorf("%s is not too long", window)
		}
	}
}

func TestHalfIsLeftAfterEachHalfLife(t *testing.T) {
	left := Table(60, 30)
	if len(left) != 61 || left[0] != 1e6 || left[30] != 500_000 || left[60] != 250_000 || left[1] != 977_160 {
		t.Errorf("%d, %d, %d, %d, %d", len(left), left[0], left[1], left[30], left[60])
	}
}
