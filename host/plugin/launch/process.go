package launch

import (
	"context"
	"time"

	"google.golang.org/grpc"
)

// Process is one running plugin.
type Process struct {
	child *child
	conn  *grpc.ClientConn
}

// Conn is the connection to the plugin. It stays usable until Stop; calls fail soon after the process has died.
func (p *Process) Conn() *grpc.ClientConn { return p.conn }

// PID is the number of the process.
func (p *Process) PID() int { return p.child.cmd.Process.Pid }

// Done is closed when the process has ended and its files are gone.
func (p *Process) Done() <-chan struct{} { return p.child.done }

// Exited reports whether the process has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.child.done:
		return true
	default:
		return false
	}
}

// Result is how the process ended, such as "exit status 2" or "signal: killed"; "" while it runs.
func (p *Process) Result() string {
	p.child.mu.Lock()
	defer p.child.mu.Unlock()
	return p.child.result
}

// Kill ends the process and its group at once. It does not wait; Stop does, and is still to be called.
func (p *Process) Kill() { p.child.kill() }

// Stop asks the plugin to end, waits for at most grace, and kills it and its group then. Calls in flight are
// cut. It may be called several times.
func (p *Process) Stop(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	p.shutdown(ctx)
	select {
	case <-p.child.done:
	case <-ctx.Done():
	}
	err := p.child.end()
	p.conn.Close()
	return err
}
