//go:build unix

package tree_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/tree"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// BenchmarkEightFeatures is 200,000 customers with eight numbers, of whom every fifth has been classified by people, with
// some mistakes.
func BenchmarkEightFeatures(b *testing.B) {
	var features []map[string]any
	for i := range 8 {
		features = append(features, map[string]any{"name": fmt.Sprint("f", i), "measure": fmt.Sprint("f", i)})
	}
	r := rand.New(rand.NewPCG(1, 1))
	var customers []sdktest.Customer
	for i := range 200_000 {
		c := sdktest.Customer{}
		for j := range 8 {
			c[fmt.Sprint("f", j)] = r.Float64()
		}
		if i%5 == 0 {
			c["grade"] = "C"
			if r.Float64() < 0.1 || c["f1"].(float64) > 0.5 && c["f4"].(float64) > 0.3 {
				c["grade"] = "A"
			} else if c["f2"].(float64) < 0.4 {
				c["grade"] = "B"
			}
		}
		customers = append(customers, c)
	}
	sdktest.Benchmark(b, sdktest.InProcess(tree.Plugin()), plugintest.Setup(map[string]any{"target": "grade", "features": features}), len(customers), customers...)
}
