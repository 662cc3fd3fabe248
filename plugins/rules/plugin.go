package rules

import (
	"errors"
	"strings"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/wording"
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
	var undecided []sdk.Text
	var read []*input // by the rules that gave something
	set := map[string]bool{}
	for i := range c.rules {
		r := &c.rules[i]
		applies, err := r.applies(customer)
		switch {
		case errors.Is(err, errMissing):
			undecided = append(undecided, r.words)
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
			read = append(read, r.read...)
		}
		if c.Match == "first" {
			break
		}
	}
	verdict, all := c.finish(verdict, set, undecided)
	if !run.Explain {
		return verdict
	}
	if all {
		read = c.read
	}
	return customer.values(verdict, read)
}

// finish fills in what no rule set; all reports whether that no rule applies is part of the answer.
func (c *Config) finish(verdict sdk.Verdict, set map[string]bool, undecided []sdk.Text) (_ sdk.Verdict, all bool) {
	if len(set) == 0 || c.Match == "all" {
		for _, s := range c.decided {
			if !set[s.key] {
				verdict = verdict.Set(s.key, s.value)
				set[s.key], all = true, true
			}
		}
		if all {
			verdict = verdict.Because("default")
		}
	}
	names := wording.List(undecided)
	switch {
	case set[""] && len(undecided) == 0:
		return verdict, all
	case set[""]:
		return verdict.Because("undecided", names.En, names.ZhHans, names.ZhHant), all
	case len(undecided) > 0:
		return unclassified(verdict).Because("missing", names.En, names.ZhHans, names.ZhHant), true
	}
	return unclassified(verdict).Because("no_rule"), true
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
		return v.Because("rule", r.number, r.words.En, r.words.ZhHans, r.words.ZhHant)
	}
	return v.Because("because", r.because.En, r.because.ZhHans, r.because.ZhHant, r.words.En, r.words.ZhHans, r.words.ZhHant)
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
