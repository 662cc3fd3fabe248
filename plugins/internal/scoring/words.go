package scoring

import (
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// ours are the names of the criteria that classifiers bring with them, in defaults and presets, by name and measure.
var ours = map[[2]string]sdk.Text{
	{"amount", "sum(deals.amount) where won"}:                            {ZhHans: "订单金额", ZhHant: "訂單金額"},
	{"orders", "count(deals) where won"}:                                 {ZhHans: "订单次数", ZhHant: "訂單次數"},
	{"recency", "last(deals.closed_at) where won"}:                       {ZhHans: "最近购买", ZhHant: "最近購買"},
	{"open", "sum(deals.amount) where open"}:                             {ZhHans: "在谈业务", ZhHant: "在談業務"},
	{"open business", "sum(deals.amount) where open"}:                    {ZhHans: "在谈业务", ZhHant: "在談業務"},
	{"purchase days", "distinct(deals.closed_at) where won within 730d"}: {ZhHans: "购买天数", ZhHant: "購買天數"},
	{"first purchase", "first(deals.closed_at) where won within all"}:    {ZhHans: "首次购买", ZhHant: "首次購買"},
	{"credit", "tags.credit"}:                                            {ZhHans: "信用", ZhHant: "信用"},
	{"profit", "tags.profit"}:                                            {ZhHans: "利润", ZhHant: "利潤"},
	{"prospects", "tags.value.potential"}:                                {ZhHans: "发展前景", ZhHant: "發展前景"},
	{"employees", "employees"}:                                           {ZhHans: "员工人数", ZhHant: "員工人數"},
	{"revenue", "annual_revenue"}:                                        {ZhHans: "年营业额", ZhHant: "年營業額"},
	{"contacts", "count(activities)"}:                                    {ZhHans: "联系次数", ZhHant: "聯繫次數"},
	{"recency", "last(activities.occurred_at)"}:                          {ZhHans: "最近联系", ZhHant: "最近聯繫"},
}

// inWords is the name of a criterion in the languages of reasons: a name that an administrator has given is his in all.
func (c *Criterion) inWords() sdk.Text {
	words, known := ours[[2]string{c.Name, c.Of}]
	if !known {
		return wording.Same(c.Name)
	}
	words.En = c.Name
	return words
}
