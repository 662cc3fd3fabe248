package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

// T is what a check needs of a test; the suite's own tests put a recorder in its place, to see checks fail.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Context() context.Context
	TempDir() string
	Cleanup(func())
}

// epoch is when the accounts' time begins.
var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// ownClock is the connector's clock: it follows the account's, perhaps with an offset. Waiting moves it on and takes no time.
type ownClock struct {
	*sandbox.Manual
	ahead time.Duration
}

func (c ownClock) Now() time.Time { return c.Manual.Now().Add(c.ahead) }

// patientClock is an own clock on which nobody's time leaps while a request is on its way: a request admitted in one
// window of a rate limit would reach the account in the next one, as on no real clock.
type patientClock struct {
	ownClock
	log *sandbox.Log
}

// Sleep lets the requests that were admitted before reach the account and end, then moves the clock to the end of the sleep.
func (c patientClock) Sleep(done <-chan struct{}, d time.Duration) bool {
	until := c.Manual.Now().Add(d)
	for still, seen, tries := 0, -1, 0; still < 5 && tries < 500; tries++ { // one whose sender does not run yet shows some milliseconds later
		if n := c.log.Count(); c.log.Running() > 0 || n != seen {
			still, seen = 0, n
		} else {
			still++
		}
		time.Sleep(time.Millisecond)
	}
	return c.Manual.Sleep(done, until.Sub(c.Manual.Now()))
}

// patient gives a connector that clock.
func (w *world) patient(o *connector.Options) {
	o.Clock = patientClock{ownClock{Manual: w.clock}, &w.Log}
}

// world is one account with its clock, and all that was said about it: log lines, errors, states.
type world struct {
	Server
	d     *Dialect
	m     *manifest.Manifest
	clock *sandbox.Manual
	way   Way
	url   string
	store *memory
	put   map[string][]*stored // what the suite has put into the account, by object
	said  said
}

// options of a world.
type options struct {
	lag time.Duration
	way string
}

// newWorld opens an account and serves it.
func newWorld(t T, d *Dialect, o options) *world {
	t.Helper()
	w := unopened(t, d, o)
	w.Server = d.Open(Setup{Clock: w.clock, Lag: o.lag, Way: w.way.Name})
	w.defaults()
	l, err := w.Listen("")
	if err != nil {
		t.Fatalf("%v", err)
	}
	w.url = l.URL
	t.Cleanup(func() {
		_ = l.Close() // nobody asks any more
		w.noSecretIsSaid(t)
	})
	return w
}

// unopened is a world that has no account yet.
func unopened(t T, d *Dialect, o options) *world {
	t.Helper()
	load := d.load
	if load == nil {
		load = manifests.Load
	}
	m, err := load(d.Name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	w := &world{d: d, m: m, clock: sandbox.NewManual(epoch), way: d.Ways[0], store: &memory{}, put: map[string][]*stored{}}
	for _, way := range d.Ways {
		if way.Name == o.way {
			w.way = way
		}
	}
	return w
}

// defaults puts the usual ways in the place of what the adapter leaves out.
func (w *world) defaults() {
	s, store := &w.Server, func(object string) string { return w.d.Objects[object].Store }
	if s.Load == nil {
		s.Load = func(object string, r sandbox.Record) (string, error) { return s.Account.Load(store(object), r) }
	}
	if s.Edit == nil {
		s.Edit = func(object, id string, values map[string]string) error {
			return s.Account.Update(store(object), id, values)
		}
	}
	if s.Delete == nil {
		s.Delete = func(object, id string) { s.Account.Archive(store(object), id) }
	}
	if s.Hold == nil {
		s.Hold = func(object, id string, d time.Duration) { s.Store.Hold(store(object), id, d) }
	}
	if s.Reject == nil {
		s.Reject = func(object, id, message string) {
			s.Account.RejectWrites(store(object), id, 0, sandbox.Rejection{Code: "RULE_OF_THE_ACCOUNT", Message: message})
		}
	}
	if s.Drop == nil {
		s.Drop = func(object, id string) { s.Account.DropWrites(store(object), id, 0) }
	}
	if s.Live == nil {
		s.Live = func(object string) []string {
			var ids []string
			for _, r := range s.Account.Records(store(object)) {
				ids = append(ids, r.ID)
			}
			return ids
		}
	}
	if s.Held == nil {
		s.Held = func(object, id, field string) string {
			if r, ok := s.Store.Get(store(object), id); ok {
				return r.Values[field]
			}
			return ""
		}
	}
	if s.Defined == nil {
		s.Defined = func(object string) []sandbox.Field {
			return slices.DeleteFunc(s.Store.Fields(store(object)), func(f sandbox.Field) bool { return f.BuiltIn })
		}
	}
	if s.Expire == nil {
		s.Expire = s.Tokens.RevokeIssued
	}
}

// connect opens a connector on the account, as a process of its own would.
func (w *world) connect(t T, change ...func(*connector.Options)) *connector.Connector {
	t.Helper()
	settings := map[string]string{"base_url": w.url, "auth": w.way.Name}
	maps.Copy(settings, w.d.Settings)
	maps.Copy(settings, w.way.Settings)
	o := connector.Options{
		Settings: settings, Tokens: w.store, Clock: ownClock{Manual: w.clock}, Log: w.said.logger(),
		Secret: func(name string) (string, error) {
			secret, ok := w.way.Secrets[name]
			if !ok {
				return "", fmt.Errorf("no secret %s", name)
			}
			return secret, nil
		},
	}
	for _, f := range change {
		f(&o)
	}
	c, err := connector.Open(w.m, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return c
}

// kinds are the kinds of records that the adapter names objects for, in pull order.
func (w *world) kinds() []crm.Kind {
	var out []crm.Kind
	for _, kind := range crm.Kinds {
		if len(w.d.wanted(w.m, kind)) > 0 {
			out = append(out, kind)
		}
	}
	return out
}

// first is the first object of the first kind among those, "" when the CRM has none.
func (w *world) first(kinds ...crm.Kind) string {
	for _, kind := range kinds {
		if objects := w.d.wanted(w.m, kind); len(objects) > 0 {
			return objects[0]
		}
	}
	return ""
}

// id is the canonical id of an object's record.
func (w *world) id(object, id string) string {
	if w.m.Objects[object].Kind == crm.Activity {
		return object + ":" + id
	}
	return id
}

// live are the canonical ids of all live records of a kind, sorted.
func (w *world) live(kind crm.Kind) []string {
	var ids []string
	for _, object := range w.d.wanted(w.m, kind) {
		for _, id := range w.Live(object) {
			ids = append(ids, w.id(object, id))
		}
	}
	slices.Sort(ids)
	return ids
}

// said is everything that was told to people or kept.
type said struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

func (s *said) logger() hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Output: s, Level: hclog.Trace, JSONFormat: true})
}

// note keeps what was said in another way than by the log.
func (s *said) note(v ...any) {
	for _, x := range v {
		fmt.Fprintf(s, "%+v\n", x)
	}
}

func (s *said) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// noSecretIsSaid searches all that was said for the credentials of the account, tokens that were issued included, in the forms
// in which requests carry them.
func (w *world) noSecretIsSaid(t T) {
	secrets := slices.Collect(maps.Values(w.way.Secrets))
	secrets = append(secrets, w.way.NewSecret)
	secrets = append(secrets, w.Tokens.All()...)
	said := w.said.text()
	for _, secret := range secrets {
		for _, form := range w.forms(secret) {
			if strings.Contains(said, form) {
				t.Errorf("the secret %.4s… is said in a log line, an error or a state", secret)
				break
			}
		}
	}
	if strings.Contains(said, privateWord) {
		t.Errorf("personal data out of the CRM's answers is said in a log line, an error or a state")
	}
}

// forms are those of a secret: as it is, line by line where it is a key, escaped, and in the header of HTTP's basic scheme.
func (w *world) forms(secret string) []string {
	var out []string
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) > 5 && !strings.HasPrefix(line, "-----") {
			out = append(out, line, url.QueryEscape(line), strings.Trim(strconv.Quote(line), `"`))
		}
	}
	for _, user := range w.way.Settings {
		out = append(out, base64.StdEncoding.EncodeToString([]byte(user+":"+secret)))
	}
	return out
}

// memory is a token store that remembers all that was ever saved.
type memory struct {
	held  sync.Mutex
	mu    sync.Mutex
	saved map[string][]byte
	log   []string
}

func (m *memory) Lock(context.Context, string) (func(), error) {
	m.held.Lock()
	return m.held.Unlock, nil
}

func (m *memory) Load(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saved[name], nil
}

func (m *memory) Save(name string, token []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.saved == nil {
		m.saved = map[string][]byte{}
	}
	m.saved[name] = token
	m.log = append(m.log, string(token))
	return nil
}
