package client

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Configured is what a plugin answers to a configuration. It can be kept as JSON.
type Configured struct {
	Diagnostics []*pb.Diagnostic
	Reads       []*pb.Read          // the columns of every batch, in this order
	Tags        []*pb.TagDefinition // the columns of every answer, in this order
}

// Failed reports whether the configuration was refused.
func (c Configured) Failed() bool {
	for _, d := range c.Diagnostics {
		if d.GetSeverity() != pb.Severity_SEVERITY_WARNING {
			return true
		}
	}
	return false
}

// MainTag is the key of the tag that says what a customer is: "" where there is one, else the first class,
// else the first tag.
func MainTag(tags []*pb.TagDefinition) string {
	var main *pb.TagDefinition
	for _, tag := range tags {
		if tag.GetKey() == "" {
			return ""
		}
		if main == nil || len(tag.GetOptions()) > 0 && len(main.GetOptions()) == 0 {
			main = tag
		}
	}
	return main.GetKey()
}

type configuredJSON struct {
	Diagnostics []json.RawMessage `json:"diagnostics,omitempty"`
	Reads       []json.RawMessage `json:"reads,omitempty"`
	Tags        []json.RawMessage `json:"tags,omitempty"`
}

// MarshalJSON writes the messages as protojson.
func (c Configured) MarshalJSON() ([]byte, error) {
	var out configuredJSON
	var err error
	if out.Diagnostics, err = marshalAll(c.Diagnostics); err != nil {
		return nil, err
	}
	if out.Reads, err = marshalAll(c.Reads); err != nil {
		return nil, err
	}
	if out.Tags, err = marshalAll(c.Tags); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Configured) UnmarshalJSON(data []byte) error {
	var in configuredJSON
	err := json.Unmarshal(data, &in)
	if err != nil {
		return err
	}
	if c.Diagnostics, err = unmarshalAll[pb.Diagnostic](in.Diagnostics); err != nil {
		return err
	}
	if c.Reads, err = unmarshalAll[pb.Read](in.Reads); err != nil {
		return err
	}
	c.Tags, err = unmarshalAll[pb.TagDefinition](in.Tags)
	return err
}

func marshalAll[M proto.Message](list []M) ([]json.RawMessage, error) {
	var out []json.RawMessage
	for _, m := range list {
		text, err := protojson.Marshal(m)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

func unmarshalAll[T any, M interface {
	*T
	proto.Message
}](list []json.RawMessage) ([]M, error) {
	var out []M
	for _, text := range list {
		m := M(new(T))
		if err := protojson.Unmarshal(text, m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// Configure implements Plugin.
func (c *Client) Configure(ctx context.Context, setup Setup) (Configured, error) {
	config, err := asStruct(setup.Config)
	if err != nil {
		return Configured{}, &crm.Error{Code: crm.CodeConfig, Message: "the configuration for plugin " + c.id() + " cannot be sent: " + err.Error()}
	}
	ctx, cancel := c.patience(ctx)
	defer cancel()
	answer, err := c.stub.Configure(ctx, &pb.ConfigureRequest{
		Instance: setup.Instance, Config: config, AsOf: timestamppb.New(setup.AsOf), TimeZone: setup.Zone.String(),
		Currency: setup.Currency, CurrencyDigits: uint32(setup.Digits), Subject: string(setup.Subject), Catalogue: setup.Catalogue,
	})
	if err != nil {
		return Configured{}, c.failed(ctx, "checking its configuration", err)
	}
	got := Configured{Diagnostics: answer.GetDiagnostics(), Reads: answer.GetReads(), Tags: answer.GetTags()}
	if err := c.checkDiagnostics(got.Diagnostics); err != nil {
		return Configured{}, err
	}
	c.mu.Lock()
	delete(c.instances, setup.Instance)
	c.mu.Unlock()
	if got.Failed() {
		return Configured{Diagnostics: got.Diagnostics}, nil
	}
	if err := c.checkReads(got.Reads, config); err != nil {
		return Configured{}, err
	}
	if err := c.checkTags(got.Tags); err != nil {
		return Configured{}, err
	}
	inst := &instance{reads: got.Reads, tags: got.Tags}
	if inst.tags, err = c.withFitted(inst.tags, setup.Fitted); err != nil {
		return Configured{}, err
	}
	c.mu.Lock()
	c.instances[setup.Instance] = inst
	c.mu.Unlock()
	return got, nil
}

// asStruct goes through JSON, since YAML decodes to more types than a Struct takes.
func asStruct(config map[string]any) (*structpb.Struct, error) {
	if config == nil {
		return &structpb.Struct{}, nil
	}
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	out := &structpb.Struct{}
	return out, protojson.Unmarshal(text, out)
}

const (
	maxDiagnostics = 200
	maxDiagnostic  = 4 << 10 // bytes of each of its texts
	maxMetrics     = 1000
)

// checkDiagnostics bounds what a plugin says about a configuration or a fit.
func (c *Client) checkDiagnostics(list []*pb.Diagnostic) error {
	if len(list) > maxDiagnostics {
		return c.violation("it answers %d diagnostics, more than %d", len(list), maxDiagnostics)
	}
	for i, d := range list {
		if len(d.GetPointer()) > maxDiagnostic || len(d.GetSummary()) > maxDiagnostic || len(d.GetDetail()) > maxDiagnostic || len(d.GetCode()) > maxDiagnostic {
			return c.violation("diagnostic %d has a text of more than %d bytes", i, maxDiagnostic)
		}
		if d.GetSummary() == "" {
			return c.violation("diagnostic %d does not say what is wrong", i)
		}
	}
	return nil
}

// checkReport checks the report of a fit and takes over the options that the fit added.
func (c *Client) checkReport(report *pb.FitReport, inst *instance) error {
	if err := c.checkDiagnostics(report.GetDiagnostics()); err != nil {
		return err
	}
	if len(report.GetMetrics()) > maxMetrics {
		return c.violation("it reports %d metrics, more than %d", len(report.GetMetrics()), maxMetrics)
	}
	for name, value := range report.GetMetrics() {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return c.violation("the metric %s is not finite", clip(name))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	tags, err := c.withFitted(inst.tags, report.GetTags())
	if err == nil {
		inst.tags = tags
	}
	return err
}

// clip quotes a word of a plugin for a message.
func clip(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return fmt.Sprintf("%q", s)
}
