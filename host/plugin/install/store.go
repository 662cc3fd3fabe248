package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

const (
	stagingPrefix = ".staging-"
	installLock   = ".install.lock"
)

// store is the directory of installed plugins while one process may change it.
type store struct {
	dir  string
	lock catalog.Lock
}

// What an installation names the directories of a plugin and its versions; others are nobody's business here.
var (
	idDir      = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	versionDir = regexp.MustCompile(`^[0-9][0-9A-Za-z.+-]*-[0-9a-f]{12}$`)
)

// openStore takes the store for this process and clears away what a crash left.
func openStore(dir string) (*store, func(), error) {
	s := &store{dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, s.fault(err)
	}
	release, err := catalog.TryExclusive(dir, installLock)
	if errors.Is(err, catalog.ErrBusy) {
		return nil, nil, &crm.Error{Code: crm.CodeLocked, Message: "plugins are being installed or removed by another process", Suggestion: "wait until it has ended, then try again"}
	}
	if err != nil {
		return nil, nil, s.fault(err)
	}
	if s.lock, err = catalog.ReadLock(dir); err != nil {
		release()
		return nil, nil, err
	}
	if err := s.sweep(); err != nil {
		release()
		return nil, nil, s.fault(err)
	}
	return s, release, nil
}

func (s *store) fault(err error) error {
	return &crm.Error{Code: crm.CodePlugin, Message: "the directory of plugins cannot be changed", Suggestion: "check that it is writable and that its disk is not full", Cause: err}
}

// sweep removes staging directories and versions that the lock file does not name.
func (s *store) sweep() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, d := range entries {
		if strings.HasPrefix(d.Name(), stagingPrefix) {
			if err := removeTree(filepath.Join(s.dir, d.Name())); err != nil {
				return err
			}
			continue
		}
		if !d.IsDir() || !idDir.MatchString(d.Name()) {
			continue
		}
		if err := s.sweepVersions(d.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) sweepVersions(id string) error {
	versions, err := os.ReadDir(filepath.Join(s.dir, id))
	if err != nil {
		return err
	}
	for _, v := range versions {
		named := slices.ContainsFunc(s.lock.Plugins, func(e catalog.Entry) bool { return e.Directory == id+"/"+v.Name() })
		if !named && versionDir.MatchString(v.Name()) {
			if err := removeTree(filepath.Join(s.dir, id, v.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(filepath.Join(s.dir, id)); err != nil && !notEmpty(err) {
		return err
	}
	return nil
}

// activate makes an entry the active one of its plugin, and keeps the one before it.
func (s *store) activate(e catalog.Entry) error {
	var kept []catalog.Entry
	for _, other := range s.lock.Plugins {
		if other.ID != e.ID {
			kept = append(kept, other)
			continue
		}
		if other.Active && other.Directory != e.Directory {
			other.Active = false
			kept = append(kept, other)
		}
	}
	return s.commit(append(kept, e))
}

// commit replaces the lock file, and then removes what it does not name any more.
func (s *store) commit(plugins []catalog.Entry) error {
	lock := catalog.Lock{Plugins: plugins}
	if err := catalog.WriteLock(s.dir, lock); err != nil {
		return err
	}
	s.lock = lock
	return s.sweep()
}

func unknown(id string) error {
	return &crm.Error{Code: crm.CodeNotFound, Message: "the plugin " + id + " is not installed", Suggestion: "taxon plugin list shows what is"}
}

// Remove removes all versions of a plugin. usedBy names the classifiers that use it: with force they do not
// keep it.
func Remove(dir, id string, usedBy []string, force bool) error {
	s, release, err := openStore(dir)
	if err != nil {
		return err
	}
	defer release()
	var kept []catalog.Entry
	for _, e := range s.lock.Plugins {
		if e.ID != id {
			kept = append(kept, e)
		}
	}
	if len(kept) == len(s.lock.Plugins) {
		return unknown(id)
	}
	if len(usedBy) > 0 && !force {
		return &crm.Error{Code: crm.CodeConflict, Message: "the plugin " + id + " is used by " + strings.Join(usedBy, ", "),
			Suggestion: "take it out of the configuration first, or remove it by force: these classifiers will then fail"}
	}
	if err := s.commit(kept); err != nil {
		return s.fault(err)
	}
	return catalog.Enable(dir, id)
}

// Rollback makes the version before the active one active again. Rolling back twice changes nothing.
func Rollback(dir, id string) (catalog.Entry, error) {
	s, release, err := openStore(dir)
	if err != nil {
		return catalog.Entry{}, err
	}
	defer release()
	if s.lock.Active(id) == nil {
		return catalog.Entry{}, unknown(id)
	}
	var now *catalog.Entry
	plugins := slices.Clone(s.lock.Plugins)
	for i := range plugins {
		if e := &plugins[i]; e.ID == id {
			if e.Active = !e.Active; e.Active {
				now = e
			}
		}
	}
	if now == nil {
		return catalog.Entry{}, &crm.Error{Code: crm.CodeNotFound, Message: "there is no earlier version of the plugin " + id, Suggestion: "install the version that is wanted"}
	}
	rolled := *now
	if err := s.commit(plugins); err != nil {
		return catalog.Entry{}, s.fault(err)
	}
	return rolled, catalog.Enable(dir, id)
}

// Shown is an installed plugin with what came in its package.
type Shown struct {
	Active   catalog.Entry
	Earlier  []catalog.Entry
	Manifest *pb.Manifest
	License  string
	Readme   string // "" when there is none
}

// Show reads an installed plugin, without starting it.
func Show(dir, id string) (Shown, error) {
	lock, err := catalog.ReadLock(dir)
	if err != nil {
		return Shown{}, err
	}
	active := lock.Active(id)
	if active == nil {
		return Shown{}, unknown(id)
	}
	shown := Shown{Active: *active}
	for _, e := range lock.Plugins {
		if e.ID == id && !e.Active {
			shown.Earlier = append(shown.Earlier, e)
		}
	}
	damaged := func(err error) error {
		return &crm.Error{Code: crm.CodePlugin, Message: "the files of plugin " + id + " are damaged", Suggestion: "install it again", Cause: err}
	}
	root, err := os.OpenRoot(filepath.Join(dir, active.Directory))
	if err != nil {
		return Shown{}, damaged(err)
	}
	defer root.Close()
	manifest, err := root.ReadFile(manifestFile)
	if err != nil {
		return Shown{}, damaged(err)
	}
	if shown.Manifest, err = protocol.ParseManifest(manifest); err != nil {
		return Shown{}, damaged(err)
	}
	license, err := root.ReadFile(licenseFile)
	if err != nil {
		return Shown{}, damaged(err)
	}
	readme, err := root.ReadFile(readmeFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Shown{}, damaged(err)
	}
	shown.License, shown.Readme = string(license), string(readme)
	return shown, nil
}

// Inspect reads a package, or a directory as Pack takes it, without installing it.
func Inspect(path string) (*Package, error) {
	staging, err := os.MkdirTemp("", "taxon-inspect-")
	if err != nil {
		return nil, (&store{}).fault(err)
	}
	defer removeTree(staging)
	i := &installation{store: &store{dir: staging}, staging: staging}
	archive, err := i.fetch(path)
	if err != nil {
		return nil, err
	}
	return i.pack, archive.Close()
}
