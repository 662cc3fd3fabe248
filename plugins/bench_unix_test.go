//go:build unix

package plugins_test

import (
	"testing"

	"github.com/taxonhq/taxon/plugins"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// BenchmarkPlugins says how many customers each first-party plugin takes in a second of processor time.
func BenchmarkPlugins(b *testing.B) {
	for _, p := range plugins.All() {
		id := sdk.Manifest(p).GetId()
		b.Run(id, func(b *testing.B) {
			sdktest.Benchmark(b, sdktest.InProcess(p), plugintest.Setup(configs[id], catalogue...), 100_000)
		})
	}
}
