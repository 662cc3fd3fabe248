// Package wording is names that differ by language within reasons.
//
// An argument of a reason is one text, whatever the language of the sentence. So a name of ours is three arguments, of
// which each sentence takes its own. What an administrator has named keeps his words in every language.
package wording

import (
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// Args declares the arguments of a name after those that stand before it: name, name_zh_hans, name_zh_hant.
func Args(name string, before ...sdk.Arg) []sdk.Arg {
	return append(before, sdk.Arg{Name: name, Type: sdk.String}, sdk.Arg{Name: name + "_zh_hans", Type: sdk.String}, sdk.Arg{Name: name + "_zh_hant", Type: sdk.String})
}

// Same is what somebody has named: the same in every language.
func Same(words string) sdk.Text { return sdk.Text{En: words, ZhHans: words, ZhHant: words} }

// Each makes a text of one in each language.
func Each(t sdk.Text, f func(words string) string) sdk.Text {
	return sdk.Text{En: f(t.En), ZhHans: f(t.ZhHans), ZhHant: f(t.ZhHant)}
}

// List enumerates: "profit, amount", "利润、订单金额".
func List(list []sdk.Text) sdk.Text {
	var en, hans, hant []string
	for _, t := range list {
		en, hans, hant = append(en, t.En), append(hans, t.ZhHans), append(hant, t.ZhHant)
	}
	return sdk.Text{En: strings.Join(en, ", "), ZhHans: strings.Join(hans, "、"), ZhHant: strings.Join(hant, "、")}
}
