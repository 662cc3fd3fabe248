// Command taxon is the whole product in one executable: the command line, and the first-party plugins, which
// it serves when it is started as "taxon serve-plugin NAME".
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // time zones on machines that have none

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/cli"
	"github.com/taxonhq/taxon/plugins"
	"github.com/taxonhq/taxon/sdk"
)

// servePlugin is the hidden first argument with which the launcher starts a first-party plugin.
const servePlugin = "serve-plugin"

func main() {
	if len(os.Args) == 3 && os.Args[1] == servePlugin {
		serve(os.Args[2])
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := cli.Run(ctx, cli.Options{
		Version: version(), Builtins: builtins(), Args: os.Args[1:],
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}

// serve serves the first-party plugin of that id.
func serve(id string) {
	for _, p := range plugins.All() {
		if sdk.Manifest(p).GetId() == id {
			sdk.Serve(p)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "taxon: there is no first-party plugin %q\n", id)
	os.Exit(cli.ExitUsage)
}

// builtins are the first-party plugins and how the executable is started to serve each.
func builtins() []app.Builtin {
	var out []app.Builtin
	for _, p := range plugins.All() {
		m := sdk.Manifest(p)
		out = append(out, app.Builtin{Manifest: m, Args: []string{servePlugin, m.GetId()}})
	}
	return out
}

// version is the module's version as the Go tool recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
