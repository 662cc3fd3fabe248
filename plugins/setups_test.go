package plugins_test

import (
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// catalogue is what a usual account has.
var catalogue = []*pb.CatalogueField{
	plugintest.Field("country", sdk.String), plugintest.Field("created_at", sdk.Time), plugintest.Field("region", sdk.String), plugintest.Field("city", sdk.String),
	plugintest.Field("industry", sdk.String), plugintest.Field("email_domain", sdk.String), plugintest.Field("phone_area", sdk.String),
	plugintest.Field("employees", sdk.Integer), plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.closed_at", sdk.Time),
	plugintest.List("deals.state", sdk.String), plugintest.List("deals.category", sdk.String), plugintest.List("deals.product", sdk.String),
	plugintest.Field("birth_date", sdk.Date),
}

// configs are those of plugins that judge nothing without one.
var configs = map[string]map[string]any{
	"composite": {"preset": "purchases"},
	"profit":    {"margin_rate": 30},
	"rules": {
		"inputs":  map[string]any{"sales": "sum(deals.amount) where won within 365d", "orders": "count(deals) where won"},
		"options": []map[string]any{{"code": "big"}, {"code": "small"}},
		"rules":   []map[string]any{{"name": "big", "when": "orders >= 5 && sales > 1000.0", "tag": "big"}}, "default": "small",
	},
	"tree": {"target": "industry", "labelled": "predict"},
}
