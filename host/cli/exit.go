package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
)

// The exit codes.
const (
	ExitDone    = 0 // all done
	ExitFailed  = 1 // failed
	ExitUsage   = 2 // the command line is wrong
	ExitPartly  = 3 // done, but records were rejected
	ExitGuarded = 4 // the guard stopped the run
)

// errPartly says that the work is done but for some records; what there is to say was printed.
var errPartly = errors.New("partly done")

// usageError is a wrong command line.
type usageError struct{ error }

func (e *environment) exitCode(err error) int {
	var usage usageError
	var list *app.ConfigError
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, errPartly):
		return ExitPartly
	case errors.As(err, &usage):
		e.printErrors(&crm.Error{Code: crm.CodeUsage, Message: err.Error()})
		return ExitUsage
	case errors.Is(err, context.Canceled):
		e.printErrors(&crm.Error{Code: crm.CodeStopped, Message: "stopped; what was done is kept, the next run goes on from there"})
		return ExitFailed
	case errors.As(err, &list):
		var all []*crm.Error
		for i := range list.Problems {
			all = append(all, &list.Problems[i].Error)
		}
		e.printErrors(all...)
		return ExitFailed
	}
	e.printErrors(flat(err)...)
	if crm.CodeOf(err) == crm.CodeGuard {
		return ExitGuarded
	}
	return ExitFailed
}

// flat are the errors that an error consists of, each once.
func flat(err error) []*crm.Error {
	switch e := err.(type) {
	case *crm.Error:
		return []*crm.Error{e}
	case interface{ Unwrap() []error }:
		var all []*crm.Error
		for _, one := range e.Unwrap() {
			for _, found := range flat(one) {
				if !slices.ContainsFunc(all, func(x *crm.Error) bool { return x.Error() == found.Error() }) {
					all = append(all, found)
				}
			}
		}
		return all
	}
	if known := (*crm.Error)(nil); errors.As(err, &known) {
		return []*crm.Error{known}
	}
	return []*crm.Error{{Code: crm.CodeInternal, Message: err.Error()}}
}

// printErrors prints errors as a person reads them, or as one JSON document.
func (e *environment) printErrors(all ...*crm.Error) {
	if e.output == "json" {
		document := map[string]any{"error": all[0]}
		if len(all) > 1 {
			document["more"] = all[1:]
		}
		if data, err := json.Marshal(document); err == nil {
			fmt.Fprintln(e.stderr, string(data))
			return
		}
	}
	for _, known := range all {
		where := ""
		if known.Pointer != "" {
			where = known.Pointer + ": "
		}
		fmt.Fprintf(e.stderr, "taxon: %s%s\n", where, known.Message)
		if known.Suggestion != "" {
			fmt.Fprintf(e.stderr, "  → %s\n", strings.ReplaceAll(known.Suggestion, "\n", "\n    "))
		}
	}
}

// asksForJSON tells whether a command line asks for JSON, also one that is wrong.
func asksForJSON(args []string) bool {
	for i, a := range args {
		if a == "--output=json" || a == "--output" && i+1 < len(args) && args[i+1] == "json" || a == "--" {
			return a != "--"
		}
	}
	return false
}
