package measure

import (
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// fault is an error in an expression: the message, the expression, and a caret under the column.
func fault(text string, column int, message, suggestion string) *crm.Error {
	if text != "" && !strings.ContainsAny(text, "\n\r\t") {
		message += "\n    " + text + "\n    " + strings.Repeat(" ", column-1) + "^"
	}
	return &crm.Error{Code: crm.CodeConfig, Message: message, Pointer: "column " + strconv.Itoa(column), Suggestion: suggestion}
}

// nearest is the choice that a misspelled word probably meant, "" when none is near.
func nearest(word string, choices []string) string {
	best, least := "", len(word)/3+2
	for _, c := range choices {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// didYouMean is the suggestion for a misspelled word: the nearest choice, else all of them when they are few.
func didYouMean(word string, choices []string) string {
	if best := nearest(word, choices); best != "" {
		return "did you mean " + best + "?"
	}
	if len(choices) > 0 && len(choices) <= 12 {
		return "one of " + strings.Join(choices, ", ")
	}
	return ""
}

// distance counts the insertions, deletions, substitutions and swaps of neighbours between two words
// (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
