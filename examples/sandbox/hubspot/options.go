package hubspot

import (
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// DefaultToken is accepted when Options.Token is empty.
const DefaultToken = "pat-na1-5a9db0c5-0000-4000-8000-7a7a7a7a7a7a"

// Versions are the families of paths that are served unless Options say otherwise.
var Versions = []string{"v1", "v2", "v3", "v4", "2026-03", "2026-09"}

// Options describe the account and choose among habits. The zero value is an
// account on the Professional plan.
type Options struct {
	// Clock drives modified dates, the index lag, rate limits and token expiry; nil
	// is the clock of the machine.
	Clock sandbox.Clock

	// Token is the static access token (service key, private app).
	Token string
	// Scopes that the static token and OAuth tokens carry; nil means all.
	Scopes []string
	// OAuth registers an app; nil leaves only the static token.
	OAuth *OAuth

	// PortalID, TimeZone, Currency and OtherCurrencies are the account's settings;
	// defaults: 8675309, "UTC", "USD", none.
	PortalID        int64
	TimeZone        string
	Currency        string
	OtherCurrencies []string
	// Rates converts deals in other currencies: home currency units for one unit.
	Rates map[string]float64

	// Versions are the path families that answer; nil means Versions. A version past
	// its end answers 404.
	Versions []string
	// Limits of the plan; nil means Professional(). Unlimited() never refuses.
	Limits *Limits

	// IndexLag is how long search does not see a change.
	IndexLag time.Duration
	// LexicographicIDs makes search order and compare hs_object_id as text.
	LexicographicIDs bool
	// ShortPages makes every nth page of a list or search hold fewer records than
	// asked for, and EmptyPages every nth none, both with a cursor to go on; 0: never.
	ShortPages, EmptyPages int

	// NumericAssociationIDs makes toObjectId a number rather than text.
	NumericAssociationIDs bool
	// SilentAssociations leaves inputs without associations out of the answer instead
	// of reporting them with status 207.
	SilentAssociations bool
	// AssociationPage is how many links of one input an answer holds; 0 means 500.
	AssociationPage int

	// IsolateBadValues reports a bad property value with status 207 for its record
	// instead of refusing the whole batch with 400.
	IsolateBadValues bool
	// KeepDateOnSameValue leaves the modified date alone when a write changes nothing.
	KeepDateOnSameValue bool
	// MergeKeepsID makes the survivor of a merge keep the primary record's id rather
	// than get a new one.
	MergeKeepsID bool
	// ArchiveRetention is how long archived records are listed; 0 means 90 days.
	ArchiveRetention time.Duration

	// FirstID is the id of the first record; 0 means 1.
	FirstID int64
}

// OAuth is an app that may refresh its access tokens.
type OAuth struct {
	ClientID, ClientSecret, RefreshToken string
	// Life of an access token; 0 means 30 minutes.
	Life time.Duration
	// Rotate ends a refresh token with its use and issues another one.
	Rotate bool
}

// Limits are what the plan allows; 0 switches a limit off.
type Limits struct {
	Burst  int // calls per 10 seconds
	Search int // searches per second
	Daily  int // calls per day of the account's zone, static tokens only
	// MaxURL is the number of bytes of a request URI beyond which 414 is answered.
	MaxURL int
	// MaxSearchBody is the number of bytes of a search request; the documentation says
	// 3,000, connectors send more without trouble, so it is off by default.
	MaxSearchBody int
	// Properties is the number of custom properties per object.
	Properties int
}

// Professional returns the limits of the Professional plan: 190 calls in 10 seconds,
// 625,000 a day, 5 searches a second, 1,000 custom properties.
func Professional() *Limits {
	return &Limits{Burst: 190, Search: 5, Daily: 625_000, MaxURL: 16 << 10, Properties: 1000}
}

// Free returns the limits of the free tools: 100 calls in 10 seconds, 250,000 a day,
// 5 searches a second, 10 custom properties.
func Free() *Limits {
	return &Limits{Burst: 100, Search: 5, Daily: 250_000, MaxURL: 16 << 10, Properties: 10}
}

// Unlimited returns limits that never make a client wait; the length of URLs and
// the number of properties stay bounded.
func Unlimited() *Limits { return &Limits{MaxURL: 16 << 10, Properties: 1000} }
