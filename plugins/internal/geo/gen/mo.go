package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// readCatalogue reads a compiled gettext catalogue (GNU gettext manual, "The Format of GNU
// MO Files"): two tables of length and offset, for the originals and for the translations.
func readCatalogue(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	order := binary.LittleEndian
	if len(data) < 20 || order.Uint32(data) != 0x950412de {
		return nil, fmt.Errorf("%s: not a little-endian message catalogue", filepath.Base(path))
	}
	count, originals, translations := order.Uint32(data[8:]), order.Uint32(data[12:]), order.Uint32(data[16:])
	text := func(table, i uint32) (string, error) {
		at := uint64(table) + 8*uint64(i)
		if at+8 > uint64(len(data)) {
			return "", fmt.Errorf("%s: table ends early", filepath.Base(path))
		}
		length, offset := uint64(order.Uint32(data[at:])), uint64(order.Uint32(data[at+4:]))
		if offset+length > uint64(len(data)) {
			return "", fmt.Errorf("%s: text ends early", filepath.Base(path))
		}
		return string(data[offset : offset+length]), nil
	}
	catalogue := make(map[string]string, count)
	for i := range count {
		original, err := text(originals, i)
		if err != nil {
			return nil, err
		}
		if catalogue[original], err = text(translations, i); err != nil {
			return nil, err
		}
	}
	return catalogue, nil
}
