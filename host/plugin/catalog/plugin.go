package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/plugin/launch"
)

const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// plugin is one plugin and its process. turn is held by whoever looks at the fields below it.
type plugin struct {
	catalog *Catalog
	info    Installed
	spec    launch.Spec

	turn     chan struct{} // a mutex that a context can give up
	process  process       // nil: none runs
	client   *client.Client
	started  time.Time
	failures int       // in a row
	again    time.Time // not to be started before
}

// Start answers the client of a running plugin, and starts the process when none runs. All callers share it:
// their instances must have different names, and after the process has died they start and configure anew.
func (c *Catalog) Start(ctx context.Context, ref Ref) (client.Plugin, error) {
	p, err := c.find(ref)
	if err != nil {
		return nil, err
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c.life.Err() != nil {
		return nil, errClosed(ref)
	}
	if p.process != nil && !p.ended() {
		return p.client, nil
	}
	return p.start(ctx)
}

// ended reports whether the process has died by itself, and notes that as a failure.
func (p *plugin) ended() bool {
	select {
	case <-p.process.Done():
	default:
		return false
	}
	if p.catalog.clock.Now().Sub(p.started) > maxBackoff {
		p.failures = 0
	}
	reason := "it ended while it was in use (" + p.process.Result() + ")"
	p.catalog.log.Warn("a plugin failed", "plugin", p.info.ID, "reason", reason)
	p.fail(reason)
	_ = p.process.Stop(0) // closes the connection
	p.process, p.client = nil, nil
	return true
}

func (p *plugin) start(ctx context.Context) (client.Plugin, error) {
	c := p.catalog
	if h := readState(c.dir)[p.info.ID]; h != nil && h.Hash == p.info.Hash && h.Disabled != nil {
		return nil, &crm.Error{Code: crm.CodePlugin,
			Message:    fmt.Sprintf("plugin %s is disabled since %s: it failed %d times within an hour; the last time: %s", p.info.ID, h.Disabled.Since.UTC().Format(time.RFC3339), maxFailures, h.Disabled.Reason),
			Suggestion: "when the cause is removed: taxon plugin enable " + p.info.ID}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.life, func() { cancel(errClosed(p.info.ID)) })()
	if wait := p.again.Sub(c.clock.Now()); wait > 0 && !c.clock.Sleep(ctx.Done(), wait) {
		return nil, context.Cause(ctx)
	}
	process, err := c.launch(ctx, p.spec)
	if err == nil {
		connected := process.Client(p.info.Manifest, client.Options{Progress: c.progress, Process: process})
		if err = connected.Verify(ctx); err == nil {
			p.process, p.client, p.started = process, connected, c.clock.Now()
			c.log.Debug("plugin started", "plugin", p.info.ID, "version", p.info.Version)
			return connected, nil
		}
		_ = process.Stop(stopGrace) // err says more
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p.fail(err.Error())
	return nil, err
}

func errClosed(id string) error {
	return &crm.Error{Code: crm.CodePlugin, Message: "plugin " + id + " is not started: Taxon is about to end"}
}

// fail notes a failure: when the next start may be, and whether there will be one. What comes with Taxon is
// never disabled.
func (p *plugin) fail(reason string) {
	c := p.catalog
	now := c.clock.Now()
	backoff := minBackoff << min(p.failures, 10)
	backoff = min(backoff+time.Duration(c.jitter()*float64(backoff)/2), maxBackoff)
	p.failures++
	p.again = now.Add(backoff)
	if p.info.Builtin {
		return // it cannot be installed again: it is tried again instead
	}
	err := updateState(c.dir, func(state map[string]*health) {
		if state[p.info.ID] == nil {
			state[p.info.ID] = &health{}
		}
		state[p.info.ID].fail(p.info.Hash, now, reason)
	})
	if err != nil {
		c.log.Warn("the failure of a plugin cannot be recorded", "plugin", p.info.ID, "error", err)
	}
}

// stop ends the process for good.
func (p *plugin) stop() error {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if p.process == nil || p.ended() {
		return nil
	}
	err := p.process.Stop(stopGrace)
	p.process, p.client = nil, nil
	return err
}
