package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"syscall"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// ThenUnknown is the class of a failure of a request that may not be repeated and whose outcome is not known.
const ThenUnknown = "unknown"

// ErrUnusable is what the function that gets an answer returns when the answer is not what was asked for: it is asked for again.
var ErrUnusable = errors.New("the answer is not what was asked for")

// Failure is a request that did not succeed, classified. Class is one of manifest's Then… or ThenUnknown.
type Failure struct {
	Class  string
	Status int
	Code   string // the CRM's code, such as VALIDATION_ERROR
	Text   string // the CRM's message: may hold personal data, never shown
	Err    *crm.Error
}

// Error is the message for a person.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap is the crm.Error.
func (f *Failure) Unwrap() error { return f.Err }

// ClassOf is the class of the Failure in an error's chain, "" when there is none.
func ClassOf(err error) string {
	var f *Failure
	if errors.As(err, &f) {
		return f.Class
	}
	return ""
}

// builtIn is what answers mean where a manifest has no rule.
var builtIn = []*manifest.ErrorRule{
	{Status: []string{"401"}, Then: manifest.ThenRefresh},
	{Status: []string{"403"}, Then: manifest.ThenForbidden},
	{Status: []string{"404", "410"}, Then: manifest.ThenNotFound},
	{Status: []string{"409", "412"}, Then: manifest.ThenConflict},
	{Status: []string{"408", "425", "429", "5xx"}, Then: manifest.ThenRetry},
	{Status: []string{"400", "405", "406", "411", "413", "414", "415", "422", "431"}, Then: manifest.ThenConfig},
}

var stop = &manifest.ErrorRule{Then: manifest.ThenStop}

// judge finds the rule for an answer that is no success.
func (c *Client) judge(call *Call, a *Answer) *manifest.ErrorRule {
	for _, rules := range [][]*manifest.ErrorRule{call.Request.Errors, c.manifest.Errors, builtIn} {
		for _, r := range rules {
			if a.fits(r) {
				return r
			}
		}
	}
	return stop
}

var codes = map[string]crm.Code{
	manifest.ThenRetry:       crm.CodeUnavailable,
	manifest.ThenRefresh:     crm.CodeCredentials,
	manifest.ThenCredentials: crm.CodeCredentials,
	manifest.ThenForbidden:   crm.CodeForbidden,
	manifest.ThenNotFound:    crm.CodeNotFound,
	manifest.ThenConflict:    crm.CodeConflict,
	manifest.ThenRecord:      crm.CodeRecord,
	manifest.ThenSplit:       crm.CodeRecord,
	manifest.ThenPark:        crm.CodeRateLimit,
	manifest.ThenConfig:      crm.CodeConfig,
	manifest.ThenOtherwise:   crm.CodeConfig,
}

var messages = map[string]string{
	manifest.ThenRetry:       "the CRM does not answer as it should, however often it was asked",
	manifest.ThenRefresh:     "the CRM refuses the credentials",
	manifest.ThenCredentials: "the CRM refuses the credentials",
	manifest.ThenForbidden:   "the CRM says that a right is missing",
	manifest.ThenNotFound:    "the CRM does not know what was asked for",
	manifest.ThenConflict:    "the CRM says that it exists already",
	manifest.ThenRecord:      "the CRM refuses the record",
	manifest.ThenSplit:       "the CRM refuses the record",
	manifest.ThenConfig:      "the CRM refuses the request",
	manifest.ThenOtherwise:   "the CRM refuses the request",
	manifest.ThenRestart:     "the CRM wants the listing to begin again",
	manifest.ThenStop:        "the CRM answers with an error that the connector manifest does not know",
}

var suggestions = map[string]string{
	manifest.ThenRefresh:     "check that the token is complete, valid and of this account",
	manifest.ThenCredentials: "check that the token is complete, valid and of this account",
	manifest.ThenForbidden:   "grant the scopes that the connector lists to the app or user",
	manifest.ThenRetry:       "run again later; nothing is lost",
}

// codeForm is what a CRM's code looks like; anything else may be free text and is not shown.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,80}$`)

// failure describes an answer that is no success.
func (c *Client) failure(rule *manifest.ErrorRule, a *Answer) *Failure {
	f := &Failure{Class: rule.Then, Status: a.Status}
	f.Code = firstText(a.Body, c.manifest.Problem.Code)
	f.Text = firstText(a.Body, c.manifest.Problem.Text)
	code, ok := codes[rule.Then]
	if !ok {
		code = crm.CodeProtocol
	}
	message := messages[rule.Then] + ": HTTP status " + strconv.Itoa(a.Status)
	if codeForm.MatchString(f.Code) {
		message += ", " + f.Code
	}
	if trace := mapping.Text(c.manifest.Problem.Trace.In(a.Body)); trace != "" && codeForm.MatchString(trace) && len(c.manifest.Problem.Trace) > 0 {
		message += ", its id for support " + trace
	}
	suggestion := rule.Suggestion
	if suggestion == "" {
		suggestion = suggestions[rule.Then]
	}
	f.Err = &crm.Error{Code: code, Message: message, Suggestion: suggestion}
	return f
}

func firstText(body *fastjson.Value, paths []manifest.Path) string {
	for _, p := range paths {
		if body == nil {
			break
		}
		if text := mapping.Text(p.In(body)); text != "" {
			return text
		}
	}
	return ""
}

// unreachable describes a request that got no answer, and points to the server that gave none. What the HTTP client says may hold
// the whole URL and is not shown.
func unreachable(err error) *Failure {
	var (
		dns  *net.DNSError
		cert *tls.CertificateVerificationError
	)
	message, suggestion := "the connection to the CRM broke off", "run again later; nothing is lost"
	switch {
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		message = "the CRM does not answer in time"
	case errors.As(err, &dns):
		message, suggestion = "the host of the CRM is not known", "check the base URL and the network"
	case errors.As(err, &cert):
		message, suggestion = "the CRM's certificate is not trusted", "check the base URL and the network"
	case errors.Is(err, syscall.ECONNREFUSED):
		message, suggestion = "nobody answers: the connection is refused", "check the base URL, and that the server runs"
	}
	return &Failure{Class: manifest.ThenRetry, Err: &crm.Error{Code: crm.CodeUnavailable, Message: message, Suggestion: suggestion, Pointer: serverOf(err)}}
}

// serverOf is the scheme and host that a request went to; "" when the error does not tell.
func serverOf(err error) string {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return ""
	}
	u, err := url.Parse(failed.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
