//go:build unix

package cluster_test

import (
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/plugins/cluster"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// BenchmarkEightFeatures is a million customers in eight numbers, k chosen among 2 to 8: fit has all three passes in it.
func BenchmarkEightFeatures(b *testing.B) {
	var features []map[string]any
	for i := range 8 {
		features = append(features, map[string]any{"name": fmt.Sprint("f", i), "measure": fmt.Sprint("f", i), "transform": "log1p", "missing": "mean"})
	}
	sdktest.Benchmark(b, sdktest.InProcess(cluster.Plugin()), plugintest.Setup(map[string]any{"features": features}), 1_000_000)
}
