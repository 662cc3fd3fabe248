package writeback

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store/open"
)

// The variables that make this test binary a child which applies a plan against a CRM over HTTP.
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
	_, err = Apply(ctx, ApplyInput{Store: conn, CRM: remoteCRM(os.Getenv(childCRM)), Plan: plan})
	return err
}

// call is a request to the parent's CRM.
type call struct {
	Kind   crm.Kind
	IDs    []string
	Fields []string
	Specs  []connector.FieldSpec
	Writes []connector.Write
}

// remoteCRM is the parent's fake CRM, by its URL.
type remoteCRM string

func (r remoteCRM) do(method string, in call, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	resp, err := http.Post(string(r)+"/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(out)
}

func (r remoteCRM) Capabilities() map[crm.Kind]connector.Capabilities { return nil }
func (r remoteCRM) SetOwnFields(crm.Kind, []string)                   {}
func (r remoteCRM) Batch(crm.Kind) int                                { return 10 }
func (r remoteCRM) Counts() connector.Counts                          { return connector.Counts{} }
func (r remoteCRM) DeleteFields(context.Context, crm.Kind, []string) error {
	return errors.New("not here")
}
func (r remoteCRM) Read(_ context.Context, kind crm.Kind, ids, fields []string) (out map[string]map[string]string, err error) {
	err = r.do("read", call{Kind: kind, IDs: ids, Fields: fields}, &out)
	return out, err
}

func (r remoteCRM) Provision(_ context.Context, kind crm.Kind, specs []connector.FieldSpec) (out []connector.FieldState, err error) {
	err = r.do("provision", call{Kind: kind, Specs: specs}, &out)
	return out, err
}

func (r remoteCRM) Write(_ context.Context, kind crm.Kind, writes []connector.Write, done func([]connector.Outcome) error) error {
	for batch := range slices.Chunk(writes, 10) {
		var out []connector.Outcome
		if err := r.do("write", call{Kind: kind, Writes: batch}, &out); err != nil {
			return err
		}
		if err := done(out); err != nil {
			return err
		}
	}
	return nil
}

// serve serves a fake CRM and calls onWrite before and after each write request is taken; after false it is lost.
func serve(f *fakeCRM, onWrite func(n int64, taken bool) bool) *httptest.Server {
	var writes atomic.Int64
	answer := func(w http.ResponseWriter, v any, err error) {
		if err == nil {
			err = json.NewEncoder(w).Encode(v)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
	mux := http.NewServeMux()
	handle := func(path string, serve func(ctx context.Context, in call) (any, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var in call
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				answer(w, nil, err)
				return
			}
			out, err := serve(r.Context(), in)
			answer(w, out, err)
		})
	}
	handle("/read", func(ctx context.Context, in call) (any, error) { return f.Read(ctx, in.Kind, in.IDs, in.Fields) })
	handle("/provision", func(ctx context.Context, in call) (any, error) { return f.Provision(ctx, in.Kind, in.Specs) })
	handle("/write", func(_ context.Context, in call) (any, error) {
		n := writes.Add(1)
		if !onWrite(n, false) {
			return nil, errors.New("lost")
		}
		out := f.take(in.Kind, in.Writes)
		onWrite(n, true)
		return out, nil
	})
	return httptest.NewServer(mux)
}

// TestKilledProcessLosesNothingAndRepeatsNothing kills a process with SIGKILL while a write request is under way,
// before the CRM took it or after, and applies the plan again from this process.
func TestKilledProcessLosesNothingAndRepeatsNothing(t *testing.T) {
	for _, c := range []struct {
		request int64
		taken   bool
	}{{1, false}, {1, true}, {6, false}, {7, true}} {
		t.Run(fmt.Sprintf("request %d, taken=%v", c.request, c.taken), func(t *testing.T) {
			w := newWorld(t, crm.Company)
			path := filepath.Join(t.TempDir(), "killed.db")
			w.openStore(path, crm.Company)
			ids := w.companies(80)
			w.pull()
			w.tag("abc", "A", ids...)
			p := w.plan()

			var child *exec.Cmd
			started := make(chan struct{})
			server := serve(w.crm, func(n int64, taken bool) bool {
				if n != c.request || taken != c.taken {
					return true
				}
				<-started
				if err := child.Process.Kill(); err != nil {
					t.Error(err)
				}
				return false
			})
			child = exec.Command(os.Args[0])
			child.Env = append(os.Environ(), childCRM+"="+server.URL, childStore+"="+path, childPlan+"="+strconv.FormatInt(p.ID, 10))
			var stderr bytes.Buffer
			child.Stderr = &stderr
			w.must(child.Start())
			close(started)
			err := child.Wait()
			server.Close() // and with it the request under way
			if err == nil || child.ProcessState.ExitCode() >= 0 {
				t.Fatalf("the child was to be killed and ended with %v: %s", err, stderr.String())
			}

			if again := w.plan(); again.Summary.Kept != 0 {
				t.Fatalf("our own values pass for somebody's: %+v", again.Summary)
			} else if report := w.apply(again); report.Pending != 0 {
				t.Fatalf("applying again reports %+v", report)
			}
			for _, id := range ids {
				w.expect(crm.Company, id, "taxon_abc", "A")
				if n := w.crm.written[id]; n != 1 {
					t.Errorf("%s was written %d times", id, n)
				}
			}
		})
	}
}
