package launch

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// starter runs functions on one thread that lives as long as the host. The kernel sends the signal of
// Pdeathsig when the thread that started the child ends, and Go ends threads as it likes.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func startChild(cmd *exec.Cmd) error {
	closeOnExec()
	result := make(chan error)
	starter() <- func() { result <- cmd.Start() }
	return <-result
}

// closeOnExec keeps from the child what the host itself inherited, such as sockets of a supervisor. What Go
// opens is kept from it anyway.
func closeOnExec() {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, entry := range open {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}

// isolate gives the child a process group of its own and ties its life to ours.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// reap waits for the end of the process, kills what is left of its group while the number is still its own,
// and takes the result.
func (c *child) reap() {
	for errors.Is(unix.Waitid(unix.P_PID, c.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	killGroup(c.cmd.Process.Pid)
	c.exited(c.cmd.Wait())
}

// Own opens the host's own executable: the one that runs, whatever lies at its path now.
func Own() (*os.File, error) { return os.Open("/proc/self/exe") }

// childExecutable is the descriptor as the child has it: the first one after the three standard ones.
const childExecutable = "/proc/self/fd/3"

// ownExecutable starts the open descriptor itself.
func ownExecutable(file *os.File) executable {
	return executable{path: childExecutable, file: file}
}

// sealedCopy copies the file into memory that nobody can change any more, and hands every byte to hash: what
// was hashed is what will run. Where the kernel refuses executable memory, a private copy on disk does.
func sealedCopy(file io.Reader, hash io.Writer, dir string) (executable, error) {
	// A fork while the memory is open for writing would make the execution fail ("text file busy").
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.MemfdCreate("taxon-plugin", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate("taxon-plugin", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return diskCopy(file, hash, dir)
	}
	memory := os.NewFile(uintptr(fd), "plugin")
	defer memory.Close()
	if _, err := io.Copy(io.MultiWriter(memory, hash), file); err != nil {
		return executable{}, err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE); err != nil {
		return executable{}, err
	}
	// Opened again for reading only: what is open for writing cannot be executed.
	sealed, err := os.Open("/proc/self/fd/" + strconv.Itoa(fd))
	return executable{path: childExecutable, file: sealed}, err
}
