//go:build unix

package prospect

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// BenchmarkProspect has customers whose activities and deals count, which invented ones have not.
func BenchmarkProspect(b *testing.B) {
	var many []sdktest.Customer
	for one, _ := reference(b); len(many) < 50_000; {
		many = append(many, one...)
	}
	sdktest.Benchmark(b, sdktest.InProcess(Plugin()), plugintest.Setup(nil, fields...), 0, many...)
}
