package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Account is one simulated CRM account without a language: what every dialect's
// Server embeds and serves its vendor's API from. Its methods are the account's
// other users: what people and tools do in a CRM beside the client under test. They
// need no token and are not logged.
type Account struct {
	// Faults makes requests fail on demand; Log knows what was asked, by the kinds
	// that the dialect gives.
	Faults Faults
	Log    Log
	// Tokens may be revoked and added to while the server runs.
	Tokens Tokens
	// Store holds the records, links and fields.
	Store *Store

	clock   Clock
	handler http.Handler

	mu      sync.Mutex
	base    string
	rejects map[recordKey]*rejection
	drops   map[recordKey]*int
}

type recordKey struct{ kind, id string }

// Open prepares the account: an empty store, and clocks for everything that needs
// one. Call it before Serve.
func (a *Account) Open(o StoreOptions) {
	if o.Clock == nil {
		o.Clock = Wall{}
	}
	a.clock = o.Clock
	a.Log.Clock, a.Tokens.Clock = o.Clock, o.Clock
	a.Store = NewStore(o)
}

// Serve makes the account answer with a dialect's routes: faults strike before them,
// and every request is logged under the kind that classify gives it. Every answer
// tells the account's time, as a CRM's front does.
func (a *Account) Serve(routes http.Handler, classify func(*http.Request) string) {
	logged := a.Log.Wrap(a.Faults.Wrap(routes), classify)
	a.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", a.Now().UTC().Format(http.TimeFormat))
		logged.ServeHTTP(w, r)
	})
}

// Handler serves the account's API.
func (a *Account) Handler() http.Handler { return a.handler }

// Listen serves the account at an address of this machine; "" means a free port on
// loopback. The listener's URL is where the API is.
func (a *Account) Listen(addr string) (*Listener, error) {
	l, err := Listen(addr, a.handler)
	if err == nil {
		a.mu.Lock()
		a.base = l.URL
		a.mu.Unlock()
	}
	return l, err
}

// Base is where Listen serves the account: what answers name that hold addresses.
func (a *Account) Base() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.base
}

// Now is the present instant by the account's clock.
func (a *Account) Now() time.Time { return a.clock.Now() }

// Load adds a record with values in the forms that the API takes and returns its id,
// a new one if r has none. A value for a field that the kind does not have, or that
// takes none, is an error.
func (a *Account) Load(kind string, r Record) (id string, err error) {
	if err := a.known(kind, r.Values); err != nil {
		return "", err
	}
	return a.Store.Put(kind, r).ID, nil
}

// Update changes values of a record as a user would ("" clears), which moves its
// modified date.
func (a *Account) Update(kind, id string, values map[string]string) error {
	if err := a.known(kind, values); err != nil {
		return err
	}
	if _, ok := a.Store.Update(kind, id, values); !ok {
		return fmt.Errorf("sandbox: no record %s in %s", id, kind)
	}
	return nil
}

func (a *Account) known(kind string, values map[string]string) error {
	for name := range values {
		if f, ok := a.Store.Field(kind, name); !ok || f.ReadOnly {
			return fmt.Errorf("sandbox: %s has no field %q that takes a value", kind, name)
		}
	}
	return nil
}

// Archive moves a record to the recycle bin and tells whether there was one.
func (a *Account) Archive(kind, id string) bool { return a.Store.Archive(kind, id) }

// Records returns all live records of a kind in id order.
func (a *Account) Records(kind string) []*Record {
	page, _ := a.Store.Page(kind, "", -1, func(r *Record) bool { return !r.Archived() })
	return page
}

// Define adds fields that the CRM brings along; it panics on a mistake in a dialect's
// own table.
func (a *Account) Define(kind string, fields ...Field) {
	for _, f := range fields {
		f.BuiltIn = true
		f.Label = cmp.Or(f.Label, f.Name)
		if err := a.Store.AddField(kind, f); err != nil {
			panic("sandbox: " + err.Error())
		}
	}
}

// Rejection is why a write of one record fails, in the vendor's words.
type Rejection struct{ Code, Message string }

type rejection struct {
	Rejection
	times int
}

// RejectWrites makes the next writes of a record fail: a validation rule of the
// account. times 0 means all of them.
func (a *Account) RejectWrites(kind, id string, times int, why Rejection) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rejects == nil {
		a.rejects = map[recordKey]*rejection{}
	}
	a.rejects[recordKey{kind, id}] = &rejection{why, times}
}

// Rejected is for dialects: whether this write of a record is to fail, and why.
func (a *Account) Rejected(kind, id string) (Rejection, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := recordKey{kind, id}
	x := a.rejects[key]
	if x == nil {
		return Rejection{}, false
	}
	if x.times == 1 {
		delete(a.rejects, key)
	}
	x.times--
	return x.Rejection, true
}

// DropWrites makes the next writes of a record vanish: the call succeeds and nothing
// changes. times 0 means all of them.
func (a *Account) DropWrites(kind, id string, times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.drops == nil {
		a.drops = map[recordKey]*int{}
	}
	a.drops[recordKey{kind, id}] = &times
}

// Dropped is for dialects: whether this write of a record is to vanish.
func (a *Account) Dropped(kind, id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := recordKey{kind, id}
	times := a.drops[key]
	if times == nil {
		return false
	}
	if *times == 1 {
		delete(a.drops, key)
	}
	*times--
	return true
}
