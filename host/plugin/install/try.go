package install

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/plugin/launch"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// tryGrace is how long a plugin that was tried may take to end by itself.
const tryGrace = 5 * time.Second

// try starts an unpacked plugin once: it must describe itself as its plugin.json, and keep the protocol when it
// is configured and sees nobody, and customers about whom nothing is known.
func try(ctx context.Context, dir string, p *Package, log hclog.Logger) error {
	executable := filepath.Join(dir, p.Executable)
	process, err := launch.Start(ctx, launch.Spec{ID: p.Manifest.GetId(), SHA256: p.ExecutableSHA256, Log: log,
		Open: func() (*os.File, error) { return os.Open(executable) }})
	if err != nil {
		return err
	}
	c := client.New(process.Conn(), p.Manifest, client.Options{Process: process})
	err = c.Verify(ctx)
	if err == nil {
		err = quickCheck(ctx, c)
	}
	if stopped := process.Stop(tryGrace); err == nil && stopped != nil {
		err = &crm.Error{Code: crm.CodePlugin, Message: stopped.Error()}
	}
	return err
}

// quickCheck finds plugins that cannot work at all. The conformance suite of the SDK finds more.
func quickCheck(ctx context.Context, c client.Plugin) error {
	const instance = "install"
	setup := client.Setup{Instance: instance, Config: example(c.Manifest()), AsOf: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		Zone: time.UTC, Currency: "USD", Digits: 2, Subject: crm.Company}
	configured, err := c.Configure(ctx, setup)
	if err != nil || configured.Failed() { // what is wrong with a configuration that nobody wrote is no fault
		return err
	}
	if c.Manifest().GetScope() == pb.Scope_SCOPE_POPULATION {
		_, err := c.Summarize(ctx, instance, 0, nil, func() (*pb.CustomerBatch, error) { return nil, io.EOF })
		return err
	}
	batch := strangers(configured.Reads, 3)
	next := func() (*pb.CustomerBatch, error) {
		if batch == nil {
			return nil, io.EOF
		}
		b := batch
		batch = nil
		return b, nil
	}
	return c.Classify(ctx, instance, nil, true, next, func(*pb.CustomerBatch, *pb.ClassifyResponse) error { return nil })
}

// example is the first example of the schema of the configuration, else nothing.
func example(m *pb.Manifest) map[string]any {
	for _, v := range m.GetConfigSchema().GetFields()["examples"].GetListValue().GetValues() {
		return v.GetStructValue().AsMap()
	}
	return map[string]any{}
}

// strangers is a batch of n customers about whom nothing is known but what is required, which is zero.
func strangers(reads []*pb.Read, n int) *pb.CustomerBatch {
	b := &pb.CustomerBatch{Keys: make([]byte, n*protocol.KeyBytes)}
	for i := range n {
		b.Keys[i*protocol.KeyBytes] = byte(i)
	}
	for _, r := range reads {
		values := column.NewBuilder(r.GetType(), r.GetList())
		for range n {
			switch {
			case !r.GetRequired():
				values.Missing()
			case r.GetList():
				values.EndList()
			case r.GetType() == column.Text:
				values.Text("")
			case r.GetType() == column.Number:
				values.Float(0)
			case r.GetType() == column.Boolean:
				values.Bool(false)
			default:
				values.Int(0)
			}
		}
		b.Columns = append(b.Columns, values.Column())
	}
	return b
}
