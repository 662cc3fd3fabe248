package crm

import (
	"errors"
	"strings"
)

// Code classifies an error for programs and for the exit code.
type Code string

// The registered codes.
const (
	CodeConfig      Code = "config"      // configuration is wrong
	CodeCredentials Code = "credentials" // the CRM refuses the credentials
	CodeForbidden   Code = "forbidden"   // a right or scope is missing
	CodeNotFound    Code = "not_found"   // the thing named does not exist
	CodeConflict    Code = "conflict"    // it exists already, or two things want the same
	CodeRecord      Code = "record"      // one record cannot be used
	CodeRateLimit   Code = "rate_limit"  // the CRM's quota is used up for now; resumable
	CodeUnavailable Code = "unavailable" // the CRM or database does not answer
	CodeProtocol    Code = "protocol"    // the CRM or a plugin answered what it must not
	CodePlugin      Code = "plugin"      // a plugin cannot be started, died or is refused
	CodeGuard       Code = "guard"       // the guard stopped the run
	CodeLocked      Code = "locked"      // another run holds the connection
	CodeUsage       Code = "usage"       // the command line is wrong
	CodeStopped     Code = "stopped"     // a person or the system stopped it; resumable
	CodeInternal    Code = "internal"    // a fault of Taxon
)

// Error is what a person reads: what is wrong, where, and what to do. It never holds a secret or personal data.
type Error struct {
	Code       Code   `json:"code"`
	Message    string `json:"message"`
	Pointer    string `json:"pointer,omitempty"`    // file, line, JSON pointer or record
	Suggestion string `json:"suggestion,omitempty"` // what to do
	Cause      error  `json:"-"`
}

// Error is "pointer: message (suggestion)".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Pointer != "" {
		b.WriteString(e.Pointer + ": ")
	}
	b.WriteString(e.Message)
	if e.Suggestion != "" {
		b.WriteString(" (" + e.Suggestion + ")")
	}
	return b.String()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf is the code of the first Error in a chain, CodeInternal when there is none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Problem is a finding of a check: an error, or a warning that does not stop anything.
type Problem struct {
	Warning bool `json:"warning,omitempty"`
	Error
}
