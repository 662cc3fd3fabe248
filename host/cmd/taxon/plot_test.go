package main

import (
	"image/png"
	"os"
	"strings"
	"testing"
)

func TestAClassificationIsDrawn(t *testing.T) {
	t.Parallel()
	i := exported(t)
	i.must(0, "pull")
	if code, _, stderr := i.taxon("plot", "abc", "-o", i.path("abc.png")); code != 1 || !strings.Contains(stderr, "not classified anybody yet") {
		t.Errorf("%d %s", code, stderr)
	}
	i.must(0, "run")
	if text := i.must(0, "plot", "abc", "-o", i.path("abc.png")); !strings.Contains(text, "85 customers as of 2018-01-01") {
		t.Error(text)
	}
	file, err := os.Open(i.path("abc.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil || img.Bounds().Dx() < 1000 {
		t.Errorf("%v", err)
	}
	if info, err := file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for says, args := range map[string][]string{
		"there is abc":        {"plot", "xyz"},
		"no number or amount": {"plot", "abc", "--value", "industry"},
		"cannot be written":   {"plot", "abc", "-o", i.path("no/such/place.png")},
	} {
		if code, _, stderr := i.taxon(args...); code != 1 || !strings.Contains(stderr, says) {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
}
