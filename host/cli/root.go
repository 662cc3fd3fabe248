// Package cli is the command line: one file per command, all of them thin. A command reads flags, calls
// package app, and prints; it decides nothing about CRMs, plugins or tags.
//
// Invariant: what a program may read goes to standard output (text, or JSON with --output json), everything
// else to standard error; the exit code is one of the documented five.
package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
)

// environment is what every command shares.
type environment struct {
	version  string
	builtins []app.Builtin
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer

	configPath string
	connection string
	output     string
	logLevel   string
	quiet      bool
}

// Options are what main knows.
type Options struct {
	Version  string
	Builtins []app.Builtin
	Args     []string
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
}

// Run executes one command line and answers the exit code.
func Run(ctx context.Context, o Options) int {
	e := &environment{version: o.Version, builtins: o.Builtins, stdin: o.Stdin, stdout: o.Stdout, stderr: o.Stderr}
	root := e.root()
	root.SetArgs(o.Args)
	root.SetIn(o.Stdin)
	root.SetOut(o.Stdout)
	root.SetErr(o.Stderr)
	err := root.ExecuteContext(ctx)
	if asksForJSON(o.Args) { // flags after the fault were not read
		e.output = "json"
	}
	return e.exitCode(err)
}

func (e *environment) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "taxon",
		Short: "Classify the customers of your CRM, and see the plan before anything changes",
		Long: `Taxon pulls contacts, companies and deals from a CRM, lets classifier plugins judge each customer, shows the plan with
the reason for every change, and writes the tags back as custom fields.

Classifiers (taxon plugin list):
  value          who brings most, who earns us money, one grade of all: abc, rfm, value, profit, composite
  CLV            what a customer has brought and will bring: clv
  lifecycle      who is new, active, dormant or lost; who does much by itself: lifecycle, activity
  loyalty        who keeps coming back, and what it answers in surveys: loyalty, satisfaction
  credit         how late a customer pays, and why: credit
  needs          who will buy, what matters to it, what it buys: prospect, need, product
  who it is      where, in which line, of which age band: region_industry, demographics
  rules          your own conditions, or those that classified customers teach: rules, tree
  clusters       groups of alike customers that nobody defined: cluster

First steps:
  taxon demo           the whole path on real data against a simulated CRM, nothing to set up
  taxon init           write a taxon.yaml for your own account
  taxon check          everything that can be known before a run, in one list
  taxon plan           pull, classify, and show what would change
  taxon run            do it

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 done but for records that were rejected or classifiers that are not written, 4 stopped by the guard.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       e.version,
		Args:          noCommand,
		RunE:          help,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if e.output != "text" && e.output != "json" {
				return usageError{fmt.Errorf("--output is text or json, not %q", e.output)}
			}
			if hclog.LevelFromString(e.logLevel) == hclog.NoLevel && e.logLevel != "" {
				return usageError{fmt.Errorf("--log-level is trace, debug, info, warn or error, not %q", e.logLevel)}
			}
			return nil
		},
	}
	root.SetVersionTemplate("taxon {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; %s --help explains the flags", err, cmd.CommandPath())}
	})
	flags := root.PersistentFlags()
	flags.StringVarP(&e.configPath, "config", "c", "taxon.yaml", "configuration file")
	flags.StringVar(&e.connection, "connection", "", "connection to work on (default: the only one)")
	flags.StringVar(&e.output, "output", "text", "text or json")
	flags.StringVar(&e.logLevel, "log-level", "", "trace, debug, info, warn or error (default: as configured; warn for commands)")
	flags.BoolVarP(&e.quiet, "quiet", "q", false, "no progress")
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "To begin:"},
		&cobra.Group{ID: "work", Title: "To work:"},
		&cobra.Group{ID: "look", Title: "To look:"},
		&cobra.Group{ID: "extend", Title: "To extend:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("start", e.demoCommand(), e.initCommand(), e.checkCommand())
	add("work", e.pullCommand(), e.planCommand(), e.applyCommand(), e.runCommand(), e.serveCommand())
	add("look", e.explainCommand(), e.reportCommand(), e.backtestCommand(), e.plotCommand(), e.runsCommand(), e.mirrorCommand())
	add("extend", e.pluginCommand(), e.crmCommand(), e.sandboxCommand())
	return root
}

// noCommand refuses words that a command with commands of its own does not know.
func noCommand(cmd *cobra.Command, given []string) error {
	if len(given) > 0 {
		return usageError{fmt.Errorf("there is no command %q; %s --help lists them", given[0], cmd.CommandPath())}
	}
	return nil
}

// help is what such a command does by itself.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// args wraps a check of the number of arguments, so that a wrong one counts as a wrong command line.
func args(check cobra.PositionalArgs, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return usageError{fmt.Errorf("usage: %s %s", cmd.CommandPath(), usage)}
		}
		return nil
	}
}

// json prints one document for a program.
func (e *environment) json(document any) error {
	encoder := json.NewEncoder(e.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

// say prints a line for a person.
func (e *environment) say(format string, a ...any) { fmt.Fprintf(e.stdout, format+"\n", a...) }

// logger is the log of a command: warnings on standard error unless asked for more.
func (e *environment) logger() hclog.Logger {
	level := hclog.Warn
	if e.logLevel != "" {
		level = hclog.LevelFromString(e.logLevel)
	}
	return hclog.New(&hclog.LoggerOptions{Name: "taxon", Level: level, Output: e.stderr})
}

// open opens the configured installation; the caller closes it.
func (e *environment) open(ctx context.Context) (*app.App, error) {
	return app.Open(ctx, app.Options{ConfigPath: e.configPath, Builtins: e.builtins, Log: e.logger()})
}

// withApp opens the installation, and closes it after f.
func (e *environment) withApp(ctx context.Context, f func(*app.App) error) error {
	a, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	return f(a)
}

// withConnection opens the installation and the chosen connection, and closes both after f.
func (e *environment) withConnection(ctx context.Context, f func(*app.App, *app.Connection) error) error {
	return e.withApp(ctx, func(a *app.App) error {
		c, err := a.Connect(ctx, e.connection)
		if err != nil {
			return err
		}
		return f(a, c)
	})
}

// isTerminal reports whether a person watches or types at the other end.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// problems prints a list of findings.
func (e *environment) problems(found []crm.Problem) {
	for i := range found {
		mark := "error  "
		if found[i].Warning {
			mark = "warning"
		}
		where := ""
		if found[i].Pointer != "" {
			where = found[i].Pointer + ": "
		}
		e.say("%s  %s%s", mark, where, found[i].Message)
		if found[i].Suggestion != "" {
			e.say("         → %s", strings.ReplaceAll(found[i].Suggestion, "\n", "\n           ")) // a caret stays under its place
		}
	}
}

// plural is "1 problem", "2 problems".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	switch stem, y := strings.CutSuffix(noun, "y"); {
	case y && !strings.HasSuffix(stem, "a"): // days
		noun = stem + "ie"
	case strings.HasSuffix(noun, "s"):
		noun += "e"
	}
	return thousands(int64(n)) + " " + noun + "s"
}

// thousands is the number with separators: 8,800.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
