package main

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// process starts the command in a process of its own.
func (i *installation) process(args ...string) *exec.Cmd {
	i.t.Helper()
	self, err := os.Executable()
	if err != nil {
		i.t.Fatal(err)
	}
	c := exec.Command(self, append([]string{"--config", i.path("taxon.yaml")}, args...)...)
	c.Env = append(os.Environ(), asTaxon+"=1")
	if err := c.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = c.Process.Kill() })
	return c
}

// holdAt makes the nth request whose path contains the text wait, and answers a channel that is closed when it came.
func (i *installation) holdAt(method, path string, skip int) (reached chan struct{}, release chan struct{}) {
	reached, release = make(chan struct{}), make(chan struct{})
	i.server.Faults.Add(sandbox.Fault{Method: method, Path: path, Skip: skip, Times: 1, After: true, Answer: func(w http.ResponseWriter, r *http.Request) {
		close(reached)
		select {
		case <-release:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}})
	return reached, release
}

// patience bounds what tests wait for.
const patience = 2 * time.Minute

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
	}
}

// A kill -9 while a page is pulled, or while a batch is on its way (written by the CRM, its answer lost), needs
// no manual step: the next run goes on, everything is written, and our own values never pass for a person's.
func TestAKillAnywhereNeedsNoManualStep(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]struct {
		method, path string
		skip         int
	}{
		"in the middle of a pull": {"GET", "/deals", 20},
		"while fields are made":   {"POST", "/properties/", 2},
		"with a batch on its way": {"POST", "/companies/batch/update", 0},
	} {
		t.Run(name, func(t *testing.T) {
			i := sales(t, hubspot.Options{}, sqlite(salesYAML))
			reached, release := i.holdAt(at.method, at.path, at.skip)
			defer close(release)
			c := i.process("run")
			await(t, "the request", reached)
			if err := c.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait() // killed
			r := i.run(0, "run")
			if r.Plan.Summary.Kept != 0 {
				t.Errorf("%d of our own values passed for a person's", r.Plan.Summary.Kept)
			}
			i.compareABC()
			if idle := i.run(0, "run"); idle.Plan.Summary.Changes != 0 || idle.Classify.PluginCalls != 0 {
				t.Errorf("afterwards there is still work: %d changes", idle.Plan.Summary.Changes)
			}
			if text := i.must(0, "runs"); !strings.Contains(text, "interrupted") {
				t.Errorf("the killed run is not told:\n%s", text)
			}
		})
	}
}

func TestTwoProcessesNeverRunOneAccountAtOnce(t *testing.T) {
	t.Parallel()
	i := sales(t, hubspot.Options{}, sqlite(salesYAML))
	reached, release := i.holdAt("GET", "/deals", 3)
	c := i.process("run")
	await(t, "the first process's request", reached)
	code, _, stderr := i.taxon("run")
	if code != 1 || !strings.Contains(stderr, "process") {
		t.Errorf("the second process ended with %d: %s", code, stderr)
	}
	close(release)
	if err := c.Wait(); err != nil {
		t.Errorf("the first process: %v", err)
	}
	i.compareABC()
}

func TestARunThatIsInterruptedStopsAtASafePointAndGoesOnLater(t *testing.T) {
	t.Parallel()
	i := sales(t, hubspot.Options{}, sqlite(salesYAML))
	reached, release := i.holdAt("GET", "/deals", 10)
	defer close(release)
	c := i.process("run")
	await(t, "the request", reached)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != 1 {
		t.Errorf("ended with %v", err)
	}
	i.must(0, "run") // the lease was given back
	i.compareABC()
}
