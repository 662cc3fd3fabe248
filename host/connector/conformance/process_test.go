package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/crm"
)

// childEnv makes this test's executable a process that pulls an account into a store: its time, the dialect,
// the address and the store's path, a line each.
const childEnv = "TAXON_CONFORMANCE_CHILD"

func TestMain(m *testing.M) {
	if order := os.Getenv(childEnv); order != "" {
		os.Exit(child(order))
	}
	os.Exit(m.Run())
}

// orphan is the T of a process that pulls.
type orphan struct{ *testing.T }

func (orphan) Helper()                           {}
func (orphan) Cleanup(func())                    {}
func (orphan) Context() context.Context          { return context.Background() }
func (orphan) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (orphan) Fatalf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(2)
}

// child pulls once, with a clock of its own that begins where the account's stands.
func child(order string) int {
	words := strings.Split(order, "\n")
	now, err := time.Parse(time.RFC3339, words[0])
	if err != nil || len(words) != 4 {
		return 2
	}
	for _, d := range dialects {
		if d.title() == words[1] {
			w := unopened(orphan{}, &d, options{})
			w.url, w.clock = words[2], sandbox.NewManual(now)
			w.smallPages(40)
			if _, err := w.mirror(orphan{}, context.Background(), words[3]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			return 0
		}
	}
	return 2
}

// TestAProcessThatIsKilledLosesNothing kills real processes in the middle of a request, with the signal that nobody can catch;
// the next one opens what is left of the store.
func TestAProcessThatIsKilledLosesNothing(t *testing.T) {
	t.Parallel()
	d := model()
	w := newWorld(t, d, options{})
	w.fill(t, 30, 90, 120, 4)
	path := filepath.Join(t.TempDir(), "store.db")
	killed := 0
	for attempt := 0; ; attempt++ {
		if attempt > 30 {
			t.Fatal("it does not come to an end")
		}
		w.clock.Advance(time.Minute) // the limits of the account have room again
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{w.clock.Now().Format(time.RFC3339), d.title(), w.url, path}, "\n"))
		var said strings.Builder
		cmd.Stderr = &said
		var struck atomic.Bool
		started := make(chan struct{})
		remove := w.Faults.Add(sandbox.Fault{Skip: 4 + 9*attempt, Times: 1, Answer: func(rw http.ResponseWriter, r *http.Request) {
			<-started
			struck.Store(true)
			_ = cmd.Process.Kill() // it waits for this answer
			sandbox.Hang()(rw, r)
		}})
		err := cmd.Start()
		close(started)
		if err == nil {
			err = cmd.Wait()
		}
		remove()
		var exit *exec.ExitError
		switch {
		case struck.Load() && errors.As(err, &exit) && !exit.Exited():
			killed++
			continue
		case err != nil:
			t.Fatalf("%v: %s", err, said.String())
		}
		break
	}
	if killed < 3 {
		t.Errorf("%d processes were killed", killed)
	}
	w.smallPages(40)
	w.clock.Advance(time.Minute)
	report, err := w.mirror(t, t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w.sameMirror(t, report)
	for _, kind := range []crm.Kind{crm.Company, crm.Contact, crm.Deal} {
		if n := report.Kinds[kind].Upserted; n > 0 {
			t.Errorf("%d %s records were not in the store yet", n, kind)
		}
	}
}
