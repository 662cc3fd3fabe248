package cli

import (
	"bufio"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

//go:embed taxon.yaml.tmpl
var configTemplate string

// answers fill the template of taxon.yaml.
type answers struct {
	Name     string
	CRM      string
	Subject  string
	AsOf     string   // a day, or nothing for today
	Settings []answer // all that the connector knows; those not given stand as comments
	Secrets  []answer // env:NAME or file:PATH
}

// answer is one setting or secret.
type answer struct {
	Name, Value, Doc string
	Given            bool
}

// AllDefault reports whether no setting was given.
func (a answers) AllDefault() bool {
	return !slices.ContainsFunc(a.Settings, func(s answer) bool { return s.Given })
}

// told is what flags say beforehand.
type told struct {
	secrets, settings []string // NAME=VALUE, or a reference alone where there is one secret
	baseURL, auth     string
	force             bool
}

func (e *environment) initCommand() *cobra.Command {
	var a answers
	var t told
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented taxon.yaml for your account",
		Long: `Asks a few questions and writes a commented taxon.yaml. Flags answer them beforehand; with all of them given, or
without a terminal, nothing is asked.

Which settings and secrets there are depends on the CRM: taxon crm check NAME and its page in docs/crm tell. The file
holds no secret: each is named by reference, as env:NAME (an environment variable) or file:PATH (a file that only you can
read).`,
		Example: `  taxon init
  taxon init --crm hubspot --subject company --secret env:HUBSPOT_TOKEN
  taxon init --crm suitecrm --base-url https://crm.example.com/legacy --set client_id=5a9d --secret client_secret=file:secret`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.init(cmd, a, t)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.Name, "name", "", "name of the connection (default main)")
	f.StringVar(&a.CRM, "crm", "", "connector: "+strings.Join(app.Connectors(), ", ")+" (default hubspot), or the path of a manifest")
	f.StringVar(&a.Subject, "subject", "", "what a customer is: company or contact (default company)")
	f.StringVar(&a.AsOf, "as-of", "", "classify as of that day (YYYY-MM-DD) instead of today, for data that ends in the past")
	f.StringVar(&t.auth, "auth", "", "way to authenticate, where the connector has several")
	f.StringArrayVar(&t.secrets, "secret", nil, "where a secret is: NAME=env:VARIABLE or NAME=file:PATH; without NAME where there is only one (repeatable)")
	f.StringArrayVar(&t.settings, "set", nil, "a setting of the connector: NAME=VALUE (repeatable)")
	f.StringVar(&t.baseURL, "base-url", "", "address of the API, when it is not the vendor's own")
	f.BoolVar(&t.force, "force", false, "replace an existing file")
	return cmd
}

func (e *environment) init(cmd *cobra.Command, a answers, t told) error {
	if _, err := os.Stat(e.configPath); err == nil && !t.force {
		return &crm.Error{Code: crm.CodeConflict, Message: e.configPath + " exists already", Suggestion: "--force replaces it; --config names another place"}
	}
	ask := e.questions(cmd)
	ask(&a.CRM, "Which CRM", "hubspot")
	m, err := app.FindManifest(a.CRM)
	if err != nil {
		return err
	}
	ask(&a.Subject, "What is a customer, company or contact", "company")
	if a.Subject != "company" && a.Subject != "contact" {
		return usageError{fmt.Errorf("a customer is a company or a contact, not %q", a.Subject)}
	}
	if a.Name == "" {
		a.Name = "main"
	}
	if err := a.connection(m, t, ask); err != nil {
		return err
	}
	text, err := render(a)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(e.configPath)
	if err != nil {
		return err
	}
	if _, found := config.Parse([]byte(text), path); len(found) > 0 {
		e.problems(found)
		return failure(found)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &crm.Error{Code: crm.CodeConfig, Message: "the directory of " + e.configPath + " cannot be made", Cause: err}
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return &crm.Error{Code: crm.CodeConfig, Message: e.configPath + " cannot be written", Cause: err}
	}
	e.say("Wrote %s.", e.configPath)
	var empty []string
	for _, s := range a.Secrets {
		if name, ok := strings.CutPrefix(s.Value, "env:"); ok && os.Getenv(name) == "" {
			empty = append(empty, name)
		}
	}
	if len(empty) > 0 {
		e.say("Next: put the %s into %s, then run taxon check.", map[bool]string{true: "secret", false: "secrets"}[len(empty) == 1], strings.Join(empty, ", "))
	} else {
		e.say("Next: taxon check.")
	}
	return nil
}

// connection fills in the settings and secrets that a manifest asks for, from what flags say and else by asking.
func (a *answers) connection(m *manifest.Manifest, t told, ask func(answer *string, question, byDefault string)) error {
	settings, err := named(t.settings, "--set")
	if err != nil {
		return err
	}
	if t.baseURL != "" {
		settings["base_url"] = t.baseURL
	}
	way := m.AuthDefault
	if t.auth != "" {
		way, settings["auth"] = t.auth, t.auth
	}
	auth := m.Auth[way]
	if auth == nil {
		return usageError{fmt.Errorf("%s has no way %s to authenticate; there are %s", m.Title, way, strings.Join(slices.Sorted(maps.Keys(m.Auth)), ", "))}
	}
	if len(m.Auth) > 1 {
		a.Settings = append(a.Settings, answer{Name: "auth", Value: way, Given: t.auth != "", Doc: "How to authenticate: " + strings.Join(slices.Sorted(maps.Keys(m.Auth)), ", ") + "."})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Inputs)) {
		input := m.Inputs[name]
		s := answer{Name: name, Value: settings[name], Doc: strings.Join(strings.Fields(input.Doc), " ")}
		if s.Value == "" && input.Default == "" && !input.Optional {
			ask(&s.Value, strings.TrimSuffix(s.Doc, "."), input.Example)
			if s.Value == "" {
				return usageError{fmt.Errorf("%s needs the setting %s: give it with --set %s=… (%s)", m.Title, name, name, s.Doc)}
			}
		}
		if s.Given = s.Value != ""; !s.Given {
			s.Value = cmp.Or(input.Default, input.Example)
		}
		a.Settings = append(a.Settings, s)
	}
	for name := range settings {
		if name != "auth" && m.Inputs[name] == nil {
			return usageError{fmt.Errorf("%s has no setting %s; there are %s", m.Title, name, strings.Join(slices.Sorted(maps.Keys(m.Inputs)), ", "))}
		}
	}
	return a.references(m, auth, t, ask)
}

// references fills in where the secrets are.
func (a *answers) references(m *manifest.Manifest, auth *manifest.Auth, t told, ask func(answer *string, question, byDefault string)) error {
	names := slices.Sorted(maps.Keys(auth.Secrets))
	if len(t.secrets) == 1 && len(names) == 1 && !strings.Contains(t.secrets[0], "=") {
		t.secrets = []string{names[0] + "=" + t.secrets[0]}
	}
	given, err := named(t.secrets, "--secret")
	if err != nil {
		return err
	}
	secrets := maps.Clone(auth.Secrets)
	for _, way := range slices.Sorted(maps.Keys(m.Auth)) { // another way's, such as an administrator's to make fields
		for name, s := range m.Auth[way].Secrets {
			if given[name] != "" && secrets[name] == nil {
				secrets[name], names = s, append(names, name)
			}
		}
	}
	for _, name := range names {
		s := answer{Name: name, Value: given[name], Doc: strings.Join(strings.Fields(secrets[name].Doc), " ")}
		ask(&s.Value, "Where is the secret "+name+" ("+strings.TrimSuffix(s.Doc, ".")+"), env:NAME or file:PATH", "env:"+strings.ToUpper(m.Name+"_"+name))
		if !strings.HasPrefix(s.Value, "env:") && !strings.HasPrefix(s.Value, "file:") {
			return usageError{errors.New("the secret itself must not be written into the file, which is shared and backed up: name it as env:NAME or file:PATH")}
		}
		a.Secrets = append(a.Secrets, s)
		delete(given, name)
	}
	for name := range given {
		return usageError{fmt.Errorf("%s has no secret %s; there are %s", m.Title, name, strings.Join(names, ", "))}
	}
	return nil
}

// named reads NAME=VALUE.
func named(pairs []string, flag string) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("%s takes NAME=VALUE", flag)} // the value may be a secret: it is not repeated
		}
		out[name] = value
	}
	return out, nil
}

// questions answers a function that asks for what is still empty: on a terminal a person, elsewhere the default.
func (e *environment) questions(cmd *cobra.Command) func(answer *string, question, byDefault string) {
	in := bufio.NewScanner(cmd.InOrStdin())
	file, isFile := cmd.InOrStdin().(*os.File)
	interactive := isFile && isTerminal(file) && !e.quiet
	return func(answer *string, question, byDefault string) {
		if *answer != "" {
			return
		}
		if interactive {
			fmt.Fprintf(e.stderr, "%s? [%s] ", question, byDefault)
			if in.Scan() {
				*answer = strings.TrimSpace(in.Text())
			}
		}
		if *answer == "" {
			*answer = byDefault
		}
	}
}

func render(a answers) (string, error) {
	t, err := template.New("taxon.yaml").Parse(configTemplate)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, a)
	return b.String(), err
}
