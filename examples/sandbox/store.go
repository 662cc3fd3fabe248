package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Store is the memory of one CRM account.
type Store struct {
	clock     Clock
	lag       time.Duration
	precision time.Duration

	mu     sync.RWMutex
	ids    ids
	tables map[string]*table
	links  map[pair]map[string][]Link
	schema map[string]*schema
	owners []Owner
}

// StoreOptions configures a Store.
type StoreOptions struct {
	Clock Clock
	// IndexLag is how long a change stays hidden from Indexed.
	IndexLag time.Duration
	// Precision to which the CRM keeps instants; 0 means milliseconds.
	Precision time.Duration
	// FirstID is the first id that is handed out; 0 means 1.
	FirstID int64
	// IDForm writes the nth id as the vendor does, such that later ones sort behind;
	// nil means decimal digits.
	IDForm func(n int64) string
	// KindIDForm is IDForm for vendors whose ids tell the kind of record.
	KindIDForm func(kind string, n int64) string
}

// NewStore returns an empty store.
func NewStore(o StoreOptions) *Store {
	if o.Clock == nil {
		o.Clock = Wall{}
	}
	if o.Precision <= 0 {
		o.Precision = time.Millisecond
	}
	return &Store{
		clock: o.Clock, lag: o.IndexLag, precision: o.Precision, ids: ids{last: max(o.FirstID, 1) - 1, form: o.IDForm, kindForm: o.KindIDForm},
		tables: map[string]*table{}, links: map[pair]map[string][]Link{}, schema: map[string]*schema{},
	}
}

func (s *Store) now() time.Time { return s.clock.Now().UTC().Truncate(s.precision) }

func (s *Store) table(kind string) *table {
	t := s.tables[kind]
	if t == nil {
		t = &table{records: map[string]*Record{}, merged: map[string]string{}, sorted: true}
		s.tables[kind] = t
	}
	return t
}

// Put adds a record or replaces the one with its id, and returns it as stored.
// Values that are "" are dropped.
func (s *Store) Put(kind string, r Record) *Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(kind, r)
}

func (s *Store) put(kind string, r Record) *Record {
	n := r.next()
	n.written = s.now()
	if n.ID == "" {
		n.ID = s.ids.next(kind)
	} else {
		s.ids.skip(n.ID)
	}
	if n.Values == nil {
		n.Values = map[string]string{}
	}
	maps.DeleteFunc(n.Values, func(_, v string) bool { return v == "" })
	n.Created, n.Modified = s.stamp(n.Created), s.stamp(n.Modified)
	t := s.table(kind)
	n.indexed = s.past(t.records[n.ID])
	t.add(n)
	return n
}

func (s *Store) stamp(t time.Time) time.Time {
	if t.IsZero() {
		return s.now()
	}
	return t.UTC().Truncate(s.precision)
}

// visible tells whether the index has caught up with a version.
func (s *Store) visible(r *Record) bool { return !r.written.Add(s.lag).After(s.clock.Now()) }

// shown returns the version of r that the index shows now; nil for none.
func (s *Store) shown(r *Record) *Record {
	for r != nil && !s.visible(r) {
		r = r.indexed
	}
	return r
}

// past returns what the index may still show once r is replaced: r itself, with the
// versions before it only while r is not visible.
func (s *Store) past(r *Record) *Record {
	if s.lag == 0 || r == nil {
		return nil
	}
	if r.indexed != nil && s.visible(r) {
		last := *r
		last.indexed = nil
		return &last
	}
	return r
}

// change replaces a record by what edit makes of a copy.
func (s *Store) change(kind, id string, edit func(*Record)) (*Record, bool) {
	t := s.table(kind)
	old, ok := t.records[id]
	if !ok {
		return nil, false
	}
	n := old.next()
	n.written = s.now()
	n.indexed = s.past(old)
	edit(n)
	t.add(n)
	return n, true
}

// Update sets values ("" clears one) and moves the modified date to now.
func (s *Store) Update(kind, id string, values map[string]string) (*Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(kind, id, func(r *Record) {
		for k, v := range values {
			if v == "" {
				delete(r.Values, k)
			} else {
				r.Values[k] = v
			}
		}
		r.Modified = r.written
	})
}

// Hold keeps the last change of a record out of the index for so long beyond the usual
// lag, while later changes of other records appear.
func (s *Store) Hold(kind, id string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(kind)
	if r := t.records[id]; r != nil {
		late := *r // whoever has the present version keeps it
		late.written = late.written.Add(d)
		t.records[id] = &late
		t.touch(late.written)
	}
}

// Archive moves a record to the recycle bin; its links go with it.
func (s *Store) Archive(kind, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.change(kind, id, func(r *Record) {
		if r.ArchivedAt.IsZero() {
			r.ArchivedAt = r.written
		}
	})
	return ok
}

// Restore takes a record out of the recycle bin.
func (s *Store) Restore(kind, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.change(kind, id, func(r *Record) { r.ArchivedAt, r.Modified = time.Time{}, r.written })
	return ok
}

// Erase removes a record with its links, leaving no trace.
func (s *Store) Erase(kind, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(kind)
	if _, ok := t.records[id]; !ok {
		return false
	}
	t.remove(id, s.now())
	s.unlinkAll(kind, id)
	return true
}

// Merge joins loser into winner: the winner's values prevail, links of both stay.
// With newID the survivor is a record with an id of its own and both old ids
// lead to it; otherwise it is the winner.
func (s *Store) Merge(kind, winner, loser string, newID bool) (*Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(kind)
	w, l := t.records[winner], t.records[loser]
	if w == nil || l == nil || w == l || w.Archived() || l.Archived() {
		return nil, fmt.Errorf("merge %s %s into %s: both must be live, different records", kind, loser, winner)
	}
	n := w.next()
	for k, v := range l.Values {
		if _, set := n.Values[k]; !set {
			n.Values[k] = v
		}
	}
	gone := []string{loser}
	if newID {
		n.ID, gone = "", []string{winner, loser}
	}
	n.Merged = append(append(n.Merged, gone...), l.Merged...)
	n.Modified = s.now()
	survivor := s.put(kind, *n)
	for _, id := range gone {
		s.relink(kind, id, survivor.ID)
		t.remove(id, s.now())
		t.merged[id] = survivor.ID
	}
	return survivor, nil
}

// Get returns the record with exactly this id, archived ones included.
func (s *Store) Get(kind, id string) (*Record, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[kind]
	if t == nil {
		return nil, false
	}
	r, ok := t.records[id]
	return r, ok
}

// Resolve returns the record with this id or the one it was merged into.
func (s *Store) Resolve(kind, id string) (*Record, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[kind]
	if t == nil {
		return nil, false
	}
	for {
		if r, ok := t.records[id]; ok {
			return r, true
		}
		next, ok := t.merged[id]
		if !ok {
			return nil, false
		}
		id = next
	}
}

// Page returns up to limit records whose ids come after the given one, in id
// order, and whether more follow. keep chooses which records count; nil keeps all.
func (s *Store) Page(kind, after string, limit int, keep func(*Record) bool) (page []*Record, more bool) {
	s.mu.Lock() // sorting may be due
	defer s.mu.Unlock()
	t := s.table(kind)
	t.sort()
	i, found := slices.BinarySearchFunc(t.order, after, CompareIDs)
	if found {
		i++
	}
	for _, id := range t.order[i:] {
		r := t.records[id]
		if keep != nil && !keep(r) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, r)
	}
	return page, false
}

// All returns every record of a kind in id order, archived ones included.
func (s *Store) All(kind string) []*Record {
	page, _ := s.Page(kind, "", -1, nil)
	return page
}

// Len counts the live records of a kind.
func (s *Store) Len(kind string) int {
	page, _ := s.Page(kind, "", -1, func(r *Record) bool { return !r.Archived() })
	return len(page)
}

// Snapshot is what the search index shows of one kind.
type Snapshot struct {
	// Records are the live ones in id order, as the index knows them.
	Records []*Record
	// Generation changes with every write; Settled means that nothing is waiting
	// to be indexed, so a later snapshot of the same generation is equal.
	Generation uint64
	Settled    bool
}

// Indexed returns what search may see now: changes younger than the index lag
// appear as they were before.
func (s *Store) Indexed(kind string) Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(kind)
	t.sort()
	snap := Snapshot{
		Records: make([]*Record, 0, len(t.order)), Generation: t.generation,
		Settled: !t.lastWrite.Add(s.lag).After(s.clock.Now()),
	}
	for _, id := range t.order {
		r := t.records[id]
		if r.Archived() {
			continue
		}
		if !snap.Settled {
			if r = s.shown(r); r == nil {
				continue
			}
		}
		snap.Records = append(snap.Records, r)
	}
	return snap
}

// Generation returns the present generation of a kind and whether it is settled:
// see Snapshot.
func (s *Store) Generation(kind string) (generation uint64, settled bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[kind]
	if t == nil {
		return 0, true
	}
	return t.generation, !t.lastWrite.Add(s.lag).After(s.clock.Now())
}
