package hubspot

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// apiError is HubSpot's error body.
type apiError struct {
	status int

	Status        string              `json:"status"`
	Message       string              `json:"message"`
	CorrelationID string              `json:"correlationId,omitempty"`
	Category      string              `json:"category,omitempty"`
	SubCategory   string              `json:"subCategory,omitempty"`
	Errors        []errorDetail       `json:"errors,omitempty"`
	Context       map[string][]string `json:"context,omitempty"`
	Links         map[string]string   `json:"links,omitempty"`
}

type errorDetail struct {
	Message string              `json:"message"`
	In      string              `json:"in,omitempty"`
	Code    string              `json:"code,omitempty"`
	Context map[string][]string `json:"context,omitempty"`
}

func (e *apiError) Error() string { return e.Message }

// batchError is one error of a batch answer: it names its records, not their place.
type batchError struct {
	Status      string              `json:"status"`
	Category    string              `json:"category"`
	SubCategory string              `json:"subCategory,omitempty"`
	Message     string              `json:"message"`
	Context     map[string][]string `json:"context"`
	Links       map[string]string   `json:"links"`
	Errors      []errorDetail       `json:"errors"`
}

func newBatchError(category, message string, ids ...string) batchError {
	return batchError{Status: "error", Category: category, Message: message,
		Context: map[string][]string{"ids": ids}, Links: map[string]string{}, Errors: []errorDetail{}}
}

func invalid(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, Category: "VALIDATION_ERROR", Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *apiError {
	return &apiError{status: http.StatusNotFound, Category: "OBJECT_NOT_FOUND", Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) *apiError {
	return &apiError{status: http.StatusConflict, Category: "CONFLICT", Message: fmt.Sprintf(format, args...)}
}

func missingScopes(need []string) *apiError {
	return &apiError{status: http.StatusForbidden, Category: "MISSING_SCOPES",
		Message: "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
		Errors: []errorDetail{{Message: "One or more of the following scopes are required.",
			Context: map[string][]string{"requiredGranularScopes": need}}},
		Links: map[string]string{"scopes": "https://developers.hubspot.com/scopes"}}
}

// report answers a handler's error.
func (s *Server) report(w http.ResponseWriter, err error) {
	if err == nil {
		return
	}
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{status: http.StatusInternalServerError, Message: "internal error"}
	}
	body := *e
	body.Status, body.CorrelationID = "error", s.correlationID()
	sandbox.WriteJSON(w, e.status, body)
}

func (s *Server) correlationID() string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.serial.Add(1))
}

// decode reads a JSON body.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if sandbox.ReadJSON(w, r, into) != nil {
		return invalid("Invalid input JSON on line 1, column 1: the body could not be read")
	}
	return nil
}

// RateLimited answers 429 under a policy: TEN_SECONDLY_ROLLING, SECONDLY or DAILY,
// with Retry-After when that many seconds are given.
func RateLimited(policy string, retryAfter int) http.HandlerFunc {
	header := []string{"Content-Type", "application/json;charset=utf-8"}
	if retryAfter > 0 {
		header = append(header, "Retry-After", strconv.Itoa(retryAfter))
	}
	body := fmt.Sprintf(`{"status":"error","message":"You have reached your %s limit.","errorType":"RATE_LIMIT","correlationId":"00000000-0000-4000-8000-000000000429","policyName":%q}`,
		strings.ToLower(policy), policy)
	return sandbox.Answer(http.StatusTooManyRequests, body, header...)
}

// Failed answers a server error (500, 502, 503, 423 locked, 477 migration, ...) with
// HubSpot's JSON body, and Retry-After when that many seconds are given.
func Failed(status, retryAfter int) http.HandlerFunc {
	header := []string{"Content-Type", "application/json;charset=utf-8"}
	if retryAfter > 0 {
		header = append(header, "Retry-After", strconv.Itoa(retryAfter))
	}
	return sandbox.Answer(status, `{"status":"error","message":"internal error","correlationId":"00000000-0000-4000-8000-000000000500"}`, header...)
}
