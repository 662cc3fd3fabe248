package sandbox

import "slices"

// Link leads from one record to another.
type Link struct {
	ID string `json:"id"` // of the record at the other end
	// Labels say what the link means ("primary"); empty for a plain link.
	Labels []string `json:"labels,omitempty"`
}

// Has tells whether the link carries a label.
func (l Link) Has(label string) bool { return slices.Contains(l.Labels, label) }

type pair struct{ from, to string }

// Link joins two records in both directions. Linking again adds the labels.
// back names the labels of the way back; nil repeats those of the way there.
func (s *Store) Link(fromKind, fromID, toKind, toID string, there, back []string) {
	if back == nil {
		back = there
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link(pair{fromKind, toKind}, fromID, toID, there)
	if fromKind != toKind || fromID != toID {
		s.link(pair{toKind, fromKind}, toID, fromID, back)
	}
}

func (s *Store) link(p pair, from, to string, labels []string) {
	m := s.links[p]
	if m == nil {
		m = map[string][]Link{}
		s.links[p] = m
	}
	list := slices.Clone(m[from]) // readers may hold the old one
	i := slices.IndexFunc(list, func(l Link) bool { return l.ID == to })
	if i < 0 {
		i = len(list)
		list = append(list, Link{ID: to})
	}
	all := slices.Clone(list[i].Labels)
	for _, label := range labels {
		if !slices.Contains(all, label) {
			all = append(all, label)
		}
	}
	list[i].Labels = all
	m[from] = list
	s.table(p.from).generation++ // a property may follow from a link
}

// Unlink removes the link between two records in both directions.
func (s *Store) Unlink(fromKind, fromID, toKind, toID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlink(pair{fromKind, toKind}, fromID, toID)
	s.unlink(pair{toKind, fromKind}, toID, fromID)
}

func (s *Store) unlink(p pair, from, to string) {
	s.table(p.from).generation++
	list := slices.DeleteFunc(slices.Clone(s.links[p][from]), func(l Link) bool { return l.ID == to })
	if len(list) == 0 {
		delete(s.links[p], from)
		return
	}
	s.links[p][from] = list
}

// Unlabel takes a label off every link of one record to a kind, and off the way
// back: a record has one primary company, so the old one must give way.
func (s *Store) Unlabel(fromKind, fromID, toKind, label string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	strip := func(p pair, from, to string) {
		list := slices.Clone(s.links[p][from])
		for i, l := range list {
			if l.ID == to {
				list[i].Labels = slices.DeleteFunc(slices.Clone(l.Labels), func(x string) bool { return x == label })
			}
		}
		s.links[p][from] = list
	}
	for _, l := range s.links[pair{fromKind, toKind}][fromID] {
		if l.Has(label) {
			strip(pair{fromKind, toKind}, fromID, l.ID)
			strip(pair{toKind, fromKind}, l.ID, fromID)
		}
	}
}

// Links returns the links of a record to live records of a kind, in the order in
// which they were made.
func (s *Store) Links(fromKind, fromID, toKind string) []Link {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.links[pair{fromKind, toKind}][fromID]
	t := s.tables[toKind]
	live := func(l Link) bool {
		r := t.records[l.ID]
		return r != nil && !r.Archived()
	}
	if t == nil {
		return nil
	}
	for i, l := range list {
		if !live(l) { // rare: copy only then
			out := slices.Clone(list[:i])
			for _, l := range list[i+1:] {
				if live(l) {
					out = append(out, l)
				}
			}
			return out
		}
	}
	return list
}

func (s *Store) unlinkAll(kind, id string) {
	for p, m := range s.links {
		if p.from != kind {
			continue
		}
		for _, l := range m[id] {
			s.unlink(pair{p.to, kind}, l.ID, id)
		}
		delete(m, id)
	}
}

// relink moves the links of one record to another of the same kind.
func (s *Store) relink(kind, from, to string) {
	if from == to {
		return
	}
	type move struct {
		other string
		link  Link
		back  []string
	}
	var moves []move
	for p, m := range s.links {
		if p.from != kind {
			continue
		}
		for _, l := range m[from] {
			mv := move{other: p.to, link: l}
			for _, b := range s.links[pair{p.to, kind}][l.ID] {
				if b.ID == from {
					mv.back = b.Labels
				}
			}
			moves = append(moves, mv)
		}
	}
	s.unlinkAll(kind, from)
	for _, m := range moves {
		if m.other == kind && m.link.ID == to {
			continue // a link between the two that become one
		}
		s.link(pair{kind, m.other}, to, m.link.ID, m.link.Labels)
		s.link(pair{m.other, kind}, m.link.ID, to, m.back)
	}
}
