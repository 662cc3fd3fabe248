package demographics

import (
	_ "embed"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

//go:embed words.txt
var usualWords string

// How key words win over each other before their length does.
const (
	usualRank = iota
	lifeRank  // says how somebody lives now: "retired engineer", "student nurse"
	ownRank   // the administrator's
)

// table are key words by their folded form.
type table struct {
	words map[string]word
	parts bool // whether a key word may be a part of the text
}

type word struct {
	code string
	rank int
}

func isSex(code string) bool { return code == "female" || code == "male" || code == "diverse" }

// usualTables are the tables of sexes, whose key words must be the whole text, and of occupations.
func usualTables() (sexes, occupations *table) {
	sexes, occupations = &table{words: map[string]word{}}, &table{words: map[string]word{}, parts: true}
	for line := range strings.Lines(usualWords) {
		code, list, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		t, rank := occupations, usualRank
		switch code {
		case "female", "male", "diverse":
			t = sexes
		case "self_employed", "student", "homemaker", "retired", "not_working":
			rank = lifeRank
		}
		t.add(code, code, rank)
		for w := range strings.SplitSeq(list, ",") {
			t.add(w, code, rank)
		}
	}
	return sexes, occupations
}

// add takes a key word; it answers false for one that says nothing.
func (t *table) add(text, code string, rank int) bool {
	key := textfold.Fold(text)
	if key != "" {
		t.words[key] = word{code, rank}
	}
	return key != ""
}

// of is the code that a text says, "" when no key word is in it. The whole text wins; then the rank, the longer key
// word, the one that sorts first.
func (t *table) of(text string) string {
	text = textfold.Fold(text)
	if w, ok := t.words[text]; ok || !t.parts {
		return w.code
	}
	best, key := word{rank: -1}, ""
	for k, w := range t.words {
		if within(text, k) && (w.rank > best.rank || w.rank == best.rank && (len(k) > len(key) || len(k) == len(key) && k < key)) {
			best, key = w, k
		}
	}
	return best.code
}

// within reports whether a folded text holds a key word: as whole words, or anywhere in Chinese.
func within(text, key string) bool {
	if textfold.IsHan(key) {
		return strings.Contains(text, key)
	}
	return strings.Contains(" "+text+" ", " "+key+" ") || strings.Contains(" "+text+" ", " "+key+"s ")
}
