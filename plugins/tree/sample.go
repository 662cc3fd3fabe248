package tree

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/taxonhq/taxon/plugins/internal/cart"
	"github.com/taxonhq/taxon/sdk"
)

// Samples hold whole numbers. A number is its bits (missing: not a number), a word is its length plus one and its
// first bytes in wordSlots numbers (missing: zeros).
const (
	wordSlots = 5
	wordBytes = 8*wordSlots - 1
)

// word is a text as it is compared: without space around it, cut to wordBytes.
func word(text string) string {
	text = strings.TrimSpace(text)
	if len(text) <= wordBytes {
		return text
	}
	cut := wordBytes
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

func appendWord(slots []int64, text string, missing bool) []int64 {
	var bytes [8 * wordSlots]byte
	if !missing {
		bytes[0] = byte(len(text) + 1)
		copy(bytes[1:], text)
	}
	for i := range wordSlots {
		slots = append(slots, int64(binary.LittleEndian.Uint64(bytes[8*i:])))
	}
	return slots
}

func readWord(slots []int64) (text string, missing bool) {
	var bytes [8 * wordSlots]byte
	for i := range wordSlots {
		binary.LittleEndian.PutUint64(bytes[8*i:], uint64(slots[i]))
	}
	n := int(bytes[0])
	if n == 0 || n > len(bytes) {
		return "", true
	}
	return string(bytes[1:n]), false
}

// label is what people have said of a customer; ok is false when they have not.
func (cfg *config) label(run sdk.Run, c sdk.Row) (value string, ok bool) {
	t := &cfg.target
	if c.Missing(t.Column) {
		return "", false
	}
	switch t.Input.Type {
	case sdk.Boolean:
		value = strconv.FormatBool(c.Bool(t.Column))
	case sdk.Integer:
		value = strconv.FormatInt(c.Int(t.Column), 10)
	default:
		value = word(c.Text(t.Column))
	}
	for _, ignored := range cfg.Ignore {
		if value == ignored {
			return "", false
		}
	}
	return value, value != ""
}

// row are the features of a customer.
func (cfg *config) row(run sdk.Run, c sdk.Row) []cart.Value {
	row := make([]cart.Value, len(cfg.features))
	for i := range cfg.features {
		f := &cfg.features[i]
		if f.Texts() {
			row[i].Missing = c.Missing(f.Column)
			if !row[i].Missing {
				row[i].Word = word(c.Text(f.Column))
				row[i].Missing = row[i].Word == ""
			}
			continue
		}
		v, ok := f.Number(run, c)
		row[i] = cart.Value{Number: v, Missing: !ok}
	}
	return row
}

// encode packs a label and a row for the sample.
func (cfg *config) encode(label string, row []cart.Value) []int64 {
	slots := appendWord(make([]int64, 0, wordSlots*(1+len(row))), label, false)
	for i, v := range row {
		switch {
		case cfg.features[i].Texts():
			slots = appendWord(slots, v.Word, v.Missing)
		case v.Missing:
			slots = append(slots, int64(math.Float64bits(math.NaN())))
		default:
			slots = append(slots, int64(math.Float64bits(v.Number)))
		}
	}
	return slots
}

// decode reads what encode packed; ok is false when it is damaged.
func (cfg *config) decode(slots []int64) (label string, row []cart.Value, ok bool) {
	if len(slots) < wordSlots {
		return "", nil, false
	}
	label, _ = readWord(slots)
	slots = slots[wordSlots:]
	row = make([]cart.Value, len(cfg.features))
	for i := range cfg.features {
		need := 1
		if cfg.features[i].Texts() {
			need = wordSlots
		}
		if len(slots) < need {
			return "", nil, false
		}
		if need > 1 {
			row[i].Word, row[i].Missing = readWord(slots)
		} else if v := math.Float64frombits(uint64(slots[0])); math.IsNaN(v) {
			row[i].Missing = true
		} else {
			row[i].Number = v
		}
		slots = slots[need:]
	}
	return label, row, len(slots) == 0
}
