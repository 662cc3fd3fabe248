package manifest

import "fmt"

// Where is the place of a part of the manifest in its file, such as "acme.yaml:33 /objects/contacts/list"; part is a pointer
// that the manifest holds: an *Object, *Listing, *Changed, *Field, *Request, *Write, *Sample … It is the file's name for what the
// manifest does not hold.
func (m *Manifest) Where(part any) string {
	at, ok := m.places[part]
	if !ok {
		return m.file
	}
	return fmt.Sprintf("%s:%d %s", m.file, at.line, orRoot(at.pointer))
}
