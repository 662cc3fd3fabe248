package lifecycle

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	// An interval of the base that a hundred invented customers give.
	config := map[string]any{"min_repeaters": 2, "cancelled_field": "left", "loyal_tag": "loyalty"}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config, plugintest.Field("left", sdk.Date),
		plugintest.Field("created_at", sdk.Time), plugintest.List("deals.closed_at", sdk.Time), plugintest.List("deals.amount", sdk.Money))})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func TestLabelsAndHandlingAreThoseOfTheCatalogueOfTags(t *testing.T) {
	plugintest.AgreesWithTags(t, Plugin(), "lifecycle")
}
