package sdktest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Target is a plugin under test. Each start is a fresh one.
type Target interface {
	start() (*connection, error)
}

// connection is a running plugin.
type connection struct {
	client pb.ClassifierServiceClient
	stop   func()
	pid    int // 0 within the process
}

// InProcess is a plugin of this test's own process, spoken to over gRPC.
func InProcess(p sdk.Plugin) Target {
	return inProcess(func() (pb.ClassifierServiceServer, error) { return sdk.NewServer(p) })
}

// inProcess serves any implementation of the protocol, also ones that the SDK would not make.
type inProcess func() (pb.ClassifierServiceServer, error)

func (implementation inProcess) start() (*connection, error) {
	impl, err := implementation()
	if err != nil {
		return nil, err
	}
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(sdk.ServerOptions(hclog.NewNullLogger(), grpc.WaitForHandlers(true))...)
	pb.RegisterClassifierServiceServer(server, impl)
	served := serve(server, listener)
	conn, err := grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessage), grpc.MaxCallSendMsgSize(protocol.MaxMessage)))
	if err != nil {
		server.Stop()
		return nil, err
	}
	return &connection{client: pb.NewClassifierServiceClient(conn), stop: func() {
		_ = conn.Close()
		server.Stop()
		<-served
	}}, nil
}

// serve serves until the server is stopped.
func serve(server *grpc.Server, listener net.Listener) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Stop
	}()
	return done
}

// Command is a plugin as an executable, started as a host starts it.
func Command(path string, args ...string) Target { return command{path: path, args: args} }

type command struct {
	path string
	args []string
}

// environment is what a plugin finds in its environment beside go-plugin's own variables.
func environment() []string { return []string{protocol.CookieKey + "=" + protocol.CookieValue} }

func (c command) start() (*connection, error) {
	cmd := exec.Command(c.path, c.args...)
	cmd.Env = environment()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: protocol.CookieKey, MagicCookieValue: protocol.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{protocol.Version: {protocol.PluginName: sdk.Served(nil)}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Cmd:              cmd,
		SkipHostEnv:      true,
		AutoMTLS:         true,
		StartTimeout:     patience,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
		Stderr:           io.Discard,
	})
	protocolClient, err := client.Client()
	if err != nil {
		client.Kill()
		return nil, fmt.Errorf("the plugin does not start: %w", err)
	}
	raw, err := protocolClient.Dispense(protocol.PluginName)
	if err != nil {
		client.Kill()
		return nil, fmt.Errorf("the plugin does not serve %q: %w", protocol.PluginName, err)
	}
	return &connection{client: raw.(pb.ClassifierServiceClient), stop: client.Kill, pid: cmd.Process.Pid}, nil
}

// patience is how long anything may take that is only judged by whether it ends. Machines are slow at times.
const patience = 2 * time.Minute
