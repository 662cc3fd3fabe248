package plugins_test

import (
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// catalogue is what an account has that has mapped all that any plugin may read. Texts with a meaning come with the
// values that have one, so that customers invented for it are judged by more than the lack of evidence.
var catalogue = []*pb.CatalogueField{
	plugintest.Field("country", sdk.String, "CN", "Deutschland", "US"), plugintest.Field("created_at", sdk.Time),
	plugintest.Field("region", sdk.String, "California", "广东"), plugintest.Field("city", sdk.String, "Shanghai", "Hamburg"),
	plugintest.Field("industry", sdk.String, "retail", "banking", "machinery"), plugintest.Field("email_domain", sdk.String, "example.com", "example.de"),
	plugintest.Field("phone_area", sdk.String, "+86 21", "+49 40"), plugintest.Field("employees", sdk.Integer),
	plugintest.Field("birth_date", sdk.Date), plugintest.Field("sex", sdk.String, "female", "male"),
	plugintest.Field("occupation", sdk.String, "student", "engineer", "retired"), plugintest.Field("judgement", sdk.Integer),
	plugintest.Field("survey_need", sdk.String, "price", "quality", "nothing"),

	plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.list_amount", sdk.Money), plugintest.List("deals.cost", sdk.Money),
	plugintest.List("deals.created_at", sdk.Time), plugintest.List("deals.closed_at", sdk.Time), texts("deals.state", "won", "lost", "open"),
	texts("deals.category", "machines", "food", "consulting", "insurance", "fashion"), texts("deals.product", "lathe", "bread", "training", "dress"),
	texts("deals.series", "premium", "basic"), texts("deals.lost_reason", "price too high", "poor quality", "slow delivery", "later", "duplicate"),

	texts("activities.kind", "invoice", "payment", "quote", "ticket", "survey", "meeting", "call", "mail", "visit"),
	texts("activities.direction", "inbound", "outbound"), texts("activities.topic", "discount", "specification", "late delivery", "demo", "ordinary"),
	texts("activities.status", "sent", "paid", "open", "accepted", "declined", "disputed", "draft"), plugintest.List("activities.occurred_at", sdk.Time),
	plugintest.List("activities.amount", sdk.Money), plugintest.List("activities.score", sdk.Number), texts("activities.scale", "nps", "csat", "ces"),
	plugintest.List("activities.due_at", sdk.Time), plugintest.List("activities.paid_at", sdk.Time),

	plugintest.List("contacts.nps_score", sdk.Number), plugintest.List("contacts.answered_at", sdk.Time), plugintest.List("contacts.decision_maker", sdk.Boolean),
}

func texts(path string, values ...string) *pb.CatalogueField {
	f := plugintest.List(path, sdk.String)
	f.Options = values
	return f
}

// configs are those of plugins that judge nothing without one, or read little.
var configs = map[string]map[string]any{
	"composite":    {"preset": "purchases"},
	"demographics": {"class": "group", "also": []any{"age", "sex", "occupation"}},
	"profit":       {"cost": "sum(deals.cost) where won", "serve": []any{map[string]any{"name": "tickets", "of": "count(activities) where kind = ticket", "each": 25}}},
	"rules": {
		"inputs":  map[string]any{"sales": "sum(deals.amount) where won within 365d", "orders": "count(deals) where won"},
		"options": []map[string]any{{"code": "big"}, {"code": "small"}},
		"rules":   []map[string]any{{"name": "big", "when": "orders >= 5 && sales > 1000.0", "tag": "big"}}, "default": "small",
	},
	"satisfaction": {"decimals": "floor"}, // invented answers lie between marks
	"tree":         {"target": "industry", "labelled": "predict"},
}
