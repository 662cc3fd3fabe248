package need

import (
	"strings"
	"unicode"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

// keyWords are those that come with Taxon, in English and simplified Chinese; traditional characters are simplified before they are compared.
var keyWords = [axes][]string{
	price: {"price", "pricing", "priced", "cost", "costly", "expensive", "cheap", "cheaper", "discount", "budget", "rebate", "coupon", "too high", "money",
		"价格", "价钱", "报价", "贵", "便宜", "折扣", "优惠", "预算", "降价", "成本", "打折", "性价比"},
	quality: {"quality", "durable", "durability", "defect", "defective", "broken", "specification", "spec", "material", "certificate", "sample", "reliable", "reliability", "workmanship", "return", "returned", "refund",
		"质量", "品质", "耐用", "缺陷", "瑕疵", "损坏", "规格", "材质", "材料", "认证", "样品", "可靠", "做工", "退货", "退换", "返修", "退款"},
	service: {"service", "support", "delivery", "deliver", "late", "waiting", "response", "sla", "training", "installation", "maintenance", "help", "repair", "after sale",
		"服务", "售后", "交付", "交货", "发货", "物流", "响应", "培训", "安装", "维护", "维修", "客服", "支持"},
	fashion: {"fashion", "fashionable", "trend", "trendy", "style", "stylish", "new arrival", "season", "look", "outfit", "designer",
		"时尚", "潮流", "流行", "新款", "新品", "款式", "当季", "设计师", "穿搭"},
}

// nouns are the axes' own names: "not price" denies them, while "not cheap" is a complaint.
var nouns = [axes][]string{
	price: {"price", "pricing", "cost", "budget", "价格", "价钱", "报价", "预算", "成本"}, quality: {"quality", "质量", "品质"},
	service: {"service", "support", "delivery", "服务", "售后", "交货"}, fashion: {"fashion", "trend", "时尚", "潮流"},
}

// denials say of whatever a clause is about that it does not matter.
var denials = []string{"not an issue", "no issue", "not a problem", "no problem", "not important", "unimportant", "does not matter", "doesnt matter", "do not care", "dont care",
	"does not care", "doesnt care", "regardless of", "not the reason", "irrelevant", "no concern", "not a concern", "not the point", "is fine", "is ok",
	"不是问题", "没问题", "没有问题", "无所谓", "不在乎", "不重要", "不关心", "不敏感", "不介意", "不看重", "不在意", "无关", "不是重点"}

// vocabulary finds key words in a folded clause: whole words of alphabets, with or without an s, and Chinese ones anywhere.
type vocabulary struct{ spelt, han []string }

func newVocabulary(list []string) (v vocabulary) {
	for _, word := range list {
		switch word = textfold.Fold(word); {
		case word == "":
		case textfold.IsHan(word):
			v.han = append(v.han, word)
		default:
			v.spelt = append(v.spelt, " "+word)
		}
	}
	return v
}

func (v vocabulary) empty() bool { return len(v.spelt)+len(v.han) == 0 }

// clauses cuts a text at its punctuation, and folds the pieces.
func clauses(text string) (out []string) {
	for _, piece := range strings.FieldsFunc(text, func(r rune) bool {
		return r != '\'' && r != '’' && r != '-' && r != '_' && r != '/' && r != '&' && (unicode.IsPunct(r) || r == '\n' || r == '|')
	}) {
		for _, part := range strings.Split(textfold.Fold(piece), " but ") {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// speaksIn reports whether a clause has a key word of axis a that is not denied.
func (v vocabulary) speaksIn(clause string, a int) bool {
	for _, denial := range denials {
		if strings.Contains(" "+clause+" ", " "+denial+" ") || textfold.IsHan(denial) && strings.Contains(clause, denial) {
			return false
		}
	}
	padded := " " + clause + " "
	for _, word := range v.spelt {
		for _, form := range []string{word + " ", word + "s "} {
			for from := 0; ; {
				i := strings.Index(padded[from:], form)
				if i < 0 {
					break
				}
				if !deniedBefore(padded[:from+i], word[1:], a) {
					return true
				}
				from += i + 1
			}
		}
	}
	for _, word := range v.han {
		for from := 0; ; {
			i := strings.Index(clause[from:], word)
			if i < 0 {
				break
			}
			if !deniedBefore(clause[:from+i], word, a) {
				return true
			}
			from += i + len(word)
		}
	}
	return false
}

// deniedBefore reports whether what stands before a noun denies it: "not because of the price", "不是因为价格".
func deniedBefore(before, word string, a int) bool {
	noun := false
	for _, n := range nouns[a] {
		noun = noun || n == word
	}
	if !noun {
		return false
	}
	fields := strings.Fields(before)
	for i := len(fields) - 1; i >= 0 && i >= len(fields)-4; i-- {
		if fields[i] == "not" {
			return true
		}
		if !filler[fields[i]] {
			break
		}
	}
	for _, denial := range []string{"不是", "不是因为", "并非", "并非因为", "不看", "不因", "非"} {
		if strings.HasSuffix(before, denial) {
			return true
		}
	}
	return false
}

// filler are words that may stand between not and what it denies.
var filler = map[string]bool{"because": true, "of": true, "the": true, "for": true, "about": true, "due": true, "to": true, "their": true, "our": true, "so": true, "much": true}
