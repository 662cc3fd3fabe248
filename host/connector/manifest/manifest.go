// Package manifest is the shape of a connector manifest: a YAML file that describes one CRM's API as data.
//
// Load reads and checks one: unknown keys, missing keys, wrong types, expressions that do not compile or name what does
// not exist are errors with file, line and JSON pointer. What each key means stands at its field here; the JSON Schema in
// schemas/connector.schema.json is generated from the same tags, docs/connector-shape.md explains the whole.
//
// It leaves to others: carrying a manifest out (packages connector and transport) and evaluating expressions (mapping).
//
// Invariants: a Manifest that Load answered is complete and immutable; expressions see only the variables of their
// place, and secrets exist only inside auth.
package manifest

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// Short names for what manifests consist of. A Template is a tree of constants and `= expressions`.
type (
	Template = mapping.Template
	Program  = mapping.Program
	Path     = mapping.Path
)

// Manifest describes one CRM's API.
type Manifest struct {
	Format      int                  `key:"manifest,required" doc:"Version of the manifest format: 2."`
	Name        string               `key:"name,required" doc:"Short name, lower case: hubspot."`
	Title       string               `key:"title,required" doc:"Name of the CRM as its vendor writes it."`
	Version     string               `key:"version,required" doc:"Version of this manifest."`
	Doc         string               `key:"doc" doc:"What an administrator should know first."`
	Inputs      map[string]*Input    `key:"inputs" doc:"What a connection must or may say, beside secrets."`
	Vars        map[string]*Template `key:"vars" scope:"base" doc:"Names for constants and expressions over config, such as the path of an API version."`
	BaseURL     *Template            `key:"base_url,required" scope:"base" doc:"Scheme, host and leading path of all requests."`
	Headers     *Template            `key:"headers" scope:"base" doc:"Headers of every request."`
	Auth        map[string]*Auth     `key:"auth,required" doc:"Ways to authenticate; the connection's setting auth chooses one, auth_default else."`
	AuthDefault string               `key:"auth_default,required" doc:"The way to authenticate when the connection names none."`
	Limits      map[string]*Limit    `key:"limits" doc:"Rate buckets. All that apply to a request must have room."`
	Retry       Retry                `key:"retry" doc:"How often and how long apart a request is tried again."`
	Success     *Program             `key:"success" scope:"answer" doc:"Whether an answer is a success; status 200 to 299 when absent."`
	Problem     Problem              `key:"problem" doc:"Where an error answer says what is wrong."`
	Errors      []*ErrorRule         `key:"errors" doc:"What an answer that is no success means. The first rule that fits decides, then the engine's own."`
	Account     *Account             `key:"account,required" doc:"The request that tells about the account; also the check of the connection."`
	Lookups     map[string]*Lookup   `key:"lookups" doc:"Tables read once before mapping, such as the stages of deals; expressions see them as lookup.NAME."`
	Shared      any                  `key:"shared" doc:"A place for YAML anchors; not read."`
	Objects     map[string]*Object   `key:"objects,required" doc:"The CRM's objects and how they become records."`
	Notes       []string             `key:"notes" doc:"What the CRM cannot do or remains to be done by hand."`
	Samples     []*Sample            `key:"samples" doc:"Answers made from the documented shapes, and the records expected of them."`

	// Written is the format that the file has; Migrated says what was changed to read it in the present one.
	Written  int
	Migrated []string

	file   string
	places map[any]place // of its parts, for messages
}

// Input is something that a connection says.
type Input struct {
	Doc      string   `key:"doc,required" doc:"What it is and where to find it."`
	Type     string   `key:"type" enum:"text,url,list" doc:"text (default), url, or list: words with commas between, each one of one_of."`
	Default  string   `key:"default" doc:"Used when the connection does not say."`
	OneOf    []string `key:"one_of" doc:"The values that are allowed."`
	Optional bool     `key:"optional" doc:"May stay empty."`
	Example  string   `key:"example" doc:"A value as it looks."`
}

// Normal is a value in the form in which expressions see it: a list without spaces.
func (i *Input) Normal(value string) string {
	if i.Type != "list" {
		return value
	}
	words := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	return strings.Join(words, ",")
}

// Allows reports whether a value in normal form is allowed.
func (i *Input) Allows(value string) bool {
	if value == "" || len(i.OneOf) == 0 {
		return true
	}
	words := []string{value}
	if i.Type == "list" {
		words = strings.Split(value, ",")
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(i.OneOf, word) })
}

// Auth is one way to authenticate. Only here do expressions see secrets and tokens.
type Auth struct {
	Doc      string             `key:"doc,required" doc:"For whom, and where the credentials come from."`
	Secrets  map[string]*Secret `key:"secrets" doc:"The secrets needed, by name; expressions see secret.NAME."`
	Headers  *Template          `key:"headers" scope:"carried" doc:"Headers that carry the credentials."`
	Query    *Template          `key:"query" scope:"carried" doc:"Query parameters that carry the credentials."`
	Body     *Template          `key:"body" scope:"auth" doc:"Members added to each request's JSON body."`
	Wrap     *Wrap              `key:"wrap" doc:"Each request with a JSON body travels inside another one: for CRMs that want credentials deep inside it, or all calls at one door."`
	Exchange *Exchange          `key:"exchange" doc:"A request that answers a token of limited life."`
	Info     *TokenInfo         `key:"info" doc:"A request that tells what the credentials may do."`
}

// Wrap is the request that carries another one.
type Wrap struct {
	Path   *Template `key:"path" scope:"wrapped" doc:"The path in the place of each request's own, which is seen as request.path; the same when absent."`
	Body   *Template `key:"body,required" scope:"wrapped" doc:"The JSON body in the place of each request's own, which is seen as body."`
	Answer Path      `key:"answer" doc:"Path of the answer within the one that carries it. Error rules and success see the whole."`
}

// Secret is a secret that a connection refers to.
type Secret struct {
	Doc     string `key:"doc,required" doc:"What it is and where to find it."`
	Rotates bool   `key:"rotates" doc:"The exchange may answer a new one, which is stored before it is used."`
}

// Exchange gets a token.
type Exchange struct {
	Assertion *Assertion          `key:"assertion" doc:"A signed token that the request shows."`
	Request   *Request            `key:"request,required" scope:"exchange" doc:"The request; it carries no other credentials."`
	Token     map[string]*Program `key:"token,required" scope:"auth_answer" doc:"Values kept from the answer; expressions of auth see token.NAME. One named like a rotating secret replaces it."`
	ExpiresIn *Program            `key:"expires_in" scope:"auth_answer" doc:"Life of the token in seconds; unlimited when absent."`
	RefreshAt float64             `key:"refresh_at" doc:"Share of its life after which a token is renewed: 0.85 when absent."`
	Scopes    *Program            `key:"scopes" scope:"auth_answer" doc:"The rights granted, a list of texts."`
	BaseURL   *Program            `key:"base_url" scope:"auth_answer" doc:"Where requests go, when the answer says so."`
}

// TokenInfo tells the rights of the credentials.
type TokenInfo struct {
	Request *Request `key:"request,required" scope:"auth" doc:"The request. An error answer means: not known."`
	Scopes  *Program `key:"scopes,required" scope:"auth_answer" doc:"The rights granted, a list of texts."`
}

// Limit is one rate bucket.
type Limit struct {
	Requests  int           `key:"requests" doc:"Requests in each period, or what their costs may add up to."`
	Per       time.Duration `key:"per" doc:"The period: 1s, 10s, 1d."`
	AtOnce    int           `key:"at_once" doc:"Requests that may be under way at once, in the place of requests and per."`
	Daily     string        `key:"daily" enum:"account_midnight,utc_midnight,rolling" doc:"For a quota of a day: when it starts anew. Part of it stays for the customer's other tools; used up, the run is parked."`
	Only      bool          `key:"only" doc:"Applies only to requests that name it."`
	Auth      []string      `key:"auth" doc:"Applies only to these ways to authenticate."`
	Max       string        `key:"max" doc:"Answer header with the size of the bucket."`
	Remaining string        `key:"remaining" doc:"Answer header with what is left of the bucket."`
	Used      *Program      `key:"used" scope:"limit" doc:"What is used of the bucket, computed from headers, where no header says what is left."`
	Size      *Program      `key:"size" scope:"limit" doc:"The size of the bucket, computed from settings or from headers."`
	Reset     *Program      `key:"reset" scope:"limit" doc:"Seconds until a bucket of which nothing is left has room again, computed from headers."`
}

// Told reports whether answers tell of the bucket.
func (l *Limit) Told() bool {
	return l.Max != "" || l.Remaining != "" || l.Used != nil || l.Size != nil || l.Reset != nil
}

// Retry bounds repeated attempts.
type Retry struct {
	Attempts int           `key:"attempts" doc:"Attempts in all: 6 when absent."`
	First    time.Duration `key:"first" doc:"Wait before the second attempt, doubled each time, with jitter: 1s when absent."`
	Most     time.Duration `key:"most" doc:"Longest wait: 60s when absent. A longer Retry-After parks the run."`
}

// Problem locates the parts of an error answer. Free text of a CRM may repeat personal data and is never shown.
type Problem struct {
	Code  []Path `key:"code" doc:"Paths of a code such as VALIDATION_ERROR; the first that is there."`
	Text  []Path `key:"text" doc:"Paths of the message; only names of our own fields in it are shown."`
	Trace Path   `key:"trace" doc:"Path of an id for the vendor's support."`
}

// The classes of answers that are no success.
const (
	ThenRetry       = "retry"        // try again after a growing wait, or as long as Retry-After says
	ThenRefresh     = "refresh_auth" // renew the token and try once more
	ThenSplit       = "split_batch"  // the batch as a whole was refused: halve it
	ThenEmpty       = "empty"        // there is nothing: an empty answer
	ThenNotFound    = "not_found"    // what was named does not exist
	ThenConflict    = "conflict"     // what was to be made exists already
	ThenRecord      = "record_error" // the record is to blame
	ThenPark        = "park"         // a quota is used up until it starts anew
	ThenRestart     = "restart"      // the listing must begin again
	ThenOtherwise   = "otherwise"    // the account has no such listing: ask as the listing's otherwise says
	ThenCredentials = "credentials"  // the credentials are refused
	ThenForbidden   = "forbidden"    // a right is missing
	ThenConfig      = "config_error" // the request cannot succeed as it is configured
	ThenStop        = "stop"         // nothing can be done
)

// ErrorRule says what an answer means. All conditions given must hold.
type ErrorRule struct {
	Status      []string            `key:"status" doc:"HTTP statuses: 429, 5xx."`
	Header      map[string]string   `key:"header" doc:"Answer headers and a text that each contains."`
	ContentType string              `key:"content_type" doc:"Beginning of the content type."`
	Body        map[string][]string `key:"body" doc:"Paths in the body and the values allowed there."`
	Text        []string            `key:"text" doc:"Texts of which the body contains one."`
	Then        string              `key:"then,required" enum:"retry,refresh_auth,split_batch,empty,not_found,conflict,record_error,park,restart,otherwise,credentials,forbidden,config_error,stop" doc:"What it means."`
	Wait        time.Duration       `key:"wait" doc:"For retry: at least so long."`
	Limit       string              `key:"limit" doc:"For park and retry: the bucket that is used up."`
	After       int                 `key:"after" doc:"For retry: after so many such answers in a row the bucket named by park counts as used up."`
	Park        string              `key:"park" doc:"For retry with after: the daily bucket."`
	Suggestion  string              `key:"suggestion" doc:"What a person can do."`
}

// Request is a template of a request. An expression that yields null leaves its key out.
type Request struct {
	Method  string               `key:"method" enum:"GET,POST,PUT,PATCH,DELETE" doc:"GET when absent."`
	Path    *Template            `key:"path,required" doc:"Path after base_url, or a whole URL of the same host."`
	Query   *Template            `key:"query" doc:"Query parameters; a list repeats its key."`
	Headers *Template            `key:"headers" doc:"Headers."`
	Body    *Template            `key:"body" doc:"JSON body."`
	Form    *Template            `key:"form" doc:"Form body."`
	Limits  []string             `key:"limits" doc:"Buckets marked only that apply."`
	First   *Request             `key:"first" doc:"A request sent before this one; its answer's body is seen as first. Only in listings, where it is sent once for all pages, and in define."`
	Auth    string               `key:"auth" doc:"Another way to authenticate for this request, where the connection has its secrets too: an administrator's, to make fields."`
	When    *Program             `key:"when" scope:"base" doc:"Whether the connection has this request, for first, for associations, and for create, extend and remove of fields; always when absent."`
	Cost    map[string]*Template `key:"cost" doc:"What the request takes from a bucket, by the bucket's name: 1 when absent."`
	Once    bool                 `key:"once" doc:"Sending it twice does harm: it is not repeated when the outcome is not known."`
	Errors  []*ErrorRule         `key:"errors" doc:"Rules that come before the manifest's."`
}

// Account tells about the account.
type Account struct {
	Request  *Request            `key:"request,required" scope:"base" doc:"The request."`
	ID       *Program            `key:"id,required" scope:"answer" doc:"Id of the account."`
	Name     *Program            `key:"name" scope:"answer" doc:"Name of the account."`
	TimeZone *Program            `key:"time_zone" scope:"answer" doc:"IANA time zone; UTC when absent."`
	Currency *Program            `key:"currency" scope:"answer" doc:"ISO 4217 code of the home currency."`
	Details  map[string]*Program `key:"details" scope:"answer" doc:"More to show."`
}

// Lookup is a table for mapping.
type Lookup struct {
	Request *Request `key:"request,required" scope:"lookup" doc:"The request."`
	Rows    Path     `key:"rows,required" doc:"Path of the rows."`
	Each    Path     `key:"each" doc:"Path of rows within each row."`
	Next    *Program `key:"next" scope:"table" doc:"A map that the next request sees as page, or null at the end; one request only when absent."`
	Key     *Program `key:"key,required" scope:"row" doc:"Key of an entry; row is the row, parent the outer one."`
	Value   *Program `key:"value,required" scope:"row" doc:"Value of an entry."`
}

// Sample is an answer and the records expected of it.
type Sample struct {
	Name         string                    `key:"name,required" doc:"What it shows."`
	Object       string                    `key:"object,required" doc:"The object."`
	Answer       any                       `key:"answer,required" doc:"Body of a listing's answer."`
	Listing      string                    `key:"listing" enum:"list,changed" doc:"Whose answer: list (default) or changed."`
	Currency     string                    `key:"currency" doc:"Home currency of the account: USD when absent."`
	Lookups      map[string]map[string]any `key:"lookups" doc:"Tables for expressions."`
	Associations map[crm.Kind]any          `key:"associations" doc:"Bodies of the associations' answers."`
	Own          []string                  `key:"own" doc:"Keys of own fields in the answer."`
	Records      []*SampleRecord           `key:"records" doc:"The records expected, in order."`
	Rejected     []*SampleRejected         `key:"rejected" doc:"The rejected ones expected, in order."`
	Gone         []string                  `key:"gone" doc:"Ids expected to be told as gone, of an answer of changed."`
}

// SampleRecord is an expected record; values are canonical texts, amounts with their currency.
type SampleRecord struct {
	ID      string            `key:"id,required" doc:"The id."`
	Updated string            `key:"updated" doc:"When it was changed, RFC 3339."`
	Fields  map[string]string `key:"fields" doc:"Field values as canonical text; amounts as 1500.50 USD."`
	Links   []string          `key:"links" doc:"Links as KIND ID, with a * for the primary one."`
	Own     map[string]string `key:"own" doc:"Own fields."`
	Merged  []string          `key:"merged" doc:"Absorbed ids."`
}

// SampleRejected is an expected rejection.
type SampleRejected struct {
	ID      string `key:"id" doc:"The id."`
	Message string `key:"message,required" doc:"The cause."`
}
