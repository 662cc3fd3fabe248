// Package manifests holds the connector manifests that come with Taxon: one YAML file for each CRM.
package manifests

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

//go:embed *.yaml
var files embed.FS

// Names lists the manifests that come with Taxon, sorted.
func Names() []string {
	entries, _ := fs.ReadDir(files, ".") // an embedded directory can be read
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Load answers one of them, loaded and checked.
func Load(name string) (*manifest.Manifest, error) {
	if !slices.Contains(Names(), name) {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no connector " + name,
			Suggestion: "there are " + strings.Join(Names(), ", ")}
	}
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeInternal, Message: "the connector manifest cannot be read", Cause: err}
	}
	return manifest.Load(name+".yaml", data)
}
