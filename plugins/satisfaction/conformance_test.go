package satisfaction

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	fields := map[string]any{"source": "fields", "date_field": "nps_at", "window": "all", "use": "average"}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(fields, plugintest.List("contacts.nps_score", sdk.Integer),
		plugintest.List("contacts.nps_at", sdk.Time), plugintest.List("contacts.decision_maker", sdk.Boolean),
		// what surveys are read from, which every host has
		plugintest.List("activities.kind", sdk.String), plugintest.List("activities.score", sdk.Number),
		plugintest.List("activities.scale", sdk.String), plugintest.List("activities.occurred_at", sdk.Time))})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }
