package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// service is taxon serve in a process of its own, with its log.
type service struct {
	cmd     *exec.Cmd
	address string

	mu        sync.Mutex
	log       bytes.Buffer
	listening chan string
}

var listening = regexp.MustCompile(`listening.*address"?[=:]"?([0-9.:]+)`)

// Write takes the log; Wait of the process waits for the last of it.
func (s *service) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.log.Write(data)
	if m := listening.FindSubmatch(s.log.Bytes()); m != nil && s.listening != nil {
		s.listening <- string(m[1])
		s.listening = nil
	}
	return n, err
}

func (i *installation) serve(args ...string) *service {
	i.t.Helper()
	self, err := os.Executable()
	if err != nil {
		i.t.Fatal(err)
	}
	heard := make(chan string, 1)
	s := &service{cmd: exec.Command(self, append([]string{"--config", i.path("taxon.yaml"), "serve", "--listen", "127.0.0.1:0"}, args...)...), listening: heard}
	s.cmd.Env = append(os.Environ(), asTaxon+"=1")
	s.cmd.Stderr = s
	if err := s.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	select {
	case s.address = <-heard:
	case <-time.After(patience):
		i.t.Fatalf("it does not listen:\n%s", s.text())
	}
	return s
}

func (s *service) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func (s *service) get(t *testing.T, path string) (int, string) {
	t.Helper()
	answer, err := http.Get("http://" + s.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// until asks for the metrics until they hold a line.
func (s *service) until(t *testing.T, line string) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, text := s.get(t, "/metrics"); strings.Contains(text, line) {
			return text
		}
	}
	t.Fatalf("the metrics never say %s\n%s", line, s.text())
	return ""
}

func TestServeRunsAnswersHealthAndMetricsAndStopsWhenTold(t *testing.T) {
	t.Parallel()
	i := sales(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "subject: company", "subject: company\n    schedule: \"30 3 * * *\"\n    schedule_zone: Europe/Berlin", 1)+"log: {level: debug, json: true}\n")
	s := i.serve("--now")
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := s.get(t, path); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
	}
	text := s.until(t, `taxon_runs_total{connection="main",status="done"} 1`)
	for _, want := range []string{`taxon_customers{connection="main"} 85`, `taxon_class_customers{class="A",classifier="abc",connection="main"} 59`, `taxon_held_customers{classifier="abc",connection="main"} 0`, "taxon_values_written_total", "taxon_crm_requests_total"} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	s.until(t, `taxon_next_run_timestamp_seconds{connection="main"}`)
	i.compareABC()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("told to stop, it ended with %v", err)
	}
	log := s.text()
	for _, secret := range []string{i.server.Token(), "Synthetic Person", ".example", "Acme"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, "stopped") {
		t.Errorf("the log does not say that it stopped:\n%s", log)
	}
}

func TestServeWithoutAScheduleSaysSo(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	code, _, stderr := i.taxon("serve")
	if code != 1 || !strings.Contains(stderr, "no connection has a schedule") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
}

func TestServeThatIsStoppedWhileItWaitsForAnotherRunIsNoError(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "subject: company", "subject: company\n    schedule: \"30 3 * * *\"", 1)+"log: {level: info}\n")
	i.must(0, "pull")
	reached, release := i.holdAt("GET", "/deals", 0)
	defer close(release)
	other := i.process("run", "--full")
	await(t, "the other run's request", reached)
	s := i.serve("--now")
	for end := time.Now().Add(patience); !strings.Contains(s.text(), "run begins") && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("told to stop, it ended with %v", err)
	}
	if log := s.text(); strings.Contains(log, "[ERROR]") || !strings.Contains(log, "run stopped") {
		t.Errorf("the log says\n%s", log)
	}
	_ = other.Process.Kill()
}
