package sdktest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Options adjust the suite to a plugin.
type Options struct {
	// Setup is the run that the cases happen in. Its Config is tried beside the schema's examples.
	Setup Setup
	// Manifest is the plugin.json beside the plugin; empty: not compared.
	Manifest []byte
	// Million is the number of customers of the case that measures memory, default 200,000; it needs Command.
	Million int
}

// Run is the conformance suite: what a host relies on, each case a subtest. Cases that need a process run
// for a Command only, those of a fit for population plugins only.
func Run(t *testing.T, target Target, options ...Options) {
	t.Helper()
	s, err := newSuite(target, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.stop()
	for _, c := range s.cases() {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), s.patience)
			defer cancel()
			if err := c.run(ctx, s); err != nil {
				t.Error(err)
			}
		})
	}
}

// testCase answers what is wrong with the plugin, nil when nothing is.
type testCase struct {
	name string
	run  func(ctx context.Context, s *suite) error
}

// suite is a plugin under test.
type suite struct {
	target   Target
	options  Options
	conn     *connection
	wire     wire
	manifest *pb.Manifest
	configs  []map[string]any
	patience time.Duration // for a case
	grace    time.Duration // for something to end
}

func newSuite(target Target, options ...Options) (*suite, error) {
	s := &suite{target: target, patience: patience, grace: patience / 2}
	if len(options) > 0 {
		s.options = options[0]
	}
	conn, err := target.start()
	if err != nil {
		return nil, err
	}
	s.conn, s.wire = conn, wire{conn.client}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.manifest, err = s.describe(ctx); err != nil {
		conn.stop()
		return nil, err
	}
	if s.options.Setup.Config != nil {
		s.configs = append(s.configs, s.options.Setup.Config)
	}
	for _, example := range s.manifest.GetConfigSchema().GetFields()["examples"].GetListValue().GetValues() {
		if config := example.GetStructValue(); config != nil {
			s.configs = append(s.configs, config.AsMap())
		}
	}
	return s, nil
}

func (s *suite) describe(ctx context.Context) (*pb.Manifest, error) {
	answer, err := s.conn.client.Describe(ctx, &pb.DescribeRequest{})
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	if answer.GetManifest() == nil {
		return nil, errors.New("describe answers no manifest")
	}
	return answer.GetManifest(), nil
}

func (s *suite) cases() []testCase {
	list := append(append([]testCase{}, manifestCases...), configureCases...)
	list = append(list, classifyCases...)
	if s.population() {
		list = append(list, summaryCases...)
	} else {
		list = append(list, pointwiseCases...)
	}
	list = append(list, lifeCases...)
	if _, ok := s.target.(command); ok {
		list = append(list, processCases...)
	}
	return list
}

func (s *suite) population() bool { return s.manifest.GetScope() == pb.Scope_SCOPE_POPULATION }

// configure configures an instance; diagnostics of severity error are answered apart.
func (s *suite) configure(ctx context.Context, instance string, config map[string]any) (*pb.ConfigureResponse, []*pb.Diagnostic, error) {
	setup := s.options.Setup
	setup.Config = config
	request, err := setup.request(instance)
	if err != nil {
		return nil, nil, err
	}
	answer, err := s.conn.client.Configure(ctx, request)
	if err != nil {
		return nil, nil, fmt.Errorf("a configuration is a status error instead of a diagnostic: %w", err)
	}
	var faults []*pb.Diagnostic
	for _, d := range answer.GetDiagnostics() {
		switch d.GetSeverity() {
		case pb.Severity_SEVERITY_ERROR:
			faults = append(faults, d)
		case pb.Severity_SEVERITY_WARNING:
		default:
			return nil, nil, fmt.Errorf("a diagnostic has no severity: %q", d.GetSummary())
		}
	}
	return answer, faults, nil
}

// working is an instance with customers of its own.
type working struct {
	name  string
	rules contract
	table *table
}

// population sizes of invented customers: enough for minimums that are meant for hundreds.
const invented = 240

// prepare configures an instance and invents customers for it.
func (s *suite) prepare(ctx context.Context, instance string, config map[string]any) (*working, error) {
	answer, faults, err := s.configure(ctx, instance, config)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("the example %v is refused: %s: %s", config, faults[0].GetPointer(), faults[0].GetSummary())
	}
	request, err := s.options.Setup.request(instance)
	if err != nil {
		return nil, err
	}
	return &working{name: instance, rules: contract{answer.GetTags(), s.manifest.GetReasons()},
		table: invent(answer.GetReads(), request.GetCatalogue(), invented, 1, request.GetAsOf().GetSeconds(), true)}, nil
}

// each runs a check for every example configuration on a prepared instance with a model.
func (s *suite) each(ctx context.Context, check func(w *working, model []byte) error) error {
	if len(s.configs) == 0 {
		return errors.New("the configuration schema has no examples, and none is given")
	}
	for i, config := range s.configs {
		w, err := s.prepare(ctx, "suite", config)
		if err != nil {
			return err
		}
		model, err := s.fitted(ctx, w)
		if err != nil {
			return fmt.Errorf("configuration %d: %w", i, err)
		}
		if err := check(w, model); err != nil {
			return fmt.Errorf("configuration %d: %w", i, err)
		}
	}
	return nil
}

// fitted is the model of an instance's customers; nil for a plugin without one.
func (s *suite) fitted(ctx context.Context, w *working) ([]byte, error) {
	if !s.population() {
		return nil, nil
	}
	model, report, err := s.fit(ctx, w, [][]int{w.table.all()})
	if err != nil {
		return nil, err
	}
	if len(report.GetTags()) > 0 {
		w.rules.tags = report.GetTags()
	}
	return model, nil
}

// fit fits a model of rows in parts.
func (s *suite) fit(ctx context.Context, w *working, parts [][]int) ([]byte, *pb.FitReport, error) {
	var batches [][]*pb.CustomerBatch
	for _, part := range parts {
		list, err := w.table.split(part, 50)
		if err != nil {
			return nil, nil, err
		}
		batches = append(batches, list)
	}
	return s.wire.fit(ctx, w.name, int(s.manifest.GetLimits().GetMaxPasses()), nil, batches)
}

// classify answers results by row index, and the bytes of all answers.
func (s *suite) classify(ctx context.Context, w *working, model []byte, explain bool, rows []int, size int) (map[int]Result, []byte, error) {
	batches, err := w.table.split(rows, size)
	if err != nil {
		return nil, nil, err
	}
	results, raw, next := map[int]Result{}, []byte{}, 0
	err = s.wire.classify(ctx, w.name, model, explain, batches, func(b *pb.CustomerBatch, a *pb.ClassifyResponse) error {
		some, err := w.rules.decode(b, a)
		if err != nil {
			return err
		}
		for _, r := range some {
			results[rows[next]] = r
			next++
		}
		raw, err = proto.MarshalOptions{Deterministic: true}.MarshalAppend(raw, a)
		return err
	})
	return results, raw, err
}

// sameResults compares what was said about each customer.
func sameResults(a, b map[int]Result, what string) error {
	if len(a) != len(b) {
		return fmt.Errorf("%s: %d customers instead of %d", what, len(b), len(a))
	}
	for i := range len(a) {
		if a[i].String() != b[i].String() {
			return fmt.Errorf("%s: customer %d is %q instead of %q", what, i, b[i], a[i])
		}
	}
	return nil
}

func shuffled(rows []int) []int {
	out := append([]int(nil), rows...)
	rand.New(rand.NewPCG(11, 11)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
