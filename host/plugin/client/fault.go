package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// exitGrace is how long the end of a process is waited for after its connection broke, to name the cause.
const exitGrace = 3 * time.Second

const toAuthor = "update the plugin, or report this to its author; until then disable the classifiers that use it"

// violation is an answer that the manifest or the protocol forbids.
func (c *Client) violation(format string, args ...any) error {
	return &crm.Error{Code: crm.CodeProtocol, Message: "plugin " + c.id() + " breaks the protocol: " + fmt.Sprintf(format, args...), Suggestion: toAuthor}
}

// failed words a call that ended with err while the plugin was doing something. When it was the caller who
// ended the call, that is the error.
func (c *Client) failed(ctx context.Context, doing string, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		if c.options.Process != nil {
			c.options.Process.Kill()
			c.ending() // whoever starts it again finds it gone
		}
		return &crm.Error{Code: crm.CodePlugin, Message: "plugin " + c.id() + " gave no sign of life while " + doing + " and was ended", Cause: errStalled,
			Suggestion: "run again on a less busy machine; if it happens again, report it to the plugin's author"}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	fault := &crm.Error{Code: crm.CodePlugin, Suggestion: toAuthor, Cause: err}
	switch status.Code(err) {
	case codes.Unavailable:
		fault.Message = "plugin " + c.id() + " ended while " + doing + c.ending()
		fault.Suggestion = "see its messages in the log and run again; if it happens again, report it to the plugin's author"
	case codes.ResourceExhausted:
		fault.Code = crm.CodeProtocol
		fault.Message = fmt.Sprintf("plugin %s sent or refused a message for its size while %s (%d MiB are allowed): %s", c.id(), doing, protocol.MaxMessage>>20, said(err))
	case codes.Unimplemented:
		fault.Code = crm.CodeProtocol
		fault.Message = "plugin " + c.id() + " does not do what its manifest promises while " + doing + ": " + said(err)
	default:
		fault.Message = "plugin " + c.id() + " failed while " + doing + ": " + said(err)
	}
	return fault
}

// ending is how the process ended, for the end of a message.
func (c *Client) ending() string {
	if c.options.Process == nil {
		return ""
	}
	timer := time.NewTimer(exitGrace)
	defer timer.Stop()
	select {
	case <-c.options.Process.Done():
		return " (" + c.options.Process.Result() + ")"
	case <-timer.C:
		return ", or closed its connection"
	}
}

// said is the text of a plugin's status, fit to be shown.
func said(err error) string {
	s, _ := status.FromError(err)
	text := strings.Join(strings.FieldsFunc(s.Message(), func(r rune) bool { return !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
