package activity

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(map[string]any{"direction_field": "direction", "window": "3y"}, directionField,
		plugintest.List("activities.kind", sdk.String), plugintest.List("activities.occurred_at", sdk.Time),
		plugintest.List("deals.closed_at", sdk.Time), plugintest.List("deals.state", sdk.String))})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func TestLabelsAndHandlingAreThoseOfTheCatalogueOfTags(t *testing.T) {
	plugintest.AgreesWithTags(t, Plugin(), "activity")
}
