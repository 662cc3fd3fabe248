package prospect

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// fields are those of an account that has mapped all that the plugin may use.
var fields = []*pb.CatalogueField{
	plugintest.Field("employees", sdk.Integer), plugintest.Field("judgement", sdk.Integer), plugintest.Field("budget", sdk.Money),
	plugintest.Field("opinion", sdk.String, "high", "medium", "low"),
	plugintest.List("activities.direction", sdk.String), plugintest.List("activities.topic", sdk.String), plugintest.List("deals.lost_reason", sdk.String),
	plugintest.List("activities.kind", sdk.String), plugintest.List("activities.occurred_at", sdk.Time), plugintest.List("activities.status", sdk.String),
	plugintest.List("activities.amount", sdk.Money), plugintest.List("deals.created_at", sdk.Time), plugintest.List("deals.closed_at", sdk.Time),
	plugintest.List("deals.state", sdk.String),
}

func TestConformance(t *testing.T) {
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(nil, fields...)})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func TestStagesAndHandlingAreThoseOfTheCatalogueOfTags(t *testing.T) {
	plugintest.AgreesWithTags(t, Plugin(), "prospect:intent")
}
