package catalog

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// LockName is the lock file's name in the store; schemas/lock.schema.json describes it.
const LockName = "plugins.lock.json"

const (
	lockVersion = 1
	maxLock     = 16 << 20
)

// Lock is the content of the lock file: what is installed.
type Lock struct {
	Version int     `json:"version"` // of the file's form
	Plugins []Entry `json:"plugins"` // by id, then by time of installation
}

// Entry is one installed version of a plugin. Of each plugin one version is active.
type Entry struct {
	ID             string    `json:"id"`
	Version        string    `json:"version"`
	Active         bool      `json:"active,omitempty"`
	Platform       string    `json:"platform"`        // "linux/amd64"
	Directory      string    `json:"directory"`       // below the store: "acme.loyal/1.2.0-0123456789ab"
	Executable     string    `json:"executable"`      // below the directory: "bin/acme.loyal"
	SHA256         string    `json:"sha256"`          // of the executable
	ManifestSHA256 string    `json:"manifest_sha256"` // of plugin.json
	ArchiveSHA256  string    `json:"archive_sha256"`
	Signature      string    `json:"signature"` // what the verifier said: "unsigned"
	InstalledAt    time.Time `json:"installed_at"`
	Approved       Approved  `json:"approved"`
}

// Approved is what an administrator has agreed to.
type Approved struct {
	Reads []Read   `json:"reads"`
	Tags  []string `json:"tags"` // keys
}

// Read is a pattern of what may be read.
type Read struct {
	Path    string `json:"path"`
	Type    string `json:"type"` // "text", "integer" …; "any" where the pattern leaves it open
	List    bool   `json:"list,omitempty"`
	Purpose string `json:"purpose,omitempty"`
}

// Same reports whether two reads are the same data, whatever their purpose.
func (r Read) Same(other Read) bool {
	return r.Path == other.Path && r.Type == other.Type && r.List == other.List
}

// Active is the active version of a plugin, nil when it is not installed.
func (l *Lock) Active(id string) *Entry {
	for i := range l.Plugins {
		if l.Plugins[i].ID == id && l.Plugins[i].Active {
			return &l.Plugins[i]
		}
	}
	return nil
}

// ReadLock reads the lock file of a store. Without one nothing is installed.
func ReadLock(dir string) (Lock, error) {
	path := filepath.Join(dir, LockName)
	data, err := readSmall(path, maxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{Version: lockVersion}, nil
	}
	fault := func(what string, cause error) error {
		return &crm.Error{Code: crm.CodeConfig, Pointer: LockName, Message: "the list of installed plugins " + what, Cause: cause,
			Suggestion: "restore it from a copy, or remove it and install the plugins again"}
	}
	if err != nil {
		return Lock{}, fault("cannot be read", err)
	}
	var l Lock
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return Lock{}, fault("is not valid JSON of its form", err)
	}
	if l.Version != lockVersion {
		return Lock{}, fault(fmt.Sprintf("has form %d, and this version of Taxon knows form %d", l.Version, lockVersion), nil)
	}
	active := map[string]bool{}
	for _, e := range l.Plugins {
		if err := e.check(); err != nil {
			return Lock{}, fault("is not valid: "+err.Error(), nil)
		}
		if e.Active && active[e.ID] {
			return Lock{}, fault("is not valid: two versions of "+e.ID+" are active", nil)
		}
		active[e.ID] = active[e.ID] || e.Active
	}
	return l, nil
}

func (e *Entry) check() error {
	for _, sum := range []string{e.SHA256, e.ManifestSHA256, e.ArchiveSHA256} {
		if b, err := hex.DecodeString(sum); err != nil || len(b) != 32 {
			return fmt.Errorf("a hash of %q is none", e.ID)
		}
	}
	if e.ID == "" || e.Version == "" || !filepath.IsLocal(e.Directory) || !filepath.IsLocal(e.Executable) {
		return fmt.Errorf("the entry of %q is not complete, or leads out of the store", e.ID)
	}
	return nil
}

// WriteLock replaces the lock file of a store in one step.
func WriteLock(dir string, l Lock) error {
	l.Version = lockVersion
	sort.SliceStable(l.Plugins, func(i, j int) bool {
		a, b := l.Plugins[i], l.Plugins[j]
		return a.ID < b.ID || a.ID == b.ID && a.InstalledAt.Before(b.InstalledAt)
	})
	return writeJSON(filepath.Join(dir, LockName), l)
}
