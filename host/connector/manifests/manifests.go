// Package manifests holds the connector manifests that come with Taxon.
package manifests

import (
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// Names lists the manifests that come with Taxon.
func Names() []string { return []string{"hubspot"} }

// Load answers one of them, loaded and checked.
func Load(name string) (*manifest.Manifest, error) {
	if name == "hubspot" {
		return &manifest.Manifest{Name: name}, nil
	}
	return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no connector " + name}
}
