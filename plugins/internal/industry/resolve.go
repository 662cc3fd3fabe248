package industry

import (
	"regexp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

// Method is how a text was read.
type Method string

// The methods, from certain to likely.
const (
	ByAlias     Method = "alias"     // the whole text is in the alias table
	ByTitle     Method = "title"     // the whole text is an official title
	ByCode      Method = "code"      // the text is a code
	ByContained Method = "contained" // the alias that is the head of the text
	BySpelling  Method = "spelling"  // one typing error away from an alias
)

// Standard is the classification that bare codes are of.
type Standard string

// The standards. Auto takes a code for what only one standard has, and answers nothing where
// two disagree about the section.
const (
	Auto  Standard = "auto"
	ISIC  Standard = "isic"
	NAICS Standard = "naics"
	GBT   Standard = "gbt4754"
)

// Result is what a text says.
type Result struct {
	Code        string // ISIC section or division, "" when the text is not understood
	Confidence  float64
	Method      Method
	Suggestions []Suggestion // when it is not understood
}

// Suggestion is one of the titles nearest to a text that was not understood.
type Suggestion struct {
	Code       string // ISIC section or division
	Title      string
	Similarity float64 // cosine of character n-grams, 0 to 1
}

// Resolve reads an industry. In this order: the alias table, an official title of ISIC or
// NAICS, a bare code, the alias that is the head of the text, an alias one typing error away
// from a text of six letters or more; else nothing, with the three nearest titles as
// suggestions. extra holds the administrator's own aliases, folded by Key, and comes first.
func Resolve(text string, standard Standard, extra map[string]string) Result {
	t := load()
	if textfold.IsBlank(text) {
		return Result{}
	}
	if runes := []rune(text); len(runes) > longestText {
		text = string(runes[:longestText])
	}
	folded := textfold.Fold(text)
	keys := forms(folded)
	for _, key := range keys {
		if code, found := extra[key]; found {
			return Result{Code: code, Confidence: 1, Method: ByAlias}
		}
		if a, found := t.aliases[key]; found {
			return Result{Code: a.code, Confidence: a.confidence, Method: ByAlias}
		}
	}
	for _, key := range keys {
		if a, found := t.titles[key]; found {
			return Result{Code: a.code, Confidence: a.confidence, Method: ByTitle}
		}
	}
	if code, confidence := t.byNumber(strings.ToUpper(strings.ReplaceAll(folded, " ", "")), standard); code != "" {
		return Result{Code: code, Confidence: confidence, Method: ByCode}
	}
	bare := keys[len(keys)-1]
	if a, found := t.contained(bare); found {
		return Result{Code: a.code, Confidence: 0.75 * a.confidence, Method: ByContained}
	}
	if a, found := t.spelled(bare); found {
		return Result{Code: a.code, Confidence: 0.7 * a.confidence, Method: BySpelling}
	}
	return Result{Suggestions: t.near.find(folded, 3)}
}

// longestText is the number of characters of a text that are read: an industry is a label, and
// a novel in its field must not slow a run down.
const longestText = 200

// Key is the form in which aliases are compared.
func Key(text string) string { return textfold.Fold(text) }

var (
	genericEnd = regexp.MustCompile(`( (industry|industries|services|service|sector|company|companies|business|co|ltd|inc|group|and))+$`)
	// genericHan are tried one after the other: "房地产业" ends in 业, not in 产业.
	genericHan = []string{"有限公司", "股份", "公司", "行业", "类", "领域", "相关", "业", "产"}
)

// forms are the text, and the text without the words at its end that say nothing about which
// industry; never an empty one. The last is the shortest.
func forms(folded string) []string {
	list := []string{folded}
	if bare := genericEnd.ReplaceAllString(folded, ""); bare != "" && bare != folded {
		folded = bare
		list = append(list, bare)
	}
	for _, generic := range genericHan {
		if bare, found := strings.CutSuffix(folded, generic); found && bare != "" {
			folded = bare
			list = append(list, bare)
		}
	}
	return list
}

// gbtSections maps section letters of GB/T 4754-2017 to ISIC Rev.4 where they differ
// ("L" is rental and business services, the nearest section of ISIC is N).
var gbtSections = map[string]string{"E": "F", "F": "G", "G": "H", "H": "I", "I": "J", "J": "K", "K": "L", "L": "N",
	"N": "E", "O": "S", "S": "O", "T": "U"}

var codeText = regexp.MustCompile(`^([A-U]?)([0-9]{0,6})$`)

// byNumber reads a bare code: "J", "J62", "62", "6201", "541511", "I65".
func (t *tables) byNumber(text string, standard Standard) (string, float64) {
	parts := codeText.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return "", 0
	}
	letter, digits := parts[1], parts[2]
	isic, naics, gbt := "", "", ""
	var share float64
	if _, known := t.isic[digits]; known && len(digits) >= 2 {
		if section := t.byCode[digits[:2]].Section; letter == "" || letter == section {
			isic = digits[:2]
		}
	}
	if letter != "" {
		if digits == "" {
			isic = letter
		}
		gbt = letter
		if mapped, differs := gbtSections[letter]; differs {
			gbt = mapped
		}
	} else if entry, known := t.naics[digits]; known {
		naics, share = entry.isic, entry.share
	}
	switch standard {
	case ISIC:
		return isic, 1
	case NAICS:
		return naics, share
	case GBT:
		return gbt, 0.95
	}
	switch {
	case isic != "" && naics != "":
		if t.byCode[isic].Section == t.byCode[naics].Section {
			return t.byCode[isic].Section, 0.9
		}
		return "", 0
	case isic != "" && digits == "" && isic != gbt:
		return "", 0 // a letter alone that means one thing here and another there
	case isic != "":
		return isic, 0.95
	case naics != "":
		return naics, share
	}
	return gbt, 0.8 // the letter contradicts ISIC, so the code is a Chinese one
}

// contained finds the head of a phrase: of the aliases in the text (whole words, or in Chinese
// any characters) the one that ends last, and of those that end there the longest. "汽车贸易" is
// trade, "medical software" is software; what follows "for" is a customer, not the trade. A
// more specific alias in the same section is preferred: "新能源汽车制造" is motor vehicles.
func (t *tables) contained(text string) (alias, bool) {
	text, _, _ = strings.Cut(text, " for ")
	var best alias
	bestEnd, bestLength := -1, 0
	var all []alias
	for _, p := range pieces(text, t.longest) {
		if a, found := t.aliases[p.text]; found && significant(p.text) {
			all = append(all, a)
			if length := len(p.text); p.end > bestEnd || p.end == bestEnd && length > bestLength {
				best, bestEnd, bestLength = a, p.end, length
			}
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		if a := all[i]; len(best.code) == 1 && len(a.code) == 2 && t.byCode[a.code].Section == best.code {
			return a, true
		}
	}
	return best, bestEnd >= 0
}

// significant keeps short words, which occur in other meanings, from being found inside a text.
func significant(word string) bool {
	if textfold.IsHan(word) {
		return len([]rune(word)) >= 2
	}
	return len(word) >= 4 || word == "ai" || word == "law"
}

// piece is a part of a text and where it ends.
type piece struct {
	text string
	end  int
}

// mostWords is the number of words that an alias may have to be found inside a text.
const mostWords = 6

// pieces lists the parts of a text in the order of their ends: sequences of whole words, and
// within a word of Chinese every run of characters. longest is a number of characters.
func pieces(text string, longest int) []piece {
	var list []piece
	words := strings.Fields(text)
	at := 0
	for end := 1; end <= len(words); end++ {
		runes := []rune(words[end-1])
		if textfold.IsHan(words[end-1]) {
			for to := 1; to < len(runes); to++ {
				for from := max(0, to-longest); from < to; from++ {
					list = append(list, piece{string(runes[from:to]), at + to})
				}
			}
			for from := 1; from < len(runes); from++ {
				list = append(list, piece{string(runes[max(from, len(runes)-longest):]), at + len(runes)})
			}
		}
		at += len(runes) + 1
		for start := max(0, end-mostWords); start < end; start++ {
			if part := strings.Join(words[start:end], " "); len([]rune(part)) <= longest {
				list = append(list, piece{part, at - 1})
			}
		}
	}
	return list
}

// spelled finds the alias one edit away, when all such aliases mean the same.
func (t *tables) spelled(text string) (alias, bool) {
	const shortest = 6
	if len(text) < shortest || len(text) > t.longest+1 || textfold.IsHan(text) {
		return alias{}, false
	}
	var found alias
	for _, candidate := range t.sorted {
		if len(candidate) >= shortest && oneEdit(text, candidate) {
			if a := t.aliases[candidate]; found.code != "" && found.code != a.code {
				return alias{}, false
			}
			found = t.aliases[candidate]
		}
	}
	return found, found.code != ""
}

// oneEdit reports whether one insertion, deletion, replacement or swap of neighbours makes a b.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// index prepares what is searched.
func (t *tables) index() {
	for key := range t.aliases {
		t.sorted = append(t.sorted, key)
	}
	slices.Sort(t.sorted)
	t.near = newNearest(t)
}
