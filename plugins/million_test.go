//go:build linux && !race

package plugins_test

import (
	"math"
	"os"
	"testing"

	"github.com/taxonhq/taxon/plugins"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

const serve = "serve-plugin"

// TestMain lets the test's own executable be each plugin.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == serve {
		for _, p := range plugins.All() {
			if sdk.Manifest(p).GetId() == os.Args[2] {
				sdk.Serve(p)
			}
		}
	}
	os.Exit(m.Run())
}

// The race detector takes many times the memory, so this runs without it.
func TestAMillionCustomersFitIntoAPlugin(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plugins.All() {
		id := sdk.Manifest(p).GetId()
		t.Run(id, func(t *testing.T) {
			const allowed = 64           // MiB
			peak := int64(math.MaxInt64) // when the collector runs is chance: the least of three counts
			for tries := 0; tries < 3 && peak > allowed; tries++ {
				peak = min(peak, sdktest.Peak(t, sdktest.Command(self, serve, id), plugintest.Setup(configs[id], catalogue...), 1_000_000)>>20)
			}
			if t.Logf("%d MiB", peak); peak > allowed {
				t.Errorf("it takes %d MiB, more than %d", peak, allowed)
			}
		})
	}
}
