package sdktest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// The test's own executable is also the plugins of the process cases.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "plugin" {
		servePlugin(os.Args[2])
	}
	os.Exit(m.Run())
}

// servePlugin is main of a plugin with a fault.
func servePlugin(fault string) {
	stdout := os.Stdout // go-plugin takes the variable away, not the descriptor
	var kept [][]byte
	p := pointwise(func(r sdk.Run, c settings, b buyer) sdk.Verdict {
		switch fault {
		case "noisy":
			fmt.Fprintln(stdout, "a word")
		case "hog":
			memory := make([]byte, 4096)
			for i := 0; i < len(memory); i += 512 {
				memory[i] = 1
			}
			kept = append(kept, memory)
		}
		return loyal(r, c, b)
	})
	switch byHand := os.Getenv(protocol.CookieKey) == ""; {
	case byHand && fault == "contented":
		os.Exit(0)
	case fault == "early":
		fmt.Println("hello")
	case fault == "immortal" && !byHand:
		immortal(p)
	}
	sdk.Serve(p)
}

// immortal serves without looking at its parent, and does not end when it is told to.
func immortal(p sdk.Plugin) {
	impl, err := sdk.NewServer(p)
	if err != nil {
		panic(err)
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: protocol.CookieKey, MagicCookieValue: protocol.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{protocol.Version: {protocol.PluginName: sdk.Served(impl)}},
		GRPCServer:       func(o []grpc.ServerOption) *grpc.Server { return grpc.NewServer(o...) },
		Logger:           hclog.NewNullLogger(),
	})
	select {}
}

func self(t *testing.T, fault string) Target {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Command(path, "plugin", fault)
}

func TestAGoodProcessPasses(t *testing.T) {
	t.Parallel()
	Run(t, self(t, "none"), Options{Million: 40_000})
}

func TestEachProcessCaseFindsItsFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fault, name, finds string }{
		{"contented", "process/by hand", "as if all were well"},
		{"noisy", "process/stdout and shutdown", "stdout after the handshake"},
		{"immortal", "process/stdout and shutdown", "goes on running"},
		{"immortal", "process/ends with its parent", "goes on running"},
		{"hog", "process/memory", "its memory grew"},
	} {
		t.Run(c.fault+" "+c.name, func(t *testing.T) {
			t.Parallel()
			if err := processFault(t, c.fault, c.name); err == nil || !strings.Contains(err.Error(), c.finds) {
				t.Errorf("the case finds %v, not %q", err, c.finds)
			}
		})
	}
	if _, err := newSuite(self(t, "early")); err == nil {
		t.Error("a plugin that writes to stdout before its handshake starts")
	}
}

// processFault runs one case against the faulty plugin. The suite itself stands on a good one, since go-plugin's
// client waits for seconds until it gives up on a plugin that does not end.
func processFault(t *testing.T, fault, name string) error {
	t.Helper()
	on := "none"
	if fault == "hog" {
		on = fault // whose memory is looked at
	}
	s, err := newSuite(self(t, on), Options{Million: 80_000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.stop()
	s.target = self(t, fault)
	if fault == "immortal" {
		s.grace = 100 * time.Millisecond // it never ends, however long one waits
	}
	for _, c := range processCases {
		if c.name == name {
			ctx, cancel := context.WithTimeout(t.Context(), s.patience)
			defer cancel()
			return c.run(ctx, s)
		}
	}
	t.Fatalf("there is no case %q", name)
	return nil
}
