package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/files"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

// ConnectorInfo is what an administrator chooses a connector by.
type ConnectorInfo struct {
	Name         string                              `json:"name"`
	Title        string                              `json:"title"`
	Version      string                              `json:"version"`
	Doc          string                              `json:"doc,omitempty"`
	Settings     map[string]SettingInfo              `json:"settings"`
	Secrets      map[string]map[string]string        `json:"secrets"` // by way to authenticate: name and what it is
	Rights       map[string]map[string][]string      `json:"rights"`  // by the CRM's object and what for: read, write, define
	Capabilities map[crm.Kind]connector.Capabilities `json:"capabilities"`
	Notes        []string                            `json:"notes,omitempty"`
}

// SettingInfo is an input of a connection.
type SettingInfo struct {
	Doc      string   `json:"doc"`
	Default  string   `json:"default,omitempty"`
	OneOf    []string `json:"one_of,omitempty"`
	Required bool     `json:"required,omitempty"`
}

// DescribeConnectors tells about the connectors that come with Taxon.
func DescribeConnectors() ([]ConnectorInfo, error) {
	var out []ConnectorInfo
	for _, name := range manifests.Names() {
		m, err := manifests.Load(name)
		if err != nil {
			return nil, err
		}
		out = append(out, DescribeConnector(m))
	}
	return out, nil
}

// DescribeFiles tells about the connector of files, which has no manifest.
func DescribeFiles() ConnectorInfo {
	info := ConnectorInfo{Name: FilesConnector, Title: "Files", Doc: "Exports of any CRM as CSV or NDJSON, and tags written to files.", Settings: map[string]SettingInfo{},
		Secrets: map[string]map[string]string{}, Rights: map[string]map[string][]string{}, Capabilities: files.Offers()}
	for _, s := range files.Settings() {
		info.Settings[s.Name] = SettingInfo{Doc: s.Doc, Default: s.Default}
	}
	return info
}

// DescribeConnector tells about a manifest.
func DescribeConnector(m *manifest.Manifest) ConnectorInfo {
	info := ConnectorInfo{Name: m.Name, Title: m.Title, Version: m.Version, Doc: m.Doc, Notes: m.Notes,
		Settings: map[string]SettingInfo{}, Secrets: map[string]map[string]string{}, Rights: map[string]map[string][]string{}}
	for name, input := range m.Inputs {
		info.Settings[name] = SettingInfo{Doc: input.Doc, Default: input.Default, OneOf: input.OneOf, Required: input.Default == "" && !input.Optional}
	}
	if len(m.Auth) > 1 {
		info.Settings["auth"] = SettingInfo{Doc: "How to authenticate: " + strings.Join(slices.Sorted(maps.Keys(m.Auth)), " or ") + ".", Default: m.AuthDefault, OneOf: slices.Sorted(maps.Keys(m.Auth))}
	}
	for name, auth := range m.Auth {
		info.Secrets[name] = map[string]string{}
		for secret, s := range auth.Secrets {
			info.Secrets[name][secret] = s.Doc
		}
	}
	for name, o := range m.Objects {
		if len(o.Needs) > 0 {
			info.Rights[name] = o.Needs
		}
	}
	info.Capabilities = connector.CapabilitiesOf(m)
	return info
}

// outdated says that a manifest is written in an older format, which is read all the same.
func outdated(m *manifest.Manifest) []crm.Problem {
	if m.Written == manifest.FormatVersion {
		return nil
	}
	p := crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeConfig, Pointer: "/manifest",
		Message: fmt.Sprintf("the file is written in format %d and is read in format %d", m.Written, manifest.FormatVersion), Suggestion: "taxon crm migrate FILE writes it anew"}}
	if len(m.Migrated) > 0 {
		p.Message += ": " + strings.Join(m.Migrated, "; ")
	}
	return []crm.Problem{p}
}
