package loyalty

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	for _, scheme := range []string{"behaviour", "levels", "tenure", "attitude"} {
		t.Run(scheme, func(t *testing.T) {
			config := map[string]any{"preset": scheme, "min_repeaters": 2, "period": "month"}
			sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config)})
		})
	}
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func TestLabelsAndHandlingAreThoseOfTheCatalogueOfTags(t *testing.T) {
	plugintest.AgreesWithTags(t, Plugin(), "loyalty")
}
