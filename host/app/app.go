// Package app is the composition root: it opens what a configuration names (store, plugins, connectors), gives
// the parts to each other, and closes everything again.
//
// It leaves what a run does to package run, and what is printed to package cli. Invariant: what Open has
// opened, Close closes; no other package opens a store, a catalog or a connector for the command line.
package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/open"
)

// Builtin is a plugin that is part of the executable.
type Builtin = catalog.Builtin

// Connection is an opened connection.
type Connection = run.Connection

// Options say what to open.
type Options struct {
	ConfigPath string
	Builtins   []Builtin
	Log        hclog.Logger
	Clock      crm.Clock // the system's when nil
}

// App is an opened installation.
type App struct {
	Config  *config.Config
	Store   *store.Store
	Plugins *catalog.Catalog

	log   hclog.Logger
	clock crm.Clock

	mu       sync.Mutex
	limiters map[string]*connector.Limiters // by account, as far as it is known before asking
}

// ConfigError holds everything that is wrong with a configuration.
type ConfigError struct{ Problems []crm.Problem }

// Error lists the problems, one a line.
func (e *ConfigError) Error() string {
	var lines []string
	for i := range e.Problems {
		lines = append(lines, e.Problems[i].Error.Error())
	}
	return strings.Join(lines, "\n")
}

// Open reads the configuration and opens store and plugins. Connections are opened by Connect.
func Open(ctx context.Context, o Options) (*App, error) {
	c, problems, err := config.Load(o.ConfigPath)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &ConfigError{problems}
	}
	a := &App{Config: c, log: o.Log, clock: o.Clock, limiters: map[string]*connector.Limiters{}}
	if a.clock == nil {
		a.clock = crm.SystemClock{}
	}
	if a.Plugins, err = OpenPlugins(c.Resolve(c.Plugins), o.Builtins, o.Log, a.clock); err != nil {
		return nil, err
	}
	url, err := c.StoreURL()
	if err == nil {
		a.Store, err = open.Open(ctx, url, a.clock)
	}
	if err != nil {
		return nil, errors.Join(err, a.Plugins.Close())
	}
	return a, nil
}

// OpenPlugins opens the installed plugins of a directory beside the first-party ones; the caller closes them.
func OpenPlugins(dir string, builtins []Builtin, log hclog.Logger, clock crm.Clock) (*catalog.Catalog, error) {
	return catalog.Open(dir, builtins, log, catalog.WithClock(clock))
}

// Close stops the plugins, gives back what was not needed of quotas, and closes the store.
func (a *App) Close() error {
	a.mu.Lock()
	for _, l := range a.limiters {
		l.Release()
	}
	a.mu.Unlock()
	return errors.Join(a.Plugins.Close(), a.Store.Close())
}

// ConnectionName is the connection meant by a name, which may be empty when there is only one.
func (a *App) ConnectionName(name string) (string, error) {
	names := a.Config.ConnectionNames()
	switch {
	case slices.Contains(names, name):
		return name, nil
	case name == "" && len(names) == 1:
		return names[0], nil
	case name == "":
		return "", &crm.Error{Code: crm.CodeConfig, Message: "there are several connections: " + strings.Join(names, ", "), Suggestion: "choose one with --connection"}
	}
	return "", &crm.Error{Code: crm.CodeNotFound, Message: "there is no connection " + name, Suggestion: "there is " + strings.Join(names, ", ")}
}

// Connect opens a connection. Nothing is sent yet.
func (a *App) Connect(ctx context.Context, name string) (*Connection, error) {
	name, err := a.ConnectionName(name)
	if err != nil {
		return nil, err
	}
	k := a.Config.Connections[name]
	c, catalogue, err := a.crm(k)
	if err != nil {
		return nil, err
	}
	mirror, err := a.Store.Connection(ctx, k.Name, k.Subject)
	if err != nil {
		return nil, err
	}
	return &Connection{
		Config: k, Language: a.Config.Language, CRM: c, Store: a.Store, Mirror: mirror, Catalogue: catalogue, Plugins: a.Plugins,
		RatesFile: a.Config.Resolve(k.Rates), Clock: a.clock,
	}, nil
}

// crm opens what speaks with the CRM of a connection, and the catalogue of the fields that it delivers.
func (a *App) crm(k *config.Connection) (run.CRM, *crm.Catalogue, error) {
	if k.CRM == FilesConnector {
		return a.files(k)
	}
	m, err := FindManifest(a.manifest(k))
	if err != nil {
		return nil, nil, err
	}
	return a.connector(k, m)
}

// manifest is the name or the file of a connection's manifest.
func (a *App) manifest(k *config.Connection) string {
	if strings.HasSuffix(k.CRM, ".yaml") || strings.HasSuffix(k.CRM, ".yml") {
		return a.Config.Resolve(k.CRM)
	}
	return k.CRM
}

// connector opens the connector of a connection, and the catalogue of the fields that it delivers.
func (a *App) connector(k *config.Connection, m *manifest.Manifest) (run.CRM, *crm.Catalogue, error) {
	mapping, extra, err := mapping(k)
	if err != nil {
		return nil, nil, err
	}
	catalogue, err := crm.NewCatalogue(extra...)
	if err != nil {
		return nil, nil, err
	}
	key, err := accountKey(k)
	if err != nil {
		return nil, nil, err
	}
	writes := []crm.Kind{}
	for _, f := range k.Enabled() {
		writes = append(writes, f.WriteTo...)
	}
	c, err := connector.Open(m, connector.Options{
		Writes:   writes,
		Settings: settings(k), Secret: a.secret(k), Tokens: connector.FileTokens(a.tokenDir(k.Name)), Mapping: mapping,
		Prefix: k.Prefix, Clock: a.clock, Log: a.log.Named(k.Name), Budget: k.QuotaShare, Limiter: a.limiter(key),
	})
	return c, catalogue, err
}

// accountKey identifies the account of a connection, as far as it is known before asking: by its credentials.
func accountKey(k *config.Connection) (string, error) {
	return fingerprint(k.CRM, k.Settings, k.Secrets)
}

// limiter is shared by the connections that use the same credentials: they share the account's rate limits, and the quotas of its
// days with other processes.
func (a *App) limiter(key string) *connector.Limiters {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limiters[key] == nil {
		a.limiters[key] = connector.NewLimiters()
		a.limiters[key].Keep(connector.FileQuotas(filepath.Join(a.stateDir(), "quotas")), key, a.log)
	}
	return a.limiters[key]
}

func (a *App) secret(k *config.Connection) func(string) (string, error) {
	return func(name string) (string, error) {
		reference, ok := k.Secrets[name]
		if !ok {
			return "", &crm.Error{Code: crm.CodeCredentials, Message: "the connection " + k.Name + " has no secret " + name,
				Pointer: a.Config.Where("/connections/" + k.Name + "/secrets"), Suggestion: "add " + name + ": env:NAME or file:PATH under secrets"}
		}
		return a.Config.Secret(reference)
	}
}

// tokenDir is where rotating tokens of a connection lie.
func (a *App) tokenDir(connection string) string {
	return filepath.Join(a.stateDir(), "tokens", connection)
}

// stateDir is where files lie that processes share: beside the store when that is a file, else beside the configuration.
func (a *App) stateDir() string {
	if path, ok := strings.CutPrefix(a.Config.Store, "sqlite:"); ok {
		return filepath.Dir(a.Config.Resolve(path))
	}
	return a.Config.Dir()
}

// settings are a connection's settings as text.
func settings(k *config.Connection) map[string]string {
	out := map[string]string{}
	for name, v := range k.Settings {
		out[name] = fmt.Sprint(v)
	}
	return out
}

// mapping turns the configured fields into the connector's mapping, and names those that are not standard.
func mapping(k *config.Connection) (connector.Mapping, []crm.Field, error) {
	standard, err := crm.NewCatalogue()
	if err != nil {
		return nil, nil, err
	}
	out := connector.Mapping{}
	var extra []crm.Field
	for kind, fields := range k.Fields {
		out[kind] = map[string]connector.FieldSource{}
		for name, f := range fields {
			at := "fields/" + string(kind) + "/" + name
			known, isStandard := standard.Lookup(kind, name)
			t, given := crm.ParseType(f.Type)
			switch {
			case isStandard && known.Derived:
				return nil, nil, &crm.Error{Code: crm.CodeConfig, Message: "the field " + name + " is derived and cannot be mapped", Pointer: at}
			case isStandard && given && t != known.Type:
				return nil, nil, &crm.Error{Code: crm.CodeConfig, Message: "the field " + name + " has the type " + known.Type.String(), Pointer: at, Suggestion: "leave the type out"}
			case isStandard && f.Sensitive && !known.Sensitive:
				return nil, nil, &crm.Error{Code: crm.CodeConfig, Message: "the field " + name + " is a standard one and not personal: it cannot be made so", Pointer: at, Suggestion: "map the property under a name of your own"}
			case isStandard:
				t = known.Type
			case !given:
				t = crm.Text
			}
			out[kind][name] = connector.FieldSource{Source: f.Source, Expr: f.Expr, Type: t, Sensitive: f.Sensitive}
			if !isStandard {
				extra = append(extra, crm.Field{Kind: kind, Name: name, Type: t, Sensitive: f.Sensitive, Doc: "Mapped from " + f.Source + "."})
			}
		}
	}
	slices.SortFunc(extra, func(a, b crm.Field) int {
		return strings.Compare(string(a.Kind)+"."+a.Name, string(b.Kind)+"."+b.Name)
	})
	return out, extra, nil
}

// Connectors lists the names of the connectors that come with Taxon.
func Connectors() []string { return manifests.Names() }

// FindManifest finds a manifest by the name of a connector, or in a file.
func FindManifest(name string) (*manifest.Manifest, error) {
	if slices.Contains(manifests.Names(), name) {
		return manifests.Load(name)
	}
	if name == FilesConnector {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the connector files has no manifest: the columns of your exports are told in taxon.yaml", Suggestion: "docs/crm/files.md shows one to begin with"}
	}
	if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no connector " + name,
			Suggestion: "one of " + strings.Join(manifests.Names(), ", ") + ", files, or the path of a manifest"}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "the manifest " + filepath.Base(name) + " cannot be read", Cause: err}
	}
	return manifest.Load(filepath.Base(name), data)
}

// fingerprint identifies a list of plain values.
func fingerprint(parts ...any) (string, error) {
	data, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12]), nil
}
