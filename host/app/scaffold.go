package app

import (
	_ "embed"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/schemas"
)

//go:embed connector.yaml.tmpl
var connectorTemplate string

// schemaFile is the schema that editors complete a manifest by; it lies beside the manifest.
const schemaFile = "connector.schema.json"

var connectorName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// NewConnector writes a commented manifest NAME.yaml to begin with into a directory, and beside it the schema for editors. It
// answers the files written. A manifest that exists is left as it is.
func NewConnector(name, title, dir string) ([]string, error) {
	if !connectorName.MatchString(name) {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the name of a connector is lower case letters, digits and underscores, and begins with a letter"}
	}
	if slices.Contains(manifests.Names(), name) || name == FilesConnector {
		return nil, &crm.Error{Code: crm.CodeConflict, Message: "Taxon has a connector " + name + " already", Suggestion: "choose another name"}
	}
	if title == "" {
		title = strings.ToUpper(name[:1]) + name[1:]
	}
	text, err := template.New(name).Parse(connectorTemplate)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := text.Execute(&b, map[string]string{"Name": name, "Title": title, "Upper": strings.ToUpper(name)}); err != nil {
		return nil, err
	}
	if _, err := manifest.Load(name+".yaml", []byte(b.String())); err != nil { // a title that is no YAML, say
		return nil, err
	}
	schema, err := schemas.FS.ReadFile(schemaFile)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the directory cannot be made", Cause: err}
	}
	path := filepath.Join(dir, name+".yaml")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return nil, &crm.Error{Code: crm.CodeConflict, Message: path + " exists already", Suggestion: "choose another name, or remove it first"}
	}
	if err == nil {
		_, err = file.WriteString(b.String())
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	beside := filepath.Join(dir, schemaFile)
	if err == nil {
		err = os.WriteFile(beside, schema, 0o644)
	}
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the files of the connector cannot be written", Cause: err}
	}
	return []string{path, beside}, nil
}
