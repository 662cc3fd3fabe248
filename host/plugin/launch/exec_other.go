//go:build unix && !linux

package launch

import (
	"io"
	"os"
	"os/exec"
	"syscall"
)

func startChild(cmd *exec.Cmd) error { return cmd.Start() }

// isolate gives the child a process group of its own. That it ends with the host is up to its SDK, which
// watches its parent.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// reap waits for the end of the process and kills what is left of its group.
func (c *child) reap() {
	err := c.cmd.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	killGroup(c.cmd.Process.Pid)
	c.exited(err)
}

// Own opens the host's own executable by its path.
func Own() (*os.File, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// ownExecutable starts the file at the path of the host.
func ownExecutable(file *os.File) executable {
	return executable{path: file.Name(), file: file}
}

// sealedCopy is a private copy on disk: this system cannot execute a descriptor. Between the copy and the
// start the host's own user could still change it.
func sealedCopy(file io.Reader, hash io.Writer, dir string) (executable, error) {
	return diskCopy(file, hash, dir)
}
