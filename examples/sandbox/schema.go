package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Field is the definition of one property of a kind of record. Type and Widget
// are in the vendor's words.
type Field struct {
	Name        string   `json:"name"`
	Label       string   `json:"label,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type"`
	Widget      string   `json:"widget,omitempty"`
	Group       string   `json:"group,omitempty"`
	Options     []Option `json:"options,omitempty"`
	Order       int      `json:"order,omitempty"`
	Hidden      bool     `json:"hidden,omitempty"`
	Unique      bool     `json:"unique,omitempty"`
	// BuiltIn fields come with the CRM and cannot be removed; ReadOnly ones take no
	// value from outside; Default ones are answered when none is asked for.
	BuiltIn  bool      `json:"builtIn,omitempty"`
	ReadOnly bool      `json:"readOnly,omitempty"`
	Default  bool      `json:"default,omitempty"`
	Created  time.Time `json:"created,omitzero"`
	Modified time.Time `json:"modified,omitzero"`
}

// Wanted is a field that somebody asks the CRM's administrator for. Each CRM has its own names of types and its own rule for
// the field's name, which Make of its dialect knows.
type Wanted struct {
	Key, Label string
	// Type is text, integer, number, amount, boolean, date, time or class.
	Type string
	// Options are those of a class: their codes are the values.
	Options []Option
}

// Fields are fields of one type, by their names: a dialect's table joins them with
// slices.Concat.
func Fields(typ string, names ...string) []Field {
	out := make([]Field, len(names))
	for i, name := range names {
		out[i] = Field{Name: name, Type: typ}
	}
	return out
}

// Option is one allowed value of an enumeration.
type Option struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Order       int    `json:"order,omitempty"`
	Hidden      bool   `json:"hidden,omitempty"`
}

// Group gathers fields on a CRM's pages.
type Group struct {
	Name    string `json:"name"`
	Label   string `json:"label,omitempty"`
	Order   int    `json:"order,omitempty"`
	BuiltIn bool   `json:"builtIn,omitempty"`
}

// Pipeline is a row of stages that deals go through.
type Pipeline struct {
	ID     string  `json:"id"`
	Label  string  `json:"label,omitempty"`
	Order  int     `json:"order,omitempty"`
	Stages []Stage `json:"stages,omitempty"`
}

// Stage is one step of a pipeline; Probability of a win is 0 to 1.
type Stage struct {
	ID          string  `json:"id"`
	Label       string  `json:"label,omitempty"`
	Order       int     `json:"order,omitempty"`
	Closed      bool    `json:"closed,omitempty"`
	Probability float64 `json:"probability,omitempty"`
}

// Owner is a user of the CRM to whom records are assigned.
type Owner struct {
	ID        string `json:"id"`
	UserID    string `json:"userId,omitempty"`
	Email     string `json:"email,omitempty"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	Archived  bool   `json:"archived,omitempty"`
}

type schema struct {
	fields    []Field
	byName    map[string]int
	groups    []Group
	pipelines []Pipeline
}

func (s *Store) schemaOf(kind string) *schema {
	sc := s.schema[kind]
	if sc == nil {
		sc = &schema{byName: map[string]int{}}
		s.schema[kind] = sc
	}
	return sc
}

// AddField defines a field; a second one of the same name is an error.
func (s *Store) AddField(kind string, f Field) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.schemaOf(kind)
	if _, dup := sc.byName[f.Name]; dup {
		return fmt.Errorf("field %s.%s exists", kind, f.Name)
	}
	if f.Created.IsZero() {
		f.Created = s.now()
	}
	f.Modified = f.Created
	f.Options = slices.Clone(f.Options)
	sc.byName[f.Name] = len(sc.fields)
	sc.fields = append(sc.fields, f)
	return nil
}

// Field returns one definition.
func (s *Store) Field(kind, name string) (Field, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sc := s.schema[kind]
	if sc == nil {
		return Field{}, false
	}
	i, ok := sc.byName[name]
	if !ok {
		return Field{}, false
	}
	return sc.fields[i], true
}

// Fields returns all definitions of a kind in order of their creation.
func (s *Store) Fields(kind string) []Field {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sc := s.schema[kind]; sc != nil {
		return slices.Clone(sc.fields)
	}
	return nil
}

// EditField changes a definition; edit must give it a new Options slice rather
// than write into the present one.
func (s *Store) EditField(kind, name string, edit func(*Field)) (Field, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.schemaOf(kind)
	i, ok := sc.byName[name]
	if !ok {
		return Field{}, false
	}
	edit(&sc.fields[i])
	sc.fields[i].Modified = s.now()
	return sc.fields[i], true
}

// RemoveField drops a definition with the values that records have for it.
func (s *Store) RemoveField(kind, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.schemaOf(kind)
	i, ok := sc.byName[name]
	if !ok {
		return false
	}
	sc.fields = slices.Delete(sc.fields, i, i+1)
	clear(sc.byName)
	for i, f := range sc.fields {
		sc.byName[f.Name] = i
	}
	t := s.table(kind)
	for id, r := range t.records {
		if _, set := r.Values[name]; set {
			n := r.next()
			delete(n.Values, name)
			t.records[id] = n
		}
	}
	t.generation++
	return true
}

// AddGroup defines a group of fields; a second one of the same name is an error.
func (s *Store) AddGroup(kind string, g Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.schemaOf(kind)
	for _, have := range sc.groups {
		if have.Name == g.Name {
			return fmt.Errorf("group %s.%s exists", kind, g.Name)
		}
	}
	sc.groups = append(sc.groups, g)
	return nil
}

// Groups returns the groups of a kind.
func (s *Store) Groups(kind string) []Group {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sc := s.schema[kind]; sc != nil {
		return slices.Clone(sc.groups)
	}
	return nil
}

// RemoveGroup drops a group; its fields stay.
func (s *Store) RemoveGroup(kind, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.schemaOf(kind)
	n := len(sc.groups)
	sc.groups = slices.DeleteFunc(sc.groups, func(g Group) bool { return g.Name == name })
	return len(sc.groups) < n
}

// SetPipelines replaces the pipelines of a kind.
func (s *Store) SetPipelines(kind string, p ...Pipeline) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schemaOf(kind).pipelines = slices.Clone(p)
	s.table(kind).generation++ // what follows from a stage may have changed
}

// Pipelines returns the pipelines of a kind; do not change what they hold.
func (s *Store) Pipelines(kind string) []Pipeline {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sc := s.schema[kind]; sc != nil {
		return sc.pipelines
	}
	return nil
}

// AddOwner adds a user; ids are given when empty.
func (s *Store) AddOwner(o Owner) Owner {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.ID == "" {
		o.ID = s.ids.next("owner")
	}
	if o.UserID == "" {
		o.UserID = s.ids.next("owner")
	}
	s.owners = append(s.owners, o)
	return o
}

// Owners returns the users.
func (s *Store) Owners() []Owner {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.owners)
}
