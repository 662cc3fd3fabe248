package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// killGrace is how long a killed process may take to vanish: it is the kernel's work, so seconds are ample.
	killGrace = 10 * time.Second
	// drainGrace is how long the last lines of a process that has ended are waited for.
	drainGrace = time.Second
)

// child is the process as go-plugin sees it, a runner.Runner: it starts, hands over the first line of its
// output and can be ended. Its pipes are our own, not exec's, so that they can be closed although a
// descendant of the plugin holds their other ends open.
type child struct {
	spec   Spec
	dir    *privateDir // holds the socket
	socket string      // where the plugin listens
	exe    executable
	cmd    *exec.Cmd
	stdout *handshakeLine
	stderr *os.File
	lines  *lineLog
	done   chan struct{}

	mu      sync.Mutex
	started bool
	doomed  bool // kill was called: do not start any more
	reaped  bool
	result  string // how it ended
}

func newChild(spec Spec, dir *privateDir, exe executable) *child {
	return &child{spec: spec, dir: dir, exe: exe, lines: newLineLog(spec), done: make(chan struct{})}
}

// prepare makes the command and its pipes from the environment that go-plugin wants.
func (c *child) prepare(env []string) error {
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return err
	}
	c.stdout = &handshakeLine{from: outRead}
	errRead, errWrite, err := os.Pipe()
	if err != nil {
		outWrite.Close()
		return err
	}
	c.stderr = errRead
	c.cmd = c.command(c.environment(env))
	c.cmd.Stdout, c.cmd.Stderr = outWrite, errWrite
	return nil
}

// environment puts the socket straight into the private directory instead of go-plugin's one below it: the
// path of a socket must be short.
func (c *child) environment(given []string) []string {
	env := make([]string, 0, len(given))
	for _, v := range given {
		if !strings.HasPrefix(v, socketDirVariable+"=") {
			env = append(env, v)
		}
	}
	return append(env, socketDirVariable+"="+c.dir.path)
}

// Start implements runner.Runner.
func (c *child) Start(context.Context) error {
	outWrite, errWrite := c.cmd.Stdout.(*os.File), c.cmd.Stderr.(*os.File)
	c.mu.Lock()
	err := context.Canceled
	if !c.doomed {
		err = startChild(c.cmd)
		c.started = err == nil
	}
	c.mu.Unlock()
	outWrite.Close()
	errWrite.Close()
	if err != nil {
		return &execError{err}
	}
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		c.lines.copy(c.stderr)
	}()
	go func() {
		c.reap()
		timer := time.NewTimer(drainGrace)
		defer timer.Stop()
		select {
		case <-logged:
		case <-timer.C:
		}
		c.clean()
		close(c.done)
	}()
	return nil
}

// clean closes our ends of the pipes and removes the private directory.
func (c *child) clean() {
	if c.stdout != nil {
		c.stdout.from.Close()
	}
	if c.stderr != nil {
		c.stderr.Close()
	}
	c.dir.remove()
}

// kill ends the process group, or keeps it from being started. The number of a process that was reaped may be another's, so it is left alone.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doomed = true
	if c.started && !c.reaped {
		killGroup(c.cmd.Process.Pid)
	}
}

// end kills what is left and waits until it is gone.
func (c *child) end() error {
	c.mu.Lock()
	started := c.started
	c.mu.Unlock()
	if !started {
		c.clean()
		return nil
	}
	c.kill()
	timer := time.NewTimer(killGrace)
	defer timer.Stop()
	select {
	case <-c.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("plugin %s was killed and is still there", c.spec.ID)
	}
}

// exited notes how the process ended. The caller holds the lock, or is the only one to know the process.
func (c *child) exited(err error) {
	c.reaped = true
	c.result = "exit status 0"
	if err != nil {
		c.result = err.Error()
	}
}

// Wait implements runner.Runner.
func (c *child) Wait(context.Context) error {
	<-c.done
	return nil
}

// Kill implements runner.Runner.
func (c *child) Kill(context.Context) error {
	c.kill()
	return nil
}

// Stdout implements runner.Runner: the first line, then nothing until the plugin ends.
func (c *child) Stdout() io.ReadCloser { return c.stdout }

// Stderr implements runner.Runner. It is empty: the real one is read by lineLog alone.
func (c *child) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name implements runner.Runner.
func (c *child) Name() string { return c.spec.ID }

// ID implements runner.Runner.
func (c *child) ID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started {
		return ""
	}
	return strconv.Itoa(c.cmd.Process.Pid)
}

// Diagnose implements runner.Runner; explain words the errors.
func (c *child) Diagnose(context.Context) string { return "" }

var errForeignAddress = errors.New("foreign address")

// PluginToHost implements runner.Runner: of what a plugin names, only a socket in its private directory is accepted.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(address) != c.dir.path || filepath.Clean(address) != address {
		return "", "", errForeignAddress
	}
	info, err := os.Lstat(address)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return "", "", errForeignAddress
	}
	c.socket = address
	return network, address, nil
}

// HostToPlugin implements runner.Runner. Only the broker would use it, which is not started.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
