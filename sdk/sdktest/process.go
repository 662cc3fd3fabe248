package sdktest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// The cases that look at a process start it without go-plugin's client, to see what that would hide.

var processCases = []testCase{
	{"process/by hand", func(ctx context.Context, s *suite) error {
		c := s.target.(command)
		cmd := exec.CommandContext(ctx, c.path, c.args...)
		cmd.Env = []string{}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return errors.New("started by hand it does not end")
		case err == nil:
			return errors.New("started by hand it ends as if all were well")
		case !errors.As(err, &exit):
			return err
		case stderr.Len() == 0:
			return errors.New("started by hand it says nothing on stderr")
		}
		return nil
	}},
	{"process/stdout and shutdown", func(ctx context.Context, s *suite) error {
		p, err := s.target.(command).raw(ctx, false)
		if err != nil {
			return err
		}
		defer p.kill()
		health, err := grpc_health_v1.NewHealthClient(p.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
		if err != nil || health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			return fmt.Errorf("its health is %s: %w", health.GetStatus(), err)
		}
		on := s.on(&connection{client: pb.NewClassifierServiceClient(p.conn)})
		if err := on.cancelled(ctx); err != nil {
			return err
		}
		if err := p.conn.Invoke(ctx, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{}); err != nil && ctx.Err() != nil {
			return fmt.Errorf("shutdown: %w", err)
		}
		rest, err := p.end(ctx, s.grace)
		if err != nil {
			return fmt.Errorf("after Shutdown: %w", err)
		}
		if len(rest) > 0 {
			return fmt.Errorf("it writes to stdout after the handshake: %.80q", rest)
		}
		return nil
	}},
	{"process/ends with its parent", func(ctx context.Context, s *suite) error {
		if _, err := exec.LookPath("sh"); err != nil {
			return nil // nothing here can be its parent
		}
		p, err := s.target.(command).raw(ctx, true)
		if err != nil {
			return err
		}
		defer p.kill()
		if err := p.cmd.Process.Kill(); err != nil { // the shell, not the plugin
			return err
		}
		if _, err := p.end(ctx, s.grace); err != nil {
			return fmt.Errorf("after the death of its parent: %w", err)
		}
		return nil
	}},
	{"process/memory", memory},
}

// process is a plugin started by the suite itself.
type process struct {
	cmd    *exec.Cmd
	pid    int // of the plugin, which may be a child of cmd
	conn   *grpc.ClientConn
	stdout *bufio.Reader
	dir    string
}

// raw starts the plugin and reads its handshake; with shell set, as the child of a shell.
func (c command) raw(ctx context.Context, shell bool) (_ *process, err error) {
	dir, err := os.MkdirTemp("", "taxon") // short: a socket's path has 107 bytes at most
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir}
	defer func() {
		if err != nil {
			p.kill()
		}
	}()
	path, err := filepath.Abs(c.path)
	if err != nil || !strings.Contains(c.path, string(filepath.Separator)) {
		if path, err = exec.LookPath(c.path); err != nil {
			return nil, err
		}
	}
	p.cmd = exec.Command(path, c.args...)
	var pid *os.File
	if shell {
		p.cmd = exec.Command("sh", append([]string{"-c", `"$0" "$@" 3>&- & echo $! >&3; exec 3>&-; wait`, path}, c.args...)...)
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		pid = r
		p.cmd.ExtraFiles = []*os.File{w}
		defer func() { _ = r.Close(); _ = w.Close() }()
	}
	p.cmd.Env = append(environment(), "PLUGIN_PROTOCOL_VERSIONS="+strconv.Itoa(protocol.Version), "PLUGIN_UNIX_SOCKET_DIR="+dir, "PLUGIN_MIN_PORT=10000", "PLUGIN_MAX_PORT=25000")
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.pid = p.cmd.Process.Pid
	if shell {
		if _, err := fmt.Fscan(pid, &p.pid); err != nil {
			return nil, err
		}
	}
	line, err := await(ctx, func() (string, error) { return p.stdout.ReadString('\n') })
	if err != nil {
		return nil, fmt.Errorf("it gives no handshake: %w", err)
	}
	return p, p.dial(line)
}

// dial checks a handshake line, CORE|APP|NETWORK|ADDRESS|PROTOCOL…, and connects.
func (p *process) dial(line string) error {
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[0] != "1" || parts[1] != strconv.Itoa(protocol.Version) || parts[4] != "grpc" {
		return fmt.Errorf("its first line on stdout is no handshake of version %d over gRPC: %.80q", protocol.Version, line)
	}
	target := parts[3]
	if parts[2] == "unix" {
		target = "unix:" + target
	}
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessage), grpc.MaxCallSendMsgSize(protocol.MaxMessage)))
	p.conn = conn
	return err
}

// end waits until the plugin is gone, which closes its stdout, and answers what it wrote.
func (p *process) end(ctx context.Context, grace time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	rest, err := await(ctx, func() ([]byte, error) { return io.ReadAll(p.stdout) })
	if err != nil {
		return nil, fmt.Errorf("it goes on running (%w)", err)
	}
	return rest, nil
}

// await runs f, but not longer than ctx.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		v, err := f()
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// kill removes whatever is left.
func (p *process) kill() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
	if p.cmd != nil && p.cmd.Process != nil {
		if p.pid != p.cmd.Process.Pid && p.pid > 0 {
			if plugin, err := os.FindProcess(p.pid); err == nil {
				_ = plugin.Kill()
			}
		}
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
	_ = os.RemoveAll(p.dir)
}

// growth is how much more memory a plugin may need for more customers of the same kind, in bytes.
const growth = 48 << 20

// memory classifies many customers in one call and wants the plugin's memory to stay level. It needs /proc.
func memory(ctx context.Context, s *suite) error {
	if runtime.GOOS != "linux" || s.conn.pid == 0 || len(s.configs) == 0 {
		return nil
	}
	w, err := s.prepare(ctx, "memory", s.configs[0])
	if err != nil {
		return err
	}
	model, err := s.fitted(ctx, w)
	if err != nil {
		return err
	}
	n := s.options.Million
	if n == 0 {
		n = 200_000
	}
	b, err := w.table.batch(0, w.table.all())
	if err != nil {
		return err
	}
	some := make([]*pb.CustomerBatch, n/4/invented+1)
	for i := range some {
		some[i] = &pb.CustomerBatch{Sequence: uint64(i), Keys: b.Keys, Columns: b.Columns}
	}
	ignore := func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil }
	var before int64
	for round := range 4 {
		if err := s.wire.classify(ctx, w.name, model, true, some, ignore); err != nil {
			return err
		}
		used, err := resident(s.conn.pid)
		if err != nil {
			return err
		}
		if round == 0 {
			before = used
		} else if used > before+growth {
			return fmt.Errorf("its memory grew from %d to %d MiB over %d customers", before>>20, used>>20, (round+1)*len(some)*invented)
		}
	}
	return nil
}

// resident is the resident memory of a process in bytes.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("the memory of the process cannot be read")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
