package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// service is a small server with faults and a log in front of it.
type service struct {
	*sandbox.Listener
	t      *testing.T
	faults sandbox.Faults
	log    sandbox.Log
	done   atomic.Int32 // requests that the handler served
}

func serve(t *testing.T) *service {
	t.Helper()
	s := &service{t: t}
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.done.Add(1)
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"status": "good"})
	})
	l, err := sandbox.Listen("", s.log.Wrap(s.faults.Wrap(h), func(r *http.Request) string { return strings.Trim(r.URL.Path, "/") }))
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = l
	t.Cleanup(func() { _ = l.Close() })
	return s
}

// get returns status and body, or the error of the connection.
func (s *service) get(ctx context.Context, path string) (int, string, error) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	tr := &http.Transport{DisableKeepAlives: true} // a cut idle connection would be tried again
	res, err := tr.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func TestFaultsStrikeTheRequestsThatTheyName(t *testing.T) {
	s := serve(t)
	remove := s.faults.Add(sandbox.Fault{Path: "/a", Skip: 1, Every: 2, Times: 2, Answer: sandbox.Answer(503, "down")})
	var got []int
	for range 8 {
		status, _, err := s.get(t.Context(), "/a")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
	}
	want := []int{200, 200, 503, 200, 503, 200, 200, 200}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("statuses %v, want %v", got, want)
		}
	}
	if n := remove(); n != 2 {
		t.Errorf("struck %d times", n)
	}
	s.faults.Next(1, http.MethodPost, "", sandbox.HTML(502))
	if status, _, _ := s.get(t.Context(), "/a"); status != 200 {
		t.Errorf("a GET was struck by a rule for POST: %d", status)
	}
	s.faults.Clear()
	faults := 0
	for _, r := range s.log.Requests() {
		if r.Fault {
			faults++
		}
	}
	if faults != 2 || s.log.Count("a") != 9 || s.log.Count() != 9 || s.log.Kinds()[0] != "a" {
		t.Errorf("log: %d faults, %v", faults, s.log.Counts())
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	s := serve(t)
	s.faults.Next(1, "", "/cut", sandbox.Cut())
	if _, _, err := s.get(t.Context(), "/cut"); err == nil {
		t.Error("a cut connection gave an answer")
	}
	s.faults.Next(1, "", "/body", sandbox.CutBody())
	if status, _, err := s.get(t.Context(), "/body"); err == nil || status != 200 {
		t.Errorf("a body cut in the middle: %d, %v", status, err)
	}
	s.faults.Next(1, "", "/garbage", sandbox.Garbage())
	if _, body, err := s.get(t.Context(), "/garbage"); err != nil || json.Valid([]byte(body)) {
		t.Errorf("garbage: %q, %v", body, err)
	}
	s.faults.Next(1, "", "/html", sandbox.HTML(403))
	if status, body, _ := s.get(t.Context(), "/html"); status != 403 || !strings.Contains(body, "<html>") {
		t.Errorf("page: %d, %q", status, body)
	}

	s.faults.Next(1, "", "/hang", sandbox.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, _, err := s.get(ctx, "/hang")
		failed <- err
	}()
	cancel()
	if err := <-failed; err == nil {
		t.Error("a hanging call gave an answer")
	}

	release := make(chan struct{})
	s.faults.Next(1, "", "/stall", sandbox.Stall(release, sandbox.Answer(200, "late")))
	late := make(chan string, 1)
	go func() {
		_, body, _ := s.get(t.Context(), "/stall")
		late <- body
	}()
	close(release)
	if body := <-late; body != "late" {
		t.Errorf("stalled: %q", body)
	}
	if s.done.Load() != 0 {
		t.Errorf("the handler served %d requests behind faults", s.done.Load())
	}
	s.faults.Add(sandbox.Fault{Path: "/after", After: true, Times: 1, Answer: sandbox.Cut()})
	if _, _, err := s.get(t.Context(), "/after"); err == nil || s.done.Load() != 1 {
		t.Errorf("a lost answer: %v, served %d", err, s.done.Load())
	}
}

func TestShutdownLetsRunningRequestsEnd(t *testing.T) {
	s := serve(t)
	release, entered := make(chan struct{}), make(chan struct{})
	s.faults.Next(1, "", "/slow", func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		sandbox.Stall(release, sandbox.Answer(200, "done"))(w, r)
	})
	got := make(chan string, 1)
	go func() {
		_, body, _ := s.get(context.Background(), "/slow")
		got <- body
	}()
	<-entered
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	close(release)
	if body := <-got; body != "done" {
		t.Errorf("the running request got %q", body)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if _, _, err := s.get(t.Context(), "/"); err == nil {
		t.Error("it still listens")
	}
}

func TestWindows(t *testing.T) {
	w := &sandbox.Window{Max: 3, Interval: 10 * time.Second}
	take := func(second int) bool {
		_, ok := w.Take(noon.Add(time.Duration(second) * time.Second))
		return ok
	}
	for i, want := range []struct {
		second int
		ok     bool
	}{{0, true}, {4, true}, {8, true}, {9, false}, {10, true}, {11, false}, {14, true}, {14, false}} {
		if got := take(want.second); got != want.ok {
			t.Errorf("call %d at %d s: %v", i, want.second, got)
		}
	}
	if _, ok := new(sandbox.Window).Take(noon); !ok {
		t.Error("no limit refused a call")
	}
	shanghai := time.FixedZone("UTC+8", 8*3600)
	d := &sandbox.Daily{Max: 1, Zone: shanghai}
	midnight := time.Date(2026, 5, 2, 0, 0, 0, 0, shanghai)
	for i, c := range []struct {
		at time.Time
		ok bool
	}{{midnight.Add(-time.Minute), true}, {midnight.Add(-time.Second), false}, {midnight, true}} {
		if _, ok := d.Take(c.at); ok != c.ok {
			t.Errorf("call %d: %v", i, ok)
		}
	}
	if d.Used() != 1 {
		t.Errorf("used %d", d.Used())
	}
}

func TestTokens(t *testing.T) {
	clock := sandbox.NewManual(noon)
	tokens := &sandbox.Tokens{Clock: clock, Life: time.Hour, Prefix: "T"}
	tokens.AddStatic("static", []string{"read"})
	tokens.AddRefresh("refresh", nil)
	access, refresh, _, ok := tokens.Refresh("refresh")
	if !ok || refresh != "refresh" || !strings.HasPrefix(access, "T") {
		t.Fatalf("%q %q %v", access, refresh, ok)
	}
	state := func(token string) sandbox.TokenState {
		_, s := tokens.Check(token)
		return s
	}
	if state(access) != sandbox.TokenValid || state("static") != sandbox.TokenValid || state("other") != sandbox.TokenUnknown {
		t.Error("states")
	}
	clock.Advance(time.Hour)
	if state(access) != sandbox.TokenExpired || state("static") != sandbox.TokenValid {
		t.Error("expiry")
	}
	tokens.Revoke("static")
	tokens.Revoke("refresh")
	if _, _, _, ok := tokens.Refresh("refresh"); ok || state("static") != sandbox.TokenUnknown {
		t.Error("revoked tokens live on")
	}
}

func TestAManualClockWaitsWithoutWaiting(t *testing.T) {
	clock := sandbox.NewManual(noon)
	done := make(chan struct{})
	if !clock.Sleep(done, time.Hour) || !clock.Now().Equal(noon.Add(time.Hour)) {
		t.Error("it did not move")
	}
	close(done)
	if clock.Sleep(done, time.Hour) || !clock.Now().Equal(noon.Add(time.Hour)) {
		t.Error("it moved although nobody waits")
	}
}
