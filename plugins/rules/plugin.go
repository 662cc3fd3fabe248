package rules

import (
	"errors"
	"strings"
	"time"

	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*Config, sdk.Row]{
		Info: sdk.Info{ID: "rules", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Custom classes by an ordered list of conditions, without code"},
		Tags: append([]sdk.Tag{sdk.Class("").Opened().Labelled(sdk.Text{En: "Rules", ZhHans: "规则", ZhHant: "規則"}).
			Described("The class that the rules give; the configuration declares its options.")}, extras...),
		Reasons:   reasons,
		Reads:     []sdk.Read{{Path: "*", Purpose: "The rules say which fields, measures and tags they use; an administrator grants them."}},
		Presets:   presets,
		Example:   buyers,
		Configure: configure,
		Classify:  classify,
	}
}

// classify applies the rules to one customer.
func classify(run sdk.Run, c *Config, row sdk.Row) sdk.Verdict {
	customer := &view{row: row, inputs: c.inputs, run: &run, scale: unit(run)}
	var verdict sdk.Verdict
	var undecided []string
	set := map[string]bool{}
	for i := range c.rules {
		r := &c.rules[i]
		applies, err := r.applies(customer)
		switch {
		case errors.Is(err, errMissing):
			undecided = append(undecided, r.name)
			continue
		case err != nil:
			return sdk.Failed("rule_failed", r.name+": "+safe(err))
		case !applies:
			continue
		}
		gave := false
		for _, s := range r.settings {
			if !set[s.key] {
				verdict = verdict.Set(s.key, s.value)
				set[s.key], gave = true, true
			}
		}
		if gave {
			verdict = because(verdict, r)
		}
		if c.Match == "first" {
			break
		}
	}
	return c.finish(verdict, set, undecided)
}

// finish fills in what no rule set.
func (c *Config) finish(verdict sdk.Verdict, set map[string]bool, undecided []string) sdk.Verdict {
	if len(set) == 0 || c.Match == "all" {
		gave := false
		for _, s := range c.decided {
			if !set[s.key] {
				verdict = verdict.Set(s.key, s.value)
				set[s.key], gave = true, true
			}
		}
		if gave {
			verdict = verdict.Because("default")
		}
	}
	switch {
	case set[""] && len(undecided) == 0:
		return verdict
	case set[""]:
		return verdict.Because("undecided", strings.Join(undecided, ", "))
	case len(undecided) > 0:
		return unclassified(verdict).Because("missing", strings.Join(undecided, ", "))
	}
	return unclassified(verdict).Because("no_rule")
}

// applies evaluates the condition.
func (r *rule) applies(customer *view) (bool, error) {
	out, _, err := r.program.Eval(customer)
	if err != nil {
		return false, err
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, errors.New("the condition is neither true nor false")
	}
	return yes, nil
}

// because gives the reason of a rule: its own words, else its name.
func because(v sdk.Verdict, r *rule) sdk.Verdict {
	if r.because == (sdk.Text{}) {
		return v.Because("rule", r.name, r.number)
	}
	return v.Because("because", r.because.En, r.because.ZhHans, r.because.ZhHant, r.name)
}

// safe keeps of an evaluation's error what holds no data of the customer.
func safe(err error) string {
	for _, known := range []string{"division by zero", "modulus by zero", "integer overflow", "double overflow", "index out of bounds",
		"cost limit exceeded", "no such key", "no such overload", "optional.none() dereference"} {
		if strings.Contains(err.Error(), known) {
			return known
		}
	}
	return "a value does not have the form that the condition expects"
}

// microTime is an instant of the protocol.
func microTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// dayStart is the start of a day in the account's zone.
func dayStart(day sdk.Day, run *sdk.Run) time.Time {
	date := time.Unix(int64(day)*86400, 0).UTC()
	return time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, run.Zone)
}
