package launch

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

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
