package pipedrive_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/pipedrive"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type company struct {
	*pipedrive.Server
	t     *testing.T
	clock *sandbox.Manual
}

func open(t *testing.T, o pipedrive.Options) *company {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	return &company{pipedrive.New(o), t, clock}
}

type row = map[string]any

type answer struct {
	Success bool
	Data    json.RawMessage
	More    struct {
		Cursor *string `json:"next_cursor"`
	} `json:"additional_data"`
	header http.Header
}

func (a answer) rows(t *testing.T) (out []row) {
	t.Helper()
	if err := json.Unmarshal(a.Data, &out); err != nil {
		t.Fatalf("%v: %s", err, a.Data)
	}
	return out
}

func (a answer) row(t *testing.T) (out row) {
	t.Helper()
	if err := json.Unmarshal(a.Data, &out); err != nil {
		t.Fatalf("%v: %s", err, a.Data)
	}
	return out
}

func (c *company) call(status int, method, path string, body string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader([]byte(body)))
	r.Header.Set("x-api-token", c.Token())
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	if w.Code != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	out := answer{header: w.Header()}
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	if out.Success != (status < 300) {
		c.t.Errorf("%s %s: success is %v with status %d", method, path, out.Success, status)
	}
	return out
}

func (c *company) load(kind string, values map[string]string) string {
	c.t.Helper()
	id, err := c.Load(kind, sandbox.Record{Values: values})
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// Vendor's specification, GET /persons: limit up to 500, cursor, null at the end.
func TestPagesEndWithANullCursor(t *testing.T) {
	c := open(t, pipedrive.Options{})
	for range 7 {
		c.load(pipedrive.Persons, map[string]string{"name": "P"})
	}
	path, seen := "/api/v2/persons?limit=3&sort_by=update_time", 0
	for cursor := ""; ; {
		a := c.call(200, "GET", path+"&cursor="+url.QueryEscape(cursor), "")
		seen += len(a.rows(t))
		if a.More.Cursor == nil {
			break
		}
		cursor = *a.More.Cursor
	}
	if seen != 7 {
		t.Errorf("%d rows, want 7", seen)
	}
	c.call(400, "GET", "/api/v2/persons?limit=501", "")
	c.call(400, "GET", "/api/v2/persons?cursor=bad", "")
	c.call(400, "GET", "/api/v2/persons?sort_by=name", "")
}

// Vendor's specification: updated_since is RFC 3339; published connectors (Airbyte) met 400 for fractions. Unknown
// parameters are ignored, say third-party notes.
func TestChangesFromAnInstantOnWithoutFractions(t *testing.T) {
	c := open(t, pipedrive.Options{})
	c.load(pipedrive.Persons, nil)
	c.clock.Advance(time.Minute)
	second := c.load(pipedrive.Persons, nil)
	a := c.call(200, "GET", "/api/v2/persons?updated_since=2026-05-01T08:01:00Z", "") // inclusive
	if rows := a.rows(t); len(rows) != 1 || rows[0]["update_time"] != "2026-05-01T08:01:00Z" {
		t.Errorf("rows %v, want the one with the id %s", rows, second)
	}
	if rows := c.call(200, "GET", "/api/v2/persons?updated_until=2026-05-01T08:01:00Z", "").rows(t); len(rows) != 1 { // exclusive
		t.Errorf("until: %d rows", len(rows))
	}
	c.call(400, "GET", "/api/v2/persons?updated_since=2026-05-01T08:01:00.000Z", "")
	if rows := c.call(200, "GET", "/api/v2/persons?update_since=2026-05-01T08:01:00Z", "").rows(t); len(rows) != 2 {
		t.Errorf("a typo lists %d rows, want all", len(rows))
	}
	open(t, pipedrive.Options{RefuseUnknown: true}).call(400, "GET", "/api/v2/persons?update_since=x", "")
}

// Published connector notes (Airbyte source-pipedrive): deleted deals come with status=deleted for 30 days; persons have
// no such list. Vendor's changelog: archived deals have a list of their own.
func TestWhatIsDeletedAndArchived(t *testing.T) {
	c := open(t, pipedrive.Options{})
	gone, kept := c.load(pipedrive.Deals, map[string]string{"title": "gone"}), c.load(pipedrive.Deals, map[string]string{"title": "kept", "is_archived": "true"})
	person := c.load(pipedrive.Persons, nil)
	c.clock.Advance(time.Hour)
	c.Archive(pipedrive.Deals, gone)
	c.Archive(pipedrive.Persons, person)
	if rows := c.call(200, "GET", "/api/v2/deals", "").rows(t); len(rows) != 0 {
		t.Errorf("deals: %v", rows)
	}
	deleted := c.call(200, "GET", "/api/v2/deals?status=open,won,lost,deleted", "").rows(t)
	if len(deleted) != 1 || deleted[0]["is_deleted"] != true || deleted[0]["update_time"] != "2026-05-01T09:00:00Z" {
		t.Errorf("deleted: %v", deleted)
	}
	if rows := c.call(200, "GET", "/api/v2/deals/archived", "").rows(t); len(rows) != 1 || rows[0]["title"] != "kept" {
		t.Errorf("archived: %v", rows)
	}
	c.call(403, "PATCH", "/api/v2/deals/"+kept, `{"title": "x"}`)
	if rows := c.call(200, "GET", "/api/v2/persons?status=deleted", "").rows(t); len(rows) != 0 {
		t.Errorf("persons: %v", rows)
	}
	c.clock.Advance(31 * 24 * time.Hour)
	if rows := c.call(200, "GET", "/api/v2/deals?status=deleted", "").rows(t); len(rows) != 0 {
		t.Errorf("after a month: %v", rows)
	}
}

// Vendor's specification and migration guide: hashed keys, option ids, bare arrays of options; names need not be unique.
func TestFieldsHaveHashedKeysAndOptionsIDs(t *testing.T) {
	c := open(t, pipedrive.Options{})
	body := `{"field_name": "ABC class", "field_type": "enum", "options": [{"label": "A"}, {"label": "B"}]}`
	first := c.call(200, "POST", "/api/v2/personFields", body).row(t)
	second := c.call(200, "POST", "/api/v2/personFields", body).row(t)
	key := first["field_code"].(string)
	if len(key) != 40 || key == second["field_code"] {
		t.Errorf("keys %v and %v", key, second["field_code"])
	}
	added := c.call(200, "POST", "/api/v2/personFields/"+key+"/options", `[{"label": "C"}]`).rows(t)
	if len(added) != 1 {
		t.Errorf("added options: %v", added)
	}
	c.call(400, "POST", "/api/v2/personFields/"+key+"/options", `[{"label": "D"}, {"label": "C"}]`) // all or nothing
	for _, f := range c.call(200, "GET", "/api/v2/personFields?limit=500", "").rows(t) {
		if f["field_code"] == key && len(f["options"].([]any)) != 3 {
			t.Errorf("options %v, want 3", f["options"])
		}
	}
	c.call(400, "POST", "/api/v2/personFields", `{"field_name": "x", "field_type": "boolean"}`)

	id := c.load(pipedrive.Persons, map[string]string{"name": "Ada"})
	set := func(value string) string { return `{"custom_fields": {"` + key + `": ` + value + `}}` }
	c.call(400, "PATCH", "/api/v2/persons/"+id, set(`"A"`)) // a label is no id
	c.call(400, "PATCH", "/api/v2/persons/"+id, set(`999`))
	c.clock.Advance(time.Minute)
	one := added[0]["id"].(float64)
	raw, _ := json.Marshal(one)
	got := c.call(200, "PATCH", "/api/v2/persons/"+id, set(string(raw))).row(t)
	if got["custom_fields"].(row)[key] != one || got["update_time"] != "2026-05-01T08:01:00Z" { // own writes move the change time
		t.Errorf("after the write: %v", got)
	}
	if got := c.call(200, "PATCH", "/api/v2/persons/"+id, set("null")).row(t); got["custom_fields"].(row)[key] != nil {
		t.Errorf("after clearing: %v", got)
	}
	c.call(404, "PATCH", "/api/v2/persons/4711", set("null"))
	c.call(200, "DELETE", "/api/v2/personFields/"+key, "")
	c.call(404, "DELETE", "/api/v2/personFields/"+key, "")
}

// Vendor's specification of types: strict, a text of 255 characters.
func TestTypesAreStrict(t *testing.T) {
	c := open(t, pipedrive.Options{})
	id := c.load(pipedrive.Persons, nil)
	for typ, values := range map[string][2]string{
		"varchar": {`"x"`, `12`}, "double": {`1.5`, `"1.5"`}, "date": {`"2026-05-01"`, `"1.5.2026"`},
	} {
		key := c.call(200, "POST", "/api/v2/personFields", `{"field_name": "f", "field_type": "`+typ+`"}`).row(t)["field_code"].(string)
		c.call(200, "PATCH", "/api/v2/persons/"+id, `{"custom_fields": {"`+key+`": `+values[0]+`}}`)
		c.call(400, "PATCH", "/api/v2/persons/"+id, `{"custom_fields": {"`+key+`": `+values[1]+`}}`)
		c.call(400, "PATCH", "/api/v2/persons/"+id, `{"custom_fields": {"`+key+`": "`+strings.Repeat("x", 256)+`"}}`)
	}
	c.RejectWrites(pipedrive.Persons, id, 1, sandbox.Rejection{Message: "a required field is missing"})
	c.call(400, "PATCH", "/api/v2/persons/"+id, `{"name": "x"}`)
	c.call(200, "PATCH", "/api/v2/persons/"+id, `{"name": "x"}`)
}

// Vendor's page on rate limiting: tokens by call, a burst of two seconds, no Retry-After, a reset in seconds from now.
func TestBurstAndBudget(t *testing.T) {
	c := open(t, pipedrive.Options{Burst: 2, DailyTokens: 25})
	a := c.call(200, "GET", "/api/v2/deals", "")
	if a.header.Get("x-ratelimit-remaining") != "1" || a.header.Get("x-daily-ratelimit-token-remaining") != "15" {
		t.Errorf("headers: %v", a.header)
	}
	c.call(200, "GET", "/v1/users/me", "")
	a = c.call(429, "GET", "/v1/users/me", "")
	if a.header.Get("Retry-After") != "" || a.header.Get("x-ratelimit-reset") != "2" {
		t.Errorf("headers: %v", a.header)
	}
	c.clock.Advance(2 * time.Second)
	c.call(200, "GET", "/api/v2/deals", "")
	c.call(429, "GET", "/api/v2/deals", "") // 22 of 25 are spent
	c.clock.Set(start.Add(16 * time.Hour))
	c.call(200, "GET", "/api/v2/deals", "")
}

// Vendor's OAuth guide: client id and secret by HTTP Basic, api_domain in the answer, the refresh token stays.
func TestTokens(t *testing.T) {
	c := open(t, pipedrive.Options{OAuth: &pipedrive.OAuth{ClientID: "app", ClientSecret: "s", RefreshToken: "r"}})
	refresh := func(secret string) (int, row) {
		r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader("grant_type=refresh_token&refresh_token=r"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("app", secret)
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		var body row
		_ = json.Unmarshal(w.Body.Bytes(), &body)
		return w.Code, body
	}
	if status, _ := refresh("wrong"); status != 401 {
		t.Errorf("a wrong secret: %d", status)
	}
	_, body := refresh("s")
	use := func() int {
		r := httptest.NewRequest("GET", "/v1/users/me", nil)
		r.Header.Set("Authorization", "Bearer "+body["access_token"].(string))
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if body["refresh_token"] != "r" || body["expires_in"] != 3600.0 || use() != 200 {
		t.Errorf("token answer: %v", body)
	}
	c.clock.Advance(time.Hour)
	if got := use(); got != 401 {
		t.Errorf("after an hour: %d", got)
	}
}

// Vendor's specification: associations stand in the row, other members apart; a merge leaves nothing but the winner.
func TestRowsAndMerges(t *testing.T) {
	c := open(t, pipedrive.Options{})
	org, other := c.load(pipedrive.Organizations, map[string]string{"name": "Acme", "address.country": "Germany"}), c.load(pipedrive.Organizations, nil)
	person := c.load(pipedrive.Persons, map[string]string{"emails": "a@example.com;b@example.com"})
	c.Link(pipedrive.Persons, person, pipedrive.Organizations, other)
	if err := c.Merge(pipedrive.Organizations, org, other); err != nil {
		t.Fatal(err)
	}
	got := c.call(200, "GET", "/api/v2/persons/"+person, "").row(t)
	if emails := got["emails"].([]any); got["org_id"] != 1.0 || len(emails) != 2 || emails[0].(row)["primary"] != true || got["custom_fields"] != nil {
		t.Errorf("person: %v", got)
	}
	if rows := c.call(200, "GET", "/api/v2/organizations", "").rows(t); len(rows) != 1 || rows[0]["address"].(row)["country"] != "Germany" {
		t.Errorf("organizations: %v", rows)
	}
	c.call(404, "GET", "/api/v2/organizations/"+other, "")
}
