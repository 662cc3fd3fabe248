package cli

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/crm"
)

//go:embed taxon.yaml.tmpl
var configTemplate string

// answers fill the template of taxon.yaml.
type answers struct {
	Name    string
	CRM     string
	Subject string
	Secret  string // env:NAME or file:PATH
	BaseURL string
}

func (e *environment) initCommand() *cobra.Command {
	var a answers
	var force bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented taxon.yaml for your account",
		Long: `Asks a few questions and writes a commented taxon.yaml. Flags answer them beforehand; with all of them given, or
without a terminal, nothing is asked.

The file holds no secret: a token is named by reference, as env:NAME (an environment variable) or file:PATH (a file
that only you can read).`,
		Example: `  taxon init
  taxon init --crm hubspot --subject company --secret env:HUBSPOT_TOKEN`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.init(cmd, a, force)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.Name, "name", "", "name of the connection (default main)")
	f.StringVar(&a.CRM, "crm", "", "connector: "+strings.Join(app.Connectors(), ", ")+" (default hubspot)")
	f.StringVar(&a.Subject, "subject", "", "what a customer is: company or contact (default company)")
	f.StringVar(&a.Secret, "secret", "", "where the token is: env:NAME or file:PATH (default env:HUBSPOT_TOKEN)")
	f.StringVar(&a.BaseURL, "base-url", "", "address of the API, when it is not the vendor's own")
	f.BoolVar(&force, "force", false, "replace an existing file")
	return cmd
}

func (e *environment) init(cmd *cobra.Command, a answers, force bool) error {
	if _, err := os.Stat(e.configPath); err == nil && !force {
		return &crm.Error{Code: crm.CodeConflict, Message: e.configPath + " exists already", Suggestion: "--force replaces it; --config names another place"}
	}
	ask := e.questions(cmd)
	ask(&a.CRM, "Which CRM", "hubspot")
	ask(&a.Subject, "What is a customer, company or contact", "company")
	ask(&a.Secret, "Where is its access token, env:NAME or file:PATH", "env:"+strings.ToUpper(a.CRM)+"_TOKEN")
	if a.Name == "" {
		a.Name = "main"
	}
	if _, err := app.FindManifest(a.CRM); err != nil {
		return err
	}
	switch {
	case a.Subject != "company" && a.Subject != "contact":
		return usageError{fmt.Errorf("a customer is a company or a contact, not %q", a.Subject)}
	case !strings.HasPrefix(a.Secret, "env:") && !strings.HasPrefix(a.Secret, "file:"):
		return usageError{errors.New("the token itself must not be written into the file, which is shared and backed up: name it as env:NAME or file:PATH")}
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
	if name, ok := strings.CutPrefix(a.Secret, "env:"); ok && os.Getenv(name) == "" {
		e.say("Next: put the token into %s, then run taxon check.", name)
	} else {
		e.say("Next: taxon check.")
	}
	return nil
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
