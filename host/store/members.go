package store

import (
	"encoding/binary"
	"slices"
	"strings"
)

// member is a person, deal or activity in its customer's row.
type member struct{ id, body string }

// members are those of one kind, by id.
type members []member

// parseMembers reads a packed list: each member is its length, its id and its body.
func parseMembers(data []byte) (members, error) {
	body, err := unseal(data)
	if err != nil {
		return nil, err
	}
	var m members
	for r := (reader{s: body}); r.more(); {
		id, item := r.member()
		if item.bad {
			return nil, errDamaged
		}
		m = append(m, member{id: id, body: item.rest()})
	}
	return m, nil
}

// pack writes the list; an empty one is nil.
func (m members) pack() []byte {
	if len(m) == 0 {
		return nil
	}
	size := 0
	for i := range m {
		size += len(m[i].id) + len(m[i].body) + 6
	}
	b := unsealed(size)
	for i := range m {
		idSize := uvarintSize(uint64(len(m[i].id))) + len(m[i].id)
		b = binary.AppendUvarint(b, uint64(idSize+len(m[i].body)))
		b = append(appendText(b, m[i].id), m[i].body...)
	}
	return seal(b)
}

func uvarintSize(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

func (m members) find(id string) (int, bool) {
	return slices.BinarySearchFunc(m, id, func(e member, id string) int { return strings.Compare(e.id, id) })
}

// put adds or replaces a member.
func (m members) put(id, body string) members {
	i, found := m.find(id)
	if found {
		m[i].body = body
		return m
	}
	return slices.Insert(m, i, member{id: id, body: body})
}

// remove takes a member out and answers its body.
func (m members) remove(id string) (members, string, bool) {
	i, found := m.find(id)
	if !found {
		return m, "", false
	}
	body := m[i].body
	return slices.Delete(m, i, i+1), body, true
}
