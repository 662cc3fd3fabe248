package install

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/host/validate"
)

type clock struct{ crm.SystemClock }

func (clock) Now() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func options(store string) Options { return Options{Store: store, Approve: yes, Clock: clock{}} }

// newStore is a directory that does not exist yet; read-only directories in it do not stand in the way of the test's end.
func newStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "plugins")
	t.Cleanup(func() {
		if err := removeTree(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func mustInstall(t *testing.T, store, path string) Result {
	t.Helper()
	r, err := Install(t.Context(), path, options(store))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// files are all files below a directory, but locks.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".lock") {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestInstallShowsStartsAndKeeps(t *testing.T) {
	store := newStore(t)
	var asked []Request
	o := options(store)
	o.Approve = func(r Request) error {
		asked = append(asked, r)
		return nil
	}
	got, err := Install(t.Context(), loyal.archive(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 1 || asked[0].Signature != "unsigned" || asked[0].Replaces != "" || asked[0].License != "MIT\n" ||
		len(asked[0].NewReads) != 1 || asked[0].NewReads[0].Path != "country" || asked[0].NewReads[0].Purpose != "Names the country." || !slices.Equal(asked[0].NewTags, []string{""}) {
		t.Errorf("asked %+v", asked)
	}
	at := "acme.loyal/1.2.0-" + got.ArchiveSHA256[:12]
	want := []string{at + "/LICENSE", at + "/README.md", at + "/bin/loyal", at + "/plugin.json", at + "/testdata/customers.csv", "plugins.lock.json"}
	if names := files(t, store); !slices.Equal(names, want) {
		t.Errorf("the store has %v", names)
	}
	for name, mode := range map[string]fs.FileMode{"": 0o500, "bin": 0o500, "bin/loyal": 0o500, "plugin.json": 0o400} {
		info, err := os.Stat(filepath.Join(store, at, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q has mode %v (%v)", name, info.Mode(), err)
		}
	}
	text, err := os.ReadFile(filepath.Join(store, catalog.LockName))
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	if findings := validate.Embedded("lock.schema.json").Check(document); len(findings) > 0 {
		t.Errorf("the lock file is not what its schema says: %v", findings)
	}
	c, err := catalog.Open(store, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Start(t.Context(), "acme.loyal"); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	shown, err := Show(store, "acme.loyal")
	if err != nil || shown.Active.Version != "1.2.0" || shown.License != "MIT\n" || shown.Readme != "# Loyal\n" || shown.Manifest.GetId() != "acme.loyal" || !shown.Active.InstalledAt.Equal(clock{}.Now()) {
		t.Errorf("%+v %v", shown, err)
	}
}

func TestInstallingTheSameAgainChangesNothing(t *testing.T) {
	store := newStore(t)
	archive := loyal.archive(t)
	first := mustInstall(t, store, archive)
	before := files(t, store)
	again, err := Install(t.Context(), archive, Options{Store: store}) // nobody is asked
	if err != nil || !again.Unchanged || again.Directory != first.Directory || !slices.Equal(before, files(t, store)) {
		t.Errorf("%+v %v", again, err)
	}
	// The same from the author's directory is the same package.
	if again := mustInstall(t, store, loyal.dir(t)); !again.Unchanged {
		t.Errorf("%+v", again)
	}
}

func TestInstallingAgainMendsWhatWasChanged(t *testing.T) {
	store := newStore(t)
	archive := loyal.archive(t)
	first := mustInstall(t, store, archive)
	path := filepath.Join(store, first.Directory, first.Executable)
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Open(store, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Start(t.Context(), "acme.loyal"); err == nil || !strings.Contains(err.Error(), "changed since it was installed") {
		t.Errorf("the changed plugin: %v", err)
	}
	if again := mustInstall(t, store, archive); again.Unchanged {
		t.Error("nothing was mended")
	}
	if _, err := c.Start(t.Context(), "acme.loyal"); err != nil {
		t.Error(err)
	}
}

// signer is a verifier that knows the maker.
type signer struct{}

func (signer) Verify(context.Context, *os.File, *Package) (string, error) {
	return "signed by Acme", nil
}

func TestAnotherVersionOfAnUnknownMakerNeedsApproval(t *testing.T) {
	store := newStore(t)
	first := loyal.archive(t)
	mustInstall(t, store, first)
	asked := 0
	o := options(store)
	o.Approve = func(r Request) error {
		asked++
		if r.Replaces != "1.2.0" || len(r.NewReads) != 0 || len(r.NewTags) != 0 {
			t.Errorf("asked for %+v", r)
		}
		return errors.New("no")
	}
	if _, err := Install(t.Context(), variant{id: "acme.loyal", version: "1.3.0"}.archive(t), o); err == nil || err.Error() != "no" || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	if r, err := Install(t.Context(), first, o); err != nil || asked != 1 || !r.Unchanged {
		t.Errorf("the same again: asked %d times, %v", asked, err)
	}
	if err := removeTree(filepath.Join(store, "acme.loyal")); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(t.Context(), first, o); err != nil || asked != 1 {
		t.Errorf("the same again, damaged: asked %d times, %v", asked, err)
	}
}

func TestAVersionThatReadsMoreNeedsApproval(t *testing.T) {
	store := newStore(t)
	asked := 0
	o := options(store)
	o.Verifier = signer{}
	if _, err := Install(t.Context(), loyal.archive(t), o); err != nil {
		t.Fatal(err)
	}
	o.Approve = func(Request) error { asked++; return nil }
	if _, err := Install(t.Context(), variant{id: "acme.loyal", version: "1.3.0"}.archive(t), o); err != nil || asked != 0 {
		t.Errorf("a version that reads the same: asked %d times, %v", asked, err)
	}
	o.Approve = func(r Request) error {
		asked++
		if r.Replaces != "1.3.0" || len(r.NewReads) != 1 || r.NewReads[0].Path != "email" {
			t.Errorf("asked for %+v", r)
		}
		return errors.New("no")
	}
	more := variant{id: "acme.loyal", version: "1.4.0", reads: []string{"email"}}.archive(t)
	if _, err := Install(t.Context(), more, o); err == nil || err.Error() != "no" || asked != 1 {
		t.Errorf("refused: asked %d times, %v", asked, err)
	}
	lock, err := catalog.ReadLock(store)
	if err != nil || lock.Active("acme.loyal").Version != "1.3.0" {
		t.Errorf("after the refusal: %v %v", lock, err)
	}
	o.Approve = nil
	if _, err := Install(t.Context(), more, o); crm.CodeOf(err) != crm.CodePlugin {
		t.Errorf("nobody to ask: %v", err)
	}
	o.Approve = yes
	if r, err := Install(t.Context(), more, o); err != nil || len(r.Approved.Reads) != 2 {
		t.Errorf("recorded %+v, %v", r.Approved, err)
	}
}

func TestTheVersionBeforeIsKeptForRollback(t *testing.T) {
	store := newStore(t)
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		mustInstall(t, store, variant{id: "acme.loyal", version: version}.archive(t))
	}
	mustInstall(t, store, variant{id: "acme.other", version: "1.0.0"}.archive(t))
	versions, err := os.ReadDir(filepath.Join(store, "acme.loyal"))
	if err != nil || len(versions) != 2 {
		t.Errorf("%v %v", versions, err)
	}
	for _, want := range []string{"1.1.0", "1.2.0"} {
		e, err := Rollback(store, "acme.loyal")
		if err != nil || e.Version != want {
			t.Errorf("rollback gave %v %v, want %s", e.Version, err, want)
		}
		c, err := catalog.Open(store, nil, nil)
		if err != nil || c.Hash("acme.loyal") != e.SHA256 {
			t.Errorf("after rollback: %v", err)
		}
	}
	if _, err := Rollback(store, "acme.other"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("nothing to roll back to: %v", err)
	}
	if _, err := Rollback(store, "acme.nobody"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("unknown: %v", err)
	}
}

func TestRemove(t *testing.T) {
	store := newStore(t)
	mustInstall(t, store, loyal.archive(t))
	if err := Remove(store, "acme.nobody", nil, false); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("unknown: %v", err)
	}
	if err := Remove(store, "acme.loyal", []string{"loyalty", "vip"}, false); crm.CodeOf(err) != crm.CodeConflict || !strings.Contains(err.Error(), "loyalty, vip") {
		t.Errorf("in use: %v", err)
	}
	if err := Remove(store, "acme.loyal", []string{"loyalty"}, true); err != nil {
		t.Fatal(err)
	}
	if names := files(t, store); !slices.Equal(names, []string{"plugins.lock.json"}) {
		t.Errorf("left: %v", names)
	}
	if _, err := Show(store, "acme.loyal"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("it is still shown: %v", err)
	}
}

func TestOtherDirectoriesInTheStoreAreLeftAlone(t *testing.T) {
	store := newStore(t)
	for _, name := range []string{"my.project/src/1.0.0-abc", "data/1.0.0-0123456789ab", "acme.loyal/notes"} {
		if err := os.MkdirAll(filepath.Join(store, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	mustInstall(t, store, loyal.archive(t))
	for _, name := range []string{"my.project/src/1.0.0-abc", "data/1.0.0-0123456789ab", "acme.loyal/notes"} {
		if _, err := os.Stat(filepath.Join(store, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestNamesOfBuiltInPluginsAreReserved(t *testing.T) {
	for _, id := range []string{"abc", "loyal", "taxon.loyal", "taxonomy.x", "acme.reserved"} {
		store := newStore(t)
		o := options(store)
		o.Reserved = []string{"abc", "acme.reserved"}
		_, err := Install(t.Context(), variant{id: id, version: "1.0.0"}.archive(t), o)
		if crm.CodeOf(err) != crm.CodeConflict || !strings.Contains(err.Error(), "reserved") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestPluginsThatAreNotWhatTheySayAreNotInstalled(t *testing.T) {
	for behaviour, want := range map[string]string{
		"other manifest": "describes itself otherwise than its plugin.json",
		"newer protocol": "it speaks version 2 of the plugin protocol, and this host speaks version 1",
		"greedy":         `wants to read "email", which its manifest does not name`,
	} {
		t.Run(behaviour, func(t *testing.T) {
			store := newStore(t)
			_, err := Install(t.Context(), variant{id: "acme.loyal", version: "1.2.0", behaviour: behaviour}.archive(t), options(store))
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "acme.loyal") {
				t.Errorf("error %v", err)
			}
			if names := files(t, store); len(names) > 0 {
				t.Errorf("left: %v", names)
			}
		})
	}
}

// refuser is a verifier that knows better.
type refuser struct{}

func (refuser) Verify(_ context.Context, archive *os.File, p *Package) (string, error) {
	if info, err := archive.Stat(); err != nil || info.Size() == 0 || p.Manifest.GetId() != "acme.loyal" {
		return "", errors.New("nothing to verify")
	}
	return "", &crm.Error{Code: crm.CodePlugin, Message: "the signature is not valid"}
}

func TestAVerifierCanRefuse(t *testing.T) {
	o := options(newStore(t))
	o.Verifier = refuser{}
	o.Approve = func(Request) error { t.Error("it was asked for approval"); return nil }
	if _, err := Install(t.Context(), loyal.archive(t), o); err == nil || !strings.Contains(err.Error(), "the signature is not valid") {
		t.Errorf("error %v", err)
	}
}

func TestAKillInTheMiddleLeavesNothingHalfDone(t *testing.T) {
	store := newStore(t)
	archive := loyal.archive(t)
	mustInstall(t, store, variant{id: "acme.loyal", version: "1.0.0"}.archive(t))
	for _, step := range []string{"approve", "try", "place", "commit"} {
		killAt(t, step, store, archive)
		lock, err := catalog.ReadLock(store)
		if err != nil {
			t.Fatal(err)
		}
		c, err := catalog.Open(store, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if list := c.List(); len(lock.Plugins) != 1 || len(list) != 1 || list[0].Version != "1.0.0" || list[0].Fault != nil {
			t.Errorf("after the kill at %s: %+v", step, list)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if r := mustInstall(t, store, archive); r.Version != "1.2.0" {
		t.Errorf("installed %+v", r)
	}
	for _, name := range files(t, store) {
		if strings.Contains(name, stagingPrefix) {
			t.Errorf("left: %s", name)
		}
	}
}

// killAt starts an installation in a process of its own and kills it at a step.
func killAt(t *testing.T, step, store, archive string) {
	t.Helper()
	installer := exec.Command("/proc/self/exe", "installer-to-be-killed", store, archive, step)
	installer.Stderr = os.Stderr
	out, err := installer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := installer.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "reached\n" {
		t.Fatal(line, err)
	}
	if _, err := Install(t.Context(), archive, options(store)); crm.CodeOf(err) != crm.CodeLocked {
		t.Errorf("a second installation at the same time: %v", err)
	}
	if err := installer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = installer.Wait()
}

func TestCancelEndsAnInstallation(t *testing.T) {
	store := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := options(store)
	o.Approve = func(Request) error { cancel(); return nil }
	if _, err := Install(ctx, loyal.archive(t), o); err == nil {
		t.Error("it was installed")
	}
	if names := files(t, store); len(names) > 0 {
		t.Errorf("left: %v", names)
	}
}
