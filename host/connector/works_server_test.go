package connector_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
)

// works serves testdata/works.yaml.
type works struct {
	mu      sync.Mutex
	key     *rsa.PrivateKey
	claims  []map[string]any // of the assertions seen
	signed  []string         // X-Signature
	calls   []string
	people  [][]string // Id, Name, Owner.Name, Active, Mail, Unit, Stamp
	orders  int
	units   []*unit
	gone    []string
	epoch   int // of the link to what changed
	fields  map[string][]map[string]any
	jobs    map[string]*worksJob
	fault   func(w http.ResponseWriter, r *http.Request) bool
	silent  map[string]bool
	written map[string]map[string]any
	lives   bool // jobs go on
}

type unit struct {
	id, name string
	version  int
	epoch    int // when it changed
	values   map[string]any
}

type worksJob struct {
	object string
	part   int
	polls  int
	rows   [][]string
	header []string
	items  []any
}

func (s *works) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api")
	s.calls = append(s.calls, r.Method+" "+path)
	if s.fault != nil && s.fault(w, r) {
		return
	}
	if path == "/token" {
		s.token(w, r)
		return
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer access-%d", len(s.claims)) {
		w.WriteHeader(401)
		return
	}
	s.signed = append(s.signed, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Signature"))
	w.Header().Set("X-Tokens", "100000")
	steps := strings.Split(strings.Trim(path, "/"), "/")
	file := steps[0] == "zips" || len(steps) > 2 && slices.Contains([]string{"result", "good", "bad"}, steps[2])
	if accept := r.Header.Get("Accept"); accept != "*/*" && file || steps[0] == "$batch" && accept != "multipart/mixed" {
		w.WriteHeader(406)
		return
	}
	switch steps[0] {
	case "org":
		reply(w, 200, map[string]any{"id": "w1", "currency": "EUR"})
	case "fields":
		s.define(w, r, steps[1])
	case "count":
		reply(w, 200, map[string]any{"total": len(s.people)})
	case "pages":
		s.pages(w, r)
	case "jobs", "zips":
		s.job(w, r, steps)
	case "units":
		s.list(w, r)
	case "$batch":
		s.batch(w, r)
	case "ingest", "bulk":
		s.ingest(w, r, steps)
	case "silent":
		body := decoded(r)
		kept := []any{}
		for _, id := range body["ids"].([]any) {
			if !s.silent[id.(string)] {
				s.written[id.(string)] = body["values"].(map[string]any)
				kept = append(kept, id)
			}
		}
		reply(w, 200, map[string]any{"written": kept})
	case "one":
		body := decoded(r)
		s.written[body["id"].(string)] = body["values"].(map[string]any)
		reply(w, 200, map[string]any{})
	default:
		w.WriteHeader(404)
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func decoded(r *http.Request) map[string]any {
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body) // an empty body is none
	return body
}

// token takes an assertion apart as RFC 7515 says.
func (s *works) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	parts := strings.Split(r.PostForm.Get("assertion"), ".")
	if len(parts) != 3 {
		reply(w, 400, map[string]any{"error": "invalid_grant"})
		return
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	var header, claims map[string]any
	for i, into := range []*map[string]any{&header, &claims} {
		data, _ := base64.RawURLEncoding.DecodeString(parts[i])
		_ = json.Unmarshal(data, into)
	}
	if rsa.VerifyPKCS1v15(&s.key.PublicKey, crypto.SHA256, digest[:], signature) != nil || header["alg"] != "RS256" || header["kid"] != "one" {
		reply(w, 400, map[string]any{"error": "invalid_grant"})
		return
	}
	s.claims = append(s.claims, claims)
	reply(w, 200, map[string]any{"access": fmt.Sprintf("access-%d", len(s.claims))})
}

func (s *works) define(w http.ResponseWriter, r *http.Request, object string) {
	if r.Method == http.MethodGet {
		reply(w, 200, append([]map[string]any{{"name": "Name", "label": "Name", "type": "text"}}, s.fields[object]...))
		return
	}
	s.fields[object] = append(s.fields[object], decoded(r))
	reply(w, 200, map[string]any{})
}

func (s *works) pages(w http.ResponseWriter, r *http.Request) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	var rows []any
	for i := page * 10; i < min(page*10+10, len(s.people)); i++ {
		p := s.people[i]
		rows = append(rows, map[string]any{"Id": p[0], "Name": p[1], "Owner": map[string]any{"Name": p[2]}, "Active": p[3] == "true", "Mail": p[4], "Unit": map[string]any{"id": p[5]}, "Stamp": p[6]})
	}
	if r.URL.Query().Get("since") != "" {
		rows = nil
	}
	if len(rows) == 0 && page > 0 { // where others answer an empty page
		w.WriteHeader(404)
		return
	}
	reply(w, 200, map[string]any{"rows": rows})
}

func (s *works) job(w http.ResponseWriter, r *http.Request, steps []string) {
	if r.Method == http.MethodPost {
		body := decoded(r)
		id := fmt.Sprintf("job%d", len(s.jobs)+1)
		part, _ := body["part"].(float64)
		s.jobs[id] = &worksJob{object: body["object"].(string), part: int(part)}
		reply(w, 200, map[string]any{"id": id})
		return
	}
	j := s.jobs[steps[1]]
	if j == nil {
		w.WriteHeader(404)
		return
	}
	if steps[0] == "zips" {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		f, _ := z.Create("orders.csv")
		fmt.Fprintln(f, "Id,Name")
		for i := range 15 {
			fmt.Fprintf(f, "o%d-%02d,Order\n", j.part, i)
		}
		_ = z.Close()
		w.Header().Set("Content-Type", "application/zip")
		_, _ = w.Write(out.Bytes())
		return
	}
	if len(steps) == 2 {
		if j.polls++; j.polls < 3 {
			reply(w, 200, map[string]any{"state": "Queued"})
			return
		}
		reply(w, 200, map[string]any{"state": "Done", "part": j.part, "more": j.part < s.orders, "url": "/zips/" + steps[1]})
		return
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("locator"))
	size, _ := strconv.Atoi(r.URL.Query().Get("max"))
	to := min(from+size, len(s.people))
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("X-Rows", strconv.Itoa(to-from))
	w.Header().Set("X-Locator", "null")
	if to < len(s.people) {
		w.Header().Set("X-Locator", strconv.Itoa(to))
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"Id", "Name", "Owner.Name", "Active", "Mail", "Unit", "Stamp"})
	_ = out.WriteAll(s.people[from:to])
}

// list answers units in pages of 10, all or those that changed, and in the end a link to what changes from now on.
func (s *works) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	row := func(u *unit) map[string]any {
		m := map[string]any{"unitid": u.id, "name": u.name, "at": "2026-01-01T00:00:00Z", "@odata.etag": fmt.Sprintf(`W/"%d"`, u.version)}
		for k, v := range u.values {
			m[k] = v
		}
		return m
	}
	var rows []any
	since, delta := -1, q.Get("delta") != ""
	if delta {
		if since, _ = strconv.Atoi(q.Get("delta")); since < s.epoch-5 {
			reply(w, 410, map[string]any{"error": map[string]any{"code": "expired"}})
			return
		}
	}
	for _, u := range s.units {
		if ids := q.Get("ids"); ids != "" && !slices.Contains(strings.Split(ids, ","), u.id) {
			continue
		}
		if u.epoch > since {
			rows = append(rows, row(u))
		}
	}
	if delta {
		for _, id := range s.gone {
			rows = append(rows, map[string]any{"@odata.context": "#units/$deletedEntity", "id": id, "reason": "deleted"})
		}
	}
	from, _ := strconv.Atoi(q.Get("skip"))
	answer := map[string]any{"value": rows[min(from, len(rows)):min(from+10, len(rows))]}
	switch {
	case q.Get("ids") != "":
		answer["value"] = rows
	case from+10 < len(rows):
		answer["@odata.nextLink"] = fmt.Sprintf("/units?skip=%d&delta=%s", from+10, q.Get("delta"))
	default:
		answer["@odata.deltaLink"] = fmt.Sprintf("/units?delta=%d", s.epoch)
	}
	reply(w, 200, answer)
}

func (s *works) batch(w http.ResponseWriter, r *http.Request) {
	_, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	in := multipart.NewReader(r.Body, parameters["boundary"])
	var out bytes.Buffer
	answers := multipart.NewWriter(&out)
	for {
		part, err := in.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			w.WriteHeader(400)
			return
		}
		text := bufio.NewReader(part)
		one, err := http.ReadRequest(text)
		if err != nil {
			w.WriteHeader(400)
			return
		}
		one.Body = io.NopCloser(text) // to the end of the part: it tells no length
		status := s.patch(one)
		p, _ := answers.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/http"}})
		fmt.Fprintf(p, "HTTP/1.1 %d X\r\n", status)
		if status >= 400 {
			body := `{"error":{"code":"0x1"}}`
			fmt.Fprintf(p, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			if r.Header.Get("Prefer") != "continue" {
				break
			}
			continue
		}
		fmt.Fprint(p, "\r\n")
	}
	_ = answers.Close()
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+answers.Boundary())
	_, _ = w.Write(out.Bytes())
}

func (s *works) patch(r *http.Request) int {
	id := strings.TrimPrefix(r.URL.Path, "/api/units/")
	for _, u := range s.units {
		if u.id != id {
			continue
		}
		if match := r.Header.Get("If-Match"); match != "*" && match != fmt.Sprintf(`W/"%d"`, u.version) {
			return 412
		}
		values := decoded(r)
		if values["taxon_abc"] == "C" {
			return 400
		}
		u.version++
		u.values = values
		return 204
	}
	return 404
}

// ingest takes rows as CSV or JSON; of people, one in seven is gone and one in eleven locked, of others one in five is bad.
func (s *works) ingest(w http.ResponseWriter, r *http.Request, steps []string) {
	if len(steps) == 1 {
		id := fmt.Sprintf("%s%d", steps[0], len(s.jobs)+1)
		j := &worksJob{polls: -1}
		s.jobs[id] = j
		if items, ok := decoded(r)["items"].([]any); ok {
			j.items, j.polls = items, 0
		}
		reply(w, 200, map[string]any{"id": id})
		return
	}
	j := s.jobs[steps[1]]
	switch {
	case r.Method == http.MethodPut:
		rows, err := csv.NewReader(r.Body).ReadAll()
		if err != nil || r.Header.Get("Content-Type") != "text/csv" {
			w.WriteHeader(400)
			return
		}
		j.header, j.rows = rows[0], rows[1:]
		reply(w, 201, nil)
	case r.Method == http.MethodPatch:
		j.polls = 0
		reply(w, 200, map[string]any{})
	case len(steps) == 2 && steps[0] == "bulk":
		failed := []any{}
		for i, item := range j.items {
			m := item.(map[string]any)
			if i%5 == 0 {
				failed = append(failed, map[string]any{"id": m["id"], "why": "BAD"})
			} else {
				s.written[m["id"].(string)] = m["values"].(map[string]any)
			}
		}
		data, _ := json.Marshal(map[string]any{"failed": failed})
		reply(w, 200, map[string]any{"status": "done", "data": string(data)})
	case len(steps) == 2:
		if j.polls >= 0 {
			j.polls++
		}
		state := "Open"
		if j.polls > 2 {
			state = "Done"
		}
		if !s.lives {
			state = "Failed"
		}
		reply(w, 200, map[string]any{"state": state})
	default:
		s.results(w, j, steps[2])
	}
}

func (s *works) results(w http.ResponseWriter, j *worksJob, which string) {
	w.Header().Set("Content-Type", "text/csv")
	out := csv.NewWriter(w)
	defer out.Flush()
	at := slices.Index(j.header, "Id")
	header := []string{"Id", "Error"}
	_ = out.Write(header)
	for _, row := range j.rows {
		n, _ := strconv.Atoi(strings.TrimPrefix(row[at], "p"))
		why := ""
		switch {
		case n%13 == 5:
			continue // neither here nor there
		case n%7 == 3:
			why = "GONE"
		case n%11 == 3:
			why = "LOCKED"
		default:
			values := map[string]any{}
			for i, name := range j.header {
				values[name] = row[i]
			}
			s.written[row[at]] = values
		}
		if (why == "") == (which == "good") {
			_ = out.Write([]string{row[at], why})
		}
	}
}

// worksKey is the key of all these accounts: making one takes time.
var worksKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newWorks(t *testing.T, change ...func(*connector.Options)) (*works, *connector.Connector, clock) {
	t.Helper()
	key, err := worksKey()
	if err != nil {
		t.Fatal(err)
	}
	s := &works{key: key, jobs: map[string]*worksJob{}, fields: map[string][]map[string]any{}, silent: map[string]bool{}, written: map[string]map[string]any{}, orders: 3, lives: true}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	data, err := os.ReadFile("testdata/works.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Load("works.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	clock := clock{Manual: sandbox.NewManual(epoch)}
	o := connector.Options{Settings: map[string]string{"base_url": server.URL + "/api", "user": "jo@example.com"}, Clock: clock,
		Secret: func(string) (string, error) {
			return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), nil
		}}
	for _, f := range change {
		f(&o)
	}
	c, err := connector.Open(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, c, clock
}

// load puts n people into the account.
func (s *works) load(n int) {
	for i := range n {
		s.people = append(s.people, []string{fmt.Sprintf("p%03d", i), fmt.Sprintf("Per, \"son\" %d", i), "Owner", strconv.FormatBool(i%2 == 0), fmt.Sprintf("p%d@example.com", i), fmt.Sprint(i % 3), "2026-02-01T00:00:00.000Z"})
	}
}

// called is how often a path was called.
func (s *works) called(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		if strings.HasPrefix(call, prefix) {
			n++
		}
	}
	return n
}
