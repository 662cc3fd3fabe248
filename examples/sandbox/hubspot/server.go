package hubspot

import (
	"cmp"
	"fmt"
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
	// Account's Log knows what was asked by the kinds list, list_archived, read, create,
	// update, archive, search, batch_read, batch_create, batch_update, batch_upsert,
	// batch_archive, merge, erase, association, property, property_write, group,
	// group_write, pipeline, owner, account, limits, token and other.
	sandbox.Account

	options Options
	zone    *time.Location
	kinds   map[string]*kind
	serial  atomic.Int64 // of correlation ids
	pages   atomic.Int64 // answered, for ShortPages and EmptyPages

	burst, search sandbox.Window
	daily         sandbox.Daily

	mu    sync.Mutex
	cache map[string]found // last result of each kind's search
}

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
	s := &Server{options: o, zone: zone, cache: map[string]found{}}
	s.Open(s.storeOptions())
	s.burst.Max, s.burst.Interval = o.Limits.Burst, 10*time.Second
	s.search.Max, s.search.Interval = o.Limits.Search, time.Second
	s.daily.Max, s.daily.Zone = o.Limits.Daily, zone
	s.Tokens.Prefix, s.Tokens.Life = "CPD", 30*time.Minute
	s.Tokens.AddStatic(o.Token, o.Scopes)
	if a := o.OAuth; a != nil {
		s.Tokens.Rotate = a.Rotate
		s.Tokens.Life = cmp.Or(a.Life, s.Tokens.Life)
		s.Tokens.AddRefresh(a.RefreshToken, o.Scopes)
	}
	s.define()
	s.Serve(s.guard(s.routes()), classify)
	return s
}

func (s *Server) storeOptions() sandbox.StoreOptions {
	return sandbox.StoreOptions{Clock: s.options.Clock, IndexLag: s.options.IndexLag, FirstID: s.options.FirstID}
}

// Token returns the static access token.
func (s *Server) Token() string { return s.options.Token }
