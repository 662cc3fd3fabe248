package connector_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func TestASignedAssertionIsExchangedForAToken(t *testing.T) {
	s, c, clock := newWorks(t)
	if _, err := c.Account(context.Background()); err != nil {
		t.Fatal(err)
	}
	claims := s.claims[0]
	if claims["iss"] != "works-app" || claims["sub"] != "jo@example.com" || claims["exp"] != float64(clock.Now().Unix()+180) {
		t.Errorf("the claims are %v", claims)
	}
	// A token without an end is renewed when it is refused, with an assertion of its own time.
	clock.Advance(2 * time.Hour)
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/org") && r.Header.Get("Authorization") == "Bearer access-1" {
			w.WriteHeader(401)
			return true
		}
		return false
	}
	if _, err := c.Account(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(s.claims) != 2 || s.claims[1]["exp"] != float64(clock.Now().Unix()+180) {
		t.Errorf("%d assertions", len(s.claims))
	}
	_, other, _ := newWorks(t, func(o *connector.Options) { o.Secret = func(string) (string, error) { return "no key at all", nil } })
	if _, err := other.Account(context.Background()); crm.CodeOf(err) != crm.CodeCredentials || strings.Contains(err.Error(), "no key at all") {
		t.Errorf("got %v", err)
	}
}

func TestRequestsAreSignedByMethodAndPath(t *testing.T) {
	s, c, _ := newWorks(t)
	if _, err := c.Account(context.Background()); err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte("shared"))
	mac.Write([]byte("GET /api/org"))
	if want := "GET /api/org " + base64.StdEncoding.EncodeToString(mac.Sum(nil)); s.signed[0] != want {
		t.Errorf("the signature is %s, want %s", s.signed[0], want)
	}
}

func TestAListingIsReadAsAJobAboveACount(t *testing.T) {
	s, c, _ := newWorks(t)
	s.load(25)
	if p := pull(t, c, crm.Contact, nil); len(p.records) != 25 || s.called("POST /jobs") != 0 {
		t.Errorf("%d records, %d jobs", len(p.records), s.called("POST /jobs"))
	}
	s, c, _ = newWorks(t)
	s.load(107)
	p := pull(t, c, crm.Contact, nil)
	if len(p.records) != 107 || s.called("POST /jobs") != 1 || s.called("GET /pages") != 0 || !p.full {
		t.Fatalf("%d records, %d jobs, %d pages", len(p.records), s.called("POST /jobs"), s.called("GET /pages"))
	}
	r := p.records["p002"]
	if r.Field("name").Text() != `Per, "son" 2` || r.Field("owner").Text() != "Owner" || r.Field("email").Text() != "p2@example.com" || r.Linked(crm.Company) != "2" || r.UpdatedAt.IsZero() {
		t.Errorf("the record is %+v", r)
	}
	if odd := p.records["p001"]; odd.Field("email").Text() != "" {
		t.Errorf("a false in a cell is not false: %+v", odd)
	}
	for id, n := range p.times {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestAJobIsFoundAgainAfterAKill(t *testing.T) {
	s, c, _ := newWorks(t)
	s.load(107)
	killed := errors.New("killed")
	p := &pulled{}
	// The first run dies when it has submitted the job, the second one while the CRM is at work, the third within the result.
	if err := c.Pull(context.Background(), crm.Contact, nil, func(page connector.Page) error { p.take(page); return killed }); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/jobs/") {
			cancel()
		}
		return false
	}
	if err := c.Pull(ctx, crm.Contact, p.state, func(page connector.Page) error { p.take(page); return nil }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	results := 0
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/result") {
			if results++; results == 3 {
				w.WriteHeader(403)
				return true
			}
		}
		return false
	}
	if err := c.Pull(context.Background(), crm.Contact, p.state, func(page connector.Page) error { p.take(page); return nil }); err == nil {
		t.Fatal("it went on")
	}
	s.fault = nil
	if err := c.Pull(context.Background(), crm.Contact, p.state, func(page connector.Page) error { p.take(page); return nil }); err != nil {
		t.Fatal(err)
	}
	if s.called("POST /jobs") != 1 || len(p.records) != 107 || !p.last {
		t.Errorf("%d jobs, %d records", s.called("POST /jobs"), len(p.records))
	}
}

func TestRowsOfAResultThatWereDeliveredDoNotComeAgain(t *testing.T) {
	s, c, _ := newWorks(t)
	s.load(5000)
	for i := range s.people {
		s.people[i][0] = fmt.Sprintf("p%05d", i)
	}
	killed := errors.New("killed")
	p := &pulled{}
	for {
		pages := 0
		err := c.Pull(context.Background(), crm.Contact, p.state, func(page connector.Page) error {
			if pages++; pages == 2 {
				return killed
			}
			p.take(page)
			return nil
		})
		if err == nil {
			break
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
	}
	for id, n := range p.times {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if len(p.records) != 5000 || s.called("POST /jobs") != 1 {
		t.Errorf("%d records, %d jobs", len(p.records), s.called("POST /jobs"))
	}
}

func TestAResultThatIsCutIsFetchedAgain(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"within a row": func(w http.ResponseWriter) { fmt.Fprint(w, "Id,Name\np001,\"Per") },
		"at the end of a row": func(w http.ResponseWriter) {
			w.Header().Set("X-Rows", "20")
			fmt.Fprint(w, "Id,Name\np000,Person\n")
		},
		"not a file": func(w http.ResponseWriter) { reply(w, 200, map[string]any{"wait": true}) },
		"a 500":      func(w http.ResponseWriter) { w.WriteHeader(500) },
	} {
		s, c, _ := newWorks(t)
		s.load(30)
		struck := false
		s.fault = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/result") && !struck {
				struck = true
				w.Header().Set("Content-Type", "text/csv")
				answer(w)
				return true
			}
			return false
		}
		p := pull(t, c, crm.Contact, nil)
		if one := p.records["p001"]; !struck || len(p.records) != 30 || one.Linked(crm.Company) != "1" {
			t.Errorf("%s: %d records", name, len(p.records))
		}
	}
}

func TestAJobThatIsLostIsBegunAnewAndOneThatFailsGivesWayToPages(t *testing.T) {
	s, c, _ := newWorks(t)
	s.load(30)
	lost := 0
	s.fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/result") && lost == 0 {
			lost++
			s.jobs = map[string]*worksJob{}
		}
		return false
	}
	if p := pull(t, c, crm.Contact, nil); len(p.records) != 30 || s.called("POST /jobs") != 2 {
		t.Errorf("%d records, %d jobs", len(p.records), s.called("POST /jobs"))
	}
	s, c, _ = newWorks(t)
	s.load(30)
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/jobs/") {
			reply(w, 200, map[string]any{"state": "Failed"})
			return true
		}
		return false
	}
	if p := pull(t, c, crm.Contact, nil); len(p.records) != 30 || s.called("GET /pages") == 0 {
		t.Errorf("%d records, %d pages", len(p.records), s.called("GET /pages"))
	}
}

func TestAJobThatTakesTooLongIsWaitedForByTheNextRun(t *testing.T) {
	s, c, clock := newWorks(t)
	s.load(30)
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/jobs/") {
			reply(w, 200, map[string]any{"state": "Queued"})
			return true
		}
		return false
	}
	p := &pulled{}
	before := clock.Now()
	err := c.Pull(context.Background(), crm.Contact, nil, func(page connector.Page) error { p.take(page); return nil })
	if waited := clock.Now().Sub(before); crm.CodeOf(err) != crm.CodeUnavailable || waited < 10*time.Minute || waited > 11*time.Minute {
		t.Fatalf("after %s: %v", waited, err)
	}
	stuck, state := s.fault, p.state
	s.fault = nil
	if p := pull(t, c, crm.Contact, state); len(p.records) != 30 || s.called("POST /jobs") != 1 {
		t.Errorf("%d records, %d jobs", len(p.records), s.called("POST /jobs"))
	}
	// One that never comes to an end is begun anew, and in the end the records are listed in pages.
	s.fault = stuck
	runs := 0
	for err = errors.New("not yet"); err != nil; runs++ {
		if runs > 10 {
			t.Fatal(err)
		}
		clock.Advance(20 * time.Minute)
		err = c.Pull(context.Background(), crm.Contact, state, func(page connector.Page) error { p.take(page); state = page.State; return nil })
	}
	if len(p.records) != 30 || s.called("POST /jobs") != 3 {
		t.Errorf("after %d runs %d records, %d jobs", runs, len(p.records), s.called("POST /jobs"))
	}
}

func TestOneJobFollowsAnotherUntilAllIsRead(t *testing.T) {
	s, c, _ := newWorks(t)
	p := pull(t, c, crm.Deal, nil)
	if len(p.records) != 45 || s.called("POST /jobs") != 3 {
		t.Errorf("%d records, %d jobs", len(p.records), s.called("POST /jobs"))
	}
}

func (s *works) make(n int) {
	for i := range n {
		s.units = append(s.units, &unit{id: fmt.Sprintf("u%03d", i), name: fmt.Sprint("Unit ", i)})
	}
}

func TestALinkTellsWhatChangedAndWhatIsGone(t *testing.T) {
	s, c, _ := newWorks(t)
	s.make(35)
	first := pull(t, c, crm.Company, nil)
	if len(first.records) != 35 || !first.full {
		t.Fatalf("%d records", len(first.records))
	}
	if idle := pull(t, c, crm.Company, first.state); len(idle.records)+len(idle.deleted) != 0 || idle.full {
		t.Errorf("%d records although nothing changed", len(idle.records))
	}
	s.epoch = 1
	for i := 3; i < 18; i++ { // more than a page
		s.units[i].epoch, s.units[i].name = 1, "changed"
	}
	s.gone = []string{"u030", "never seen"}
	s.units = slices.Delete(s.units, 30, 31)
	second := pull(t, c, crm.Company, first.state)
	if len(second.records) != 15 || !slices.Equal(second.deleted, s.gone) || second.full {
		t.Errorf("%d records, deleted %v", len(second.records), second.deleted)
	}
	if s.gone = nil; len(pull(t, c, crm.Company, second.state).records) != 0 {
		t.Error("what was told comes again")
	}
	// Killed in the middle of a change listing.
	killed := errors.New("killed")
	s.epoch = 2
	for i := range 33 {
		s.units[i].epoch, s.units[i].name = 2, "changed again"
	}
	p := &pulled{}
	pages := 0
	_ = c.Pull(context.Background(), crm.Company, second.state, func(page connector.Page) error { // the error is ours
		if pages++; pages == 2 {
			return killed
		}
		p.take(page)
		return nil
	})
	if err := c.Pull(context.Background(), crm.Company, p.state, func(page connector.Page) error { p.take(page); return nil }); err != nil || len(p.records) != 33 {
		t.Errorf("%d records, %v", len(p.records), err)
	}
}

func TestALinkDoesNotKnowFieldsThatWereMadeSince(t *testing.T) {
	s, c, _ := newWorks(t)
	s.make(5)
	state := pull(t, c, crm.Company, nil).state
	if _, err := c.Provision(context.Background(), crm.Company, abc[:1]); err != nil {
		t.Fatal(err)
	}
	c.SetOwnFields(crm.Company, []string{"taxon_abc"})
	s.units[2].values = map[string]any{"taxon_abc": "B"}
	p := pull(t, c, crm.Company, state)
	if !p.full || p.records["u002"].Own["taxon_abc"] != "B" {
		t.Errorf("full %v, %+v", p.full, p.records["u002"])
	}
	if again := pull(t, c, crm.Company, p.state); again.full || len(again.records) != 0 {
		t.Errorf("full %v, %d records once the link knows them", again.full, len(again.records))
	}
}

func TestALinkThatHasExpiredMeansAFullPull(t *testing.T) {
	s, c, _ := newWorks(t)
	s.make(35)
	first := pull(t, c, crm.Company, nil)
	s.epoch = 9
	s.units = s.units[:30]
	again := pull(t, c, crm.Company, first.state)
	if !again.full || len(again.records) != 30 {
		t.Errorf("full %v, %d records", again.full, len(again.records))
	}
	// It expires after a page has been delivered: that pull ends, the next one is full.
	s.epoch = 10
	for i := range s.units {
		s.units[i].epoch = 10
	}
	p := &pulled{}
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("delta") != "" && len(p.sizes) > 0 {
			w.WriteHeader(410)
			return true
		}
		return false
	}
	if err := c.Pull(context.Background(), crm.Company, again.state, func(page connector.Page) error { p.take(page); return nil }); err != nil || !p.last || p.full {
		t.Fatalf("%v, last %v, full %v", err, p.last, p.full)
	}
	s.fault = nil
	if last := pull(t, c, crm.Company, p.state); !last.full || len(last.records) != 30 {
		t.Errorf("full %v, %d records", last.full, len(last.records))
	}
}

// outcomes writes and gathers the outcomes by id.
func outcomes(t *testing.T, c *connector.Connector, kind crm.Kind, writes []connector.Write) map[string]connector.Outcome {
	t.Helper()
	out := map[string]connector.Outcome{}
	err := c.Write(context.Background(), kind, writes, func(batch []connector.Outcome) error {
		for _, o := range batch {
			if _, twice := out[o.ID]; twice {
				t.Errorf("%s has two outcomes", o.ID)
			}
			out[o.ID] = o
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestManyRecordsInOneRequestEachWithItsOwnAnswer(t *testing.T) {
	for _, stops := range []bool{false, true} {
		s, c, _ := newWorks(t)
		s.make(45)
		if _, err := c.Provision(context.Background(), crm.Company, abc[:1]); err != nil {
			t.Fatal(err)
		}
		if stops { // at the first failure, and the rest is sent again
			s.fault = func(_ http.ResponseWriter, r *http.Request) bool { r.Header.Del("Prefer"); return false }
		}
		var writes []connector.Write
		for i := range 46 {
			class := "A"
			if i%10 == 7 {
				class = "C"
			}
			writes = append(writes, connector.Write{ID: fmt.Sprintf("u%03d", i), Fields: map[string]string{"taxon_abc": class}})
		}
		out := outcomes(t, c, crm.Company, writes)
		for i, w := range writes {
			o := out[w.ID]
			switch {
			case i == 45:
				if o.Error == nil || o.Error.Code != crm.CodeNotFound {
					t.Errorf("%s: %+v", w.ID, o)
				}
			case i%10 == 7:
				if o.Error == nil || o.Error.Code != crm.CodeRecord || !strings.Contains(o.Error.Message, "0x1") {
					t.Errorf("%s: %+v", w.ID, o)
				}
			default:
				if o.Error != nil || s.units[i].values["taxon_abc"] != "A" {
					t.Errorf("%s: %+v", w.ID, o)
				}
			}
		}
		if n := s.called("POST /$batch"); !stops && n != 3 {
			t.Errorf("%d requests", n)
		}
	}
}

func TestAHandEditBetweenTheReadAndTheWriteIsKept(t *testing.T) {
	s, c, _ := newWorks(t)
	s.make(4)
	if _, err := c.Provision(context.Background(), crm.Company, abc[:1]); err != nil {
		t.Fatal(err)
	}
	ids := []string{"u000", "u001", "u002", "u003"}
	if _, err := c.Read(context.Background(), crm.Company, ids[:3], []string{"taxon_abc"}); err != nil {
		t.Fatal(err)
	}
	s.units[1].version++ // by hand
	s.units[3].version++
	var writes []connector.Write
	for _, id := range ids {
		writes = append(writes, connector.Write{ID: id, Fields: map[string]string{"taxon_abc": "B"}})
	}
	out := outcomes(t, c, crm.Company, writes)
	if o := out["u001"]; o.Error == nil || o.Error.Code != crm.CodeConflict || s.units[1].values != nil {
		t.Errorf("the edited record: %+v, %v", o, s.units[1].values)
	}
	for _, i := range []int{0, 2, 3} { // the last one was not read before: nothing was promised about it
		if out[ids[i]].Error != nil || s.units[i].values["taxon_abc"] != "B" {
			t.Errorf("%s: %+v", ids[i], out[ids[i]])
		}
	}
	if out := outcomes(t, c, crm.Company, writes[:1]); out["u000"].Error != nil {
		t.Errorf("a second write is refused for the version that the first one replaced: %v", out["u000"].Error)
	}
}

func TestManyRecordsAreWrittenAsAJob(t *testing.T) {
	s, c, _ := newWorks(t)
	if _, err := c.Provision(context.Background(), crm.Contact, abc[:2]); err != nil {
		t.Fatal(err)
	}
	var writes []connector.Write
	for i := range 60 {
		fields := map[string]string{"taxon_abc": "A"}
		switch {
		case i%2 == 1:
			fields["taxon_abc_score"] = "2.5"
		case i%6 == 2:
			fields["taxon_abc"] = "" // cleared
		}
		writes = append(writes, connector.Write{ID: fmt.Sprintf("p%03d", i), Fields: fields})
	}
	out := outcomes(t, c, crm.Contact, writes)
	if n := s.called("POST /ingest"); n != 6 || s.called("POST /one") != 5 { // 30 and 30 rows with different columns; what was locked, once more
		t.Errorf("%d jobs, %d requests", n, s.called("POST /one"))
	}
	for i, w := range writes {
		o, values := out[w.ID], s.written[w.ID]
		switch {
		case i%13 == 5:
			if o.Error == nil || !strings.Contains(o.Error.Message, "did not confirm") {
				t.Errorf("%s, which no result names: %+v", w.ID, o)
			}
		case i%7 == 3:
			if o.Error == nil || o.Error.Code != crm.CodeNotFound {
				t.Errorf("%s: %+v", w.ID, o)
			}
		case i%11 == 3:
			if o.Error != nil {
				t.Errorf("%s, which was locked during the job: %+v", w.ID, o)
			}
		default:
			_, score := values["taxon_abc_score"]
			if o.Error != nil || values["taxon_abc"] == "" || score != (i%2 == 1) || (values["taxon_abc"] == "#N/A") != (w.Fields["taxon_abc"] == "") {
				t.Errorf("%s: %+v, %v", w.ID, o, values)
			}
		}
	}
	s.calls = nil
	if out := outcomes(t, c, crm.Contact, writes[:2]); out["p000"].Error != nil || s.called("POST /ingest") != 0 || s.called("POST /one") != 2 {
		t.Errorf("few records: %v", s.calls)
	}
	s.lives = false
	err := c.Write(context.Background(), crm.Contact, writes, func([]connector.Outcome) error { return nil })
	if crm.CodeOf(err) != crm.CodeProtocol {
		t.Errorf("a job that is given up: %v", err)
	}
}

func TestAJobWhoseAnswerHoldsJSONInATextAndNamesFailuresOnly(t *testing.T) {
	s, c, _ := newWorks(t)
	if _, err := c.Provision(context.Background(), crm.Deal, abc[:1]); err != nil {
		t.Fatal(err)
	}
	var writes []connector.Write
	for i := range 25 {
		writes = append(writes, connector.Write{ID: fmt.Sprint("o", i), Fields: map[string]string{"taxon_abc": "A"}})
	}
	out := outcomes(t, c, crm.Deal, writes)
	failed := 0
	for i, w := range writes {
		if bad := i%5 == 0; bad != (out[w.ID].Error != nil) || bad != (s.written[w.ID] == nil) {
			t.Errorf("%s: %+v", w.ID, out[w.ID])
		} else if bad {
			failed++
		}
	}
	if failed != 5 || !strings.Contains(out["o0"].Error.Message, "BAD") {
		t.Errorf("%d failed", failed)
	}
}

func TestWhatIsSilentlyNotWrittenIsSaid(t *testing.T) {
	s, c, _ := newWorks(t)
	if _, err := c.Provision(context.Background(), crm.Deal, abc[:1]); err != nil {
		t.Fatal(err)
	}
	s.silent["o3"] = true
	var writes []connector.Write
	for i := range 8 {
		writes = append(writes, connector.Write{ID: fmt.Sprint("o", i), Fields: map[string]string{"taxon_abc": "A"}})
	}
	out := outcomes(t, c, crm.Deal, writes)
	for _, w := range writes {
		if (out[w.ID].Error != nil) != (w.ID == "o3") {
			t.Errorf("%s: %+v", w.ID, out[w.ID])
		}
	}
}

func TestTheThirdThrottlingAnswerInARowIsTheEndOfTheDay(t *testing.T) {
	s, c, clock := newWorks(t)
	s.load(5)
	throttled := 0
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/pages/") && (throttled < 2 || throttled >= 10) {
			throttled++
			w.WriteHeader(429)
			return true
		}
		return false
	}
	p := pull(t, c, crm.Contact, nil) // twice is a burst
	if len(p.records) != 5 {
		t.Fatalf("%d records", len(p.records))
	}
	throttled = 10
	err := c.Pull(context.Background(), crm.Contact, nil, func(connector.Page) error { return nil })
	var parked *connector.Parked
	if !errors.As(err, &parked) || parked.Quota != "daily" || !parked.Until.Equal(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)) || throttled != 13 {
		t.Fatalf("after %d: %v", throttled-10, err)
	}
	s.fault = nil
	clock.Advance(parked.Until.Sub(clock.Now()) + time.Second)
	if p := pull(t, c, crm.Contact, nil); len(p.records) != 5 {
		t.Errorf("%d records on the next day", len(p.records))
	}
}

func TestErrorsStandWhereEachCRMPutsThem(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		code   crm.Code
		part   string
	}{
		"in the body of a success": {func(w http.ResponseWriter) {
			reply(w, 200, map[string]any{"jsonrpc": "2.0", "error": map[string]any{"code": 200, "data": map[string]any{"name": "Missing"}}})
		}, crm.CodeNotFound, "Missing"},
		"in the body of a success, unknown": {func(w http.ResponseWriter) {
			reply(w, 200, map[string]any{"error": map[string]any{"code": 100, "message": "jo@example.com"}})
		}, crm.CodeProtocol, "100"},
	} {
		s, conn, _ := newWorks(t)
		s.load(5)
		s.fault = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/pages/") {
				c.answer(w)
				return true
			}
			return false
		}
		err := conn.Pull(context.Background(), crm.Contact, nil, func(connector.Page) error { return nil })
		if crm.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.part) || strings.Contains(err.Error(), "jo@") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A reason that stands in a header of the answer: the listing begins again.
	s, conn, _ := newWorks(t)
	s.load(15)
	struck := false
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/pages/") && r.URL.Query().Get("page") == "1" && !struck {
			struck = true
			w.Header().Set("X-Status-Reason", "noSuchPage")
			w.WriteHeader(400)
			return true
		}
		return false
	}
	if p := pull(t, conn, crm.Contact, nil); !struck || len(p.records) != 15 {
		t.Errorf("%d records", len(p.records))
	}
}

func TestFaultsWhileManyRecordsAreWrittenAreLivedThrough(t *testing.T) {
	hit := func(path string, times int, answer func(w http.ResponseWriter)) func(w http.ResponseWriter, r *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, path) || times == 0 {
				return false
			}
			times--
			answer(w)
			return true
		}
	}
	status := func(n int) func(w http.ResponseWriter) { return func(w http.ResponseWriter) { w.WriteHeader(n) } }
	cut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "multipart/mixed; boundary=b")
		fmt.Fprint(w, "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 X\r\n\r\n\r\n--b\r\nContent-Ty")
	}
	csvCut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprint(w, "Id,Error\np000,\"")
	}
	for name, fault := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"an envelope: 503":         hit("/$batch", 2, status(503)),
		"an envelope: 429":         hit("/$batch", 1, status(429)),
		"an envelope: cut":         hit("/$batch", 1, cut),
		"an envelope: not one":     hit("/$batch", 1, func(w http.ResponseWriter) { reply(w, 200, map[string]any{}) }),
		"an envelope: nothing":     hit("/$batch", 1, status(200)),
		"a job: submitting":        hit("/ingest", 1, status(503)),
		"a job: uploading":         hit("/rows", 1, status(503)),
		"a job: asking":            hit("/ingest/", 3, status(500)),
		"a job: the result is cut": hit("/good", 1, csvCut),
		"a job: the failures 500":  hit("/bad", 2, status(500)),
		"a job: no file":           hit("/bad", 1, func(w http.ResponseWriter) { reply(w, 200, map[string]any{}) }),
	} {
		s, c, _ := newWorks(t)
		s.make(30)
		kind, id := crm.Company, "u%03d"
		if strings.HasPrefix(name, "a job") {
			kind, id = crm.Contact, "p%03d"
		}
		if _, err := c.Provision(context.Background(), kind, abc[:1]); err != nil {
			t.Fatal(err)
		}
		s.fault = fault
		var writes []connector.Write
		for i := range 30 {
			if i%13 != 5 && i%7 != 3 && i%11 != 3 {
				writes = append(writes, connector.Write{ID: fmt.Sprintf(id, i), Fields: map[string]string{"taxon_abc": "A"}})
			}
		}
		for id, o := range outcomes(t, c, kind, writes) {
			if o.Error != nil {
				t.Errorf("%s: %s: %+v", name, id, o)
			}
		}
	}
}

// What a single part says is about its record alone: throttled, it may be tried again; forbidden, it is refused.
func TestAPartsOwnStatusIsAboutItsRecord(t *testing.T) {
	s, c, _ := newWorks(t)
	s.make(4)
	if _, err := c.Provision(context.Background(), crm.Company, abc[:1]); err != nil {
		t.Fatal(err)
	}
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/$batch") {
			return false
		}
		w.Header().Set("Content-Type", "multipart/mixed; boundary=b")
		for _, status := range []int{204, 429, 403, 401} { // the last two in a set of their own
			if status == 403 {
				fmt.Fprint(w, "--b\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n")
			}
			boundary := "b"
			if status == 403 || status == 401 {
				boundary = "inner"
			}
			fmt.Fprintf(w, "--%s\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n\r\n", boundary, status)
		}
		fmt.Fprint(w, "--inner--\r\n\r\n--b--\r\n")
		return true
	}
	var writes []connector.Write
	for i := range 4 {
		writes = append(writes, connector.Write{ID: fmt.Sprintf("u%03d", i), Fields: map[string]string{"taxon_abc": "A"}})
	}
	out := outcomes(t, c, crm.Company, writes)
	if out["u000"].Error != nil || !out["u001"].Transient || out["u002"].Error == nil || out["u002"].Transient || !out["u003"].Transient {
		t.Errorf("%+v", out)
	}
}

func TestAResultOnDiskHasNoName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, c, _ := newWorks(t)
	s.load(5000)
	pages := 0
	err := c.Pull(context.Background(), crm.Contact, nil, func(connector.Page) error {
		left, err := os.ReadDir(dir)
		if len(left) > 0 || err != nil {
			t.Errorf("%v, %v", left, err)
		}
		pages++
		return nil
	})
	if err != nil || pages < 3 {
		t.Errorf("%d pages, %v", pages, err)
	}
	t.Setenv("TMPDIR", dir+"/nowhere")
	s, c, _ = newWorks(t)
	s.load(100)
	err = c.Pull(context.Background(), crm.Contact, nil, func(connector.Page) error { return nil })
	if crm.CodeOf(err) != crm.CodeInternal || !strings.Contains(err.Error(), "cannot be put on disk") {
		t.Errorf("without a disk: %v", err)
	}
}

func TestALinkTellsMergesAndAListingLeavesTheLosersOut(t *testing.T) {
	merged := map[string]string{"p9": "p0"}
	c, clock := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /all}, rows: value, size: 100, page: {link: next}}
    changed:
      request: {path: /all}
      rows: value
      size: 100
      page: {link: next}
      delta: {link: delta, removed: = has(row.master), into: master}
    read: {request: {path: /read, query: {ids: '= ids.join(",")'}}, batch: 10, rows: value}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		rows := []any{}
		for i := range 10 {
			id := fmt.Sprint("p", i)
			if into := merged[id]; into != "" {
				rows = append(rows, map[string]any{"id": id, "name": "x", "master": into})
			} else if r.URL.Path == "/all" || r.URL.Query().Get("ids") == id {
				rows = append(rows, map[string]any{"id": id, "name": "x"})
			}
		}
		reply(w, 200, map[string]any{"value": rows, "delta": "/all"})
	})
	first := pull(t, c, crm.Contact, nil)
	if len(first.records) != 9 || len(first.deleted) != 0 {
		t.Errorf("%v, deleted %v", first.ids(), first.deleted)
	}
	clock.Advance(time.Hour)
	merged["p4"] = "p5"
	delete(merged, "p9")
	second := pull(t, c, crm.Contact, first.state)
	if r := second.records["p5"]; !slices.Equal(r.MergedIDs, []string{"p4"}) || len(second.deleted) != 0 || second.times["p9"] != 1 {
		t.Errorf("%+v, deleted %v", second.records, second.deleted)
	}
}
