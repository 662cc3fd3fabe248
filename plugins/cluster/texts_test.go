package cluster

import "testing"

func TestARatioNearZeroIsNotSpeltOut(t *testing.T) {
	for ratio, want := range map[float64]string{3e-20: "× < 0.001", 0: "× < 0.001", 0.001: "× 0.001", 1.4479: "× 1.448", 24709: "× 24709"} {
		if got := times(ratio); got != want {
			t.Errorf("%v is %q, want %q", ratio, got, want)
		}
	}
}
