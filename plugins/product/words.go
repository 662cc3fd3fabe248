package product

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

//go:embed words.txt
var usualWords string

// word is what a key word says.
type word struct {
	kind string
	rank int // which wins: own words 2, services and financial products 1, goods 0
}

// table are the key words by their normal form.
type table struct {
	words   map[string]word
	longest int // in words, of key words in scripts with spaces
	han     int // in characters, of Chinese ones
}

func newTable(usual bool) *table {
	t := &table{words: map[string]word{}}
	if !usual {
		return t
	}
	for line := range strings.Lines(usualWords) {
		kind, list, found := strings.Cut(line, ":")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range strings.Split(list, ",") {
			t.words[normal(w)] = word{kind: kind, rank: usualRank[kind]}
		}
	}
	t.measure()
	return t
}

var usualRank = map[string]int{service: 1, financial: 1}

// add takes an administrator's key word; it says what is wrong with it.
func (t *table) add(text, kind string) error {
	key := normal(text)
	if key == "" {
		return fmt.Errorf("a key word needs letters or digits")
	}
	if old, known := t.words[key]; known && old.rank == ownRank && old.kind != kind {
		return fmt.Errorf("%q is a key word of %s too", text, old.kind)
	}
	t.words[key] = word{kind: kind, rank: ownRank}
	return nil
}

const ownRank = 2

func (t *table) measure() {
	for key := range t.words {
		if textfold.IsHan(key) {
			t.han = max(t.han, utf8.RuneCountInString(key))
		} else {
			t.longest = max(t.longest, 1+strings.Count(key, " "))
		}
	}
}

// kindOf is the kind that a text says, "" when no key word is in it.
func (t *table) kindOf(text string) string {
	var best word
	for i, m := range t.matches(text) { // the later wins, and of those that end together none is left but the longest
		if i == 0 || m.rank >= best.rank {
			best = m.word
		}
	}
	return best.kind
}

type match struct {
	word
	start, end int // bytes of the normal form
}

// matches are the key words of a text that are not inside a longer one, in their order.
func (t *table) matches(text string) []match {
	text = normal(text)
	var all []match
	// Scripts with spaces: whole words.
	var starts, ends []int
	at := 0
	for _, token := range strings.Fields(text) {
		start := at + strings.Index(text[at:], token)
		at = start + len(token)
		starts, ends = append(starts, start), append(ends, at)
	}
	for i := range starts {
		for j := i; j < min(len(ends), i+t.longest); j++ {
			if w, ok := t.words[text[starts[i]:ends[j]]]; ok {
				all = append(all, match{w, starts[i], ends[j]})
			}
		}
	}
	if textfold.IsHan(text) {
		for start := range text {
			end := start
			for n := 0; n < t.han && end < len(text); n++ {
				_, size := utf8.DecodeRuneInString(text[end:])
				end += size
				if part := text[start:end]; textfold.IsHan(part) {
					if w, ok := t.words[part]; ok {
						all = append(all, match{w, start, end})
					}
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b match) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	kept, end := all[:0], 0
	for _, m := range all {
		if m.end > end { // else one before it, which begins no later, ends no earlier
			kept, end = append(kept, m), m.end
		}
	}
	return kept
}

// normal is the folded text with each word in the singular. Endings are cut alike in texts and in key words, so
// that it does not matter whether what is left is a word.
func normal(text string) string {
	tokens := strings.Fields(textfold.Fold(text))
	for i, t := range tokens {
		switch {
		case len(t) > 4 && strings.HasSuffix(t, "ies"):
			tokens[i] = t[:len(t)-3] + "y"
		case len(t) > 3 && strings.HasSuffix(t, "s") && !strings.HasSuffix(t, "ss"):
			tokens[i] = t[:len(t)-1]
		}
	}
	return strings.Join(tokens, " ")
}
