package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/writeback"
)

// Check finds everything about the configuration, the accounts and the plugins that can be known before a run.
// Problems of the file's form end the list: with them nothing else can be said. err is for what keeps the
// check itself from working.
func Check(ctx context.Context, o Options) ([]crm.Problem, error) {
	c, problems, err := config.Load(o.ConfigPath)
	if err != nil || c == nil {
		return problems, err
	}
	a, err := Open(ctx, o)
	if err != nil {
		return problem(err), nil
	}
	out := problems
	for _, name := range c.ConnectionNames() {
		out = append(out, a.checkConnection(ctx, name)...)
	}
	return out, a.Close()
}

// checkConnection checks one connection as far as one finding does not hide the next.
func (a *App) checkConnection(ctx context.Context, name string) []crm.Problem {
	k := a.Config.Connections[name]
	at := "/connections/" + name
	var out []crm.Problem
	lostRates := false
	for _, secret := range slices.Sorted(maps.Keys(k.Secrets)) {
		if _, err := a.Config.Secret(k.Secrets[secret]); err != nil {
			out = append(out, a.located(at+"/secrets/"+secret, err)...)
		}
	}
	if k.Schedule != "" {
		if _, err := run.ParseSchedule(k.Schedule, time.UTC); err != nil {
			out = append(out, a.located(at+"/schedule", err)...)
		}
	}
	if k.Rates != "" {
		if _, err := os.Stat(a.Config.Resolve(k.Rates)); err != nil {
			lostRates = true
			out = append(out, a.Config.Problem(at+"/rates", "the file of exchange rates cannot be read", "paths are relative to "+filepath.Base(a.Config.Path())))
		}
	}
	c, err := a.Connect(ctx, name)
	if err != nil {
		out = append(out, a.located(at, err)...)
		// Without the connector the classifiers can be checked all the same.
		c = &Connection{Config: k, Plugins: a.Plugins}
		if _, extra, err := mapping(k); err == nil {
			c.Catalogue, _ = crm.NewCatalogue(extra...)
		}
	}
	connected := err == nil
	if lostRates { // said already
		c.RatesFile = ""
	}
	broken := map[string]bool{} // classifiers that need not be asked any more
	for _, f := range k.Enabled() {
		found := c.ClassifierProblems(f)
		if len(found) == 0 {
			// A plugin that has nothing to do is not started, so that a changed one would be found late.
			if err := a.Plugins.Verify(f.Plugin); err != nil {
				found = problem(err)
				found[0].Pointer = "/plugin"
			}
		}
		for i := range found {
			found[i].Pointer = a.Config.Where(at + "/classifiers/" + f.Name + found[i].Pointer)
			broken[f.Name] = broken[f.Name] || !found[i].Warning
		}
		out = append(out, found...)
	}
	if !connected || slices.ContainsFunc(out, func(p crm.Problem) bool { return p.Code == crm.CodeCredentials }) {
		return out // the CRM cannot be asked
	}
	found, err := a.CheckCRM(ctx, c)
	if err != nil {
		return append(out, a.located(at, err)...)
	}
	out = append(out, found...)
	if slices.ContainsFunc(found, func(p crm.Problem) bool {
		return !p.Warning && (p.Code == crm.CodeCredentials || p.Code == crm.CodeUnavailable)
	}) {
		return out // plugins are configured for an account's zone and currency
	}
	found, err = c.CheckClassifiers(ctx, func(name string) bool { return !broken[name] })
	if err != nil {
		return append(out, a.located(at, err)...)
	}
	for i := range found {
		found[i].Pointer = a.where(at, found[i].Pointer)
	}
	return append(out, found...)
}

// CheckCRM finds what stands in the way of using a connection's account.
func (a *App) CheckCRM(ctx context.Context, c *Connection) ([]crm.Problem, error) {
	// Fields that this installation made are no surprise, those of another connection to the account neither.
	fields, err := a.fieldsOfAccount(ctx, c.Config)
	if err != nil {
		return nil, err
	}
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		known := writeback.LedgerOf(fields, kind)
		own := known.Present()
		if k := c.CRM.Capabilities()[kind]; k.Fields && !k.CreateField {
			// What a person has made on our instructions is no stranger's, before the first run too.
			existing, err := c.CRM.ExistingFields(ctx, kind, c.OwnKeys(kind))
			if err != nil {
				continue // the check tells what stands in the way
			}
			own = append(own, existing...)
		}
		c.CRM.RecallFields(kind, known.States())
		c.CRM.SetOwnFields(kind, own)
	}
	found, err := c.CRM.Check(ctx)
	for i := range found {
		found[i].Pointer = a.where("/connections/"+c.Config.Name, found[i].Pointer)
	}
	return found, err
}

// fieldsOfAccount are the fields that this installation has in the account of a connection, through any connection with the
// same credentials.
func (a *App) fieldsOfAccount(ctx context.Context, k *config.Connection) ([]store.Field, error) {
	account, err := accountKey(k)
	if err != nil {
		return nil, err
	}
	var out []store.Field
	for _, name := range a.Config.ConnectionNames() {
		other := a.Config.Connections[name]
		if key, err := accountKey(other); err != nil || key != account {
			continue
		}
		mirror, err := a.Store.Connection(ctx, name, other.Subject)
		if err != nil {
			return nil, err
		}
		fields, err := mirror.Fields(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			if !f.Missing {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// ofClassifier is how package classify names the place of a finding; ofField is how a connector does.
var (
	ofClassifier = regexp.MustCompile(`^classifier ([a-z0-9_]+)(?: (/.*))?$`)
	ofField      = regexp.MustCompile(`^fields/(company|contact|deal|activity)/([a-z0-9_]+)$`)
)

// where translates a place within a connection to file, line and pointer.
func (a *App) where(at, place string) string {
	if m := ofClassifier.FindStringSubmatch(place); m != nil {
		return a.Config.Where(at + "/classifiers/" + m[1] + m[2])
	}
	if ofField.MatchString(place) {
		return a.Config.Where(at + "/" + place)
	}
	if place == "" || strings.HasPrefix(place, "/") {
		return a.Config.Where(at + place)
	}
	return fmt.Sprintf("%s: %s", a.Config.Where(at), place)
}

// located are the problems of an error at a pointer of the configuration, unless it knows a place itself.
func (a *App) located(pointer string, err error) []crm.Problem {
	out := problem(err)
	for i := range out {
		if p := out[i].Pointer; p == "" || strings.HasPrefix(p, "/") || ofField.MatchString(p) {
			out[i].Pointer = a.where(pointer, out[i].Pointer)
		}
	}
	return out
}

// problem turns an error into findings.
func problem(err error) []crm.Problem {
	var all *ConfigError
	if errors.As(err, &all) {
		return all.Problems
	}
	var known *crm.Error
	if errors.As(err, &known) {
		return []crm.Problem{{Error: *known}}
	}
	return []crm.Problem{{Error: crm.Error{Code: crm.CodeOf(err), Message: err.Error()}}}
}
