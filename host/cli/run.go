package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/writeback"
)

func (e *environment) pullCommand() *cobra.Command {
	var full, reconcile, estimate, count bool
	var allow string
	var records map[string]string
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Bring the copy of the CRM's records up to date",
		Long: `Pulls companies, contacts, deals and activities that changed since the last pull, or all of them the first time.
Nothing is classified and nothing is written to the CRM. A pull that was stopped goes on where it was. With --estimate
nothing is called: it says how many requests a pull would take, what share of the quota, and how long, for as many records
as the copy has or --records says, with the comparison of all ids where that is due or --reconcile orders it. --count asks the CRM for how many there are, where it has a cheap request for that.`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			share, err := percent(allow)
			if err != nil {
				return err
			}
			if estimate {
				return e.estimate(cmd.Context(), connector.Expectation{Full: full, Reconcile: reconcile, Count: count}, records)
			}
			if count || records != nil {
				return usageError{errors.New("--count and --records belong to --estimate")}
			}
			return e.order(cmd.Context(), run.Order{Command: "pull", Pull: true, Full: full, Reconcile: reconcile, Allow: share}, "")
		},
	}
	cmd.Flags().BoolVar(&full, "full", false, "pull everything again")
	cmd.Flags().StringVar(&allow, "allow", "", "let up to this share of a kind's records vanish at once, such as 50%; otherwise 20% do")
	cmd.Flags().BoolVar(&reconcile, "reconcile", false, "also compare all ids, to find deletions that the CRM did not tell")
	cmd.Flags().BoolVar(&estimate, "estimate", false, "only say what it would take")
	cmd.Flags().BoolVar(&count, "count", false, "for an estimate: ask the CRM how many records it has, a request for each object")
	cmd.Flags().StringToStringVar(&records, "records", nil, "for an estimate: how many records the account has, such as company=500,contact=30000")
	return cmd
}

func (e *environment) planCommand() *cobra.Command {
	var noPull bool
	var file string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Pull, classify, and show what would change",
		Long: `Brings the copy of the CRM's records up to date, classifies the customers, and shows what would change in the CRM, with
the reasons. Nothing is written to the CRM. With -o the plan is also written to a file, which taxon apply takes.`,
		Example: `  taxon plan
  taxon plan -o plan.json && taxon apply plan.json`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.order(cmd.Context(), run.Order{Command: "plan", Pull: !noPull, Classify: true}, file)
		},
	}
	cmd.Flags().BoolVar(&noPull, "no-pull", false, "use the records of the last pull")
	cmd.Flags().StringVarP(&file, "out", "o", "", "write the plan to this file")
	return cmd
}

func (e *environment) applyCommand() *cobra.Command {
	var allow string
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Write a plan to the CRM",
		Long: `Writes exactly the changes of a plan: a file of taxon plan -o, or the number of a stored plan. Records whose value somebody
changed meanwhile are skipped and reported. A plan of another account, one that was edited, and one that a newer plan has
overtaken are refused. An apply that was stopped goes on where it was.`,
		Args: args(cobra.ExactArgs(1), "PLAN"),
		RunE: func(cmd *cobra.Command, given []string) error {
			share, err := percent(allow)
			if err != nil {
				return err
			}
			return e.withConnection(cmd.Context(), func(a *app.App, c *app.Connection) error {
				plan, err := e.planOf(cmd.Context(), c, given[0])
				if err != nil {
					return err
				}
				return e.do(cmd.Context(), c, run.Order{Command: "apply", Apply: true, Plan: plan, Reread: true, Allow: share}, "")
			})
		},
	}
	allowFlag(cmd, &allow)
	return cmd
}

// planOf finds the plan that a file or a number means.
func (e *environment) planOf(ctx context.Context, c *app.Connection, name string) (int64, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return 0, &crm.Error{Code: crm.CodeNotFound, Message: "there is no plan file " + name, Suggestion: "write one with taxon plan -o plan.json"}
		}
		return id, nil
	}
	if err != nil {
		return 0, &crm.Error{Code: crm.CodeNotFound, Message: "the plan file " + name + " cannot be read", Cause: err}
	}
	defer file.Close()
	account, err := c.Account(ctx)
	if err != nil {
		return 0, err
	}
	plan, err := writeback.Import(ctx, c.Mirror, account.ID, file)
	if err != nil {
		return 0, err
	}
	return plan.ID, nil
}

func (e *environment) runCommand() *cobra.Command {
	var allow string
	var full bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Pull, classify, plan and apply",
		Long: `Does everything: pulls what changed, classifies, plans, and writes the changes. When more customers than the guard allows
would get another value, nothing is written (exit code 4): look at the plan, then apply it, or run again with --allow.`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			share, err := percent(allow)
			if err != nil {
				return err
			}
			return e.order(cmd.Context(), run.Order{Command: "run", Pull: true, Classify: true, Apply: true, Full: full, Allow: share}, "")
		},
	}
	allowFlag(cmd, &allow)
	cmd.Flags().BoolVar(&full, "full", false, "pull everything again")
	return cmd
}

func allowFlag(cmd *cobra.Command, allow *string) {
	cmd.Flags().StringVar(allow, "allow", "", "let the guard pass up to this share of changed customers, such as 50%")
}

// percent reads "50%" or "50" as 0.5; "" is 0.
func percent(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	share, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(share >= 0 && share <= 100) { // NaN is neither
		return 0, usageError{fmt.Errorf("--allow is a share of customers from 0%% to 100%%, not %q", text)}
	}
	return share / 100, nil
}

// order opens the connection and carries out an order; file gets the plan when it is not empty.
func (e *environment) order(ctx context.Context, o run.Order, file string) error {
	return e.withConnection(ctx, func(_ *app.App, c *app.Connection) error { return e.do(ctx, c, o, file) })
}

// do carries out an order and prints the result, that of a failed one too.
func (e *environment) do(ctx context.Context, c *app.Connection, o run.Order, file string) error {
	var end func()
	o.Progress, end = e.progress()
	result, err := c.Do(ctx, o)
	end()
	if result.Plan != nil && file != "" {
		if exportErr := exportPlan(ctx, c, result.Plan.ID, file); exportErr != nil {
			return errors.Join(err, exportErr)
		}
	}
	if e.output == "json" {
		if printErr := e.json(result); printErr != nil {
			return printErr
		}
	} else {
		e.printResult(&result, err == nil)
		if result.Plan != nil && file != "" {
			e.say("Wrote the plan to %s; taxon apply %s writes it to the CRM.", file, file)
		}
	}
	if err == nil && result.Partly() {
		return errPartly
	}
	return err
}

// exportPlan writes a plan's file, whole or not at all.
func exportPlan(ctx context.Context, c *app.Connection, plan int64, path string) error {
	temporary, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return &crm.Error{Code: crm.CodeConfig, Message: "the plan file " + path + " cannot be written", Cause: err}
	}
	err = writeback.Export(ctx, c.Mirror, plan, temporary)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".part"))
	}
	return os.Rename(path+".part", path)
}
