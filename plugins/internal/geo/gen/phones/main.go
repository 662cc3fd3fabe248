// Command phones writes the table of phone areas of package geo: to which subdivision the prefixes of phone numbers belong, from
// libphonenumber's geocoding in English as the Go module has it. The module's own reader takes 14 MiB that stay, and several times that while
// it reads; of the names of towns in it nothing is needed here but in which subdivision those lie that are named like one.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/taxonhq/taxon/plugins/internal/geo"
	"github.com/taxonhq/taxon/plugins/internal/tablegen"
)

func main() {
	if err := generate(); err != nil {
		log.Fatal(err)
	}
}

func generate() error {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/nyaruka/phonenumbers").Output()
	if err != nil {
		return err
	}
	names, err := read(filepath.Join(strings.TrimSpace(string(dir)), "data", "prefix_to_geocodings", "en.txt.gz"))
	if err != nil {
		return err
	}
	prefixes := make([]string, 0, len(names))
	for prefix := range names {
		prefixes = append(prefixes, prefix)
	}
	slices.SortFunc(prefixes, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	kept, lines := map[string]string{}, []string{}
	for _, prefix := range prefixes { // shorter ones first
		countries := countriesOf(prefix)
		if slices.Contains(countries, "CN") { // its areas are in a table of their own
			continue
		}
		where := subdivisions(countries, names[prefix])
		if longest(kept, prefix) == where {
			continue
		}
		kept[prefix] = where
		lines = append(lines, prefix+"\t"+where)
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	return tablegen.WriteGzip(filepath.Join("data", "phone_areas.tsv.gz"), lines)
}

// number is the prefix of a line as a number.
func number(line string) uint64 {
	prefix, _, _ := strings.Cut(line, "\t")
	n, err := strconv.ParseUint(prefix, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return n
}

// longest is the entry of the longest prefix; without one nothing is known, as with an empty one.
func longest(kept map[string]string, prefix string) string {
	for n := len(prefix); n > 0; n-- {
		if where, known := kept[prefix[:n]]; known {
			return where
		}
	}
	return ""
}

// countriesOf are the countries of the calling code that a number begins with.
func countriesOf(prefix string) []string {
	for n := 1; n <= min(3, len(prefix)); n++ {
		calling, err := strconv.Atoi(prefix[:n])
		if err != nil {
			log.Fatal(err)
		}
		if countries := phonenumbers.GetRegionCodesForCountryCode(calling); len(countries) > 0 {
			return countries
		}
	}
	return nil
}

// subdivisions are those that a name ("Los Angeles, CA") may mean in the countries, with commas.
func subdivisions(countries []string, name string) string {
	parts := strings.Split(name, ", ")
	var codes []string
	for _, country := range countries {
		if place, found := geo.ParseSubdivision(parts[len(parts)-1], country); found && place.Subdivision != "" && place.Country == country {
			codes = append(codes, place.Subdivision)
		}
	}
	slices.Sort(codes)
	return strings.Join(slices.Compact(codes), ",")
}

// read reads a file of the module: the number of bytes of the names, the names in lines, the number of prefixes, and of each the difference
// to the one before and which name it has.
func read(path string) (map[string]string, error) {
	packed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	in := bytes.NewReader(raw)
	var size, count uint32
	if err := binary.Read(in, binary.LittleEndian, &size); err != nil {
		return nil, err
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(in, text); err != nil {
		return nil, err
	}
	if err := binary.Read(in, binary.LittleEndian, &count); err != nil {
		return nil, err
	}
	values, names, prefix := strings.Split(string(text), "\n"), map[string]string{}, uint64(0)
	for range count {
		more, err := binary.ReadUvarint(in)
		if err != nil {
			return nil, err
		}
		var value uint16
		if err := binary.Read(in, binary.LittleEndian, &value); err != nil {
			return nil, err
		}
		if int(value) >= len(values) {
			return nil, fmt.Errorf("%s: there is no name %d", path, value)
		}
		prefix += more
		if name := values[value]; name != "" {
			names[strconv.FormatUint(prefix, 10)] = name
		}
	}
	return names, nil
}
