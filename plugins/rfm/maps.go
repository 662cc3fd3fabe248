package rfm

import (
	"slices"

	"github.com/taxonhq/taxon/sdk"
)

// ten is the complete grid of R and F with ten names (25 cells, no gap, no overlap).
var ten = []segment{
	{Code: "champions", R: span{5, 5}, F: span{4, 5}},
	{Code: "loyal", R: span{3, 4}, F: span{4, 5}},
	{Code: "potential_loyalist", R: span{4, 5}, F: span{2, 3}},
	{Code: "new", R: span{5, 5}, F: span{1, 1}},
	{Code: "promising", R: span{4, 4}, F: span{1, 1}},
	{Code: "needs_attention", R: span{3, 3}, F: span{3, 3}},
	{Code: "about_to_sleep", R: span{3, 3}, F: span{1, 2}},
	{Code: "at_risk", R: span{1, 2}, F: span{3, 4}},
	{Code: "cant_lose", R: span{1, 2}, F: span{5, 5}},
	{Code: "hibernating", R: span{1, 2}, F: span{1, 2}},
}

// eight is the map of Chinese practice: each dimension against the base's mean or median, 重要 and 一般 by value.
var eight = []segment{
	{Code: "important_value", R: span{2, 2}, F: span{2, 2}, M: span{2, 2}},
	{Code: "important_develop", R: span{2, 2}, F: span{1, 1}, M: span{2, 2}},
	{Code: "important_keep", R: span{1, 1}, F: span{2, 2}, M: span{2, 2}},
	{Code: "important_retain", R: span{1, 1}, F: span{1, 1}, M: span{2, 2}},
	{Code: "general_value", R: span{2, 2}, F: span{2, 2}, M: span{1, 1}},
	{Code: "general_develop", R: span{2, 2}, F: span{1, 1}, M: span{1, 1}},
	{Code: "general_keep", R: span{1, 1}, F: span{2, 2}, M: span{1, 1}},
	{Code: "general_retain", R: span{1, 1}, F: span{1, 1}, M: span{1, 1}},
}

// six has the names of the widely published scheme on three scores. The published descriptions leave cells
// open; this complete grid is ours.
var six = []segment{
	{Code: "champions", R: span{3, 3}, F: span{2, 3}, M: span{3, 3}},
	{Code: "champions", R: span{3, 3}, F: span{3, 3}, M: span{2, 2}},
	{Code: "loyal", R: span{3, 3}, F: span{2, 2}, M: span{1, 2}},
	{Code: "loyal", R: span{3, 3}, F: span{3, 3}, M: span{1, 1}},
	{Code: "loyal", R: span{2, 2}, F: span{3, 3}, M: span{2, 3}},
	{Code: "recent", R: span{3, 3}, F: span{1, 1}},
	{Code: "needs_attention", R: span{2, 2}, F: span{1, 2}},
	{Code: "needs_attention", R: span{2, 2}, F: span{3, 3}, M: span{1, 1}},
	{Code: "at_risk", R: span{1, 1}, F: span{3, 3}},
	{Code: "at_risk", R: span{1, 1}, F: span{2, 2}, M: span{2, 3}},
	{Code: "inactive", R: span{1, 1}, F: span{1, 1}},
	{Code: "inactive", R: span{1, 1}, F: span{2, 2}, M: span{1, 1}},
}

// three names the customers that stand out: big, frequent, long gone. Those who are none of them are others.
var three = []segment{
	{Code: "big", R: span{2, 2}, M: span{2, 2}},
	{Code: "stable", R: span{2, 2}, F: span{2, 2}, M: span{1, 1}},
	{Code: other.Code, R: span{2, 2}, F: span{1, 1}, M: span{1, 1}},
	{Code: "lapsed", R: span{1, 1}},
}

func presets() []sdk.Preset[*config] {
	return []sdk.Preset[*config]{
		{Name: "ten", Label: sdk.Text{En: "Ten segments on quintiles of recency and frequency", ZhHans: "十类分群", ZhHant: "十類分群"}, Config: &config{Segments: ten}},
		{Name: "eight", Label: sdk.Text{En: "Eight segments against the mean", ZhHans: "八类分群（与均值比较）", ZhHant: "八類分群（與均值比較）"}, Config: &config{Rule: againstAvg, Segments: eight}},
		{Name: "six", Label: sdk.Text{En: "Six segments on terciles", ZhHans: "六类分群", ZhHant: "六類分群"}, Config: &config{Bins: bins{3, 3, 3}, Segments: six}},
		{Name: "three", Label: sdk.Text{En: "Big, stable and lapsed customers against the mean", ZhHans: "三类分群", ZhHant: "三類分群"}, Config: &config{Rule: againstAvg, Segments: three}},
	}
}

// allOptions are the segments of all presets, each code once: what an administrator approves.
func allOptions() []sdk.Option {
	var list []sdk.Option
	for _, options := range [][]sdk.Option{tenOptions, eightOptions, sixOptions, threeOptions} {
		for _, o := range options {
			if !slices.ContainsFunc(list, func(x sdk.Option) bool { return x.Code == o.Code }) {
				list = append(list, o)
			}
		}
	}
	return list
}

// known is the option of a code: of six when the map has its own codes, else of the first preset that has it.
func (cfg *config) known(code string) (sdk.Option, bool) {
	lists := [][]sdk.Option{tenOptions, eightOptions, sixOptions, threeOptions}
	if slices.ContainsFunc(cfg.Segments, func(s segment) bool { return s.Code == "recent" || s.Code == "inactive" }) {
		lists = [][]sdk.Option{sixOptions, tenOptions, eightOptions, threeOptions}
	}
	for _, options := range lists {
		for _, o := range options {
			if o.Code == code {
				return o, true
			}
		}
	}
	return sdk.Option{}, false
}
