package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/plugin/launch"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Ref names a plugin in configuration: "abc" (built in) or "acme.loyal" (installed).
type Ref = string

// Builtin is a plugin within the host's own executable.
type Builtin struct {
	Manifest *pb.Manifest
	Args     []string // with which the executable serves it: serve-plugin abc
}

// Installed is one plugin of the catalog.
type Installed struct {
	ID          string
	Version     string
	Hash        string // "builtin@1.0.0", or the SHA-256 of the executable
	Builtin     bool
	Manifest    *pb.Manifest // nil when there is a fault
	Signature   string       // of the archive: "unsigned"; "" when built in
	InstalledAt time.Time    // zero when built in
	Approved    Approved     // empty when built in
	Disabled    *Disabled    // nil: it may be started
	Fault       *crm.Error   // why it cannot be used at all
}

// Catalog holds the plugins and their processes. It may be used from several goroutines.
type Catalog struct {
	dir      string
	log      hclog.Logger
	clock    crm.Clock
	jitter   func() float64 // 0 to 1
	progress time.Duration
	launch   func(context.Context, launch.Spec) (process, error)
	plugins  map[Ref]*plugin
	life     context.Context // ends with Close
	end      context.CancelFunc
}

// process is a *launch.Process; tests have their own.
type process interface {
	client.Process
	Client(*pb.Manifest, client.Options) *client.Client
	Stop(grace time.Duration) error
}

type launched struct{ *launch.Process }

// Client speaks with the process.
func (p launched) Client(m *pb.Manifest, o client.Options) *client.Client {
	return client.New(p.Conn(), m, o)
}

// Option changes how a catalog is opened.
type Option func(*Catalog)

// WithClock sets the clock of back-off and failures.
func WithClock(clock crm.Clock) Option { return func(c *Catalog) { c.clock = clock } }

// WithProgress sets how long a plugin may give no sign of life during a call.
func WithProgress(d time.Duration) Option { return func(c *Catalog) { c.progress = d } }

// Open reads the lock file in the store's directory, which may not exist yet. It starts nothing.
func Open(dir string, builtins []Builtin, log hclog.Logger, options ...Option) (*Catalog, error) {
	if log == nil {
		log = hclog.NewNullLogger()
	}
	c := &Catalog{dir: dir, log: log, clock: crm.SystemClock{}, jitter: rand.Float64, plugins: map[Ref]*plugin{}}
	c.life, c.end = context.WithCancel(context.Background())
	c.launch = func(ctx context.Context, spec launch.Spec) (process, error) {
		p, err := launch.Start(ctx, spec)
		if err != nil {
			return nil, err
		}
		return launched{p}, nil
	}
	for _, o := range options {
		o(c)
	}
	for _, b := range builtins {
		id := b.Manifest.GetId()
		c.add(Installed{ID: id, Version: b.Manifest.GetVersion(), Hash: "builtin@" + b.Manifest.GetVersion(), Builtin: true, Manifest: b.Manifest},
			launch.Spec{ID: id, Open: launch.Own, Args: b.Args})
	}
	lock, err := ReadLock(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range lock.Plugins {
		if !e.Active {
			continue
		}
		if c.plugins[e.ID] != nil {
			return nil, &crm.Error{Code: crm.CodeConflict, Pointer: LockName, Message: "the installed plugin " + e.ID + " has the name of a built-in one",
				Suggestion: "remove it: taxon plugin remove " + e.ID}
		}
		c.addEntry(e)
	}
	return c, nil
}

func (c *Catalog) add(info Installed, spec launch.Spec) {
	spec.Log, spec.Clock = c.log, c.clock
	c.plugins[info.ID] = &plugin{catalog: c, info: info, spec: spec, turn: make(chan struct{}, 1)}
}

func (c *Catalog) addEntry(e Entry) {
	info := Installed{ID: e.ID, Version: e.Version, Hash: e.SHA256, Signature: e.Signature, InstalledAt: e.InstalledAt, Approved: e.Approved}
	dir := filepath.Join(c.dir, e.Directory)
	var err error
	if info.Manifest, err = readManifest(dir, e); err != nil {
		info.Fault = &crm.Error{Code: crm.CodePlugin, Message: "plugin " + e.ID + " cannot be used: " + err.Error(), Suggestion: "install it again", Cause: err}
	}
	executable := filepath.Join(dir, e.Executable)
	c.add(info, launch.Spec{ID: e.ID, SHA256: e.SHA256, Open: func() (*os.File, error) { return os.Open(executable) }})
}

// readManifest reads an installed plugin.json, which must be the one that was approved.
func readManifest(dir string, e Entry) (*pb.Manifest, error) {
	if here := runtime.GOOS + "/" + runtime.GOARCH; e.Platform != here {
		return nil, fmt.Errorf("it was installed for %s, and this is %s", e.Platform, here)
	}
	data, err := readSmall(filepath.Join(dir, "plugin.json"), protocol.ManifestBytes)
	if err != nil {
		return nil, errors.New("its plugin.json cannot be read")
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != e.ManifestSHA256 {
		return nil, errors.New("its plugin.json was changed since it was installed")
	}
	m, err := protocol.ParseManifest(data)
	if err != nil {
		return nil, err
	}
	if m.GetId() != e.ID || m.GetVersion() != e.Version {
		return nil, errors.New("its plugin.json is of another plugin or version")
	}
	return m, nil
}

// List is all plugins by id, the built-in ones first.
func (c *Catalog) List() []Installed {
	state := readState(c.dir)
	var list []Installed
	for _, p := range c.plugins {
		info := p.info
		if h := state[info.ID]; h != nil && h.Hash == info.Hash {
			info.Disabled = h.Disabled
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b Installed) int {
		if a.Builtin != b.Builtin {
			if a.Builtin {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

func (c *Catalog) find(ref Ref) (*plugin, error) {
	p := c.plugins[ref]
	if p == nil {
		var names []string
		for name := range c.plugins {
			names = append(names, name)
		}
		sort.Strings(names)
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no plugin " + ref,
			Suggestion: "there are " + strings.Join(names, ", ") + "; install others with taxon plugin install"}
	}
	if p.info.Fault != nil {
		return nil, p.info.Fault
	}
	return p, nil
}

// Manifest is the manifest of a plugin, without starting it.
func (c *Catalog) Manifest(ref Ref) (*pb.Manifest, error) {
	p, err := c.find(ref)
	if err != nil {
		return nil, err
	}
	return p.info.Manifest, nil
}

// Verify makes sure that a plugin's executable is the one that was installed, and starts nothing.
func (c *Catalog) Verify(ref Ref) error {
	p, err := c.find(ref)
	if err != nil || p.info.Builtin {
		return err
	}
	return launch.Verify(p.spec)
}

// Builtin tells that a plugin is part of the host's own executable.
func (c *Catalog) Builtin(ref Ref) bool {
	p := c.plugins[ref]
	return p != nil && p.info.Builtin
}

// Hash identifies the code of a plugin: "builtin@VERSION" or the SHA-256 of its executable; "" for an unknown one.
func (c *Catalog) Hash(ref Ref) string {
	if p := c.plugins[ref]; p != nil {
		return p.info.Hash
	}
	return ""
}

// Enable lets a plugin be started again that was disabled for its failures.
func (c *Catalog) Enable(ref Ref) error {
	if c.plugins[ref] == nil {
		_, err := c.find(ref)
		return err
	}
	return Enable(c.dir, ref)
}

// stopGrace is how long a plugin may take to end by itself.
const stopGrace = 5 * time.Second

// Close stops all processes. Nothing can be started any more.
func (c *Catalog) Close() error {
	c.end()
	var wg sync.WaitGroup
	errs := make(chan error, len(c.plugins))
	for _, p := range c.plugins {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs <- p.stop()
		}()
	}
	wg.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}
