package twenty_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
	"github.com/taxonhq/taxon/examples/sandbox/twenty"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type workspace struct {
	*twenty.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func open(t *testing.T, o twenty.Options) *workspace {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := twenty.New(o)
	return &workspace{s, sandboxtest.Client{T: t, Handler: s.Handler(), Header: http.Header{"Authorization": {"Bearer " + s.Token()}}}, clock}
}

func (w *workspace) load(kind string, values map[string]string) string {
	w.T.Helper()
	id, err := w.Load(kind, sandbox.Record{Values: values})
	if err != nil {
		w.T.Fatal(err)
	}
	return id
}

// Server on loopback, 2026-01: the default order pages to the end; sorted by updatedAt, rows of one instant come again and
// again under the same cursor. Source: a limit above the cap is silently the cap.
func TestCursorsByIDMoveAndByTimeDoNot(t *testing.T) {
	w := open(t, twenty.Options{Cap: 3})
	for range 7 {
		w.load(twenty.People, nil)
	}
	seen, after := 0, ""
	for page := 0; page < 4; page++ {
		a := w.Ask(200, "GET", "/rest/people?limit=200&starting_after="+url.QueryEscape(after), "")
		seen += len(a.List("data.people"))
		if after = a.Text("pageInfo.endCursor"); a.At("pageInfo.hasNextPage") == false {
			break
		}
	}
	if seen != 7 || after == "" {
		t.Errorf("%d rows, last cursor %q", seen, after)
	}
	order := "/rest/people?limit=3&order_by=" + url.QueryEscape("updatedAt[AscNullsFirst]")
	first := w.Ask(200, "GET", order, "")
	again := w.Ask(200, "GET", order+"&starting_after="+url.QueryEscape(first.Text("pageInfo.endCursor")), "")
	if first.Raw != again.Raw || again.At("pageInfo.hasNextPage") != true {
		t.Errorf("the second page is %s", again.Raw)
	}
}

// Source (filter parsers): comparisons joined by commas; naming deletedAt shows what was deleted softly, which is 404 by id.
func TestChangedAndDeleted(t *testing.T) {
	w := open(t, twenty.Options{})
	w.load(twenty.Companies, nil)
	w.clock.Advance(time.Second)
	second := w.load(twenty.Companies, nil)
	filter := func(f string) sandboxtest.Answer {
		return w.Ask(200, "GET", "/rest/companies?filter="+url.QueryEscape(f), "")
	}
	filter(`updatedAt[gte]:"2026-05-01T08:00:01.000Z",updatedAt[lt]:"2026-05-01T08:00:02.000Z"`).Is("data.companies.0.id", second)
	w.Archive(twenty.Companies, second)
	w.Ask(404, "GET", "/rest/companies/"+second, "")
	if n := len(filter(`updatedAt[gte]:"2026-01-01T00:00:00.000Z"`).List("data.companies")); n != 1 {
		t.Errorf("%d live companies", n)
	}
	a := filter(`deletedAt[gte]:"2026-05-01T08:00:01.000Z"`)
	a.Is("data.companies.0.id", second)
	a.Is("data.companies.0.deletedAt", "2026-05-01T08:00:01.000Z")
	w.Ask(400, "GET", "/rest/companies?filter=nonsense", "")
}

// Source (update-many handler, config variables): one set of values for many, all or nothing, 100 at most; unknown fields
// are refused (seen on loopback); the answer holds who was there.
func TestManyRecordsGetOneSetOfValues(t *testing.T) {
	w := open(t, twenty.Options{})
	a, b, gone := w.load(twenty.Companies, nil), w.load(twenty.Companies, nil), w.load(twenty.Companies, nil)
	w.Archive(twenty.Companies, gone)
	path := fmt.Sprintf("/rest/companies?filter=%s", url.QueryEscape("id[in]:["+a+","+b+","+gone+"]"))
	w.clock.Advance(time.Minute)
	got := w.Ask(200, "PATCH", path, `{"employees": 7}`)
	if n := len(got.List("data.updateCompanies")); n != 2 {
		t.Errorf("%d were changed", n)
	}
	got.Is("data.updateCompanies.0.updatedAt", "2026-05-01T08:01:00.000Z")
	w.Ask(400, "PATCH", path, `{"employees": "7"}`)
	w.Ask(400, "PATCH", path, `{"unknown": 7}`)
	w.RejectWrites(twenty.Companies, b, 1, sandbox.Rejection{Message: "no"})
	w.Ask(400, "PATCH", path, `{"employees": 8}`)
	if r, _ := w.Store.Get(twenty.Companies, a); r.Values["employees"] != "7" {
		t.Error("a part of a refused write was done")
	}
	w.Ask(200, "PATCH", "/rest/companies/"+a, `{"employees": null}`).Is("data.updateCompany.employees", nil)
}

// Source (field metadata): camel case, options in upper snake case; an options list replaces the one before, and what is left
// out loses its uses; active fields cannot be deleted.
func TestFields(t *testing.T) {
	w := open(t, twenty.Options{})
	id := w.load(twenty.Companies, nil)
	objects := w.Ask(200, "GET", "/rest/metadata/objects", "")
	object := objects.Text("data.objects.0.id")
	create := func(status int, name, options string) sandboxtest.Answer {
		return w.Ask(status, "POST", "/rest/metadata/fields", `{"objectMetadataId": "`+object+`", "name": "`+name+`", "label": "L", "type": "SELECT", "options": `+options+`}`)
	}
	create(400, "snake_case", `[{"value": "A", "label": "A"}]`)
	create(400, "abc", `[{"value": "a", "label": "A"}]`)
	made := create(201, "abc", `[{"value": "A", "label": "A"}, {"value": "B", "label": "B"}]`)
	create(400, "abc", `[{"value": "A", "label": "A"}]`)
	w.Ask(200, "PATCH", "/rest/companies/"+id, `{"abc": "B"}`)
	w.Ask(400, "PATCH", "/rest/companies/"+id, `{"abc": "C"}`)
	field := "/rest/metadata/fields/" + made.Text("data.createOneField.id")
	w.Ask(200, "PATCH", field, `{"options": [{"value": "A", "label": "A"}, {"value": "C", "label": "C"}]}`)
	w.Ask(200, "GET", "/rest/companies/"+id, "").Is("data.company.abc", nil)
	w.Ask(400, "DELETE", field, "")
	w.Ask(200, "PATCH", field, `{"isActive": false}`)
	w.Ask(200, "DELETE", field, "")
	w.Ask(404, "DELETE", field, "")
}

// Source (throttler, config variables) and a server on loopback: a hundred calls a minute, told by a text.
func TestTheLimitIsToldByAText(t *testing.T) {
	for _, status := range []int{0, 400} {
		w := open(t, twenty.Options{PerMinute: 1, LimitStatus: status})
		w.Ask(200, "GET", "/rest/people", "")
		want := 429
		if status != 0 {
			want = status
		}
		a := w.Ask(want, "GET", "/rest/people", "")
		a.Is("messages.0", "Limit reached (1 tokens per 60000 ms)")
		w.clock.Advance(time.Minute)
		w.Ask(200, "GET", "/rest/people", "")
	}
	w := open(t, twenty.Options{})
	w.Header = http.Header{"Authorization": {"Bearer wrong"}}
	w.Ask(401, "GET", "/rest/people", "")
}

// Source (calendar event entities, QUERY_MAX_RECORDS_FROM_RELATION): who takes part are rows of another object, of which depth 1 brings
// along 60 and says nothing of the others; without it none come.
func TestPeopleOfAnEventComeWithDepth(t *testing.T) {
	w := open(t, twenty.Options{})
	people := make([]string, 61)
	for i := range people {
		people[i] = w.load(twenty.People, nil)
	}
	w.load(twenty.Events, map[string]string{"startsAt": "2026-05-01T08:00:00.000Z", "calendarEventParticipants.personId": strings.Join(people, ",")})
	a := w.Ask(200, "GET", "/rest/calendarEvents?depth=1", "")
	a.Is("data.calendarEvents.0.calendarEventParticipants.0.personId", people[0])
	if n := len(a.List("data.calendarEvents.0.calendarEventParticipants")); n != 60 {
		t.Errorf("%d people take part", n)
	}
	if a := w.Ask(200, "GET", "/rest/calendarEvents?depth=0", ""); a.At("data.calendarEvents.0.calendarEventParticipants") != nil {
		t.Error("people come without depth")
	}
}
