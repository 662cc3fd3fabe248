package dynamics

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// mostOperations is the most of a batch.
const mostOperations = 1000

// batch carries out operations one after the other, each with a status of its own. It stops at the first that fails, unless
// odata.continue-on-error is preferred.
func (s *Server) batch(w http.ResponseWriter, r *http.Request) *failure {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		return invalid("The Content-Type header must be multipart/mixed")
	}
	var requests []*http.Request
	for in := multipart.NewReader(r.Body, parameters["boundary"]); ; {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || part.Header.Get("Content-Type") != "application/http" {
			return invalid("Error identified in payload")
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return invalid("Error identified in payload")
		}
		head := bufio.NewReader(bytes.NewReader(text))
		one, err := http.ReadRequest(head)
		if err != nil {
			return invalid("Error identified in payload")
		}
		one.Body = io.NopCloser(head) // to the end of the part: it tells no length
		requests = append(requests, one)
	}
	if len(requests) > mostOperations {
		return invalid("The number of operations in the batch exceeds 1000")
	}
	var out bytes.Buffer
	answers := multipart.NewWriter(&out)
	for _, one := range requests {
		part, err := answers.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Transfer-Encoding": {"binary"}})
		if err != nil {
			return invalid("Error identified in payload")
		}
		f := s.update(one)
		if f == nil {
			fmt.Fprint(part, "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n")
			continue
		}
		body, _ := json.Marshal(map[string]any{"error": map[string]string{"code": f.code, "message": f.message}}) // texts alone
		fmt.Fprintf(part, "HTTP/1.1 %d %s\r\nContent-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n\r\n%s\r\n", f.status, http.StatusText(f.status), body)
		if !strings.Contains(r.Header.Get("Prefer"), "odata.continue-on-error") {
			break
		}
	}
	if err := answers.Close(); err != nil {
		return invalid("Error identified in payload")
	}
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+answers.Boundary())
	_, _ = w.Write(out.Bytes()) // the client may have gone
	return nil
}

var rowForm = regexp.MustCompile(`^/api/data/v9\.2/(\w+)\(([0-9a-f-]{36})\)$`)

// update changes a row. Without If-Match a row that is not there would be made, which is not simulated.
func (s *Server) update(r *http.Request) *failure {
	m := rowForm.FindStringSubmatch(r.URL.Path)
	if m == nil || r.Method != http.MethodPatch || find(m[1]) == nil {
		return invalid("this operation is not simulated")
	}
	t, id := find(m[1]), m[2]
	record, ok := s.Store.Get(t.set, id)
	if match := r.Header.Get("If-Match"); match == "" {
		return invalid("an upsert is not simulated: send If-Match")
	} else if !ok || record.Archived() {
		return &failure{404, "0x80040217", fmt.Sprintf("%s With Id = %s Does Not Exist", t.logical, id)}
	} else if match != "*" && match != s.etag(t, id) {
		return &failure{412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided."}
	}
	if why, rejected := s.Rejected(t.set, id); rejected {
		return &failure{400, "0x80040265", why.Message}
	}
	var body map[string]json.RawMessage
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		return invalid("Error identified in Payload")
	}
	values, f := s.values(t, body)
	if f == nil && !s.Dropped(t.set, id) {
		s.Store.Update(t.set, id, values)
	}
	return f
}

// values are those of a row as the store keeps them.
func (s *Server) values(t *table, body map[string]json.RawMessage) (map[string]string, *failure) {
	values := map[string]string{}
	for name, raw := range body {
		f, known := s.Store.Field(t.set, name)
		if !known {
			return nil, &failure{400, "0x80048d19", fmt.Sprintf("Error identified in Payload provided by the user for Entity :'%s': the property '%s' does not exist", t.set, name)}
		}
		text, fault := value(f, raw)
		if fault != nil {
			return nil, fault
		}
		values[name] = text
	}
	return values, nil
}

// updateMultiple changes rows in one transaction: a row that fails undoes all of them.
func (s *Server) updateMultiple(w http.ResponseWriter, r *http.Request) *failure {
	t := find(r.PathValue("set"))
	var body struct {
		Targets []map[string]json.RawMessage
	}
	if t == nil || json.NewDecoder(r.Body).Decode(&body) != nil || len(body.Targets) == 0 {
		return invalid("Error identified in Payload")
	}
	type change struct {
		id     string
		values map[string]string
	}
	var changes []change
	for _, target := range body.Targets {
		var kind, id string
		if json.Unmarshal(target["@odata.type"], &kind) != nil || kind != "Microsoft.Dynamics.CRM."+t.logical || json.Unmarshal(target[t.id], &id) != nil {
			return invalid("a target needs @odata.type and its key")
		}
		delete(target, "@odata.type")
		delete(target, t.id)
		if record, ok := s.Store.Get(t.set, id); !ok || record.Archived() {
			return &failure{404, "0x80040217", fmt.Sprintf("%s With Id = %s Does Not Exist", t.logical, id)}
		}
		if why, rejected := s.Rejected(t.set, id); rejected {
			return &failure{400, "0x80040265", why.Message}
		}
		values, f := s.values(t, target)
		if f != nil {
			return f
		}
		changes = append(changes, change{id, values})
	}
	for _, c := range changes {
		s.Store.Update(t.set, c.id, c.values)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// value reads a JSON value of a column's type.
func value(f sandbox.Field, raw json.RawMessage) (string, *failure) {
	if string(raw) == "null" {
		return "", nil
	}
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	wrong := &failure{400, "0x80048d19", fmt.Sprintf("Cannot convert the literal of '%s' to the expected type '%s'", f.Name, f.Type)}
	switch kind, _, _ := strings.Cut(f.Type, "/"); kind {
	case "String", "Memo":
		if !isText {
			return "", wrong
		}
		if f.Order > 0 && len([]rune(text)) > f.Order {
			return "", &failure{400, "0x80044331", fmt.Sprintf("The length of the '%s' attribute exceeded the maximum allowed length of '%d'.", f.Name, f.Order)}
		}
	case "Picklist":
		if text = string(raw); !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == text }) {
			return "", &failure{400, "0x8004431a", fmt.Sprintf("A value for '%s' is outside the valid range", f.Name)}
		}
	case "Integer", "Decimal", "Money":
		text = string(raw)
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || kind == "Integer" && n != math.Trunc(n) {
			return "", wrong
		}
	case "Boolean":
		if text = string(raw); text != "true" && text != "false" {
			return "", wrong
		}
	case "DateTime":
		layout := time.RFC3339
		if strings.HasSuffix(f.Type, "DateOnly") {
			layout = time.DateOnly
		}
		if _, err := time.Parse(layout, text); !isText || err != nil {
			return "", wrong
		}
	default:
		return "", wrong
	}
	return text, nil
}
