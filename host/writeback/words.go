package writeback

import (
	"strings"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// partLabels and partDescriptions name the parts in the three languages of the product.
var partLabels = map[string]map[string]string{
	PartReason:       {"en": "reason", "zh-Hans": "原因", "zh-Hant": "原因"},
	PartSince:        {"en": "since", "zh-Hans": "起始日期", "zh-Hant": "起始日期"},
	PartClassifiedAt: {"en": "classified as of", "zh-Hans": "分类截止日期", "zh-Hant": "分類截止日期"},
	PartHandling:     {"en": "recommended handling", "zh-Hans": "处理建议", "zh-Hant": "處理建議"},
}

var partDescriptions = map[string]map[string]string{
	PartReason:       {"en": "Why the customer has this class. Written by Taxon.", "zh-Hans": "客户属于该类别的原因。由 Taxon 写入。", "zh-Hant": "客戶屬於該類別的原因。由 Taxon 寫入。"},
	PartSince:        {"en": "From when the customer has this class. Written by Taxon.", "zh-Hans": "客户从何时起属于该类别。由 Taxon 写入。", "zh-Hant": "客戶從何時起屬於該類別。由 Taxon 寫入。"},
	PartClassifiedAt: {"en": "As-of date of the classification that this record shows. Written by Taxon.", "zh-Hans": "本记录所示分类的截止日期。由 Taxon 写入。", "zh-Hant": "本記錄所示分類的截止日期。由 Taxon 寫入。"},
	PartHandling:     {"en": "What is recommended for customers of this class. Written by Taxon.", "zh-Hans": "对该类客户的处理建议。由 Taxon 写入。", "zh-Hant": "對該類客戶的處理建議。由 Taxon 寫入。"},
}

// text is a text in a language, else in English, else "".
func text(t *pb.Text, language string) string { return word(t.GetByLanguage(), language) }

// textOr is text, or another one where there is none.
func textOr(t *pb.Text, language, otherwise string) string {
	return firstNonEmpty(text(t, language), otherwise)
}

// word takes the text in a language, else in the language without its region, else in English.
func word(by map[string]string, language string) string {
	for {
		if s := by[language]; s != "" {
			return s
		}
		i := strings.LastIndexByte(language, '-')
		if i < 0 {
			return by["en"]
		}
		language = language[:i]
	}
}

func firstNonEmpty(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
