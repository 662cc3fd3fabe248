package hubspot

import (
	"fmt"
	"net/http"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The methods here are the account's other users: what people and tools do in a CRM
// beside the client under test. They need no token and are not logged.

// Load adds a record and returns its id, a new one if r has none. Values take the
// forms that the API takes; Created and Modified default to now.
func (s *Server) Load(kindName string, r sandbox.Record) (id string, err error) {
	k, err := s.kindOf(kindName)
	if err != nil {
		return "", err
	}
	if r.Values, err = s.checkValues(k, r.Values); err != nil {
		return "", err
	}
	if p := s.Store.Pipelines(Deals); k.name == Deals && r.Values["pipeline"] == "" && len(p) > 0 {
		r.Values["pipeline"] = p[0].ID
	}
	return s.Store.Put(k.name, r).ID, nil
}

func (s *Server) checkValues(k *kind, values map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(values))
	for name, v := range values {
		f, known := s.Store.Field(k.name, name)
		if !known || f.ReadOnly {
			return nil, fmt.Errorf("hubspot sandbox: %s has no property %q that takes a value", k.name, name)
		}
		clean, problem := s.normalise(f, v)
		if problem != nil {
			return nil, fmt.Errorf("hubspot sandbox: %s.%s: %s", k.name, name, problem.Message)
		}
		out[name] = clean
	}
	return out, nil
}

// Update changes values of a record as a user would ("" clears), which moves its
// modified date.
func (s *Server) Update(kindName, id string, values map[string]string) error {
	k, err := s.kindOf(kindName)
	if err != nil {
		return err
	}
	if values, err = s.checkValues(k, values); err != nil {
		return err
	}
	if _, ok := s.Store.Update(k.name, id, values); !ok {
		return fmt.Errorf("hubspot sandbox: no %s %s", k.singular, id)
	}
	return nil
}

// Archive moves a record to the recycle bin and tells whether there was one.
func (s *Server) Archive(kindName, id string) bool { return s.Store.Archive(plural(kindName), id) }

// Restore takes a record out of the recycle bin.
func (s *Server) Restore(kindName, id string) bool { return s.Store.Restore(plural(kindName), id) }

// Erase removes a record without a trace, as a GDPR deletion does.
func (s *Server) Erase(kindName, id string) bool { return s.Store.Erase(plural(kindName), id) }

// Merge joins two records and returns the id of the survivor, which is a new one
// unless Options.MergeKeepsID.
func (s *Server) Merge(kindName, primaryID, loserID string) (id string, err error) {
	r, err := s.Store.Merge(plural(kindName), primaryID, loserID, !s.options.MergeKeepsID)
	if err != nil {
		return "", err
	}
	return r.ID, nil
}

// Associate links two records. As the primary link it replaces the one that the
// contact or deal had.
func (s *Server) Associate(fromKind, fromID, toKind, toID string, isPrimary bool) {
	from, to := plural(fromKind), plural(toKind)
	var labels []string
	if isPrimary && (from == Companies) != (to == Companies) {
		labels = []string{primary}
		if to == Companies {
			s.Store.Unlabel(from, fromID, to, primary)
		} else {
			s.Store.Unlabel(to, toID, from, primary)
		}
	}
	s.Store.Link(from, fromID, to, toID, labels, nil)
}

// Dissociate removes the link between two records.
func (s *Server) Dissociate(fromKind, fromID, toKind, toID string) {
	s.Store.Unlink(plural(fromKind), fromID, plural(toKind), toID)
}

// SetParent makes one company a part of another.
func (s *Server) SetParent(companyID, parentID string) {
	s.Store.Link(Companies, companyID, Companies, parentID, []string{parent}, []string{child})
}

// AddGroup defines a property group.
func (s *Server) AddGroup(kindName, name, label string) error {
	return s.Store.AddGroup(plural(kindName), sandbox.Group{Name: name, Label: label})
}

// AddProperty defines a custom property; Group defaults to the object's own.
func (s *Server) AddProperty(kindName string, f sandbox.Field) error {
	k, err := s.kindOf(kindName)
	if err != nil {
		return err
	}
	if f.Group == "" {
		f.Group = k.group
	}
	if f.Label == "" {
		f.Label = f.Name
	}
	return s.Store.AddField(k.name, f)
}

// RemoveProperty drops a property with its values, as an administrator may.
func (s *Server) RemoveProperty(kindName, name string) bool {
	return s.Store.RemoveField(plural(kindName), name)
}

// SetPipelines replaces the deal pipelines.
func (s *Server) SetPipelines(p ...sandbox.Pipeline) { s.Store.SetPipelines(Deals, p...) }

// AddOwner adds a user of the account; ids are given when empty.
func (s *Server) AddOwner(o sandbox.Owner) sandbox.Owner { return s.Store.AddOwner(o) }

// Property returns a property's definition.
func (s *Server) Property(kindName, name string) (sandbox.Field, bool) {
	return s.Store.Field(plural(kindName), name)
}

// Groups returns the property groups of an object.
func (s *Server) Groups(kindName string) []sandbox.Group { return s.Store.Groups(plural(kindName)) }

// Get returns a record as it is now, archived or not; a merged id leads to the
// survivor.
func (s *Server) Get(kindName, id string) (*sandbox.Record, bool) {
	return s.Store.Resolve(plural(kindName), id)
}

// Value returns a property of a record, computed ones included; "" if unset.
func (s *Server) Value(kindName, id, name string) string {
	k, err := s.kindOf(kindName)
	if err != nil {
		return ""
	}
	r, ok := s.Store.Resolve(k.name, id)
	if !ok {
		return ""
	}
	v, _ := s.value(k, r, name)
	return v
}

// Records returns all live records of a kind in id order.
func (s *Server) Records(kindName string) []*sandbox.Record {
	page, _ := s.Store.Page(plural(kindName), "", -1, func(r *sandbox.Record) bool { return !r.Archived() })
	return page
}

// Len counts the live records of a kind.
func (s *Server) Len(kindName string) int { return s.Store.Len(plural(kindName)) }

// RejectWrites makes the next writes of a record fail with an error of its own:
// status 207 in a batch. It stands for validation rules of the account, which since
// 2026-09 apply to every write. times 0 means all of them.
func (s *Server) RejectWrites(kindName, id string, times int, category, message string) {
	s.Account.RejectWrites(plural(kindName), id, times, sandbox.Rejection{Code: category, Message: message})
}

func (s *Server) rejected(k *kind, id string) *apiError {
	why, rejected := s.Rejected(k.name, id)
	if !rejected {
		return nil
	}
	return &apiError{status: http.StatusBadRequest, Category: why.Code, Message: why.Message}
}

// DropWrites makes the next batch updates of a record vanish: the call succeeds, the
// record is in neither results nor errors, and nothing changes. times 0 means all.
func (s *Server) DropWrites(kindName, id string, times int) {
	s.Account.DropWrites(plural(kindName), id, times)
}

func (s *Server) dropped(k *kind, id string) bool { return s.Dropped(k.name, id) }
