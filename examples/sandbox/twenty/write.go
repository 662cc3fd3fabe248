package twenty

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// mostAffected is the server's MUTATION_MAXIMUM_AFFECTED_RECORDS as it comes.
const mostAffected = 100

func decode(w http.ResponseWriter, r *http.Request, into any) *failure {
	if sandbox.ReadJSON(w, r, into) != nil {
		return invalid("Unexpected token in JSON")
	}
	return nil
}

// updateOne changes a record.
func (s *Server) updateOne(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		rows, f := s.write(w, r, k, []string{r.PathValue("id")})
		if f == nil && len(rows) == 0 {
			f = missing
		}
		if f == nil {
			sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"update" + titled(k.singular): rows[0]}})
		}
		return f
	}
}

func titled(name string) string { return string(name[0]-'a'+'A') + name[1:] }

// updateMany gives all records of a filter the same values, all or nothing, and answers
// those that it has changed: an id that is not there is silently left out.
func (s *Server) updateMany(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		f, fail := parseFilter(r.URL.Query().Get("filter"))
		if fail != nil {
			return fail
		}
		if len(f) != 1 || f[0].field != "id" || f[0].operator != "in" {
			return invalid("a filter other than id[in] is not simulated here")
		}
		if len(f[0].values) > mostAffected {
			return invalid("Too many records to update: the maximum is %d", mostAffected)
		}
		rows, fail := s.write(w, r, k, f[0].values)
		if fail == nil {
			sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"update" + k.upper: rows}})
		}
		return fail
	}
}

// write checks everything before it changes anything.
func (s *Server) write(w http.ResponseWriter, r *http.Request, k *kind, ids []string) ([]any, *failure) {
	var body map[string]json.RawMessage
	if f := decode(w, r, &body); f != nil {
		return nil, f
	}
	values := map[string]string{}
	for name, raw := range body {
		text, f := s.value(k, name, raw)
		if f != nil {
			return nil, f
		}
		values[name] = text
	}
	live := func(id string) bool {
		record, ok := s.Store.Get(k.plural, id)
		return ok && !record.Archived()
	}
	for _, id := range ids {
		if why, rejected := s.Rejected(k.plural, id); rejected && live(id) {
			return nil, invalid("%s", why.Message)
		}
	}
	rows := []any{}
	for _, id := range ids {
		if !live(id) {
			continue
		}
		record, _ := s.Store.Get(k.plural, id)
		if !s.Dropped(k.plural, id) {
			record, _ = s.Store.Update(k.plural, id, values)
		}
		rows = append(rows, s.view(k, record))
	}
	return rows, nil
}

// value checks one value against its field: unknown fields are refused.
func (s *Server) value(k *kind, name string, raw json.RawMessage) (string, *failure) {
	f, known := s.Store.Field(k.plural, name)
	if !known {
		return "", invalid("Object %s doesn't have any \"%s\" field.", k.singular, name)
	}
	if bytes.Equal(raw, []byte("null")) {
		return "", nil
	}
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	wrong := invalid("Invalid %s value for field \"%s\"", f.Type, name)
	switch f.Type {
	case "TEXT":
		if !isText {
			return "", wrong
		}
	case "NUMBER":
		if _, err := strconv.ParseFloat(string(raw), 64); err != nil {
			return "", wrong
		}
		text = string(raw)
	case "BOOLEAN":
		if text = string(raw); text != "true" && text != "false" {
			return "", wrong
		}
	case "DATE":
		if _, err := time.Parse(time.DateOnly, text); !isText || err != nil {
			return "", wrong
		}
	case "DATE_TIME":
		if _, err := time.Parse(time.RFC3339Nano, text); !isText || err != nil {
			return "", wrong
		}
	case "SELECT":
		if !isText || !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == text }) {
			return "", invalid("Value \"%s\" does not exist in \"%s\" enum.", text, name)
		}
	default:
		return "", wrong
	}
	return text, nil
}
