package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/launch"
)

func TestAPluginThatDiedIsStartedAgainAfterAPause(t *testing.T) {
	watch := newClock()
	c := open(t, t.TempDir(), builtins("abc"), WithClock(watch))
	for range 2 {
		if _, err := c.Start(t.Context(), "abc"); err != nil {
			t.Fatal(err)
		}
		p := c.plugins["abc"].process.(launched)
		if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-p.Done()
	}
	if _, err := c.Start(t.Context(), "abc"); err != nil {
		t.Fatal(err)
	}
	if len(watch.sleeps) != 2 || watch.sleeps[0] < time.Second || watch.sleeps[0] > 1500*time.Millisecond || watch.sleeps[1] < 2*time.Second || watch.sleeps[1] > 3*time.Second {
		t.Errorf("the pauses were %v", watch.sleeps)
	}
}

func TestThreeFailuresWithinAnHourDisable(t *testing.T) {
	watch := newClock()
	dir := t.TempDir()
	put(t, dir)
	starts := 0
	failing := func(c *Catalog) {
		c.clock, c.jitter = watch, func() float64 { return 0 }
		c.launch = func(context.Context, launch.Spec) (process, error) {
			starts++
			return nil, &crm.Error{Code: crm.CodePlugin, Message: "plugin acme.loyal cannot be started: no reason"}
		}
	}
	c := open(t, dir, builtins("rfm"), failing)
	if _, err := c.Start(t.Context(), "acme.loyal"); err == nil {
		t.Fatal("it was started")
	}
	watch.advance(2 * time.Hour) // a failure of long ago does not count
	// Another process of the same store sees the failures of this one.
	for range 2 {
		if _, err := c.Start(t.Context(), "acme.loyal"); err == nil {
			t.Fatal("it was started")
		}
	}
	c = open(t, dir, builtins("rfm"), failing)
	if _, err := c.Start(t.Context(), "acme.loyal"); err == nil || strings.Contains(err.Error(), "disabled") {
		t.Fatalf("it is disabled too early: %v", err)
	}
	before := starts
	_, err := c.Start(t.Context(), "acme.loyal")
	if crm.CodeOf(err) != crm.CodePlugin || !strings.Contains(err.Error(), "is disabled since 2026-03-01T11:00:0") ||
		!strings.Contains(err.Error(), "no reason") || !strings.Contains(err.Error(), "taxon plugin enable acme.loyal") {
		t.Errorf("error %v", err)
	}
	if starts != before {
		t.Error("a disabled plugin was started")
	}
	for _, info := range c.List() {
		if (info.Disabled != nil) != (info.ID == "acme.loyal") {
			t.Errorf("%s: disabled %v", info.ID, info.Disabled)
		}
	}
	if err := c.Enable("acme.loyal"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Start(t.Context(), "acme.loyal"); err == nil || strings.Contains(err.Error(), "disabled") || starts != before+1 {
		t.Errorf("after Enable: %v, %d starts", err, starts-before)
	}
	if err := c.Enable("nobody"); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("enable of an unknown plugin: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, stateName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the state's mode: %v %v", info, err)
	}
}

func TestWhatComesWithTaxonIsNeverDisabled(t *testing.T) {
	watch := newClock()
	dir := t.TempDir()
	c := open(t, dir, builtins("abc"), WithClock(watch))
	start := c.launch
	c.launch = func(context.Context, launch.Spec) (process, error) {
		return nil, &crm.Error{Code: crm.CodePlugin, Message: "the machine is busy"}
	}
	for range 2 * maxFailures {
		if _, err := c.Start(t.Context(), "abc"); err == nil || !strings.Contains(err.Error(), "busy") {
			t.Fatalf("error %v", err)
		}
	}
	if len(watch.sleeps) != 2*maxFailures-1 {
		t.Errorf("the pauses were %v", watch.sleeps)
	}
	c.launch = start
	if _, err := c.Start(t.Context(), "abc"); err != nil {
		t.Error(err)
	}
	if c.List()[0].Disabled != nil {
		t.Error("it is disabled")
	}
}

func TestAnotherVersionStartsAfresh(t *testing.T) {
	var h health
	at := newClock().Now()
	for range maxFailures {
		h.fail("old", at, "x")
	}
	if h.Disabled == nil {
		t.Fatal("not disabled")
	}
	if h.fail("new", at, "y"); h.Disabled != nil || len(h.Failures) != 1 {
		t.Errorf("the new version has %v", h)
	}
}

func TestBackoffGrowsToAMinute(t *testing.T) {
	watch := newClock()
	c := open(t, t.TempDir(), builtins("abc"), WithClock(watch))
	c.jitter = func() float64 { return 0.5 }
	p := c.plugins["abc"]
	var pauses []time.Duration
	for range 8 {
		p.fail("x")
		pauses = append(pauses, p.again.Sub(watch.Now()))
	}
	want := []time.Duration{1250 * time.Millisecond, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute}
	if !slices.Equal(pauses, want) {
		t.Errorf("pauses %v", pauses)
	}
}

func TestACancelledStartIsNoFailure(t *testing.T) {
	dir := t.TempDir()
	put(t, dir)
	c := open(t, dir, nil)
	ctx, cancel := context.WithCancel(t.Context())
	c.launch = func(context.Context, launch.Spec) (process, error) {
		cancel()
		return nil, errors.New("interrupted")
	}
	if _, err := c.Start(ctx, "acme.loyal"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(readState(dir)) != 0 {
		t.Error("it was recorded as a failure")
	}
}
