package sdk

import pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"

// Plugin is a classifier: a literal of Pointwise or Population.
type Plugin interface {
	// compile checks the literal and makes what serves it. An error is a mistake of the author.
	compile() (*classifier, error)
}

// Pointwise is a plugin that judges each customer alone. C is the configuration, a struct or a pointer to
// one (then Configure may keep what it prepares in unexported fields); R is the customer, a struct or Row.
type Pointwise[C, R any] struct {
	Info    Info
	Tags    []Tag
	Reasons []Reason
	Reads   []Read      // patterns of the manifest; only when R is Row
	Presets []Preset[C] // named configurations
	Example C           // a configuration that is accepted, when the defaults alone are not
	// Configure is optional: checks across fields. When R is Row it answers the effective reads.
	Configure func(run Run, cfg C, cat Catalogue) (Effective, Diagnostics)
	// Classify must depend on nothing but its arguments.
	Classify func(run Run, cfg C, customer R) Verdict
}

// Population is a plugin that judges each customer against all. S is the summary, M the model: both are
// encoded by their BinaryMarshaler, or as parts when all their fields have one, or as JSON.
//
// Add and Merge must make S a commutative monoid: in any order and any grouping the same customers give the
// same bytes, and the zero S is neutral. sdk/summary has ready ones.
type Population[C, R, S, M any] struct {
	Info    Info
	Tags    []Tag
	Reasons []Reason
	Reads   []Read
	Presets []Preset[C]
	Example C
	Passes  int // most passes of a fit, default 1

	Configure func(run Run, cfg C, cat Catalogue) (Effective, Diagnostics)
	// Add folds a customer into a summary. m is the model of the pass before, zero in pass 0.
	Add   func(run Run, cfg C, m M, s *S, customer R)
	Merge func(into *S, other S)
	// Fit makes the model of all customers' summary. Report.AnotherPass asks for one more pass with it.
	Fit func(run Run, cfg C, pass int, s S) (M, Report, error)
	// FitAfter stands in place of Fit where a fit looks at the model before: in pass 0 that of the last fit,
	// perhaps of another configuration, when the host has one of this StateVersion; later that of the pass
	// before; zero when there is none. It is for names that must stay, such as which cluster is "cluster_2".
	FitAfter func(run Run, cfg C, pass int, before M, s S) (M, Report, error)
	Classify func(run Run, cfg C, m M, customer R) Verdict

	alone func(run Run, cfg C, customer R) Verdict // a Pointwise
}

// Report is what a fit tells about itself.
type Report struct {
	Customers   int64 // customers that the model rests on
	AnotherPass bool
	Diagnostics Diagnostics
	Metrics     map[string]float64
	Tags        []Tag // effective tags, when the fit added options
}

// Manifest is the manifest of a plugin, without a process. A mistake in the literal is a panic: it is the
// author's, and the first test finds it.
func Manifest(p Plugin) *pb.Manifest {
	c, err := p.compile()
	if err != nil {
		panic(err)
	}
	return c.manifest
}

// NewServer is the protocol's server of a plugin, for tests within a process. Serve is what a plugin's main
// uses.
func NewServer(p Plugin) (pb.ClassifierServiceServer, error) {
	c, err := p.compile()
	if err != nil {
		return nil, err
	}
	return &server{classifier: c}, nil
}
