//go:build unix

// Package pgtest gives tests a PostgreSQL of their own: a private cluster in a temporary directory, reached
// through a socket in it, with one fresh database for each test.
//
// The cluster starts with the first URL and is stopped and removed with the last test that uses it, or at
// the end of Run. What a killed test process left behind is removed by the next one. It assumes that
// PostgreSQL is installed and nothing else: no server that runs, no port, no particular user. Invariant: a
// machine without PostgreSQL fails the test, it never skips it.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

const (
	startTimeout = 120 * time.Second
	stopTimeout  = 30 * time.Second
	prefix       = "taxonpg-"
)

var (
	mu     sync.Mutex
	server *cluster
	users  int  // tests that hold a database
	kept   bool // Run stops the cluster, not the last test
	made   int
)

// Run runs the tests of a package with one cluster for all of them: os.Exit(pgtest.Run(m)) in TestMain.
func Run(m *testing.M) int {
	kept = true
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	if server != nil {
		server.stop()
	}
	return code
}

// URL is the URL of a fresh, empty database, which is gone after the test. Its texts sort as English does,
// so that whoever relies on bytewise order without saying so is found out.
func URL(t testing.TB) string {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if server == nil {
		s, err := start()
		if err != nil {
			t.Fatalf("PostgreSQL for tests: %v", err)
		}
		server = s
	}
	made++
	name := fmt.Sprintf("test%d", made)
	if err := server.exec("create database " + name); err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	users++
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if err := server.exec("drop database " + name + " with (force)"); err != nil {
			t.Errorf("PostgreSQL for tests: %v", err)
		}
		if users--; users == 0 && !kept {
			server.stop()
			server = nil
		}
	})
	return server.url(name)
}

// cluster is a running server.
type cluster struct {
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the server has ended
}

func (c *cluster) url(database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("taxon"), Path: "/" + database,
		RawQuery: url.Values{"host": {c.dir}, "port": {"5432"}}.Encode()}).String()
}

func (c *cluster) exec(statement string) error {
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), statement)
	return errors.Join(err, db.Close())
}

// start makes a cluster and waits until it answers.
func start() (*cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	base, err := base()
	if err != nil {
		return nil, err
	}
	sweep(base)
	dir, err := os.MkdirTemp(base, prefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, err
	}
	attributes, err := owner(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	data, log := filepath.Join(dir, "data"), filepath.Join(dir, "log")
	initdb := command(attributes, dir, filepath.Join(bin, "initdb"), "-D", data, "-U", "taxon", "--auth=trust", "--encoding=UTF8", "--no-sync",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	output, err := os.Create(log)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer output.Close()
	c := &cluster{dir: dir, done: make(chan struct{})}
	c.cmd = command(attributes, dir, filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", "5432", "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB")
	c.cmd.Stdout, c.cmd.Stderr = output, output
	if err := c.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() {
		_ = c.cmd.Wait() // how it ended shows in its log
		close(c.done)
	}()
	if err := c.await(); err != nil {
		text, _ := os.ReadFile(log) // the error says enough without it
		c.stop()
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return c, nil
}

func (c *cluster) await() error {
	deadline := time.After(startTimeout)
	for {
		err := c.exec("select 1")
		if err == nil {
			return nil
		}
		select {
		case <-c.done:
			return errors.New("the server ended at once")
		case <-deadline:
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *cluster) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGINT) // "fast shutdown"; a process that has ended needs no signal
	select {
	case <-c.done:
	case <-time.After(stopTimeout):
		_ = c.cmd.Process.Signal(syscall.SIGQUIT) // "immediate shutdown", children too
		<-c.done
	}
	_ = os.RemoveAll(c.dir) // the next sweep tries again
}

// programs is the directory of the newest PostgreSQL that is installed.
func programs() (string, error) {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/pgsql/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		dirs = append(dirs, found...)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("initdb and postgres are not installed; install PostgreSQL 15 or newer (on Debian and Ubuntu: apt-get install postgresql)")
}

// version is the number in a path such as /usr/lib/postgresql/15/bin.
func version(dir string) int {
	n, _ := strconv.Atoi(strings.TrimLeft(filepath.Base(filepath.Dir(dir)), "abcdefghijklmnopqrstuvwxyz@-")) // 0 without a number
	return n
}

// base is a directory in which any user reaches what is his, short enough for a socket's path.
func base() (string, error) {
	for _, dir := range []string{"/tmp", os.TempDir(), "/var/tmp"} {
		if reachable(dir) {
			return dir, nil
		}
	}
	return "", errors.New("no temporary directory is reachable for every user")
}

func reachable(dir string) bool {
	if len(dir) > 40 {
		return false
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// owner makes the directory belong to whom the server runs as: PostgreSQL refuses to run as root.
func owner(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is for the test
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody: %w", err)
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(dir, uid, gid)
}

// command runs a program in the cluster's directory: the test's own may not be open to its user.
func command(attributes *syscall.SysProcAttr, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = attributes
	return cmd
}

// sweep ends and removes the clusters of test processes that are no more.
func sweep(base string) {
	dirs, err := filepath.Glob(filepath.Join(base, prefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		if n, err := strconv.Atoi(pid); err != nil || syscall.Kill(n, 0) == nil || errors.Is(syscall.Kill(n, 0), syscall.EPERM) {
			continue
		}
		if text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid")); err == nil {
			first, _, _ := strings.Cut(string(text), "\n")
			if n, err := strconv.Atoi(first); err == nil && n > 1 && isServer(n, dir) {
				_ = syscall.Kill(n, syscall.SIGQUIT) // it may have ended meanwhile
			}
		}
		_ = os.RemoveAll(dir) // another process may be at it too
	}
}

// isServer reports whether a process is the server of a directory, for a process id may have been given again.
func isServer(pid int, dir string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && strings.Contains(string(line), dir)
}
