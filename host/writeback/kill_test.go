package writeback

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store/open"
)

// The variables that make this test binary a child which applies a plan against a sandbox.
const (
	childCRM   = "TAXON_TEST_CRM"
	childStore = "TAXON_TEST_STORE"
	childPlan  = "TAXON_TEST_PLAN"
)

func TestMain(m *testing.M) {
	if os.Getenv(childCRM) == "" {
		os.Exit(m.Run())
	}
	if err := applyAsChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func applyAsChild() error {
	ctx := context.Background()
	s, err := open.Open(ctx, "sqlite:"+os.Getenv(childStore), crm.SystemClock{})
	if err != nil {
		return err
	}
	defer s.Close()
	conn, err := s.Connection(ctx, "main", crm.Company)
	if err != nil {
		return err
	}
	plan, err := strconv.ParseInt(os.Getenv(childPlan), 10, 64)
	if err != nil {
		return err
	}
	c, err := connectTo(os.Getenv(childCRM), crm.SystemClock{})
	if err != nil {
		return err
	}
	_, err = Apply(ctx, ApplyInput{Store: conn, CRM: c, Account: "4711", Plan: plan})
	return err
}

// connectTo opens the HubSpot connector to a sandbox.
func connectTo(url string, clock crm.Clock) (*connector.Connector, error) {
	m, err := manifests.Load("hubspot")
	if err != nil {
		return nil, err
	}
	return connector.Open(m, connector.Options{Settings: map[string]string{"base_url": url}, Clock: clock,
		Secret: func(string) (string, error) { return hubspot.DefaultToken, nil }})
}

// killAt makes the sandbox kill a process when the nth request of batch writes arrives, before or after it took it. No
// answer is given.
func killAt(server *hubspot.Server, n int, taken bool, kill func()) {
	server.Faults.Add(sandbox.Fault{Method: http.MethodPost, Path: "/batch/update", Skip: n - 1, Times: 1, After: taken,
		Answer: func(http.ResponseWriter, *http.Request) {
			kill()
			panic(http.ErrAbortHandler)
		}})
}

// TestKilledProcessLosesNothingAndRepeatsNothing kills a process with SIGKILL while a write request is under way, before
// the CRM took it and after, and lets a new run continue.
func TestKilledProcessLosesNothingAndRepeatsNothing(t *testing.T) {
	for _, c := range []struct {
		request int
		taken   bool
	}{{2, true}, {6, false}} { // five requests are marked at a time
		t.Run(fmt.Sprintf("request %d taken=%v", c.request, c.taken), func(t *testing.T) {
			h := newHub(t, 610)
			path := filepath.Join(t.TempDir(), "killed.db")
			h.openStore(path, crm.Company)
			h.pullHub()
			h.tag("abc", "A", h.ids...)
			p := h.plan()

			front := httptest.NewServer(h.server.Handler()) // of the child's own, so that closing it waits for what the CRM still takes
			defer front.Close()
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), childCRM+"="+front.URL, childStore+"="+path, childPlan+"="+strconv.FormatInt(p.ID, 10))
			var stderr bytes.Buffer
			child.Stderr = &stderr
			started := make(chan struct{})
			killAt(h.server, c.request, c.taken, func() {
				<-started
				if err := child.Process.Kill(); err != nil {
					t.Error(err)
				}
			})
			h.must(child.Start())
			close(started)
			if err := child.Wait(); err == nil || child.ProcessState.ExitCode() >= 0 {
				t.Fatalf("the child was to be killed and ended with %v: %s", err, stderr.String())
			}
			front.Close()
			h.server.Faults.Clear()
			modified := map[string]time.Time{}
			for _, r := range h.server.Records(hubspot.Companies) {
				if r.Values["taxon_abc"] != "" {
					modified[r.ID] = r.Modified
				}
			}

			h.server.Log.Reset()
			p = h.plan()
			if p.Summary.Kept != 0 || p.Summary.Records != len(h.ids)-len(modified) {
				t.Fatalf("with %d records written the new plan is %+v", len(modified), p.Summary)
			}
			if report := h.apply(p); report.Pending != 0 || report.Records != p.Summary.Records {
				t.Fatalf("applying it reports %+v", report)
			}
			for _, r := range h.server.Records(hubspot.Companies) {
				if r.Values["taxon_abc"] != "A" {
					t.Errorf("%s has %q", r.ID, r.Values["taxon_abc"])
				}
				if at, done := modified[r.ID]; done && !r.Modified.Equal(at) {
					t.Errorf("%s was written twice", r.ID)
				}
			}
			if floor := (p.Summary.Records + 99) / 100; h.server.Log.Count("batch_update") != floor {
				t.Errorf("%d write requests for %d records", h.server.Log.Count("batch_update"), p.Summary.Records)
			}
			if p := h.plan(); p.Summary.Changes+p.Summary.Kept != 0 {
				t.Errorf("afterwards the plan is %+v", p.Summary)
			}
		})
	}
}
