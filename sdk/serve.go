package sdk

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"
	_ "time/tzdata" // the account's zone, on machines that have no zone files

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// gcPercent bounds what a plugin's heap grows by before it is collected. A plugin with a million customers has some 15 MiB
// that live and a lot that does not; against the usual 100 this saves 6 to 7 MiB of the 64 that it may take, for about a tenth
// of the processor time.
const gcPercent = 60

// Serve is main of a plugin: it serves the host that started the process, and does not return. Started by
// hand it knows the commands manifest, version and check, and explains itself otherwise.
func Serve(p Plugin) {
	if os.Getenv(protocol.CookieKey) != protocol.CookieValue {
		os.Exit(command(p, os.Args[1:], os.Stdout, os.Stderr))
	}
	log := hclog.New(&hclog.LoggerOptions{Name: "plugin", Level: hclog.Info, Output: os.Stderr, JSONFormat: true})
	impl, err := NewServer(p)
	if err != nil {
		log.Error("the plugin cannot start", "error", err.Error())
		os.Exit(1)
	}
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
	}
	go watchParent(os.Getppid(), os.Getppid, time.Second, func() { os.Exit(3) })
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: protocol.CookieKey, MagicCookieValue: protocol.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{protocol.Version: {protocol.PluginName: Served(impl)}},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(ServerOptions(log, options...)...)
		},
		Logger: log,
	})
	os.Exit(0)
}

// Served is a classifier as go-plugin serves it, and with a nil implementation the client's side; for the test
// kit. Launching plugins for a run is the host's.
func Served(impl pb.ClassifierServiceServer) plugin.Plugin { return &served{impl: impl} }

type served struct {
	plugin.NetRPCUnsupportedPlugin
	impl pb.ClassifierServiceServer
}

// GRPCServer registers the classifier.
func (s *served) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterClassifierServiceServer(server, s.impl)
	return nil
}

// GRPCClient makes a client of the classifier.
func (s *served) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return pb.NewClassifierServiceClient(conn), nil
}

// ServerOptions are the options every plugin's gRPC server has: sizes, and a panic of the author becomes a
// status. The host learns that it happened, the log where.
func ServerOptions(log hclog.Logger, more ...grpc.ServerOption) []grpc.ServerOption {
	rescue := func(method string, err *error) {
		if cause := recover(); cause != nil {
			log.Error("panic", "method", method, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			*err = status.Error(codes.Internal, "the plugin panicked; its log says where")
		}
	}
	return append(more,
		grpc.MaxRecvMsgSize(protocol.MaxMessage),
		grpc.MaxSendMsgSize(protocol.MaxMessage),
		grpc.ReadBufferSize(protocol.BufferBytes),
		grpc.WriteBufferSize(protocol.BufferBytes),
		grpc.InitialWindowSize(protocol.StreamWindow),
		grpc.InitialConnWindowSize(protocol.ConnectionWindow),
		grpc.ChainUnaryInterceptor(func(ctx context.Context, r any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (_ any, err error) {
			defer rescue(info.FullMethod, &err)
			return next(ctx, r)
		}),
		grpc.ChainStreamInterceptor(func(impl any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
			defer rescue(info.FullMethod, &err)
			return next(impl, s)
		}),
	)
}

// watchParent ends a plugin whose host, the first parent, is gone: a killed host cannot stop its plugins.
func watchParent(first int, parent func() int, every time.Duration, gone func()) {
	for range time.Tick(every) {
		if parent() != first {
			gone()
			return
		}
	}
}

// command is what a plugin does when a person starts it.
func command(p Plugin, args []string, stdout, stderr io.Writer) int {
	compiled, err := p.compile()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	m := compiled.manifest
	word := ""
	if len(args) == 1 {
		word = args[0]
	}
	switch word {
	case "manifest":
		text, err := protocol.ManifestJSON(m)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		_, _ = stdout.Write(text)
		return 0
	case "version":
		fmt.Fprintln(stdout, m.GetId(), m.GetVersion(), "protocol", protocol.Version)
		return 0
	case "check":
		if found := checkExamples(compiled); found.Failed() {
			for _, d := range found {
				fmt.Fprintf(stderr, "%s: %s\n", d.Pointer, d.Summary)
			}
			return 1
		}
		fmt.Fprintln(stdout, "ok:", m.GetId(), m.GetVersion())
		return 0
	}
	fmt.Fprintf(stderr, "%s %s is a classifier plugin of Taxon: %s\nInstall it with `taxon plugin install`; a host starts it.\n"+
		"By hand it knows: manifest (prints plugin.json), version, check.\n", m.GetId(), m.GetVersion(), m.GetSummary())
	return 1
}

// checkExamples configures every example of the schema as the host would.
func checkExamples(c *classifier) Diagnostics {
	var found Diagnostics
	run := Run{AsOf: time.Unix(0, 0).UTC(), Zone: time.UTC, Currency: "USD", CurrencyDigits: 2, Subject: "company"}
	for i, example := range c.manifest.GetConfigSchema().GetFields()["examples"].GetListValue().GetValues() {
		_, ds := c.configure(run, example.GetStructValue().AsMap(), NewCatalogue())
		for _, d := range ds {
			if !d.Warning {
				found.Errorf(fmt.Sprintf("examples/%d%s", i, d.Pointer), d.Code, "%s", d.Summary)
			}
		}
	}
	return found
}
