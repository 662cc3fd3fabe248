package sandbox_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

func TestAccount(t *testing.T) {
	clock := sandbox.NewManual(time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC))
	var a sandbox.Account
	a.Open(sandbox.StoreOptions{Clock: clock})
	a.Define("people", sandbox.Field{Name: "name", Type: "text"}, sandbox.Field{Name: "age", Type: "number", ReadOnly: true})
	a.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sandbox.WriteJSON(w, http.StatusOK, len(a.Records("people")))
	}), func(*http.Request) string { return "list" })
	l, err := a.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	id, err := a.Load("people", sandbox.Record{Values: map[string]string{"name": "Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Load("people", sandbox.Record{Values: map[string]string{"age": "36"}}); err == nil {
		t.Error("a read-only field took a value")
	}
	clock.Advance(time.Hour)
	if err := a.Update("people", id, map[string]string{"name": "Ada L."}); err != nil {
		t.Fatal(err)
	}
	if err := a.Update("people", "77", map[string]string{"name": "x"}); err == nil {
		t.Error("a record that is not there was updated")
	}
	if r, _ := a.Store.Get("people", id); !r.Modified.Equal(a.Now()) || r.Values["name"] != "Ada L." {
		t.Errorf("after the update: %+v", r)
	}

	a.RejectWrites("people", id, 1, sandbox.Rejection{Code: "RULE", Message: "no"})
	if why, ok := a.Rejected("people", id); !ok || why.Code != "RULE" {
		t.Errorf("Rejected = %v, %v", why, ok)
	}
	if _, ok := a.Rejected("people", id); ok {
		t.Error("rejected more often than asked")
	}
	a.DropWrites("people", id, 0)
	for range 2 {
		if !a.Dropped("people", id) || a.Dropped("people", "77") {
			t.Error("drops without end do not hold, or hold for others")
		}
	}

	answer, err := http.Get(l.URL)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if string(body) != "1\n" || a.Log.Count("list") != 1 {
		t.Errorf("answer %q, log %v", body, a.Log.Counts())
	}
	if !a.Archive("people", id) || len(a.Records("people")) != 0 {
		t.Error("the archived record still counts")
	}
}
