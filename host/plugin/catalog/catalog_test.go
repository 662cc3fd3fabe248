package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/plugin/launch"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// marker makes the test binary a plugin: `BINARY serve-test-plugin ID`.
const marker = "serve-test-plugin"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == marker {
		sdk.Serve(plain(os.Args[2]))
	}
	if len(os.Args) == 1 && os.Getenv(protocol.CookieKey) != "" {
		sdk.Serve(plain("acme.loyal"))
	}
	os.Exit(m.Run())
}

type nothing struct{}

type customer struct {
	Country string `crm:"country" purpose:"Names the country."`
}

func plain(id string) sdk.Plugin {
	return sdk.Pointwise[nothing, customer]{
		Info:     sdk.Info{ID: id, Version: "1.0.0", Summary: "All the same", License: "MIT"},
		Tags:     []sdk.Tag{sdk.Class("", sdk.Option{Code: "same", Label: sdk.Text{En: "Same"}})},
		Classify: func(sdk.Run, nothing, customer) sdk.Verdict { return sdk.Set("", "same") },
	}
}

func builtins(ids ...string) []Builtin {
	var list []Builtin
	for _, id := range ids {
		list = append(list, Builtin{Manifest: sdk.Manifest(plain(id)), Args: []string{marker, id}})
	}
	return list
}

func setup(instance string) client.Setup {
	return client.Setup{Instance: instance, AsOf: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), Zone: time.UTC, Currency: "USD", Digits: 2, Subject: crm.Company}
}

// clock stands still but for its sleeps, which it remembers.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(_ <-chan struct{}, d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sleeps = append(c.sleeps, d)
	c.now = c.now.Add(d)
	return true
}

func (c *clock) advance(d time.Duration) { c.Sleep(nil, d) }

func open(t *testing.T, dir string, b []Builtin, options ...Option) *Catalog {
	t.Helper()
	c, err := Open(dir, b, nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestOneWarmProcessIsShared(t *testing.T) {
	c := open(t, t.TempDir(), builtins("abc", "rfm"))
	first, err := c.Start(t.Context(), "abc")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := first.Configure(t.Context(), setup("one")); err != nil || got.Failed() {
		t.Fatal(got, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := c.Start(t.Context(), "abc")
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Error("a second process was started")
	}
	if c.plugins["rfm"].process != nil {
		t.Error("a plugin that nobody uses was started")
	}
	running := c.plugins["abc"].process
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	<-running.Done()
	if _, err := c.Start(t.Context(), "abc"); crm.CodeOf(err) != crm.CodePlugin {
		t.Errorf("after Close: %v", err)
	}
}

func TestCloseEndsAStartThatWaits(t *testing.T) {
	c := open(t, t.TempDir(), builtins("abc"))
	entered := make(chan struct{})
	c.launch = func(ctx context.Context, _ launch.Spec) (process, error) {
		close(entered)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	result := make(chan error)
	go func() {
		_, err := c.Start(context.Background(), "abc")
		result <- err
	}()
	<-entered
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; crm.CodeOf(err) != crm.CodePlugin || !strings.Contains(err.Error(), "about to end") {
		t.Errorf("error %v", err)
	}
}

// put installs the test binary by hand, as acme.loyal.
func put(t *testing.T, dir string) Entry {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := protocol.ManifestJSON(sdk.Manifest(plain("acme.loyal")))
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{ID: "acme.loyal", Version: "1.0.0", Active: true, Platform: runtime.GOOS + "/" + runtime.GOARCH, Directory: "acme.loyal/1.0.0-x",
		Executable: "bin/loyal", SHA256: sum(program), ManifestSHA256: sum(manifest), ArchiveSHA256: sum(nil), Signature: "unsigned"}
	at := filepath.Join(dir, e.Directory)
	if err := os.MkdirAll(filepath.Join(at, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "plugin.json"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, e.Executable), program, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, e)
	return e
}

func write(t *testing.T, dir string, entries ...Entry) {
	t.Helper()
	if err := WriteLock(dir, Lock{Plugins: entries}); err != nil {
		t.Fatal(err)
	}
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func TestAnInstalledPluginIsListedWithoutBeingStarted(t *testing.T) {
	dir := t.TempDir()
	e := put(t, dir)
	c := open(t, dir, builtins("abc"))
	list := c.List()
	if len(list) != 2 || list[0].ID != "abc" || list[1].ID != "acme.loyal" || list[1].Hash != e.SHA256 || list[0].Hash != "builtin@1.0.0" || list[1].Fault != nil {
		t.Errorf("list %+v", list)
	}
	if c.Hash("acme.loyal") != e.SHA256 || c.Hash("nobody") != "" {
		t.Error("hashes")
	}
	if m, err := c.Manifest("acme.loyal"); err != nil || m.GetId() != "acme.loyal" {
		t.Error(m, err)
	}
	if _, err := c.Manifest("nobody"); crm.CodeOf(err) != crm.CodeNotFound || !strings.Contains(err.Error(), "there are abc, acme.loyal") {
		t.Error(err)
	}
	p, err := c.Start(t.Context(), "acme.loyal")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Configure(t.Context(), setup("one")); err != nil || got.Failed() {
		t.Error(got, err)
	}
}

func TestWhatWasChangedAfterInstallationIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, at string, e *Entry)
		want   string
	}{
		"executable": {func(t *testing.T, at string, e *Entry) { change(t, filepath.Join(at, e.Executable)) }, "its executable was changed"},
		"manifest":   {func(t *testing.T, at string, _ *Entry) { change(t, filepath.Join(at, "plugin.json")) }, "its plugin.json was changed"},
		"removed": {func(t *testing.T, at string, _ *Entry) {
			if err := os.RemoveAll(at); err != nil {
				t.Fatal(err)
			}
		}, "its plugin.json cannot be read"},
		"machine": {func(_ *testing.T, _ string, e *Entry) { e.Platform = "plan9/mips" }, "it was installed for plan9/mips"},
		"manifest of another program": {func(t *testing.T, at string, e *Entry) {
			m := sdk.Manifest(plain("acme.loyal"))
			m.Summary = "Something harmless"
			text, err := protocol.ManifestJSON(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(at, "plugin.json"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			e.ManifestSHA256 = sum(text)
		}, "describes itself otherwise than its plugin.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := put(t, dir)
			test.change(t, filepath.Join(dir, e.Directory), &e)
			write(t, dir, e)
			c := open(t, dir, builtins("abc"))
			if _, err := c.Start(t.Context(), "acme.loyal"); crm.CodeOf(err) != crm.CodePlugin || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v", err)
			}
			if _, err := c.Start(t.Context(), "abc"); err != nil {
				t.Errorf("the others cannot be used any more: %v", err)
			}
		})
	}
}

// change flips a bit in the middle of a file.
func change(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestLockFiles(t *testing.T) {
	dir := t.TempDir()
	e := put(t, dir)
	info, err := os.Stat(filepath.Join(dir, LockName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v %v", info, err)
	}
	old := e
	old.Active = false
	write(t, dir, old, e)
	if lock, err := ReadLock(dir); err != nil || len(lock.Plugins) != 2 || lock.Active("acme.loyal") == nil || lock.Active("nobody") != nil {
		t.Errorf("%v %v", lock, err)
	}
	for name, text := range map[string]string{
		"broken":      `{"version": 1, "plugins": [`,
		"unknown key": `{"version": 1, "plugins": [], "extra": 1}`,
		"newer":       `{"version": 2, "plugins": []}`,
		"no hash":     `{"version": 1, "plugins": [{"id": "a.b"}]}`,
		"outside":     `{"version": 1, "plugins": [{"id": "a.b", "version": "1.0.0", "directory": "../x", "executable": "bin/x", "sha256": "` + sum(nil) + `", "manifest_sha256": "` + sum(nil) + `", "archive_sha256": "` + sum(nil) + `"}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, LockName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, nil, nil); crm.CodeOf(err) != crm.CodeConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
	write(t, dir, e, e)
	if _, err := Open(dir, nil, nil); crm.CodeOf(err) != crm.CodeConfig {
		t.Errorf("two active versions: %v", err)
	}
	write(t, dir, e)
	if _, err := Open(dir, builtins("acme.loyal"), nil); crm.CodeOf(err) != crm.CodeConflict {
		t.Errorf("a built-in name: %v", err)
	}
}
