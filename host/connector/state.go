package connector

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// stateVersion is raised when the meaning of a state changes; an older one means a full pull.
const stateVersion = 1

// pullState is what a page's State holds: where each object of the kind stands.
type pullState struct {
	Version int `json:"v"`
	// Manifest and Edition are the name and version of the manifest that made the state; see adopt.
	Manifest string                  `json:"manifest,omitempty"`
	Edition  string                  `json:"edition,omitempty"`
	Objects  map[string]*objectState `json:"objects"`
	// Current is the object that the pull under way is at; "" when no pull is under way.
	Current string `json:"current,omitempty"`
}

// The phases of an object's pull, in their order. A full pull is the phase list alone.
const (
	phaseList     = "list"
	phaseChanged  = "changed"
	phaseNew      = "new"
	phaseTouched  = "touched"
	phaseLate     = "late"
	phaseArchived = "archived"
)

// objectState is where the pull of one object stands. Instants are microseconds since 1970 by the server's clock.
type objectState struct {
	Shape string `json:"shape"`
	Phase string `json:"phase,omitempty"` // "" when the pull of this object is finished
	Full  bool   `json:"full,omitempty"`  // the pull under way lists everything
	// At is where the phase's listing stands; nil at its beginning.
	At *position `json:"at,omitempty"`
	// Began is when the pull under way began.
	Began int64 `json:"began,omitempty"`
	// Mark is the last change seen; Swept is when the sweep began that was finished last.
	Mark int64 `json:"mark"`
	// Delta is the link that lists what changed since, where the CRM gives one.
	Delta string `json:"delta,omitempty"`
	// DeltaOf are the properties that the link lists: those that were asked for when it was first given.
	DeltaOf string `json:"delta_of,omitempty"`
	Swept   int64  `json:"swept"`
	// Recent is how many rows the pull has read that changed within the overlap before it began: the next one reads them again.
	Recent int `json:"recent,omitempty"`
	// Touch is which of the listings of what touches records is read; Touched is the last change seen in them.
	Touch       int   `json:"touch,omitempty"`
	Touched     int64 `json:"touched,omitempty"`
	TouchedFrom int64 `json:"touched_from,omitempty"`
	// From is where the sweep over changes under way began.
	From int64 `json:"from,omitempty"`
	// Late: every change up to it has been looked for a second time. LateTo is the end of the second pass under way.
	Late   int64 `json:"late"`
	LateTo int64 `json:"late_to,omitempty"`
	// Archived is when the last pass over deletions began; ArchivedNext the one under way.
	Archived     int64    `json:"archived"`
	ArchivedNext int64    `json:"archived_next,omitempty"`
	Seen         seenRows `json:"seen,omitempty"`
}

// parseState reads a State; an unusable or older one is as good as none.
func parseState(data []byte) *pullState {
	s := &pullState{}
	if len(data) == 0 || json.Unmarshal(data, s) != nil || s.Version != stateVersion || s.Objects == nil {
		return &pullState{Version: stateVersion, Objects: map[string]*objectState{}}
	}
	return s
}

// adopt makes a state serve another version of its manifest. What counts for the records, and therefore needs a full pull when it
// differs, is told by each object's shape. All else that a version may change is how listings are asked for: a listing that
// is under way begins again, since its position may mean nothing to the new version. The state of another
// connector is as good as none.
func (s *pullState) adopt(name, version string) {
	if s.Manifest == name && s.Edition == version {
		return
	}
	if s.Manifest != "" && s.Manifest != name {
		s.Objects, s.Current = map[string]*objectState{}, ""
	}
	for _, own := range s.Objects {
		own.At = nil
	}
	s.Manifest, s.Edition = name, version
}

func (s *pullState) encode() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeInternal, Message: "the state of a pull cannot be encoded", Cause: err}
	}
	return data, nil
}

// maxSeen is how many rows a state remembers.
const maxSeen = 4000

// seenRows remembers the rows delivered last, by a hash of id and content, so that what a pull reads a second time — at
// the edge of a page, in the overlap, in the second pass — is delivered once. What is forgotten comes again, which
// does no harm. Of each id the last content counts: a record that changes and changes back is delivered twice.
type seenRows struct {
	order []uint64          // id in the upper bits, content in the lower
	last  map[uint32]uint64 // by the id's bits
}

// contentBits of a key are of the content. Two ids that share the other bits displace each other, and come again; two contents
// of one id that share theirs would be taken for one.
const contentBits = 40

func idBits(key uint64) uint32 { return uint32(key >> contentBits) }

// add remembers a row and reports whether it is new.
func (s *seenRows) add(row mapping.Row, id string) bool {
	of, content := fnv.New64a(), fnv.New64a()
	of.Write([]byte(id))
	var buffer []byte
	for _, doc := range row {
		buffer = doc.MarshalTo(buffer[:0])
		content.Write(buffer)
	}
	key := of.Sum64()<<contentBits | content.Sum64()&(1<<contentBits-1)
	if s.last[idBits(key)] == key {
		return false
	}
	s.remember(key)
	if len(s.order) > 2*maxSeen {
		for _, old := range s.order[:len(s.order)-maxSeen] {
			if s.last[idBits(old)] == old {
				delete(s.last, idBits(old))
			}
		}
		s.order = append([]uint64(nil), s.order[len(s.order)-maxSeen:]...)
	}
	return true
}

func (s *seenRows) remember(key uint64) {
	if s.last == nil {
		s.last = map[uint32]uint64{}
	}
	s.order, s.last[idBits(key)] = append(s.order, key), key
}

// MarshalText writes the newest hashes as base64.
func (s seenRows) MarshalText() ([]byte, error) {
	order := s.order[max(0, len(s.order)-maxSeen):]
	raw := make([]byte, 0, 8*len(order))
	for _, key := range order {
		raw = binary.LittleEndian.AppendUint64(raw, key)
	}
	return base64.StdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *seenRows) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	*s = seenRows{}
	for ; len(raw) >= 8; raw = raw[8:] {
		s.remember(binary.LittleEndian.Uint64(raw))
	}
	return nil
}
