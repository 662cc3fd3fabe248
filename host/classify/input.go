package classify

import (
	"context"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Input is what a run classifies, with what, and as of when.
type Input struct {
	Mirror      *store.Conn
	Cache       Cache // of answers to Configure; usually the *store.Store
	Catalogue   *crm.Catalogue
	Classifiers []Classifier
	Plugins     Plugins

	AsOf     crm.Day // exclusive end of what is seen
	Zone     *time.Location
	Currency string        // base currency
	Rates    measure.Rates // nil: no amount can be converted
	// KeySecret is the installation's: customers' keys are HMACs with it.
	KeySecret []byte
	RunID     int64
	// Prefix of the fields that Taxon owns in the CRM ("taxon_" when empty): they are never read.
	Prefix   string
	Progress func(Progress) // may be nil
	SpoolDir string         // of the temporary file; "" is the system's

	batch int // customers in a batch; tests want few
}

// Cache keeps answers to Configure, so that an idle run starts no process.
type Cache interface {
	Configured(ctx context.Context, key string) (data []byte, ok bool, err error)
	SaveConfigured(ctx context.Context, key string, data []byte) error
}

// Plugins are the installed plugins, by reference. Only Start may start a process; whoever made the Plugins
// closes what it answers.
type Plugins interface {
	Manifest(ref string) (*pb.Manifest, error)
	Hash(ref string) string
	Start(ctx context.Context, ref string) (client.Plugin, error)
}

// Classifier is one configured use of a plugin.
type Classifier struct {
	Name   string
	Plugin string // reference
	Config map[string]any
	// Grants are the paths that the administrator allows beside what the manifest declares: "country",
	// "deals.product", "deals.*", "tags.abc", "*". Sensitive fields must be named one by one.
	Grants []string
	Refit  Refit // "" is EveryRun
	// Stability holds classes back.
	Stability Stability
	// Handling replaces the recommended handling of classes, by code and language.
	Handling map[string]map[string]string
	// Broken tells that the configuration is known to be wrong: the classifier is not asked, and only what others may
	// read of it counts.
	Broken bool
}

// Refit says when a population classifier's model is fitted anew. A model of another configuration, or one
// that the plugin cannot read any more, is always replaced; one of another version of the plugin is unless frozen.
type Refit string

// The settings of Refit, by the as-of days of the run and of the model.
const (
	EveryRun Refit = "every_run" // whenever everybody is classified
	Daily    Refit = "daily"
	Weekly   Refit = "weekly"
	Monthly  Refit = "monthly"
	Frozen   Refit = "frozen"
)

// Progress tells how far a run is. Total is 0 when it is not known.
type Progress struct {
	Stage      string // "measure", "fit", "classify", "save"
	Classifier string // "" while measuring
	Done       int    // customers
	Total      int
}

// Result is what a run did, classifier by classifier in order of names.
type Result struct {
	Customers   int // measured
	PluginCalls int // of the protocol; 0 when nothing changed
	Changed     int // tag rows whose values changed
	Outcomes    []*Outcome
	Rates       []measure.UsedRate
}

// Outcome is what a run did with one classifier.
type Outcome struct {
	Classifier string
	Plugin     string // reference
	Version    string // of the plugin
	Hash       string // of the plugin
	Reads      []*pb.Read
	Tags       []*pb.TagDefinition // effective, options of the fit included
	Withheld   []string            // optional reads of sensitive fields that nobody granted: sent as missing
	Model      int64               // 0: none
	Fitted     bool                // in this run
	Report     json.RawMessage     // of the fit of the model

	Everybody   bool              // all customers were classified again
	Sent        int               // customers sent to the plugin
	Changed     int               // customers whose values changed
	PluginCalls int               // of the protocol
	Moves       []Move            // of the main tag
	Causes      map[crm.Cause]int // of the changed customers, by cause
	Totals
	Error *crm.Error // the classifier failed, and its tags are as they were
}

// Totals describe all customers after a run.
type Totals struct {
	Classes      map[string]int `json:"classes"`        // customers by code of the main tag; "" has none
	Unclassified map[string]int `json:"unclassified"`   // customers by code of the reason
	Problems     int            `json:"problems"`       // customers with whom the plugin had a problem
	Held         int            `json:"held,omitempty"` // customers whose class a rule of stability holds back
}

// Move is a number of customers whose main tag changed; "" is none.
type Move struct {
	From, To  string
	Customers int
}

// Outcome is the outcome of a classifier, nil when there is none.
func (r *Result) Outcome(classifier string) *Outcome {
	for _, o := range r.Outcomes {
		if o.Classifier == classifier {
			return o
		}
	}
	return nil
}

// Failed lists the errors of the classifiers that failed.
func (r *Result) Failed() []*crm.Error {
	var out []*crm.Error
	for _, o := range r.Outcomes {
		if o.Error != nil {
			out = append(out, o.Error)
		}
	}
	return out
}
