package connector

import (
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// Options are what one connection adds to a manifest.
type Options struct {
	// Settings are the connection's inputs that the manifest declares: base_url, client_id …
	Settings map[string]string
	// Secret resolves a secret that the manifest's auth section names: "token", "client_secret" …
	Secret func(name string) (string, error)
	// Tokens keeps tokens that rotate. Required where the manifest's auth section says so.
	Tokens TokenStore
	// Mapping adds fields to the manifest's mapping or replaces some of its sources.
	Mapping Mapping
	// OwnFields are the keys of Taxon's own fields that exist in the account, by kind: they are pulled into Record.Own.
	OwnFields map[crm.Kind][]string
	// Writes are the kinds of records that tags are written to; all that the manifest can write when nil. Rights to
	// write others are not asked for.
	Writes []crm.Kind
	// Prefix of Taxon's own fields; "taxon_" when empty.
	Prefix string
	Clock  crm.Clock    // the system's clock when nil
	Log    hclog.Logger // silent when nil
	// Budget is the share of the quota of a day, or of an hour or longer, that may be used: 0.8 when zero. The rest stays for the customer's other tools.
	Budget float64
	// Timeout bounds one attempt of one request; a minute when zero.
	Timeout time.Duration
	// Limiter is shared by the connections of one account; a private one when nil.
	Limiter *Limiters
}

// Limiters hold the rate buckets of one account.
type Limiters = transport.Limiters

// NewLimiters makes the rate buckets of one account.
func NewLimiters() *Limiters { return transport.NewLimiters() }

// TokenStore keeps tokens that rotate. Save replaces atomically and durably: it has returned before a new token is used.
// Load of a name that was never saved answers nil without an error.
type TokenStore = transport.TokenStore

// QuotaStore keeps what is used of the quotas of days, for all processes that use an account: see Limiters.Keep.
type QuotaStore = transport.QuotaStore

// FileQuotas keeps what is used of each account's quotas in a file of its own (0600) in a directory (0700).
type FileQuotas = transport.FileQuotas

// FileTokens keeps each token in a file of its own (0600) in a directory (0700).
type FileTokens = transport.FileTokens

// Parked is the cause of an error with crm.CodeRateLimit: the CRM's quota is used up until that instant.
// The last State emitted resumes the pull.
type Parked = transport.Parked

// Mapping adds to or overrides the manifest's field mapping: kind, then field name.
type Mapping map[crm.Kind]map[string]FieldSource

// FieldSource says where a field comes from. Exactly one of Source and Expr computes the value; with Expr, Source may
// name the CRM property that has to be asked for.
type FieldSource struct {
	Source    string // the CRM's name of the property
	Expr      string // CEL over `record`
	Type      crm.Type
	Sensitive bool
}

// Account is what the CRM says about the account.
type Account struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	TimeZone string            `json:"time_zone"` // IANA name
	Currency string            `json:"currency"`  // ISO 4217
	Details  map[string]string `json:"details,omitempty"`
}

// Page is a step of a pull.
//
// Records are mapped and, within one pull, listed once per version: no record comes again unless the CRM answers it with
// a later change. Deleted are ids that are gone. State resumes exactly after this page. Full tells that the pull
// this page belongs to lists everything, so that what it does not show is gone; Last marks its last page.
//
// The id of an activity is OBJECT:ID, because several of the CRM's objects become activities. LeftOut says which optional
// objects the account does not have or show; what is known of them stays as it is.
type Page struct {
	Records  []crm.Record
	Deleted  []string
	Rejected []crm.Rejected
	State    []byte
	Full     bool
	Last     bool
	LeftOut  []crm.Problem
}

// FieldSpec is a field that should exist in the CRM.
type FieldSpec struct {
	Key         string // with the prefix
	Label       string
	Description string
	Type        crm.Type
	Options     []Option // of a class; empty otherwise
}

// Option is one value of a class field.
type Option struct{ Code, Label string }

// FieldState is how a field stands in the CRM after provisioning.
type FieldState struct {
	Key      string `json:"key"`
	Name     string `json:"name"` // the CRM's own key of the field
	Created  bool   `json:"created,omitempty"`
	Extended bool   `json:"extended,omitempty"`
	// Missing: the CRM lets no program create it; Instructions say what a person does.
	Missing      bool   `json:"missing,omitempty"`
	Instructions string `json:"instructions,omitempty"`
	// Codec maps our option codes to the CRM's values.
	Codec map[string]string `json:"codec,omitempty"`
	// Error says why the field cannot hold what it is for: in the CRM it has another type, say.
	Error *crm.Error `json:"error,omitempty"`
}

// Write is one record's new field values: key to canonical text, "" clears.
type Write struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
}

// Outcome is what became of one Write. A nil Error means that the CRM confirmed it; Transient means that the record is
// not to blame and a later attempt may succeed.
type Outcome struct {
	ID        string
	Error     *crm.Error
	Transient bool
	UpdatedAt time.Time // by the CRM's clock, when it was written; zero when the CRM does not say
}

// Counts are the requests sent, by what they were for. A retry counts under its class and in Retries.
type Counts struct {
	Pull        int `json:"pull"`
	Association int `json:"association"`
	Discovery   int `json:"discovery"` // account, rights, schema, pipelines
	Archived    int `json:"archived"`
	LatePass    int `json:"late_pass"`
	Reconcile   int `json:"reconcile"`
	Token       int `json:"token"`
	Provision   int `json:"provision"`
	Write       int `json:"write"`
	Read        int `json:"read"`
	Retries     int `json:"retries"`
}

// Total is all requests; retries are within their classes.
func (c Counts) Total() int {
	return c.Pull + c.Association + c.Discovery + c.Archived + c.LatePass + c.Reconcile + c.Token + c.Provision + c.Write + c.Read
}

// ByClass is the counts under the names that they have in JSON.
func (c Counts) ByClass() map[string]int64 {
	return map[string]int64{
		"pull": int64(c.Pull), "association": int64(c.Association), "discovery": int64(c.Discovery), "archived": int64(c.Archived),
		"late_pass": int64(c.LatePass), "reconcile": int64(c.Reconcile), "token": int64(c.Token), "provision": int64(c.Provision),
		"write": int64(c.Write), "read": int64(c.Read), "retries": int64(c.Retries),
	}
}
