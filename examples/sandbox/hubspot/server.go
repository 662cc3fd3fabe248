package hubspot

import (
	"cmp"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The kinds of records.
const (
	Contacts  = "contacts"
	Companies = "companies"
	Deals     = "deals"
)

// Server is one simulated account.
type Server struct {
	// Faults makes requests fail on demand; Log knows what was asked, by the kinds
	// list, list_archived, read, create, update, archive, search, batch_read,
	// batch_create, batch_update, batch_upsert, batch_archive, merge, erase,
	// association, property, property_write, group, group_write, pipeline, owner,
	// account, limits, token and other.
	Faults sandbox.Faults
	Log    sandbox.Log
	// Tokens may be revoked and added to while the server runs.
	Tokens sandbox.Tokens

	options Options
	zone    *time.Location
	store   *sandbox.Store
	kinds   map[string]*kind
	handler http.Handler
	serial  atomic.Int64 // of correlation ids
	pages   atomic.Int64 // answered, for ShortPages and EmptyPages

	burst, search sandbox.Window
	daily         sandbox.Daily

	mu      sync.Mutex
	cache   map[string]found        // last result of each kind's search
	rejects map[record]*rejection   // writes that fail
	drops   map[record]*dropCounter // writes that vanish
}

type record struct{ kind, id string }

// New returns an account without records: it has HubSpot's own properties, groups
// and the default sales pipeline. It panics if Options.TimeZone is unknown.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = sandbox.Wall{}
	}
	o.Token = cmp.Or(o.Token, DefaultToken)
	o.PortalID = cmp.Or(o.PortalID, 8675309)
	o.TimeZone = cmp.Or(o.TimeZone, "UTC")
	o.Currency = cmp.Or(o.Currency, "USD")
	o.AssociationPage = cmp.Or(o.AssociationPage, 500)
	o.ArchiveRetention = cmp.Or(o.ArchiveRetention, 90*24*time.Hour)
	if o.Versions == nil {
		o.Versions = Versions
	}
	if o.Limits == nil {
		o.Limits = Professional()
	}
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		panic(fmt.Sprintf("hubspot sandbox: time zone %q: %v", o.TimeZone, err))
	}
	s := &Server{
		options: o, zone: zone, cache: map[string]found{},
		rejects: map[record]*rejection{}, drops: map[record]*dropCounter{},
	}
	s.store = sandbox.NewStore(s.storeOptions())
	s.Log.Clock = o.Clock
	s.burst.Max, s.burst.Interval = o.Limits.Burst, 10*time.Second
	s.search.Max, s.search.Interval = o.Limits.Search, time.Second
	s.daily.Max, s.daily.Zone = o.Limits.Daily, zone
	s.Tokens.Clock, s.Tokens.Prefix, s.Tokens.Life = o.Clock, "CPD", 30*time.Minute
	s.Tokens.AddStatic(o.Token, o.Scopes)
	if a := o.OAuth; a != nil {
		s.Tokens.Rotate = a.Rotate
		s.Tokens.Life = cmp.Or(a.Life, s.Tokens.Life)
		s.Tokens.AddRefresh(a.RefreshToken, o.Scopes)
	}
	s.define()
	s.handler = s.Log.Wrap(s.Faults.Wrap(s.guard(s.routes())), classify)
	return s
}

func (s *Server) storeOptions() sandbox.StoreOptions {
	return sandbox.StoreOptions{Clock: s.options.Clock, IndexLag: s.options.IndexLag, FirstID: s.options.FirstID}
}

// Handler serves the account's API.
func (s *Server) Handler() http.Handler { return s.handler }

// Listen serves the account at an address of this machine; "" means a free port on
// loopback. The listener's URL is the API's base.
func (s *Server) Listen(addr string) (*sandbox.Listener, error) {
	return sandbox.Listen(addr, s.handler)
}

// Token returns the static access token.
func (s *Server) Token() string { return s.options.Token }

func (s *Server) now() time.Time { return s.options.Clock.Now() }
