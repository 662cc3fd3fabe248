//go:build unix

package activity

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// BenchmarkActivity has customers whose activities count, which invented ones have not.
func BenchmarkActivity(b *testing.B) {
	var many []sdktest.Customer
	for one := computed(b); len(many) < 50_000; {
		many = append(many, one...)
	}
	sdktest.Benchmark(b, sdktest.InProcess(Plugin()), plugintest.Setup(map[string]any{"direction_field": "direction"}, directionField), 0, many...)
}
