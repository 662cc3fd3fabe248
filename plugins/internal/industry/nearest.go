package industry

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

// nearest finds titles by the cosine of their character n-grams, through an inverted index.
type nearest struct {
	titles []Suggestion // without a similarity
	norms  []float64
	grams  map[string][]posting
}

type posting struct {
	title int32
	count int32
}

func newNearest(t *tables) *nearest {
	n := &nearest{grams: map[string][]posting{}}
	add := func(code, title string) {
		counts := gramCounts(textfold.Fold(title))
		square := 0.0
		for gram, count := range counts {
			n.grams[gram] = append(n.grams[gram], posting{int32(len(n.titles)), int32(count)})
			square += float64(count) * float64(count)
		}
		n.titles = append(n.titles, Suggestion{Code: code, Title: title})
		n.norms = append(n.norms, math.Sqrt(square))
	}
	seen := map[string]bool{}
	for _, code := range sortedKeys(t.isic) {
		title := t.isic[code]
		if !seen[title] {
			seen[title] = true
			add(code[:min(2, len(code))], title)
		}
	}
	for _, code := range sortedKeys(t.naics) {
		if entry := t.naics[code]; entry.isic != "" && !seen[entry.title] {
			seen[entry.title] = true
			add(entry.isic, entry.title)
		}
	}
	for _, word := range t.sorted {
		add(t.aliases[word].code, word)
	}
	return n
}

// find answers the count nearest titles of different codes, best first; none when no n-gram is
// shared.
func (n *nearest) find(folded string, count int) []Suggestion {
	scores := map[int32]float64{}
	square := 0.0
	counts := gramCounts(folded)
	for _, gram := range sortedKeys(counts) { // in order: sums of floats must not depend on chance
		weight := float64(counts[gram])
		square += weight * weight
		for _, p := range n.grams[gram] {
			scores[p.title] += weight * float64(p.count)
		}
	}
	list := make([]Suggestion, 0, len(scores))
	for title, dot := range scores {
		s := n.titles[title]
		s.Similarity = math.Round(1e4*dot/(n.norms[title]*math.Sqrt(square))) / 1e4
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), strings.Compare(a.Title, b.Title))
	})
	var best []Suggestion
	used := map[string]bool{}
	for _, s := range list {
		if !used[s.Code] && len(best) < count {
			used[s.Code] = true
			best = append(best, s)
		}
	}
	return best
}

// gramCounts counts the n-grams of a text with its ends marked: three letters, or two Chinese
// characters.
func gramCounts(folded string) map[string]int {
	size := 3
	if textfold.IsHan(folded) {
		size = 2
	}
	runes := []rune(" " + folded + " ")
	counts := map[string]int{}
	for i := 0; i+size <= len(runes); i++ {
		counts[string(runes[i:i+size])]++
	}
	return counts
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
