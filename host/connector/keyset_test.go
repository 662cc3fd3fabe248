package connector

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
)

// searched is a search endpoint in miniature: sorted by stamp or id, with a window and perhaps a cursor.
type searched struct {
	rows         []listed
	size, window int
	cursor       bool
}

func (s *searched) page(p position) (rows []listed, cursor string, total int) {
	var match []listed
	for _, r := range s.rows {
		if p.Tie && (r.stamp != p.Since || r.id <= p.AfterID) || !p.Tie && (r.stamp < p.Since || p.Until != 0 && r.stamp >= p.Until) {
			continue
		}
		match = append(match, r)
	}
	slices.SortFunc(match, func(a, b listed) int {
		if p.Tie {
			return cmp.Compare(a.id, b.id)
		}
		return cmp.Or(cmp.Compare(a.stamp, b.stamp), cmp.Compare(a.id, b.id))
	})
	from, _ := strconv.Atoi(p.Cursor)
	if s.window > 0 && from >= s.window {
		panic("beyond the window")
	}
	rows = match[min(from, len(match)):min(from+s.size, len(match))]
	if s.cursor && from+len(rows) < len(match) {
		cursor = strconv.Itoa(from + len(rows))
	}
	return rows, cursor, len(match)
}

// Whatever instants rows share, whatever the size of pages and windows: all rows are read, none is out of reach, it ends.
func TestAKeysetReadsEverythingWhateverInstantsAreShared(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 1))
		size := 2 + random.IntN(9)
		s := &searched{size: size, window: size * (2 + random.IntN(8)), cursor: random.IntN(3) > 0}
		if !s.cursor {
			s.window = 0
		}
		stamp := int64(1000)
		for i := range random.IntN(300) {
			if random.IntN(1+random.IntN(30)) == 0 {
				stamp += 1 + random.Int64N(3)
			}
			s.rows = append(s.rows, listed{id: fmt.Sprintf("%05d", random.IntN(100)*1000+i), stamp: stamp * 1000})
		}
		k := &manifest.Keyset{By: "updated", Window: s.window}
		if s.cursor {
			k.Cursor = manifest.Path{"after"}
		}
		at, until := position{Since: 1_000_000}, int64(0)
		if random.IntN(3) == 0 {
			until = (1000 + random.Int64N(40)) * 1000
			at.Until = until
		}
		seen := map[string]bool{}
		requests := 0
		for done := false; !done; requests++ {
			if requests > 2000 {
				t.Fatalf("seed %d: it does not end: %+v", seed, at)
			}
			rows, cursor, total := s.page(at)
			if random.IntN(4) == 0 {
				total = -1 // not told
			}
			for _, r := range rows {
				seen[r.id] = true
			}
			at, done = keyset(k, s.size, time.Millisecond, at, rows, cursor, int64(total))
		}
		for _, r := range s.rows {
			if (until == 0 || r.stamp < until) && !seen[r.id] {
				t.Fatalf("seed %d: the row %v is missing", seed, r)
			}
		}
	}
}

// Sorted by instant and id, with a filter that can say where to go on: every row is read once.
func TestAKeysetByInstantAndIDReadsEachRowOnce(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		var rows []listed
		for i := range random.IntN(80) {
			rows = append(rows, listed{id: fmt.Sprintf("%03d", i), stamp: 1 + int64(random.IntN(1+random.IntN(20)))})
		}
		slices.SortFunc(rows, func(a, b listed) int { return cmp.Or(cmp.Compare(a.stamp, b.stamp), cmp.Compare(a.id, b.id)) })
		size, read, pages := 1+random.IntN(9), 0, 0
		k := &manifest.Keyset{By: "updated_id"}
		for at, done := (position{Since: 1}), false; !done; pages++ {
			var page []listed
			for _, r := range rows {
				if at.AfterID == "" && r.stamp >= at.Since || r.stamp > at.Since || r.stamp == at.Since && r.id > at.AfterID {
					page = append(page, r)
				}
			}
			page = page[:min(size, len(page))]
			read += len(page)
			at, done = keyset(k, size, time.Microsecond, at, page, "", -1)
		}
		if read != len(rows) || pages > len(rows)/size+1 {
			t.Errorf("seed %d: %d of %d rows in %d pages of %d", seed, read, len(rows), pages, size)
		}
	}
}
