package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Record is one company, contact or deal at one moment. Do not change a Record
// that the store returned.
type Record struct {
	// ID is given by the store when empty.
	ID string `json:"id"`
	// Values holds the properties that are set; an unset one is absent. Every
	// value is text: a dialect gives it the type its schema says.
	Values map[string]string `json:"values,omitempty"`
	// Created and Modified are instants; zero means now.
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	// ArchivedAt is zero while the record is alive.
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
	// Merged lists the ids of the records that this one has absorbed.
	Merged []string `json:"merged,omitempty"`

	written time.Time // when this version came about, by the clock
	indexed *Record   // the version before, while the index has not caught up with this one
}

// Archived tells whether the record lies in the recycle bin.
func (r *Record) Archived() bool { return !r.ArchivedAt.IsZero() }

// next returns a copy for the store to change, which will replace r.
func (r *Record) next() *Record {
	n := *r
	n.Values = maps.Clone(r.Values)
	n.Merged = slices.Clone(r.Merged)
	return &n
}

// CompareIDs orders ids as numbers where they are numbers (shorter first, then by
// text), which is a total order for any fixed-width id as well.
func CompareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// table holds the records of one kind.
type table struct {
	records    map[string]*Record
	order      []string // ids by CompareIDs once sorted is true
	sorted     bool
	merged     map[string]string // old id -> id of the survivor
	generation uint64            // rises with every change
	lastWrite  time.Time
}

func (t *table) sort() {
	if !t.sorted {
		slices.SortFunc(t.order, CompareIDs)
		t.sorted = true
	}
}

func (t *table) add(r *Record) {
	if _, known := t.records[r.ID]; !known {
		if n := len(t.order); t.sorted && n > 0 && CompareIDs(t.order[n-1], r.ID) > 0 {
			t.sorted = false
		}
		t.order = append(t.order, r.ID)
	}
	t.records[r.ID] = r
	t.touch(r.written)
}

func (t *table) remove(id string, at time.Time) {
	delete(t.records, id)
	t.sort()
	if i, found := slices.BinarySearchFunc(t.order, id, CompareIDs); found {
		t.order = slices.Delete(t.order, i, i+1)
	}
	t.touch(at)
}

func (t *table) touch(at time.Time) {
	t.generation++
	if at.After(t.lastWrite) {
		t.lastWrite = at
	}
}

// ids hands out ascending ids.
type ids struct {
	last int64
	form func(n int64) string // nil: decimal digits

	kindForm func(kind string, n int64) string
}

func (s *ids) next(kind string) string {
	s.last++
	if s.kindForm != nil {
		return s.kindForm(kind, s.last)
	}
	if s.form != nil {
		return s.form(s.last)
	}
	return strconv.FormatInt(s.last, 10)
}

// skip makes sure that an id loaded from outside is never handed out again.
func (s *ids) skip(id string) {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > s.last {
		s.last = n
	}
}
