// Package plugins lists the first-party classifiers. Each is a plugin like any other: it sees the SDK only,
// and runs as a process of its own.
package plugins

import (
	"github.com/taxonhq/taxon/plugins/abc"
	"github.com/taxonhq/taxon/plugins/activity"
	"github.com/taxonhq/taxon/plugins/cluster"
	"github.com/taxonhq/taxon/plugins/clv"
	"github.com/taxonhq/taxon/plugins/composite"
	"github.com/taxonhq/taxon/plugins/credit"
	"github.com/taxonhq/taxon/plugins/demographics"
	"github.com/taxonhq/taxon/plugins/lifecycle"
	"github.com/taxonhq/taxon/plugins/loyalty"
	"github.com/taxonhq/taxon/plugins/need"
	"github.com/taxonhq/taxon/plugins/product"
	"github.com/taxonhq/taxon/plugins/profit"
	"github.com/taxonhq/taxon/plugins/prospect"
	regionindustry "github.com/taxonhq/taxon/plugins/region_industry"
	"github.com/taxonhq/taxon/plugins/rfm"
	"github.com/taxonhq/taxon/plugins/rules"
	"github.com/taxonhq/taxon/plugins/satisfaction"
	"github.com/taxonhq/taxon/plugins/tree"
	"github.com/taxonhq/taxon/plugins/value"
	"github.com/taxonhq/taxon/sdk"
)

// All lists them in the order in which they are shown.
func All() []sdk.Plugin {
	return []sdk.Plugin{
		abc.Plugin(),
		rfm.Plugin(),
		satisfaction.Plugin(),
		regionindustry.Plugin(),
		rules.Plugin(),
		value.Plugin(),
		lifecycle.Plugin(),
		loyalty.Plugin(),
		activity.Plugin(),
		credit.Plugin(),
		profit.Plugin(),
		composite.Plugin(),
		prospect.Plugin(),
		need.Plugin(),
		clv.Plugin(),
		cluster.Plugin(),
		tree.Plugin(),
		product.Plugin(),
		demographics.Plugin(),
	}
}
