package launch

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// execError is a failure of the start itself, before the program ran.
type execError struct{ error }

func (e *execError) Unwrap() error { return e.error }

func fault(id, message, suggestion string, cause error) *crm.Error {
	return &crm.Error{Code: crm.CodePlugin, Message: "plugin " + id + " cannot be started: " + message, Suggestion: suggestion, Cause: cause}
}

// explain words why the handshake failed, from what the plugin did rather than from go-plugin's text, which
// quotes whatever the plugin printed.
func (c *child) explain(ctx context.Context, cause error) error {
	const author = "report this to the plugin's author"
	var exec *execError
	line := ""
	if c.stdout != nil {
		line = c.stdout.String()
	}
	parts := strings.Split(line, "|")
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fault(c.spec.ID, "the start was cancelled", "", ctx.Err())
	case errors.Is(cause, syscall.ENOEXEC):
		return fault(c.spec.ID, "it was not built for this machine", "install the plugin for this operating system and processor", cause)
	case errors.As(cause, &exec):
		return fault(c.spec.ID, "the system refuses to execute it", "check that it was built for this machine and that what it needs (such as its interpreter) is installed", cause)
	case errors.Is(cause, errForeignAddress):
		return fault(c.spec.ID, "it names an address outside the directory that was made for it", "do not use this plugin: "+author, cause)
	case line == "" && ctx.Err() != nil:
		return fault(c.spec.ID, "it did not say within "+c.spec.StartTimeout.String()+" where it listens", "try again on a less busy machine, else "+author, ctx.Err())
	case line == "":
		return c.early(cause)
	case len(parts) < 5:
		return fault(c.spec.ID, fmt.Sprintf("it printed %q instead of the handshake", clip(line, 80)), "a plugin must print nothing on its standard output: "+author, cause)
	case parts[1] != strconv.Itoa(protocol.Version):
		return versionFault(c.spec.ID, clip(parts[1], 20), cause)
	}
	return fault(c.spec.ID, "its handshake is not valid", author, cause)
}

// early words the end of a plugin before it printed anything.
func (c *child) early(cause error) error {
	_ = c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started {
		return fault(c.spec.ID, "the system has no pipe or directory left for it", "stop other programs, or raise the limit of open files", cause)
	}
	return fault(c.spec.ID, "it ended before it said where it listens ("+c.result+")"+c.lines.lastWords(), "see its messages in the log", cause)
}

func versionFault(id, version string, cause error) error {
	theirs, err := strconv.Atoi(version)
	if err != nil {
		return fault(id, "its protocol version "+strconv.Quote(version)+" is not a number", "report this to the plugin's author", cause)
	}
	suggestion := "install a newer version of the plugin, built with a current SDK"
	if theirs > protocol.Version {
		suggestion = "update Taxon, or install an older version of the plugin"
	}
	return fault(id, fmt.Sprintf("it speaks version %d of the plugin protocol, and this host speaks version %d", theirs, protocol.Version), suggestion, cause)
}
