package cli

import (
	"bytes"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// table writes lines whose cells, which end with tabs, stand below each other, also where a letter is two places wide, as Chinese
// ones are on a terminal. Write takes whole letters; Flush prints.
type table struct{ *tabwriter.Writer }

func (e *environment) table() table {
	return table{tabwriter.NewWriter(withoutSecondPlaces{e.stdout}, 0, 0, 2, ' ', 0)}
}

// secondPlace stands for the second place of a wide letter while the places are counted; Unicode has no letter there.
const secondPlace = '\uFDD0'

func (t table) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for _, r := range string(p) {
		b.WriteRune(r)
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			b.WriteRune(secondPlace)
		}
	}
	if _, err := t.Writer.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

type withoutSecondPlaces struct{ io.Writer }

func (w withoutSecondPlaces) Write(p []byte) (int, error) {
	if _, err := w.Writer.Write(bytes.ReplaceAll(p, []byte(string(secondPlace)), nil)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// figures prints rows of which the first cell is a name and the others are figures, which stand flush to the right. The
// first row is the header.
func (e *environment) figures(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	t := e.table()
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("\t" + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
			}
			line.WriteString(cell)
		}
		_, _ = t.Write([]byte("  " + line.String() + "\n")) // standard output: nothing to do about it
	}
	_ = t.Flush()
}
