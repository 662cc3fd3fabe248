package plot_test

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"testing"

	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/plot"
)

var classes = []evaluate.Class{
	{Code: "A", Customers: 20, Share: 0.2, Value: 800, ValueShare: 0.8, Mean: 40}, {Code: "B", Customers: 30, Share: 0.3, Value: 150, ValueShare: 0.15, Mean: 5},
	{Code: "C", Customers: 50, Share: 0.5, Value: 50, ValueShare: 0.05, Mean: 1},
}

func pictures() map[string]*plot.Picture {
	out := map[string]*plot.Picture{
		"nothing": {Title: "nobody"},
		"classes": {Title: "abc", Value: "revenue", Classes: classes, Labels: map[string]string{"A": "Key account", "B": "主要客户"}},
		"losses":  {Title: "profit", Value: "revenue", Classes: []evaluate.Class{{Code: "loss", Customers: 1, Share: 1, ValueShare: -0.2}}},
		"curve": {Title: "abc", Classes: classes, Curve: evaluate.Concentration([]float64{5, 3, 1, -1}, 10), CurveTitle: "whale",
			Marks: []plot.Mark{{Customers: 0.2, Name: "A"}}},
		"grid":    {Title: "rfm", Classes: classes, Grid: &plot.Grid{X: "R", Y: "F", Counts: [][]int{{1, 0, 3}, {0, 20, 0}}}},
		"profile": {Title: "cluster", Classes: classes, Profile: &plot.Profile{Classes: []string{"one", "two"}, Features: []string{"a", "b", "c"}, Effects: [][]float64{{-1, 0, 3}, {math.NaN(), 1, -0.2}}}},
		"spread":  {Title: "score", Classes: classes, Spread: &plot.Spread{Name: "score", Values: []float64{1, 2, 2, 3, 9}}},
	}
	many := &plot.Picture{Title: "many", Value: "revenue"}
	for i := range 40 {
		many.Classes = append(many.Classes, evaluate.Class{Code: string(rune('a'+i%26)) + "_a_rather_long_code_that_does_not_fit", Customers: 1, Share: 1. / 40, ValueShare: 1. / 40})
	}
	out["many"] = many
	return out
}

func draw(t *testing.T, p *plot.Picture) (image.Image, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := plot.Draw(&b, p); err != nil {
		t.Fatalf("%s: %v", p.Title, err)
	}
	data := bytes.Clone(b.Bytes())
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatalf("%s: %v", p.Title, err)
	}
	return img, data
}

// colours counts the pixels of each colour in a part of a picture.
func colours(img image.Image, from, to float64) map[[3]uint32]int {
	out := map[[3]uint32]int{}
	b := img.Bounds()
	for x := int(from * float64(b.Dx())); x < int(to*float64(b.Dx())); x++ {
		for y := range b.Dy() {
			r, g, b, _ := img.At(x, y).RGBA()
			out[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	return out
}

func TestPicturesAreTheSameEveryTimeAndShowSomething(t *testing.T) {
	dark, pale := [3]uint32{0x1f, 0x5a, 0x8c}, [3]uint32{0x9a, 0xb2, 0xc8}
	for name, p := range pictures() {
		img, data := draw(t, p)
		if _, again := draw(t, p); !bytes.Equal(data, again) {
			t.Errorf("%s differs from time to time", name)
		}
		if b := img.Bounds(); b.Dx() != 1152 || b.Dy() != 480 {
			t.Errorf("%s is %v", name, b)
		}
		left, right := colours(img, 0, 0.46), colours(img, 0.5, 1)
		if name != "nothing" && left[pale] < 300 {
			t.Errorf("%s shows no customers: %d", name, left[pale])
		}
		if name == "curve" || name == "spread" || name == "grid" || name == "profile" {
			if right[dark] < 200 {
				t.Errorf("%s shows nothing at the right: %d", name, right[dark])
			}
		}
	}
}

// The bars are as long as the shares say: in a picture of two classes the one of three quarters has thrice the pixels.
func TestBarsAreAsLongAsTheShares(t *testing.T) {
	img, _ := draw(t, &plot.Picture{Value: "revenue", Classes: []evaluate.Class{{Code: "x", Share: 0.75, ValueShare: 0}, {Code: "y", Share: 0.25, ValueShare: 0}}})
	pale := [3]uint32{0x9a, 0xb2, 0xc8}
	rows := map[int]int{}
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, _ := img.At(x, y).RGBA()
			if ([3]uint32{r >> 8, g >> 8, bl >> 8}) == pale {
				rows[y]++
			}
		}
	}
	long, short := 0, b.Dx()
	for _, n := range rows {
		if n > 100 { // a bar; the legend is shorter
			long, short = max(long, n), min(short, n)
		}
	}
	if ratio := float64(long) / float64(short); math.Abs(ratio-3) > 0.1 {
		t.Errorf("%d against %d pixels", long, short)
	}
}
