package cluster

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/feature"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// The codes of reasons.
const (
	closest   = "closest"
	only      = "only"
	trait     = "trait"
	isOutlier = "outlier"
	weak      = "weak_structure"
	lacks     = "missing"
	tooFew    = "too_few"
	alike     = "alike"
)

var outlier = sdk.Option{Code: "outlier", Label: sdk.Text{En: "Does not fit a cluster", ZhHans: "离群", ZhHant: "離群"},
	Description: "farther from the nearest centre than 99 % of its cluster, or the share that is set",
	Handling:    sdk.Text{En: "Look at it by hand: a mistake in the data, or a case of its own", ZhHans: "人工查看：数据有误，或属特例", ZhHant: "人工檢視：資料有誤，或屬特例"}}

// tags are the class with these clusters, and what goes with it.
func tags(clusters []sdk.Option) []sdk.Tag {
	return []sdk.Tag{
		sdk.Class("", append(clusters, outlier)...).Unordered().Labelled(sdk.Text{En: "Cluster", ZhHans: "客群", ZhHant: "客群"}).Opened().
			Described("The group of alike customers that this one is nearest to. The fit finds and describes the groups; none is better than another."),
		sdk.Score("distance").Labelled(sdk.Text{En: "Distance from the centre", ZhHans: "与群中心距离", ZhHant: "與群中心距離"}).
			Described("Distance from the nearest cluster's centre, in standard deviations: 0 is a typical member."),
		sdk.Score("margin").Labelled(sdk.Text{En: "Margin to the next cluster", ZhHans: "与次近群差距", ZhHant: "與次近群差距"}).
			Described("How much nearer the cluster is than the next one: 0 lies between two, 1 is at the centre."),
	}
}

var reasons = append([]sdk.Reason{
	{Code: closest, Args: []sdk.Arg{{Name: "k", Type: sdk.Integer}, {Name: "distance", Type: sdk.Number}, {Name: "next", Type: sdk.Integer}, {Name: "far", Type: sdk.Number}},
		Text: sdk.Text{En: "Closest to cluster {k}: {distance} away; the next, cluster {next}, is {far} away.",
			ZhHans: "最接近客群{k}：距离{distance}；次近为客群{next}，距离{far}。", ZhHant: "最接近客群{k}：距離{distance}；次近為客群{next}，距離{far}。"}},
	{Code: only, Args: []sdk.Arg{{Name: "k", Type: sdk.Integer}},
		Text: sdk.Text{En: "There is only cluster {k}.", ZhHans: "仅有客群{k}。", ZhHant: "僅有客群{k}。"}},
	{Code: trait, Args: slices.Concat(typical, wording.Args("feature")),
		Text: sdk.Text{En: "{feature}: {own} here, typically {typical} in the cluster and {all} among all.",
			ZhHans: "{feature_zh_hans}：本客户{own}，该客群典型值{typical}，全体典型值{all}。", ZhHant: "{feature_zh_hant}：本客戶{own}，該客群典型值{typical}，全體典型值{all}。"}},
	{Code: isOutlier, Args: []sdk.Arg{{Name: "k", Type: sdk.Integer}, {Name: "distance", Type: sdk.Number}, {Name: "percent", Type: sdk.String}, {Name: "limit", Type: sdk.Number}},
		Text: sdk.Text{En: "{distance} away from cluster {k}, the nearest; {percent} % of its customers are within {limit}.",
			ZhHans: "距最近的客群{k}为{distance}；该客群{percent}%的客户在{limit}以内。", ZhHant: "距最近的客群{k}為{distance}；該客群{percent}%的客戶在{limit}以內。"}},
	{Code: weak, Args: []sdk.Arg{{Name: "silhouette", Type: sdk.Number}},
		Text: sdk.Text{En: "The structure is weak (mean silhouette {silhouette}, below 0.25): the clusters run into each other.",
			ZhHans: "结构较弱（平均轮廓系数{silhouette}，低于0.25）：各客群界限不清。", ZhHant: "結構較弱（平均輪廓係數{silhouette}，低於0.25）：各客群界限不清。"}},
	{Code: lacks, Args: wording.Args("feature"),
		Text: sdk.Text{En: "Nothing is known of its {feature}.", ZhHans: "缺少{feature_zh_hans}数据。", ZhHant: "缺少{feature_zh_hant}資料。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{En: "Customers who can be compared: {customers}; needed for clusters: {minimum}.",
			ZhHans: "可比较的客户有{customers}家，分群至少需要{minimum}家。", ZhHant: "可比較的客戶有{customers}家，分群至少需要{minimum}家。"}},
	{Code: alike, Text: sdk.Text{En: "All customers are the same in everything that is compared.", ZhHans: "所有客户在比较项上完全相同。", ZhHant: "所有客戶在比較項上完全相同。"}},
}, ofStandard()...)

// typical are the arguments of a reason that compares a customer with its cluster and with all.
var typical = []sdk.Arg{{Name: "own", Type: sdk.String}, {Name: "typical", Type: sdk.String}, {Name: "all", Type: sdk.String}}

// ofStandard are the reasons about the standard features, whose names are known in every language.
func ofStandard() []sdk.Reason {
	var list []sdk.Reason
	for _, s := range feature.Standard() {
		list = append(list,
			sdk.Reason{Code: trait + "_" + s.Name, Args: typical, Text: sdk.Text{
				En:     strings.ToUpper(s.Label.En[:1]) + s.Label.En[1:] + ": {own} here, typically {typical} in the cluster and {all} among all.",
				ZhHans: s.Label.ZhHans + "：本客户{own}，该客群典型值{typical}，全体典型值{all}。", ZhHant: s.Label.ZhHant + "：本客戶{own}，該客群典型值{typical}，全體典型值{all}。"}},
			sdk.Reason{Code: lacks + "_" + s.Name, Text: sdk.Text{
				En: "Nothing is known of its " + s.Label.En + ".", ZhHans: "缺少" + s.Label.ZhHans + "数据。", ZhHant: "缺少" + s.Label.ZhHant + "資料。"}})
	}
	return list
}

// report tells about a model: figures, warnings, and the clusters as options of the tag.
func (m *model) report(run sdk.Run, cfg *config, again bool) sdk.Report {
	r := sdk.Report{Customers: m.Customers, AnotherPass: again, Metrics: m.Metrics}
	m.Metrics["customers"], m.Metrics["clusters"] = float64(m.Customers), float64(len(m.Clusters))
	varying := map[int]bool{}
	for _, u := range m.Used {
		varying[u.Index] = true
	}
	switch m.State {
	case tooFew:
		r.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers can be compared, %d are needed", m.Customers, m.Needed)
		return r
	case alike:
		r.Diagnostics.Warnf("/features", alike, "all customers are the same in everything that is compared")
		return r
	}
	for i := range cfg.features {
		if !varying[i] {
			r.Diagnostics.Warnf(fmt.Sprintf("/features/%d", i), "constant", "%s is the same for all customers and is left out", cfg.features[i].Name)
		}
	}
	if cfg.K > len(m.Clusters) {
		r.Diagnostics.Warnf("/k", "fewer", "there are only %d different customers: k is lowered from %d", len(m.Clusters), cfg.K)
	}
	if m.Small {
		r.Diagnostics.Warnf("/min_size", "small_clusters", "no number of clusters keeps the smallest at %d customers and %v %%", cfg.MinSize, cfg.MinShare)
	}
	if m.Weak {
		r.Diagnostics.Warnf("", weak, "the structure is weak: the mean silhouette is %.3f, below 0.25; the clusters run into each other", m.Silhouette)
	}
	m.Metrics["silhouette"] = m.Silhouette
	least, apart := int64(math.MaxInt64), math.MaxFloat64
	for c := range m.Clusters {
		g := &m.Clusters[c]
		least = min(least, g.Size)
		m.Metrics["size_"+g.code()] = float64(g.Size)
		for o := range c {
			apart = min(apart, m.distance(o, g.Centre))
		}
	}
	if m.Metrics["smallest"] = float64(least); len(m.Clusters) > 1 {
		m.Metrics["nearest_centres"] = apart
	}
	r.Tags = tags(m.options(run, cfg))
	return r
}

// options describe the clusters, in words and numbers, those with the lowest numbers first.
func (m *model) options(run sdk.Run, cfg *config) []sdk.Option {
	var list []sdk.Option
	labels := m.labels(cfg)
	for c := range m.Clusters {
		g := &m.Clusters[c]
		o := sdk.Option{Code: g.code(), Handling: m.handling(cfg, g), Label: labels[c], Description: m.describe(run, cfg, g)}
		if n, ok := cfg.named(o.Code); ok {
			o.Label = sdk.Text{En: n.Label}
			if n.Handling != "" {
				o.Handling = sdk.Text{En: n.Handling}
			}
		}
		list = append(list, o)
	}
	return list
}

// labels are "Cluster 1: many purchases, bought recently". Clusters that would be the same in words get more of them.
func (m *model) labels(cfg *config) []sdk.Text {
	words := make([]sdk.Text, len(m.Clusters))
	for n := traitsTold; n <= len(m.Used) || n == traitsTold; n++ {
		count := map[sdk.Text]int{}
		for _, w := range words {
			count[w]++
		}
		for c := range m.Clusters {
			if count[words[c]] > 1 || n == traitsTold {
				words[c] = m.words(cfg, &m.Clusters[c], n)
			}
		}
	}
	for c, w := range words {
		number := m.Clusters[c].Number
		words[c] = sdk.Text{En: fmt.Sprintf("Cluster %d: %s", number, w.En), ZhHans: fmt.Sprintf("客群%d：%s", number, w.ZhHans),
			ZhHant: fmt.Sprintf("客群%d：%s", number, w.ZhHant)}
	}
	return words
}

// words are the n features in which a cluster differs most.
func (m *model) words(cfg *config, g *group, n int) sdk.Text {
	var en, hans, hant []string
	for _, i := range m.traits(g, n) {
		words := cfg.features[m.Used[i].Index].High
		if m.lean(g, i) < 0 {
			words = cfg.features[m.Used[i].Index].Low
		}
		en, hans, hant = append(en, words.En), append(hans, words.ZhHans), append(hant, words.ZhHant)
	}
	if len(en) == 0 {
		en, hans, hant = []string{"average"}, []string{"各项居中"}, []string{"各項居中"}
	}
	return sdk.Text{En: strings.Join(en, ", "), ZhHans: strings.Join(hans, "、"), ZhHant: strings.Join(hant, "、")}
}

// handling is what the features in which a cluster differs most ask for; empty when the administrator has not said it of own ones.
func (m *model) handling(cfg *config, g *group) sdk.Text {
	var en, hans, hant []string
	for _, i := range m.traits(g, traitsTold) {
		f := &cfg.features[m.Used[i].Index]
		words := f.ForHigh
		if m.lean(g, i) < 0 {
			words = f.ForLow
		}
		if words != (sdk.Text{}) {
			en, hans, hant = append(en, words.En), append(hans, words.ZhHans), append(hant, words.ZhHant)
		}
	}
	if len(en) == 0 && !cfg.standard {
		return sdk.Text{}
	}
	en, hans, hant = append(en, "Look again at the next fit"), append(hans, "下次拟合时复查"), append(hant, "下次擬合時複查")
	return sdk.Text{En: strings.Join(en, ". "), ZhHans: strings.Join(hans, "；"), ZhHant: strings.Join(hant, "；")}
}

// times is how many times as much a cluster has as all; below a thousandth the number says nothing more.
func times(ratio float64) string {
	if ratio < 0.001 {
		return "× < 0.001"
	}
	return "× " + feature.Digits(ratio)
}

// describe has the numbers: size, and of each feature what is typical of the cluster and of all.
func (m *model) describe(run sdk.Run, cfg *config, g *group) string {
	parts := []string{fmt.Sprintf("%d customers, %.1f %%", g.Size, 100*float64(g.Size)/float64(max(m.Customers, 1)))}
	for i := range m.Used {
		f := &cfg.features[m.Used[i].Index]
		text := fmt.Sprintf("%s typically %s (all: %s", f.Label.En, f.Text(run, m.Used[i].raw(g.Profile[i])), f.Text(run, m.Used[i].raw(m.Used[i].Base)))
		if all := m.Used[i].raw(m.Used[i].Base); all > 0 && m.Used[i].raw(g.Profile[i]) >= 0 {
			text += ", " + times(m.Used[i].raw(g.Profile[i])/all)
		}
		parts = append(parts, fmt.Sprintf("%s, %+.2f sd)", text, m.lean(g, i)))
	}
	return strings.Join(parts, "; ")
}
