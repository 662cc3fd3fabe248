package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
)

// Options are how to install.
type Options struct {
	Store    string              // the directory with the lock file; made when it does not exist
	Reserved []string            // ids of built-in plugins
	Approve  func(Request) error // asks the administrator; an error ends the installation and is returned
	Verifier Verifier            // nil is Unsigned
	Clock    crm.Clock           // nil is the system's
	Log      hclog.Logger        // gets the plugin's lines while it is tried; nil drops them

	step func(name string) // tests: called before each step
}

// Result is what an installation did.
type Result struct {
	catalog.Entry
	Unchanged bool // it was installed and active already
}

// Install installs a package, or a directory as Pack takes it. Installing the same again changes nothing but
// mends what was damaged; another version replaces the active one, which is kept for Rollback.
func Install(ctx context.Context, path string, o Options) (Result, error) {
	if o.Verifier == nil {
		o.Verifier = Unsigned{}
	}
	if o.Clock == nil {
		o.Clock = crm.SystemClock{}
	}
	if o.step == nil {
		o.step = func(string) {}
	}
	s, release, err := openStore(o.Store)
	if err != nil {
		return Result{}, err
	}
	defer release()
	staging, err := os.MkdirTemp(s.dir, stagingPrefix)
	if err != nil {
		return Result{}, s.fault(err)
	}
	defer removeTree(staging)
	i := &installation{Options: o, store: s, staging: staging}
	return i.run(ctx, path)
}

// installation is one Install at work.
type installation struct {
	Options
	store   *store
	staging string
	pack    *Package
}

func (i *installation) run(ctx context.Context, path string) (Result, error) {
	archive, err := i.fetch(path)
	if err != nil {
		return Result{}, err
	}
	defer archive.Close()
	if err := i.checkID(); err != nil {
		return Result{}, err
	}
	signature, err := i.Verifier.Verify(ctx, archive, i.pack)
	if err != nil {
		return Result{}, err
	}
	active := i.store.lock.Active(i.pack.Manifest.GetId())
	if active != nil && active.ArchiveSHA256 == i.pack.ArchiveSHA256 && active.Platform == platform() && i.intact(*active) {
		return Result{Entry: *active, Unchanged: true}, catalog.Enable(i.store.dir, active.ID)
	}
	i.step("approve")
	if err := i.approve(request(i.pack, signature, active), active); err != nil {
		return Result{}, err
	}
	i.step("try")
	if err := try(ctx, i.unpacked(), i.pack, i.Log); err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	e := i.entry(signature)
	if err := i.place(e); err != nil {
		return Result{}, i.store.fault(err)
	}
	i.step("commit")
	if err := i.store.activate(e); err != nil {
		return Result{}, i.store.fault(err)
	}
	return Result{Entry: e}, catalog.Enable(i.store.dir, e.ID)
}

func (i *installation) unpacked() string { return filepath.Join(i.staging, "plugin") }

// fetch makes a private copy of the package, so that what is checked is what is unpacked, and unpacks it.
func (i *installation) fetch(path string) (*os.File, error) {
	fault := func(err error) error {
		var known *crm.Error
		if errors.As(err, &known) {
			return err
		}
		return &crm.Error{Code: crm.CodePlugin, Pointer: filepath.Base(path), Message: "the plugin cannot be installed: " + err.Error(), Cause: err,
			Suggestion: "make the package with taxon plugin pack, or ask its author for another"}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeNotFound, Pointer: filepath.Base(path), Message: "there is no such package or directory", Cause: err}
	}
	archive, err := os.OpenFile(filepath.Join(i.staging, "package.tar.gz"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, i.store.fault(err)
	}
	hash := sha256.New()
	if info.IsDir() {
		_, err = pack(path, io.MultiWriter(archive, hash))
	} else {
		err = copyFile(path, io.MultiWriter(archive, hash))
	}
	if err == nil {
		err = i.unpack(archive)
	}
	if err == nil {
		i.pack.ArchiveSHA256 = hex.EncodeToString(hash.Sum(nil))
		_, err = archive.Seek(0, io.SeekStart)
	}
	if err != nil {
		archive.Close()
		return nil, fault(err)
	}
	return archive, nil
}

// copyFile copies a regular file of at most maxArchive bytes.
func copyFile(path string, to io.Writer) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO must not be waited for
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	n, err := io.Copy(to, io.LimitReader(f, maxArchive+1))
	if err == nil && n > maxArchive {
		err = fmt.Errorf("it is larger than %d MiB", maxArchive>>20)
	}
	return err
}

func (i *installation) unpack(archive *os.File) error {
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := os.Mkdir(i.unpacked(), 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(i.unpacked())
	if err != nil {
		return err
	}
	defer root.Close()
	i.pack, err = unpack(archive, root)
	return err
}

// checkID keeps the names of built-in plugins, now and later, to themselves.
func (i *installation) checkID() error {
	id := i.pack.Manifest.GetId()
	if slices.Contains(i.Reserved, id) || strings.HasPrefix(id, "taxon") || !strings.Contains(id, ".") {
		return &crm.Error{Code: crm.CodeConflict, Message: "the plugin cannot be installed: its id " + id + " is reserved for plugins that come with Taxon",
			Suggestion: "its author must give it an id of the form publisher.name"}
	}
	return nil
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func (i *installation) entry(signature string) catalog.Entry {
	m := i.pack.Manifest
	return catalog.Entry{
		ID: m.GetId(), Version: m.GetVersion(), Active: true, Platform: platform(),
		Directory:  m.GetId() + "/" + m.GetVersion() + "-" + i.pack.ArchiveSHA256[:12],
		Executable: i.pack.Executable, SHA256: i.pack.ExecutableSHA256, ManifestSHA256: i.pack.ManifestSHA256, ArchiveSHA256: i.pack.ArchiveSHA256,
		Signature: signature, InstalledAt: i.Clock.Now().UTC(), Approved: wants(m),
	}
}

// intact reports whether an installed version still has the bytes of its package.
func (i *installation) intact(e catalog.Entry) bool {
	for name, want := range map[string]string{manifestFile: e.ManifestSHA256, e.Executable: e.SHA256} {
		hash := sha256.New()
		f, err := os.Open(filepath.Join(i.store.dir, e.Directory, name))
		if err != nil {
			return false
		}
		_, err = io.Copy(hash, io.LimitReader(f, maxExecutable+1))
		f.Close()
		if err != nil || hex.EncodeToString(hash.Sum(nil)) != want {
			return false
		}
	}
	return true
}

// place moves the unpacked plugin to where it stays. Whatever lies there is not in use: the lock file does not
// name it, or its bytes are not intact.
func (i *installation) place(e catalog.Entry) error {
	target := filepath.Join(i.store.dir, e.Directory)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if err := removeTree(target); err != nil {
		return err
	}
	if err := sealDirs(i.unpacked()); err != nil {
		return err
	}
	i.step("place")
	if err := os.Rename(i.unpacked(), target); err != nil {
		return err
	}
	if err := os.Chmod(target, 0o500); err != nil { // after the rename, which changes its parent
		return err
	}
	if err := catalog.SyncDir(filepath.Dir(target)); err != nil {
		return err
	}
	return catalog.SyncDir(i.store.dir)
}
