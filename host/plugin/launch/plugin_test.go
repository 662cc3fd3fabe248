package launch

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// The test binary is its own plugin, and its own host that is killed: `BINARY plugin-under-test MODE ARGS…`.
const marker = "plugin-under-test"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == marker {
		modes[os.Args[2]](os.Args[3:])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var modes = map[string]func(args []string){
	"good":  func([]string) { serve(protocol.Version) },
	"newer": func([]string) { serve(protocol.Version + 6) },
	"chatty": func([]string) {
		fmt.Println("Hello from the plugin \x1b[31m|\x1b[0m")
		serve(protocol.Version)
	},
	"long line": func([]string) {
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	},
	"silent": func([]string) { select {} },
	"dies": func([]string) {
		fmt.Fprintln(os.Stderr, "cannot find my table")
		os.Exit(3)
	},
	"not a version": func([]string) { fmt.Println("1|one|unix|/x|grpc|"); select {} },
	"stays": func([]string) { // does not end when it is asked to
		serve(protocol.Version)
		for {
			time.Sleep(time.Hour)
		}
	},
	"json bombs": func([]string) {
		for _, bomb := range bombs {
			fmt.Fprintln(os.Stderr, bomb)
		}
		serve(protocol.Version)
	},
	"flood": func([]string) {
		go func() {
			for i := 0; i < 5000; i++ {
				fmt.Fprintf(os.Stderr, "line %d %s\n", i, strings.Repeat("y", 1<<13))
			}
		}()
		serve(protocol.Version)
	},
	"foreign address":  func(args []string) { fmt.Printf("1|1|unix|%s|grpc|\n", args[0]); select {} },
	"tcp address":      func([]string) { fmt.Println("1|1|tcp|127.0.0.1:9|grpc|"); select {} },
	"escaping address": func([]string) { fmt.Printf("1|1|unix|%s/../x|grpc|\n", os.Getenv(socketDirVariable)); select {} },
	"linked address": func(args []string) {
		path := filepath.Join(os.Getenv(socketDirVariable), "link")
		if err := os.Symlink(args[0], path); err != nil {
			panic(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
		select {}
	},
	"no tls": func([]string) {
		path := filepath.Join(os.Getenv(socketDirVariable), "s")
		if _, err := net.Listen("unix", path); err != nil {
			panic(err)
		}
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
		select {}
	},
	// Holds its pipes open in a grandchild.
	"leaves a child": func(args []string) {
		cmd := exec.Command("/proc/self/exe", marker, "hold", args[0])
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		serve(protocol.Version)
	},
	// The same, and the grandchild leaves the process group, until the FIFO has no writer any more.
	"lets a child escape": func(args []string) {
		cmd := exec.Command("/proc/self/exe", marker, "read", args[0])
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		serve(protocol.Version)
	},
	"read": func(args []string) { _, _ = os.ReadFile(args[0]) },
	"hold": func(args []string) { hold(args[0]); select {} },
	"holding": func(args []string) {
		hold(args[0])
		serve(protocol.Version)
	},
	// A host that starts a plugin and waits to be killed.
	"host": func(args []string) {
		_, err := Start(context.Background(), own(args[0], "holding", args[1]))
		if err != nil {
			panic(err)
		}
		fmt.Println("started")
		select {}
	},
}

// bombs are lines on which go-plugin 1.8.0 panics in the host, and others that nobody should trust.
var bombs = []string{
	`{"@message":1}`, `{"@level":1,"@message":"x"}`, `{"@timestamp":1,"@message":"x"}`, `{"@message":null}`,
	`{"@message":{"@message":"x"}}`, `[]`, `null`, `{"@message":"ok","@level":"off"}`, `{"@message":"` + "\x00\xff" + `"}`,
	strings.Repeat("[", 1<<16), `{"@message":"` + strings.Repeat("z", 1<<17) + `"}`,
}

// hold opens a FIFO for writing and keeps it: its reader sees the end when all holders are gone.
func hold(fifo string) {
	if _, err := os.OpenFile(fifo, os.O_WRONLY, 0); err != nil {
		panic(err)
	}
}

func serve(version int) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: protocol.CookieKey, MagicCookieValue: protocol.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{version: {protocol.PluginName: served{}}},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxRecvMsgSize(2*protocol.MaxMessage), grpc.MaxSendMsgSize(2*protocol.MaxMessage))...)
		},
		Logger: hclog.NewNullLogger(),
	})
}

type served struct{ plugin.NetRPCUnsupportedPlugin }

func (served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pb.RegisterClassifierServiceServer(s, server{})
	return nil
}

func (served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// server answers Describe with what the process sees, and Configure as its instance says.
type server struct {
	pb.UnimplementedClassifierServiceServer
}

func (server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	stdin, _ := os.Readlink("/proc/self/fd/0")
	dir, _ := os.Getwd()
	var open []*pb.Read
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		file, _ := os.Readlink("/proc/self/fd/" + e.Name())
		open = append(open, &pb.Read{Path: file})
	}
	return &pb.DescribeResponse{Manifest: &pb.Manifest{Id: os.Args[0], Features: os.Environ(), Version: stdin, Summary: dir, Reads: open}}, nil
}

func (server) Configure(ctx context.Context, r *pb.ConfigureRequest) (*pb.ConfigureResponse, error) {
	switch r.GetInstance() {
	case "hang":
		<-ctx.Done()
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		select {} // this thread may run on for a moment
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "ignore":
		signal.Ignore()
		select {}
	case "large":
		return &pb.ConfigureResponse{Diagnostics: []*pb.Diagnostic{{Detail: strings.Repeat("x", protocol.MaxMessage+1)}}}, nil
	case "print":
		fmt.Println(strings.Repeat("p", 1<<20))
		fmt.Fprintln(os.Stderr, `{"@message":1}`)
		fmt.Fprintln(os.Stderr, `{"@level":"warn","@message":"printed","customers":12}`)
	}
	return &pb.ConfigureResponse{}, nil
}

// own starts the test binary as a built-in plugin.
func own(dir string, mode string, args ...string) Spec {
	return Spec{ID: "acme.test", Open: Own, Args: append([]string{marker, mode}, args...), Dir: dir, StartTimeout: 2 * time.Minute}
}
