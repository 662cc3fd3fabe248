package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// TrialOptions say how far a connector is tried.
type TrialOptions struct {
	Manifest string            // name or file
	Settings map[string]string // of a connection
	Secrets  map[string]string // by reference: env:NAME or file:PATH
	Write    string            // id of a record that is really written; "" shows what would be sent
	Kind     crm.Kind          // that Write is of; the first that can be written when empty
	Log      hclog.Logger
	Clock    crm.Clock // the system's when nil

	of *trialled // the configured connection that is tried; nil: what the options say
}

// trialled is what a configured connection adds to a trial.
type trialled struct {
	config  *config.Config
	tokens  connector.TokenStore
	limiter *connector.Limiters
	mapping connector.Mapping
}

// TryConnection tries the connector of a configured connection with its settings, its secrets and its stored tokens, as
// TryConnector does. Of the options only Write and Kind count. "" is the only connection.
func (a *App) TryConnection(ctx context.Context, name string, o TrialOptions) (*Trial, error) {
	name, err := a.ConnectionName(name)
	if err != nil {
		return nil, err
	}
	k := a.Config.Connections[name]
	if k.CRM == FilesConnector {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the connection " + name + " reads files: there is no CRM to be tried", Suggestion: "taxon check looks at the files"}
	}
	key, err := accountKey(k)
	if err != nil {
		return nil, err
	}
	fields, _, err := mapping(k)
	if err != nil {
		return nil, err
	}
	o.Manifest, o.Settings, o.Secrets, o.Log, o.Clock = a.manifest(k), settings(k), k.Secrets, a.log.Named(name), a.clock
	o.of = &trialled{config: a.Config, tokens: connector.FileTokens(a.tokenDir(name)), limiter: a.limiter(key), mapping: fields}
	return TryConnector(ctx, o)
}

// Trial is what trying a connector found. Without settings and secrets only the samples are run.
type Trial struct {
	Connector string                  `json:"connector"`
	Samples   int                     `json:"samples"`
	Live      bool                    `json:"live"`
	Account   *connector.Account      `json:"account,omitempty"`
	Objects   []connector.ObjectTrial `json:"objects,omitempty"`
	Field     string                  `json:"field,omitempty"` // that a write is tried with
	Requests  []connector.WriteTrial  `json:"requests,omitempty"`
	Written   []string                `json:"written,omitempty"` // what writing really did, step by step
	Problems  []crm.Problem           `json:"problems"`
}

// missing lists what a live trial needs beside what is given, as flags with what they are.
func (o *TrialOptions) missing(m *manifest.Manifest) []string {
	var out []string
	for _, name := range sorted(m.Inputs) {
		if i := m.Inputs[name]; i.Default == "" && !i.Optional && o.Settings[name] == "" {
			out = append(out, fmt.Sprintf("--set %s=…  %s", name, strings.TrimSpace(i.Doc)))
		}
	}
	if auth := o.auth(m); auth != nil {
		for _, name := range sorted(auth.Secrets) {
			if o.Secrets[name] == "" {
				out = append(out, fmt.Sprintf("--secret %s=env:NAME  %s", name, strings.TrimSpace(auth.Secrets[name].Doc)))
			}
		}
	}
	return out
}

// auth is the way to authenticate; nil when there is none of the name.
func (o *TrialOptions) auth(m *manifest.Manifest) *manifest.Auth {
	if way := o.Settings["auth"]; way != "" {
		return m.Auth[way]
	}
	return m.Auth[m.AuthDefault]
}

// spent names a secret that a trial would use up; "" when there is none.
func (o *TrialOptions) spent(m *manifest.Manifest) string {
	if auth := o.auth(m); auth != nil {
		for _, name := range sorted(auth.Secrets) {
			if auth.Secrets[name].Rotates {
				return name
			}
		}
	}
	return ""
}

// TryConnector runs a manifest's samples and, when settings or secrets are given, tries it against the CRM: credentials, one page of
// each object and its mapping, the requests of a write. Findings are problems; the error is for what keeps the trial from going on.
func TryConnector(ctx context.Context, o TrialOptions) (*Trial, error) {
	m, err := FindManifest(o.Manifest)
	if err != nil {
		return nil, err
	}
	t := &Trial{Connector: m.Name, Samples: len(m.Samples), Problems: connector.RunSamples(m), Live: len(o.Settings)+len(o.Secrets) > 0 || o.Write != ""}
	if t.Problems == nil {
		t.Problems = []crm.Problem{}
	}
	t.Problems = append(t.Problems, outdated(m)...)
	if !t.Live {
		return t, nil
	}
	if missing := o.missing(m); len(missing) > 0 {
		return t, &crm.Error{Code: crm.CodeConfig, Message: "the connector " + m.Name + " needs more to be tried against a CRM", Suggestion: strings.Join(missing, "\n")}
	}
	if name := o.spent(m); name != "" && o.of == nil {
		return t, &crm.Error{Code: crm.CodeConfig, Message: "the CRM replaces the secret " + name + " when it is used, and a trial keeps no new one: yours would be worth nothing afterwards",
			Suggestion: "configure a connection, which keeps it (taxon init), and try that: taxon crm test --connection NAME; or use another way to authenticate (--set auth=…)"}
	}
	if unreadable := o.unreadable(); len(unreadable) > 0 {
		t.Problems = append(t.Problems, unreadable...)
		return t, nil
	}
	options := connector.Options{Settings: o.Settings, Clock: o.Clock, Log: o.Log, Tokens: &memoryTokens{}, Secret: o.secret}
	if of := o.of; of != nil {
		options.Tokens, options.Limiter, options.Mapping = of.tokens, of.limiter, of.mapping
	}
	c, err := connector.Open(m, options)
	if err != nil {
		return t, err
	}
	return t, t.live(ctx, m, c, o)
}

// secret reads a secret by its reference, as the configuration does, or as one in the present directory would.
func (o *TrialOptions) secret(name string) (string, error) {
	if o.of != nil {
		return o.of.config.Secret(o.Secrets[name])
	}
	return (&config.Config{}).Secret(o.Secrets[name])
}

// unreadable are the secrets that are not where they are said to be, which is no fault of the manifest.
func (o *TrialOptions) unreadable() []crm.Problem {
	var out []crm.Problem
	for _, name := range sorted(o.Secrets) {
		var known *crm.Error
		if _, err := o.secret(name); errors.As(err, &known) {
			out = append(out, placed("--secret "+name, *known))
		}
	}
	return out
}

// live tries what can be tried as long as one finding does not forbid the next.
func (t *Trial) live(ctx context.Context, m *manifest.Manifest, c *connector.Connector, o TrialOptions) error {
	account, err := c.Account(ctx)
	if err != nil {
		if known := (*crm.Error)(nil); errors.As(err, &known) && ctx.Err() == nil {
			t.Problems = append(t.Problems, placed(m.Where(m.Account), *known))
			return nil
		}
		return err
	}
	t.Account = &account
	if t.Objects, err = c.TryObjects(ctx); err != nil {
		return err
	}
	for i := range t.Objects {
		t.Problems = append(t.Problems, t.Objects[i].Problems...)
	}
	checked, err := c.Check(ctx)
	if err != nil {
		return err
	}
	for _, p := range checked {
		if !slices.ContainsFunc(t.Problems, func(known crm.Problem) bool {
			return !known.Warning && strings.HasSuffix(known.Pointer, "/"+p.Pointer+"/list")
		}) {
			t.Problems = append(t.Problems, p)
		}
	}
	return t.write(ctx, m, c, o)
}

func placed(where string, e crm.Error) crm.Problem {
	if e.Pointer == "" {
		e.Pointer = where
	}
	return crm.Problem{Error: e}
}

// trialField is what a write is tried with: a text, or where the CRM has no texts of ours a class.
func trialField(m *manifest.Manifest, kind crm.Kind) (connector.FieldSpec, string) {
	spec := connector.FieldSpec{Key: "taxon_trial", Label: "Taxon trial", Description: "Made by taxon crm test.", Type: crm.Text}
	for _, o := range m.Objects {
		if o.Kind == kind && o.Define != nil && o.Define.Types["text"] == nil {
			spec.Options = []connector.Option{{Code: "trial", Label: "Trial"}}
			return spec, "trial"
		}
	}
	return spec, "trial"
}

// write shows the requests of a write, and with an id does it.
func (t *Trial) write(ctx context.Context, m *manifest.Manifest, c *connector.Connector, o TrialOptions) error {
	kind := o.Kind
	for _, k := range []crm.Kind{crm.Company, crm.Contact} {
		if kind == "" && c.Capabilities()[k].Write {
			kind = k
		}
	}
	if kind == "" || !c.Capabilities()[kind].Write {
		t.Problems = append(t.Problems, crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeConfig, Message: "the manifest writes nothing back",
			Suggestion: "give an object of kind company or contact the keys write, read and define"}})
		return nil
	}
	spec, value := trialField(m, kind)
	t.Field = spec.Key
	id := o.Write
	for _, object := range t.Objects {
		if id == "" && object.Kind == kind {
			id = object.First
		}
	}
	if id == "" {
		t.Problems = append(t.Problems, crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeNotFound, Message: "there is no record yet that a write could be shown with", Suggestion: "make one in the CRM"}})
		return nil
	}
	var err error
	if t.Requests, err = c.TryWrite(ctx, kind, id, spec, value); err != nil {
		return t.take(ctx, err)
	}
	if o.Write != "" && !slices.ContainsFunc(t.Problems, func(p crm.Problem) bool { return !p.Warning }) {
		err = t.really(ctx, c, kind, o.Write, spec, value)
	}
	return t.take(ctx, err)
}

// take makes a finding of an error that tells one.
func (t *Trial) take(ctx context.Context, err error) error {
	known := (*crm.Error)(nil)
	if err == nil || ctx.Err() != nil || !errors.As(err, &known) {
		return err
	}
	t.Problems = append(t.Problems, crm.Problem{Error: *known})
	return nil
}

// really writes one record, reads it back, and leaves it as it was.
func (t *Trial) really(ctx context.Context, c *connector.Connector, kind crm.Kind, id string, spec connector.FieldSpec, value string) error {
	done := func(format string, a ...any) { t.Written = append(t.Written, fmt.Sprintf(format, a...)) }
	if _, err := valueOf(ctx, c, kind, id); err != nil { // before anything is made
		return err
	}
	states, err := c.Provision(ctx, kind, []connector.FieldSpec{spec})
	if err != nil {
		return err
	}
	state := states[0]
	if state.Missing {
		return &crm.Error{Code: crm.CodeConfig, Pointer: spec.Key, Message: "the field does not exist, and the CRM lets no program make it", Suggestion: state.Instructions}
	}
	if state.Created {
		done("made the field %s, in the CRM %s", spec.Key, state.Name)
	}
	before, err := valueOf(ctx, c, kind, id, spec.Key)
	if err != nil {
		return err
	}
	for _, step := range []struct{ value, what string }{{value, "wrote"}, {before, "put back"}} {
		if err := writeOne(ctx, c, kind, id, spec.Key, step.value); err != nil {
			return err
		}
		now, err := valueOf(ctx, c, kind, id, spec.Key)
		if err != nil {
			return err
		}
		if now != step.value {
			return &crm.Error{Code: crm.CodeProtocol, Pointer: spec.Key, Message: fmt.Sprintf("the CRM confirms the write and then shows %q instead of %q", now, step.value),
				Suggestion: "look at define.types and write.values; verify: true finds this in every run"}
		}
		done("%s %q in record %s and read it back", step.what, step.value, id)
	}
	if state.Created {
		if err := c.DeleteFields(ctx, kind, []string{spec.Key}); err != nil {
			done("the field %s stays in the CRM: the manifest has no define.remove", spec.Key)
		} else {
			done("removed the field %s", spec.Key)
		}
	}
	return nil
}

// valueOf reads a field of one record, or only finds the record.
func valueOf(ctx context.Context, c *connector.Connector, kind crm.Kind, id string, key ...string) (string, error) {
	values, err := c.Read(ctx, kind, []string{id}, key)
	if err != nil {
		return "", err
	}
	record, ok := values[id]
	if !ok {
		return "", &crm.Error{Code: crm.CodeNotFound, Message: fmt.Sprintf("there is no %s %s", kind, id), Suggestion: "give --write the id of a record that exists"}
	}
	return record[strings.Join(key, "")], nil
}

func writeOne(ctx context.Context, c *connector.Connector, kind crm.Kind, id, key, value string) error {
	var refused error
	err := c.Write(ctx, kind, []connector.Write{{ID: id, Fields: map[string]string{key: value}}}, func(outcomes []connector.Outcome) error {
		for _, o := range outcomes {
			if o.Error != nil {
				refused = o.Error
			}
		}
		return nil
	})
	return errors.Join(err, refused)
}

// memoryTokens keeps tokens for the time of a trial.
type memoryTokens struct{ kept map[string][]byte }

func (m *memoryTokens) Load(name string) ([]byte, error) { return m.kept[name], nil }

func (m *memoryTokens) Save(name string, data []byte) error {
	m.kept = map[string][]byte{name: data}
	return nil
}

func (m *memoryTokens) Lock(context.Context, string) (func(), error) { return func() {}, nil }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
