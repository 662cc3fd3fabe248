package launch

import (
	"context"
	"crypto/tls"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// DefaultStartTimeout is how long a plugin may take from its start to its first connection; a machine under load
// needs many times what one at rest does.
const DefaultStartTimeout = 30 * time.Second

// Spec says what to start.
type Spec struct {
	ID           string                   // the plugin's id, for messages and as the program's name
	Open         func() (*os.File, error) // opens the executable
	SHA256       string                   // hex, of the executable; "" only for the host's own executable (Own)
	Args         []string                 // arguments after the program's name
	Env          []string                 // NAME=value, beside go-plugin's own; nothing else is in the environment
	Dir          string                   // parent of the private directory; "" for the system's temporary directory
	StartTimeout time.Duration            // 0 is DefaultStartTimeout
	Log          hclog.Logger             // gets the plugin's lines; nil drops them
	Clock        crm.Clock                // of the rate limit of lines; nil is the system's
}

// Start starts a plugin and connects to it. It returns within the start timeout, or soon after ctx ends; the
// process lives on after ctx has ended, until Stop.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	if spec.StartTimeout <= 0 {
		spec.StartTimeout = DefaultStartTimeout
	}
	if spec.Log == nil {
		spec.Log = hclog.NewNullLogger()
	}
	if spec.Clock == nil {
		spec.Clock = crm.SystemClock{}
	}
	ctx, cancel := context.WithTimeout(ctx, spec.StartTimeout)
	defer cancel()

	dir, err := newPrivateDir(spec.Dir)
	if err != nil {
		return nil, fault(spec.ID, "no private directory could be made for it",
			"check the temporary directory (TMPDIR): it must be writable and its path short", err)
	}
	exe, err := openExecutable(spec, dir.path)
	if err != nil {
		dir.remove()
		return nil, err
	}
	c := newChild(spec, dir, exe)
	config, err := c.handshake(ctx)
	exe.close() // the child has it, or never will
	var p *Process
	if err == nil {
		p, err = c.connect(ctx, config)
	}
	if err != nil {
		_ = c.end() // what it could say is less than err
		return nil, err
	}
	return p, nil
}

// handshake starts the process through go-plugin and reads the line with which it says where it listens. The
// answer is how to speak with it.
func (c *child) handshake(ctx context.Context) (*tls.Config, error) {
	config := &plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: protocol.CookieKey, MagicCookieValue: protocol.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{protocol.Version: {}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     c.spec.StartTimeout,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: c.dir.path},
		// Off, not hclog's null logger: go-plugin parses a plugin's lines unless the level is exactly Off.
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
		RunnerFunc: func(_ hclog.Logger, given *exec.Cmd, _ string) (runner.Runner, error) {
			return c, c.prepare(given.Env)
		},
	}
	started := make(chan error, 1)
	go func() {
		_, err := plugin.NewClient(config).Start()
		started <- err
	}()
	var err error
	select {
	case err = <-started:
	case <-ctx.Done():
		c.kill() // ends the wait for the line
		if err = <-started; err == nil {
			err = ctx.Err()
		}
	}
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	if config.TLSConfig == nil || config.TLSConfig.RootCAs == nil {
		return nil, fault(c.spec.ID, "it does not use mutual TLS", "the plugin must answer the host's certificate with its own, as the SDK does", nil)
	}
	return config.TLSConfig, nil
}

// command is the child as it will be executed. It is the one place where a confinement (bubblewrap, user
// namespaces, resource limits) wraps what is started.
func (c *child) command(env []string) *exec.Cmd {
	cmd := &exec.Cmd{
		Path: c.exe.path,
		Args: append([]string{c.spec.ID}, c.spec.Args...),
		Env:  append(env, c.spec.Env...),
		Dir:  c.dir.path,
		// Stdin stays nil: the null device.
	}
	if c.exe.file != nil {
		cmd.ExtraFiles = []*os.File{c.exe.file}
	}
	isolate(cmd)
	return cmd
}
