package classify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// task is a classifier in a run.
type task struct {
	Classifier
	manifest   *pb.Manifest
	setup      client.Setup
	configured client.Configured
	bound      bool // the process knows the instance
	reads      []read
	needs      []string // classifiers whose tags it reads
	level      int
	config     string // hash
	out        *Outcome
	rows       []section    // spooled rows to be saved
	rejected   []section    // customers with whom the plugin has a problem, as pairs of id and message
	moves      map[Move]int // of the main tag

	workState
}

// failed reports whether the task cannot go on.
func (t *task) failed() bool { return t.out.Error != nil }

// fail notes why the task cannot go on: its first error.
func (t *task) fail(err error) {
	if t.out.Error != nil {
		return
	}
	var e *crm.Error
	if !errors.As(err, &e) {
		e = &crm.Error{Code: crm.CodeOf(err), Message: err.Error(), Cause: err}
	}
	failure := *e
	if failure.Pointer == "" {
		failure.Pointer = "classifier " + t.Name
	}
	t.out.Error = &failure
}

// runner is a run at work.
type runner struct {
	Input
	tasks   []*task // in order of names
	plugins map[string]client.Plugin
	result  *Result
	spool   *spool
	plan    *measure.Plan
	blocks  []*block
	whole   bool // the spool holds every customer
	scope   []string
	seen    int64 // sequence of the mirror that this run covers
}

func newRunner(in Input) *runner {
	if in.Prefix == "" {
		in.Prefix = "taxon_"
	}
	if in.batch == 0 {
		in.batch = protocol.BatchCustomers
	}
	r := &runner{Input: in, plugins: map[string]client.Plugin{}, result: &Result{}}
	for _, c := range in.Classifiers {
		if c.Refit == "" {
			c.Refit = EveryRun
		}
		if c.Config == nil {
			c.Config = map[string]any{}
		}
		t := &task{Classifier: c, out: &Outcome{Classifier: c.Name, Plugin: c.Plugin, Hash: in.Plugins.Hash(c.Plugin), Causes: map[crm.Cause]int{}}}
		r.tasks = append(r.tasks, t)
		r.result.Outcomes = append(r.result.Outcomes, t.out)
	}
	slices.SortFunc(r.tasks, func(a, b *task) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(r.result.Outcomes, func(a, b *Outcome) int { return strings.Compare(a.Classifier, b.Classifier) })
	return r
}

// Check prepares every classifier and classifies nobody. It answers what an administrator must know before a
// run: configurations that a plugin refuses or warns of, reads that are not approved, cycles. tags are what each
// classifier that could be configured gives, by its name, before any fit.
func Check(ctx context.Context, in Input) (out []crm.Problem, tags map[string][]*pb.TagDefinition, err error) {
	r := newRunner(in)
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, nil, err
	}
	tags = map[string][]*pb.TagDefinition{}
	for _, t := range r.tasks {
		if t.Broken {
			continue
		}
		if !t.failed() {
			tags[t.Name] = t.out.Tags
		}
		if t.failed() && !t.configured.Failed() {
			out = append(out, crm.Problem{Error: *t.out.Error})
		}
		for _, d := range t.configured.Diagnostics {
			out = append(out, crm.Problem{Warning: d.GetSeverity() == pb.Severity_SEVERITY_WARNING, Error: diagnosed(t, d)})
		}
		for _, path := range t.out.Withheld {
			out = append(out, crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeConfig, Pointer: "classifier " + t.Name,
				Message: "“" + path + "” is personal data and is not sent: the plugin works without it", Suggestion: "add the field to the classifier's grants if it should be sent"}})
		}
	}
	return out, tags, nil
}

// prepare finds out what each classifier reads, whether that is approved, and in which order they go.
// A classifier that cannot be prepared has an error in its outcome.
func (r *runner) prepare(ctx context.Context) error {
	manifests := map[string]*pb.Manifest{}
	var names []string
	for _, t := range r.tasks {
		if slices.Contains(names, t.Name) {
			return &crm.Error{Code: crm.CodeConfig, Message: "there are two classifiers with the name " + t.Name}
		}
		names = append(names, t.Name)
		m, err := r.Plugins.Manifest(t.Plugin)
		if err != nil {
			t.fail(err)
			continue
		}
		t.manifest, t.out.Version, manifests[t.Name] = m, m.GetVersion(), m
		if t.Broken {
			t.fail(&crm.Error{Code: crm.CodeConfig, Message: "its configuration is wrong"})
		}
	}
	env := measure.Env{Catalogue: r.Catalogue, Subject: r.Mirror.Subject(), Currency: r.Currency, Zone: r.Zone, Classifiers: names,
		Tag: func(classifier, key string) (crm.Type, bool) {
			for _, t := range manifests[classifier].GetTags() {
				if t.GetKey() == key {
					return crm.Type(t.GetType()), true
				}
			}
			return crm.None, false
		}}
	for _, t := range r.tasks {
		if t.failed() {
			continue
		}
		if err := r.prepareTask(ctx, t, env, manifests); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			t.fail(err)
			r.leave(t.Plugin)
		}
	}
	order(r.tasks)
	return nil
}

func (r *runner) prepareTask(ctx context.Context, t *task, env measure.Env, manifests map[string]*pb.Manifest) error {
	a, err := newApproval(t.Classifier, t.manifest, env, r.Prefix)
	if err != nil {
		return err
	}
	config, err := json.Marshal(t.Config)
	if err != nil {
		return &crm.Error{Code: crm.CodeConfig, Message: "the configuration cannot be sent to a plugin: " + err.Error(), Cause: err}
	}
	t.config = digest(config)
	t.setup = client.Setup{Instance: r.Mirror.Name() + "/" + t.Name, Config: t.Config, AsOf: r.AsOf.Start(r.Zone), Zone: r.Zone, Currency: r.Currency,
		Digits: crm.Digits(r.Currency), Subject: r.Mirror.Subject(), Catalogue: r.catalogue(a, t, manifests)}
	if err := r.configure(ctx, t); err != nil {
		return err
	}
	for _, rd := range t.configured.Reads {
		approved, err := a.check(rd)
		if err != nil {
			return err
		}
		t.reads = append(t.reads, approved)
		if approved.withheld {
			t.out.Withheld = append(t.out.Withheld, rd.GetPath())
		}
		if c := approved.column; c.Form == measure.TagForm && !slices.Contains(t.needs, c.Classifier) {
			t.needs = append(t.needs, c.Classifier)
		}
	}
	t.out.Reads, t.out.Tags = t.configured.Reads, t.worded(t.configured.Tags)
	return errors.Join(t.checkStability(), t.checkHandling())
}

// catalogue is what a plugin is told exists: no sensitive field without a grant, no field of Taxon, and the
// tags of the other classifiers.
func (r *runner) catalogue(a *approval, t *task, manifests map[string]*pb.Manifest) []*pb.CatalogueField {
	fields := measure.CatalogueOf(r.Catalogue, r.Mirror.Subject(), func(path string, f crm.Field) bool {
		return !strings.HasPrefix(f.Name, r.Prefix) && (!f.Sensitive || a.granted(path, true))
	})
	for _, other := range r.tasks {
		if other == t {
			continue
		}
		for _, tag := range manifests[other.Name].GetTags() {
			path := "tags." + other.Name
			if tag.GetKey() != "" {
				path += "." + tag.GetKey()
			}
			f := &pb.CatalogueField{Path: path, Type: tag.GetType()}
			for _, o := range tag.GetOptions() {
				if !tag.GetOpen() {
					f.Options = append(f.Options, o.GetCode())
				}
			}
			fields = append(fields, f)
		}
	}
	return fields
}

// configure learns the effective reads and tags: from the cache, else from the plugin.
func (r *runner) configure(ctx context.Context, t *task) error {
	key, err := r.configuredKey(t)
	if err != nil {
		return err
	}
	data, ok, err := r.Cache.Configured(ctx, key)
	if err != nil {
		return err
	}
	if ok {
		var kept client.Configured
		if err := json.Unmarshal(data, &kept); err == nil {
			t.configured = kept
			return nil
		}
	}
	if t.configured, err = r.ask(ctx, t); err != nil {
		return err
	}
	if data, err = json.Marshal(t.configured); err != nil {
		return err
	}
	return r.Cache.SaveConfigured(ctx, key, data)
}

// configuredKey names what an answer to Configure depends on. The as-of day is not among it.
func (r *runner) configuredKey(t *task) (string, error) {
	config, err := json.Marshal(t.Config)
	if err != nil {
		return "", err
	}
	catalogue, err := proto.MarshalOptions{Deterministic: true}.Marshal(&pb.ConfigureRequest{Catalogue: t.setup.Catalogue})
	if err != nil {
		return "", err
	}
	return digest([]byte("configured 1"), []byte(t.Plugin), []byte(t.out.Hash), []byte(t.manifest.GetVersion()), config, catalogue,
		[]byte(r.Zone.String()), []byte(r.Currency), []byte(r.Mirror.Subject())), nil
}

// ask configures the instance in the plugin's process.
func (r *runner) ask(ctx context.Context, t *task) (client.Configured, error) {
	p, err := r.start(ctx, t)
	if err != nil {
		return client.Configured{}, err
	}
	r.called(t)
	c, err := p.Configure(ctx, t.setup)
	if err != nil {
		return c, err
	}
	for _, d := range c.Diagnostics {
		if d.GetSeverity() != pb.Severity_SEVERITY_WARNING {
			e := diagnosed(t, d)
			return c, &e
		}
	}
	t.bound = true
	return c, nil
}

// plugin is the process of a task, with its instance configured as it was prepared.
func (r *runner) plugin(ctx context.Context, t *task) (client.Plugin, error) {
	if !t.bound {
		c, err := r.ask(ctx, t)
		if err != nil {
			return nil, err
		}
		if !sameReads(c.Reads, t.configured.Reads) || !sameTags(c.Tags, t.configured.Tags) {
			return nil, &crm.Error{Code: crm.CodeProtocol, Message: "the plugin " + t.manifest.GetId() + " answers other reads or tags than before for the same configuration",
				Suggestion: "report it to the plugin's author: they may depend on the configuration and the fields only"}
		}
	}
	return r.start(ctx, t)
}

func (r *runner) start(ctx context.Context, t *task) (client.Plugin, error) {
	if p := r.plugins[t.Plugin]; p != nil {
		return p, nil
	}
	p, err := r.Plugins.Start(ctx, t.Plugin)
	if err == nil {
		r.plugins[t.Plugin] = p
	}
	return p, err
}

// leave gives a plugin back after a task failed: the process may have died, or be in disorder. The next task
// that needs it starts it anew.
func (r *runner) leave(ref string) {
	if p := r.plugins[ref]; p != nil {
		_ = p.Close() // what went wrong is in the task's error
		delete(r.plugins, ref)
	}
	for _, t := range r.tasks {
		if t.Plugin == ref {
			t.bound = false
		}
	}
}

// close gives back all plugins.
func (r *runner) close() {
	for ref := range r.plugins {
		r.leave(ref)
	}
}

// called counts a call of the protocol.
func (r *runner) called(t *task) {
	t.out.PluginCalls++
	r.result.PluginCalls++
}

func sameReads(a, b []*pb.Read) bool {
	return slices.EqualFunc(a, b, func(x, y *pb.Read) bool { return proto.Equal(x, y) })
}

func sameTags(a, b []*pb.TagDefinition) bool {
	return slices.EqualFunc(a, b, func(x, y *pb.TagDefinition) bool { return proto.Equal(x, y) })
}

func diagnosed(t *task, d *pb.Diagnostic) crm.Error {
	return crm.Error{Code: crm.CodeConfig, Message: d.GetSummary(), Pointer: "classifier " + t.Name + " /config" + d.GetPointer(), Suggestion: d.GetDetail()}
}

// digest is a hash of parts, in hexadecimal.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
