package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/host/plugin/install"
)

// PluginStore is the directory of installed plugins: the configured one, or "plugins" beside a configuration
// that is not there yet. A configuration with problems is an error.
func PluginStore(configPath string) (string, *config.Config, error) {
	c, problems, err := config.Load(configPath)
	if crm.CodeOf(err) == crm.CodeConfig && errors.Is(err, os.ErrNotExist) {
		return filepath.Join(filepath.Dir(configPath), "plugins"), nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if c == nil {
		return "", nil, &ConfigError{problems}
	}
	return c.Resolve(c.Plugins), c, nil
}

// InstallPlugin installs a package, or a directory that holds one, after approve has agreed.
func InstallPlugin(ctx context.Context, path, store string, builtins []Builtin, log hclog.Logger, approve func(install.Request) error) (install.Result, error) {
	var reserved []string
	for _, b := range builtins {
		reserved = append(reserved, b.Manifest.GetId())
	}
	return install.Install(ctx, path, install.Options{Store: store, Reserved: reserved, Approve: approve, Log: log})
}

// UsedBy names the classifiers of a configuration that use a plugin.
func UsedBy(c *config.Config, plugin string) []string {
	var out []string
	if c == nil {
		return nil
	}
	for _, name := range c.ConnectionNames() {
		for _, f := range c.Connections[name].Enabled() {
			if f.Plugin == plugin {
				out = append(out, name+"/"+f.Name)
			}
		}
	}
	return out
}

// PluginCommand is how a plugin under test is started: a first-party one, an installed one, a directory that
// holds a package, or an executable.
func PluginCommand(name, store string, builtins []Builtin) (path string, args []string, err error) {
	for _, b := range builtins {
		if b.Manifest.GetId() == name {
			path, err = os.Executable()
			return path, b.Args, err
		}
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		p, err := install.Inspect(name)
		if err != nil {
			return "", nil, err
		}
		path, err = filepath.Abs(filepath.Join(name, p.Executable))
		return path, nil, err
	case err == nil:
		path, err = filepath.Abs(name)
		return path, nil, err
	}
	lock, err := catalog.ReadLock(store)
	if err != nil {
		return "", nil, err
	}
	entry := lock.Active(name)
	if entry == nil {
		return "", nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no plugin " + name, Suggestion: "give a plugin of taxon plugin list, a directory, or an executable"}
	}
	path, err = filepath.Abs(filepath.Join(store, filepath.FromSlash(entry.Directory), filepath.FromSlash(entry.Executable)))
	return path, nil, err
}

// Checkout is the directory of the source that this executable was built from, "" when it is not on this
// machine: a new plugin uses it until there is a release.
func Checkout() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	dir := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return ""
	}
	return dir
}
