package industry

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

// nearest finds titles by the cosine of their character n-grams, through an inverted index.
type nearest struct {
	titles []Suggestion // without a similarity
	norms  []float64
	grams  map[string][]posting

	scratch sync.Pool // of *scores
}

// posting says how often an n-gram is in a title. There are some hundred thousand.
type posting struct {
	title uint16
	count uint8
}

func newNearest(t *tables) *nearest {
	n := &nearest{grams: map[string][]posting{}}
	add := func(code, title string) {
		counts := gramCounts(textfold.Fold(title))
		square := 0.0
		for gram, count := range counts {
			n.grams[gram] = append(n.grams[gram], posting{uint16(len(n.titles)), uint8(min(count, math.MaxUint8))})
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
	if len(n.titles) > math.MaxUint16 {
		panic("embedded table: more titles than are counted")
	}
	for gram, list := range n.grams {
		n.grams[gram] = slices.Clone(list) // without room for more
	}
	return n
}

// find answers the count nearest titles of different codes, best first; none when no n-gram is
// shared. Any text shares some with hundreds of titles, so nothing is made for each of them.
func (n *nearest) find(folded string, count int) []Suggestion {
	s, _ := n.scratch.Get().(*scores)
	if s == nil {
		s = &scores{dots: make([]float64, len(n.titles))}
	}
	defer n.scratch.Put(s)
	square := 0.0
	counts := gramCounts(folded)
	for _, gram := range sortedKeys(counts) { // in order: sums of floats must not depend on chance
		weight := float64(counts[gram])
		square += weight * weight
		for _, p := range n.grams[gram] {
			if s.dots[p.title] == 0 {
				s.found = append(s.found, p.title)
			}
			s.dots[p.title] += weight * float64(p.count)
		}
	}
	var best []Suggestion // in order
	for _, title := range s.found {
		one := n.titles[title]
		one.Similarity = math.Round(1e4*s.dots[title]/(n.norms[title]*math.Sqrt(square))) / 1e4
		best = keep(best, one, count)
		s.dots[title] = 0
	}
	s.found = s.found[:0]
	return best
}

// scores are the dot products of a text with the titles, 0 where they share nothing.
type scores struct {
	dots  []float64
	found []uint16
}

// keep puts a suggestion in its place among the count best of different codes.
func keep(best []Suggestion, one Suggestion, count int) []Suggestion {
	place := 0
	for place < len(best) && before(best[place], one) {
		if best[place].Code == one.Code {
			return best
		}
		place++
	}
	if place == count {
		return best
	}
	for i := place; i < len(best); i++ {
		if best[i].Code == one.Code {
			best = slices.Delete(best, i, i+1)
			break
		}
	}
	if best = slices.Insert(best, place, one); len(best) > count {
		best = best[:count]
	}
	return best
}

func before(a, b Suggestion) bool {
	return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), strings.Compare(a.Title, b.Title), strings.Compare(a.Code, b.Code)) <= 0
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
