package cluster

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	config := map[string]any{"factors": "varimax", "k": 3, "min_customers": 1, "sample": 100, "starts": 5, "features": []map[string]any{
		{"name": "staff", "measure": "employees", "missing": "mean"}, {"name": "revenue", "measure": "sum(deals.amount) where won"},
		{"name": "since", "measure": "founded", "missing": "zero"}, {"name": "vip", "measure": "vip", "missing": "zero"}, {"name": "score", "measure": "score", "missing": "mean"}}}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config, plugintest.Field("employees", sdk.Integer),
		plugintest.Field("founded", sdk.Date), plugintest.Field("vip", sdk.Boolean), plugintest.Field("score", sdk.Number), plugintest.List("deals.amount", sdk.Money),
		plugintest.List("deals.closed_at", sdk.Time), plugintest.Field("deposits", sdk.Money), plugintest.Field("loans", sdk.Money), plugintest.Field("services", sdk.Integer))})
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }
