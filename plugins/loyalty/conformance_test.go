package loyalty

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	// The suite tries every preset; this is the one that reads another classifier's tag.
	config := map[string]any{"preset": "attitude", "attitude_tag": "nps", "period": "month"}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config)})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func TestLabelsAndHandlingAreThoseOfTheCatalogueOfTags(t *testing.T) {
	plugintest.AgreesWithTags(t, Plugin(), "loyalty")
}
