package tree

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	config := map[string]any{"target": "grade", "min_labelled": 2, "min_class": 1, "min_leaf": 2, "min_leaf_share": 0, "min_quality": 0, "sample": 100, "features": []map[string]any{
		{"name": "staff", "measure": "employees"}, {"name": "revenue", "measure": "sum(deals.amount) where won"}, {"name": "industry", "measure": "industry"},
		{"name": "since", "measure": "founded"}, {"name": "vip", "measure": "vip"}, {"name": "score", "measure": "score"}}}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config, plugintest.Field("employees", sdk.Integer),
		plugintest.Field("customer_grade", sdk.String), plugintest.Field("grade", sdk.String), plugintest.Field("industry", sdk.String),
		plugintest.Field("founded", sdk.Date), plugintest.Field("vip", sdk.Boolean), plugintest.Field("score", sdk.Number), plugintest.List("deals.amount", sdk.Money),
		plugintest.List("deals.closed_at", sdk.Time))})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }
