package launch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
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

func TestStopEndsAndCleans(t *testing.T) {
	p := start(t, own(shortDir(t), "good"))
	if p.Exited() || p.Result() != "" {
		t.Fatal("it has ended before it was stopped")
	}
	if err := p.Stop(patience); err != nil {
		t.Fatal(err)
	}
	if !p.Exited() || p.Result() != "exit status 0" {
		t.Errorf("after Stop: exited %v, result %q", p.Exited(), p.Result())
	}
	if _, err := os.Stat(p.child.dir.path); !os.IsNotExist(err) {
		t.Errorf("the private directory is still there: %v", err)
	}
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	for _, behaviour := range []string{"stop", "ignore"} {
		t.Run(behaviour, func(t *testing.T) {
			p := start(t, own(shortDir(t), "good"))
			calls := make(chan error, 1)
			go func() { calls <- configure(t.Context(), p, behaviour) }()
			if behaviour == "stop" { // wait until it has stopped itself
				await(t, func() bool { return processState(p.PID()) == "T" })
			}
			if err := p.Stop(time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if p.Result() != "signal: killed" && p.Result() != "exit status 0" {
				t.Errorf("result %q", p.Result())
			}
			if err := <-calls; err == nil {
				t.Error("the call in flight succeeded")
			}
		})
	}
}

func TestStopKillsWhatStays(t *testing.T) {
	p := start(t, own(shortDir(t), "stays"))
	if err := p.Stop(100 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if p.Result() != "signal: killed" {
		t.Errorf("result %q", p.Result())
	}
}

// processState is the letter in /proc/PID/stat.
func processState(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return rest[:1]
}

func await(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

func TestACallInFlightFailsWhenThePluginDies(t *testing.T) {
	p := start(t, own(shortDir(t), "good"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := configure(ctx, p, "kill"); status.Code(err) != codes.Unavailable {
		t.Errorf("the error is %v", err)
	}
	awaitDone(t, p)
	if p.Result() != "signal: killed" {
		t.Errorf("result %q", p.Result())
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

func TestAGrandchildDoesNotOutliveThePluginNorHoldTheHost(t *testing.T) {
	dir := shortDir(t)
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	held := openFIFO(t, fifo)
	p := start(t, own(dir, "leaves a child", fifo))
	reader := <-held
	if err := p.Stop(patience); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, reader)
}

func TestAProcessThatEscapesDoesNotHoldTheHost(t *testing.T) {
	dir := shortDir(t)
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close() // the escaped process ends
	p := start(t, own(dir, "lets a child escape", fifo))
	if err := p.Stop(patience); err != nil {
		t.Fatal(err)
	}
	awaitDone(t, p)
}

func TestThePluginEndsWithItsHost(t *testing.T) {
	dir := shortDir(t)
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	held := openFIFO(t, fifo)
	host := exec.Command("/proc/self/exe", marker, "host", dir, fifo)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	host.Stderr = os.Stderr
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	reader := <-held
	if _, err := io.ReadFull(out, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	awaitEnd(t, reader)

	// The next start in this place clears away what the killed host could not.
	if left, _ := filepath.Glob(filepath.Join(dir, dirPrefix+"*")); len(left) != 1 {
		t.Errorf("the killed host left %v", left)
	}
	p := start(t, own(dir, "good"))
	if left, _ := filepath.Glob(filepath.Join(dir, dirPrefix+"*")); len(left) != 1 || left[0] != p.child.dir.path {
		t.Errorf("after the next start there are %v", left)
	}
}

// openFIFO opens a FIFO for reading, which waits for a writer.
func openFIFO(t *testing.T, path string) <-chan *os.File {
	opened := make(chan *os.File, 1)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		opened <- f
	}()
	return opened
}

// awaitEnd waits until all writers of a FIFO are gone.
func awaitEnd(t *testing.T, reader *os.File) {
	t.Helper()
	defer reader.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(reader)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("a process outlives the one that started it")
	}
}

// installed is the test binary as a third party's plugin: a file and its hash.
func installed(t *testing.T, mode string) (Spec, string) {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plugin")
	if err := os.WriteFile(path, program, 0o500); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(program)
	spec := own(shortDir(t), mode)
	spec.Open = func() (*os.File, error) { return os.Open(path) }
	spec.SHA256 = hex.EncodeToString(sum[:])
	return spec, path
}

func TestWhatWasHashedIsWhatRuns(t *testing.T) {
	spec, path := installed(t, "good")
	open := spec.Open
	spec.Open = func() (*os.File, error) {
		f, err := open()
		// Whatever lies at the path after it was opened is not looked at.
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho evil\n"), 0o700); err != nil {
			t.Error(err)
		}
		return f, err
	}
	p := start(t, spec)
	describe(t, p)
	running, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID()))
	if err != nil || !strings.Contains(running, "memfd") && !strings.HasPrefix(running, spec.Dir) {
		t.Errorf("it runs %q (%v)", running, err)
	}
}

// Where the kernel refuses executable memory, and on other systems, a private copy on disk is what runs.
func TestAPrivateCopyRunsAsWell(t *testing.T) {
	spec, path := installed(t, "good")
	spec.Log, spec.Clock = hclog.NewNullLogger(), crm.SystemClock{}
	dir, err := newPrivateDir(spec.Dir)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	exe, err := diskCopy(file, hash, dir.path)
	if err != nil || hex.EncodeToString(hash.Sum(nil)) != spec.SHA256 {
		t.Fatal(err)
	}
	c := newChild(spec, dir, exe)
	config, err := c.handshake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.connect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	describe(t, p)
	if info, err := os.Stat(exe.path); err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("the copy: %v %v", info, err)
	}
	if err := p.Stop(patience); err != nil {
		t.Error(err)
	}
}

func TestAChangedByteIsRefused(t *testing.T) {
	spec, path := installed(t, "good")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	program[len(program)/2] ^= 1
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "its executable was changed since it was installed") {
		t.Errorf("error %v", err)
	}
}

func TestAScriptRunsFromItsSealedCopy(t *testing.T) {
	// The interpreter opens the script through the descriptor that it inherits.
	script := []byte("#!/bin/sh\necho \"nobody reads $0\" >&2\nexit 7\n")
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, script, 0o500); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(script)
	spec := Spec{ID: "acme.script", SHA256: hex.EncodeToString(sum[:]), Dir: shortDir(t), StartTimeout: patience,
		Open: func() (*os.File, error) { return os.Open(path) }}
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsNoProgramIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"text": "not a program", "interpreter": "#!/no/such/interpreter\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o500); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(content))
		spec := Spec{ID: "acme.text", SHA256: hex.EncodeToString(sum[:]), Dir: shortDir(t), Open: func() (*os.File, error) { return os.Open(path) }}
		if _, err := Start(t.Context(), spec); crm.CodeOf(err) != crm.CodePlugin {
			t.Errorf("%s: error %v", name, err)
		}
		spec.Open = func() (*os.File, error) { return os.Open(dir) }
		if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("a directory: error %v", err)
		}
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

func TestManyStartsAtOnce(t *testing.T) {
	spec, _ := installed(t, "good")
	errs := make(chan error)
	for range 4 {
		go func() {
			p, err := Start(t.Context(), spec)
			if err == nil {
				err = p.Stop(patience)
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
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
