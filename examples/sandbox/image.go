package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Image is everything that a store remembers, at one moment and fit for JSON: a
// store that is made from it answers as the one that it was taken of.
type Image struct {
	LastID int64                `json:"lastId"` // the last id that was handed out
	Owners []Owner              `json:"owners,omitempty"`
	Kinds  map[string]KindImage `json:"kinds"`
}

// KindImage is what an Image holds of one kind of record.
type KindImage struct {
	Fields    []Field       `json:"fields,omitempty"`
	Groups    []Group       `json:"groups,omitempty"`
	Pipelines []Pipeline    `json:"pipelines,omitempty"`
	Records   []RecordImage `json:"records,omitempty"` // in id order, archived ones included
	// Merged leads from an id that was merged away to the survivor's.
	Merged map[string]string `json:"merged,omitempty"`
	// Links lead from this kind: the other kind, then the id of the record. The way
	// back stands with the other kind.
	Links map[string]map[string][]Link `json:"links,omitempty"`
}

// RecordImage is a record. While the index has not caught up with it, Written tells
// since when, and Before is what the index shows instead, if anything.
type RecordImage struct {
	Record
	Written time.Time    `json:"written,omitzero"`
	Before  *RecordImage `json:"before,omitempty"`
}

// Image takes an image of the store. It shares records and definitions with the
// store, so do not change what it holds.
func (s *Store) Image() Image {
	s.mu.Lock() // sorting may be due
	defer s.mu.Unlock()
	img := Image{LastID: s.ids.last, Owners: slices.Clone(s.owners), Kinds: map[string]KindImage{}}
	for kind, sc := range s.schema {
		k := img.Kinds[kind]
		k.Fields, k.Groups, k.Pipelines = slices.Clone(sc.fields), slices.Clone(sc.groups), sc.pipelines
		img.Kinds[kind] = k
	}
	for kind, t := range s.tables {
		k := img.Kinds[kind]
		t.sort()
		for _, id := range t.order {
			k.Records = append(k.Records, *s.image(t.records[id]))
		}
		k.Merged = maps.Clone(t.merged)
		img.Kinds[kind] = k
	}
	for p, m := range s.links {
		k := img.Kinds[p.from]
		if k.Links == nil {
			k.Links = map[string]map[string][]Link{}
		}
		k.Links[p.to] = maps.Clone(m)
		img.Kinds[p.from] = k
	}
	return img
}

func (s *Store) image(r *Record) *RecordImage {
	if r == nil {
		return nil
	}
	img := &RecordImage{Record: *r}
	if !s.visible(r) {
		img.Written, img.Before = r.written, s.image(r.indexed)
	}
	return img
}

// NewStoreOf returns a store with what an image holds, or tells what is wrong with
// the image. The store keeps parts of it: use an image once.
func NewStoreOf(o StoreOptions, img Image) (*Store, error) {
	s := NewStore(o)
	s.owners = img.Owners
	for kind, k := range img.Kinds {
		if err := s.restore(kind, k); err != nil {
			return nil, err
		}
	}
	s.ids.last = max(s.ids.last, img.LastID)
	return s, nil
}

func (s *Store) restore(kind string, k KindImage) error {
	sc, t := s.schemaOf(kind), s.table(kind)
	sc.fields, sc.groups, sc.pipelines = k.Fields, k.Groups, k.Pipelines
	for i, f := range k.Fields {
		if _, dup := sc.byName[f.Name]; dup || f.Name == "" {
			return fmt.Errorf("%s: field %q has no name or is there twice", kind, f.Name)
		}
		sc.byName[f.Name] = i
	}
	for i := range k.Records {
		r := k.Records[i].record()
		if _, dup := t.records[r.ID]; dup || r.ID == "" {
			return fmt.Errorf("%s: record %q has no id or is there twice", kind, r.ID)
		}
		t.add(r)
		s.ids.skip(r.ID)
	}
	for to, m := range k.Links {
		s.links[pair{kind, to}] = m
	}
	maps.Copy(t.merged, k.Merged)
	for id := range t.merged { // Resolve follows them to their end
		steps := 0
		for next, more := t.merged[id]; more; next, more = t.merged[next] {
			if steps++; steps > len(t.merged) {
				return fmt.Errorf("%s: record %q was merged into itself", kind, id)
			}
		}
	}
	return nil
}

func (i *RecordImage) record() *Record {
	if i == nil {
		return nil
	}
	r := &i.Record
	if r.Values == nil {
		r.Values = map[string]string{}
	}
	r.written, r.indexed = i.Written, i.Before.record()
	return r
}
