package launch

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// patience is far more than anything here takes.
const patience = 2 * time.Minute

// shortDir is a directory whose path is short enough for a socket, and a check that nothing is left in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, _ := filepath.Glob(filepath.Join(dir, dirPrefix+"*"))
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		os.RemoveAll(dir)
	})
	return dir
}

func start(t *testing.T, spec Spec) *Process {
	t.Helper()
	p, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(patience); err != nil {
			t.Error(err)
		}
		awaitDone(t, p)
	})
	return p
}

func awaitDone(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatal("the process does not end")
	}
}

func describe(t *testing.T, p *Process) *pb.Manifest {
	t.Helper()
	r, err := pb.NewClassifierServiceClient(p.Conn()).Describe(t.Context(), &pb.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return r.GetManifest()
}

func configure(ctx context.Context, p *Process, instance string) error {
	_, err := pb.NewClassifierServiceClient(p.Conn()).Configure(ctx, &pb.ConfigureRequest{Instance: instance})
	return err
}

func TestAPluginSeesNothingOfTheHost(t *testing.T) {
	t.Setenv("CRM_TOKEN", "secret")
	inherited := filepath.Join(t.TempDir(), "inherited")
	if err := os.WriteFile(inherited, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(inherited, syscall.O_RDONLY, 0) // as the host gets it from whoever starts it
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	spec := own(shortDir(t), "good")
	spec.Env = []string{"TZ=UTC"}
	p := start(t, spec)
	m := describe(t, p)
	var names []string
	for _, v := range m.GetFeatures() {
		name, _, _ := strings.Cut(v, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"PLUGIN_CLIENT_CERT", "PLUGIN_MAX_PORT", "PLUGIN_MIN_PORT", "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_UNIX_SOCKET_DIR", protocol.CookieKey, "TZ"}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("the plugin's environment has %v, not %v", names, want)
	}
	if m.GetVersion() != os.DevNull {
		t.Errorf("standard input is %q", m.GetVersion())
	}
	for _, open := range m.GetReads() {
		if open.GetPath() == inherited {
			t.Error("the plugin has a file of the host")
		}
	}
	if m.GetId() != "acme.test" {
		t.Errorf("the program's name is %q", m.GetId())
	}
	if m.GetSummary() != p.child.dir.path {
		t.Errorf("the working directory is %q, not the private one %q", m.GetSummary(), p.child.dir.path)
	}
	if info, err := os.Stat(p.child.dir.path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the private directory is not private: %v %v", info, err)
	}
	if group, err := syscall.Getpgid(p.PID()); err != nil || group != p.PID() {
		t.Errorf("the process group is %d, not its own %d (%v)", group, p.PID(), err)
	}
}

func await(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

func TestMessagesAreBounded(t *testing.T) {
	p := start(t, own(shortDir(t), "good"))
	if err := configure(t.Context(), p, "large"); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a message above the limit gave %v", err)
	}
	_, err := pb.NewClassifierServiceClient(p.Conn()).Configure(t.Context(), &pb.ConfigureRequest{TimeZone: strings.Repeat("x", protocol.MaxMessage+1)})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("sending a message above the limit gave %v", err)
	}
	if err := configure(t.Context(), p, "fine"); err != nil {
		t.Errorf("after the large ones: %v", err)
	}
}

func TestFailedStartsAreExplainedAndLeaveNothing(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	for mode, want := range map[string]string{
		"newer":            "it speaks version 7 of the plugin protocol, and this host speaks version 1 (update Taxon",
		"chatty":           `it printed "Hello from the plugin`,
		"long line":        `it printed "xxxx`,
		"dies":             `it ended before it said where it listens (exit status 3); its last words: "cannot find my table"`,
		"not a version":    `its protocol version "one" is not a number`,
		"foreign address":  "it names an address outside the directory that was made for it",
		"tcp address":      "it names an address outside the directory that was made for it",
		"escaping address": "it names an address outside the directory that was made for it",
		"linked address":   "it names an address outside the directory that was made for it",
		"no tls":           "it does not use mutual TLS",
	} {
		t.Run(mode, func(t *testing.T) {
			_, err := Start(t.Context(), own(shortDir(t), mode, victim))
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "plugin acme.test cannot be started: ") {
				t.Errorf("error %v, want %q", err, want)
			}
			if crm.CodeOf(err) != crm.CodePlugin {
				t.Errorf("code %q", crm.CodeOf(err))
			}
			if strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 600 {
				t.Errorf("the error is not fit to be shown: %q", err)
			}
		})
	}
}

func TestAPluginThatNeverSpeaksIsGivenUp(t *testing.T) {
	spec := own(shortDir(t), "silent")
	spec.StartTimeout = time.Second
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "it did not say within 1s where it listens") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, own(shortDir(t), "silent")); err == nil || !strings.Contains(err.Error(), "the start was cancelled") {
		t.Errorf("error %v", err)
	}
}

// A hostile line on standard error panics go-plugin 1.8.0's own reader, and the host with it. It must stay so
// that ours never lets go-plugin read it, whatever go-plugin is upgraded to.
func TestLinesOnStandardErrorDoNotHarmTheHost(t *testing.T) {
	var logged syncBuffer
	spec := own(shortDir(t), "json bombs")
	spec.Log = hclog.New(&hclog.LoggerOptions{Output: &logged, Level: hclog.Trace})
	p := start(t, spec)
	if err := configure(t.Context(), p, "print"); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return strings.Contains(logged.String(), "printed") })
	text := logged.String()
	if !strings.Contains(text, `[WARN]  a plugin says: plugin=acme.test text=printed arguments="customers=`) {
		t.Errorf("the well-formed line is not logged as such: %s", clip(text[len(text)-500:], 500))
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 2000 || strings.ContainsAny(line, "\x00\x1b") {
			t.Errorf("a line of the log is not clean: %q", clip(line, 200))
		}
	}
}

func TestFloodsOfLinesAreThinnedOut(t *testing.T) {
	var logged syncBuffer
	spec := own(shortDir(t), "flood")
	spec.Log = hclog.New(&hclog.LoggerOptions{Output: &logged})
	spec.Clock = stopped{}
	p := start(t, spec)
	describe(t, p)
	await(t, func() bool {
		l := p.child.lines
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.dropped > 4000
	})
	if n := strings.Count(logged.String(), "\n"); n > lineBurst {
		t.Errorf("%d lines were logged, more than %d", n, lineBurst)
	}
}

func TestALongTemporaryDirectoryIsPassedOver(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("l", 100))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	describe(t, start(t, own(long, "good")))
	if left, _ := os.ReadDir(long); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// stopped is a clock that stands still.
type stopped struct{ crm.SystemClock }

func (stopped) Now() time.Time { return time.Unix(1_700_000_000, 0) }

// syncBuffer is a buffer that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
