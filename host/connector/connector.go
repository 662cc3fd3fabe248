package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// discoveryAge is how long what is known about the account, its stages and its fields is used before it is asked for again.
const discoveryAge = time.Hour

// Connector is one connection to a CRM. It is safe for concurrent use.
type Connector struct {
	manifest *manifest.Manifest
	client   *transport.Client
	clock    crm.Clock
	log      hclog.Logger
	limiters *Limiters
	prefix   string
	objects  map[crm.Kind][]*object
	base     map[string]any // config and vars

	mu       sync.Mutex
	writes   []crm.Kind // nil: all
	own      map[crm.Kind][]string
	account  cached[Account]
	absent   map[string]bool // optional objects that the last pull left out; true: there are records of it
	lookups  map[string]cached[map[string]any]
	schemas  map[string]cached[*schema]
	specs    map[crm.Kind]map[string]FieldSpec  // what was provisioned through this connector
	recalled map[crm.Kind]map[string]FieldState // what is known of own fields from before
	skew     time.Duration                      // the server's clock against ours
	skewSeen bool
	versions map[crm.Kind]map[string]string // of records that were read, by id, until they are written
}

// cached is something asked of the CRM, and when.
type cached[T any] struct {
	value T
	at    time.Time
}

func (c cached[T]) fresh(now time.Time) bool { return !c.at.IsZero() && now.Sub(c.at) < discoveryAge }

// Open makes a connector. It checks the settings and the mapping against the manifest, and sends nothing.
func Open(m *manifest.Manifest, o Options) (*Connector, error) {
	config, err := settings(m, o.Settings)
	if err != nil {
		return nil, err
	}
	c := &Connector{manifest: m, clock: o.Clock, log: orNull(o.Log), limiters: o.Limiter, prefix: o.Prefix, writes: o.Writes, base: map[string]any{"config": config, "vars": map[string]any{}},
		own: map[crm.Kind][]string{}, lookups: map[string]cached[map[string]any]{}, schemas: map[string]cached[*schema]{},
		specs: map[crm.Kind]map[string]FieldSpec{}, recalled: map[crm.Kind]map[string]FieldState{}}
	if c.clock == nil {
		c.clock = crm.SystemClock{}
	}
	if c.limiters == nil {
		c.limiters = NewLimiters()
	}
	if c.prefix == "" {
		c.prefix = "taxon_"
	}
	for kind, keys := range o.OwnFields {
		c.own[kind] = slices.Clone(keys)
	}
	vars, err := c.evaluate(m.Vars)
	if err != nil {
		return nil, err
	}
	c.base["vars"] = vars
	if c.objects, err = c.compile(o.Mapping); err != nil {
		return nil, err
	}
	baseURL, err := m.BaseURL.Text(c.base)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the base URL cannot be computed: " + err.Error()}
	}
	c.client, err = transport.New(transport.Config{
		Manifest: m, AuthName: config["auth"], BaseURL: baseURL, Vars: c.base, Secret: o.Secret, Tokens: o.Tokens, Clock: c.clock,
		Log: c.log, Limiters: c.limiters, Budget: orDefault(o.Budget, 0.8), Timeout: orDefault(o.Timeout, time.Minute),
	})
	return c, err
}

func orNull(log hclog.Logger) hclog.Logger {
	if log == nil {
		return hclog.NewNullLogger()
	}
	return log
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// settings are the connection's inputs with defaults, checked against what the manifest declares.
func settings(m *manifest.Manifest, given map[string]string) (map[string]string, error) {
	config := map[string]string{"auth": m.AuthDefault}
	for name := range given {
		if m.Inputs[name] == nil && name != "auth" {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the connector %s has no setting %q", m.Name, name), Pointer: "/settings/" + name,
				Suggestion: "its settings are " + fmt.Sprint(slices.Sorted(maps.Keys(m.Inputs)))}
		}
	}
	for name, input := range m.Inputs {
		value := given[name]
		if value == "" {
			value = input.Default
		}
		if value == "" && !input.Optional {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the setting %s is missing: %s", name, input.Doc), Pointer: "/settings/" + name}
		}
		if value = input.Normal(value); !input.Allows(value) {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the setting %s must be one of %v", name, input.OneOf), Pointer: "/settings/" + name}
		}
		config[name] = value
	}
	if given["auth"] != "" {
		config["auth"] = given["auth"]
	}
	return config, nil
}

// evaluate fills in named templates over config and vars.
func (c *Connector) evaluate(templates map[string]*manifest.Template) (map[string]any, error) {
	vars := maps.Clone(c.base)
	vars["now"] = c.clock.Now()
	out := map[string]any{}
	for name, t := range templates {
		v, _, err := t.Eval(vars)
		if err != nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the variable %s of the connector manifest cannot be computed: %s", name, err)}
		}
		out[name] = v
	}
	return out, nil
}

// vars are the variables that a request of an object sees; o may be nil.
func (c *Connector) vars(o *object) map[string]any {
	c.mu.Lock()
	account := c.account.value
	c.mu.Unlock()
	vars := map[string]any{"config": c.base["config"], "vars": c.base["vars"], "now": c.clock.Now(),
		"account": map[string]any{"id": account.ID, "name": account.Name, "time_zone": account.TimeZone, "currency": account.Currency}}
	if o != nil {
		vars["object"] = o.vars
	}
	return vars
}

// call fills in a request and sends it, after the one that comes first where there is one.
func (c *Connector) call(ctx context.Context, class transport.Class, r *manifest.Request, vars map[string]any, use func(*transport.Answer) error) error {
	if r.First != nil {
		then := *r
		then.First = nil
		return c.call(ctx, class, r.First, vars, func(a *transport.Answer) error {
			vars["first"] = mapping.JSON(a.Body) // valid until this function returns
			return c.call(ctx, class, &then, vars, use)
		})
	}
	call, err := transport.Build(class, r, vars)
	if err != nil {
		return err
	}
	return c.client.Do(ctx, call, func(a *transport.Answer) error {
		c.learnClock(a)
		return use(a)
	})
}

// learnClock notes how far the server's clock is from ours.
func (c *Connector) learnClock(a *transport.Answer) {
	if date, ok := a.Date(); ok {
		c.mu.Lock()
		c.skew, c.skewSeen = date.Sub(c.clock.Now()), true
		c.mu.Unlock()
	}
}

// serverNow is a careful guess of the server's time: the earlier one of our clock and of its Date header, so that no
// change is behind a watermark before it has been seen. A header that is days away is no clock to go by.
func (c *Connector) serverNow() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.skewSeen && c.skew < 0 && c.skew > -48*time.Hour {
		return c.clock.Now().Add(c.skew)
	}
	return c.clock.Now()
}

// objectsOf are the objects of a kind; an error when there are none.
func (c *Connector) objectsOf(kind crm.Kind) ([]*object, error) {
	if objects := c.objects[kind]; len(objects) > 0 {
		return objects, nil
	}
	return nil, &crm.Error{Code: crm.CodeNotFound, Message: fmt.Sprintf("the connector %s has no %s records", c.manifest.Name, kind)}
}

// writable is the object of a kind that fields are written to: the first one that can.
func (c *Connector) writable(kind crm.Kind) (*object, error) {
	objects, err := c.objectsOf(kind)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if o.spec.Write != nil {
			return o, nil
		}
	}
	return objects[0], nil
}

func (c *Connector) cannot(kind crm.Kind, what string) error {
	return &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the connector %s cannot %s %s records", c.manifest.Name, what, kind)}
}

// SetOwnFields replaces the keys of Taxon's own fields that exist in the account for a kind, e.g. after provisioning.
func (c *Connector) SetOwnFields(kind crm.Kind, keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own[kind] = slices.Clone(keys)
}

// Batch is the number of records that one write request takes, or one job; 0 when records of the kind cannot be written.
func (c *Connector) Batch(kind crm.Kind) int {
	if o, err := c.writable(kind); err == nil && o.spec.Write != nil {
		if j := o.spec.Write.Job; j != nil {
			return max(o.spec.Write.Batch, j.Batch)
		}
		return o.spec.Write.Batch
	}
	return 0
}

// Counts are the requests sent since Open.
func (c *Connector) Counts() Counts {
	n, retries := c.client.Counts()
	return Counts{Pull: n[transport.Pull], Association: n[transport.Association], Discovery: n[transport.Discovery], Archived: n[transport.Archived],
		LatePass: n[transport.LatePass], Reconcile: n[transport.Reconcile], Token: n[transport.Token], Provision: n[transport.Provision],
		Write: n[transport.Write], Read: n[transport.Read], Retries: retries}
}
