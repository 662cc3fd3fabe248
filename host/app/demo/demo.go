// Package demo is `taxon demo`: the whole path on real data, or on synthetic customers, against a simulated CRM, in one directory.
//
// It starts the simulated CRM, writes a configuration such as an administrator would, and from then on uses
// the product as everybody does: over HTTP, with real plugin processes and a real store. Invariant: nothing in
// the product knows that it is being demonstrated.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/examples/config"
	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/data/synthetic"
	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
)

// The data sets that are real; synthetic.Cases are further ones.
const (
	Sales = "sales" // a B2B sales pipeline: 85 companies, 8,800 deals
	CDNOW = "cdnow" // purchase histories of 2,357 people
)

// Sets lists all data sets.
var Sets = append([]string{Sales, CDNOW}, synthetic.Cases...)

// Options say what to demonstrate and where.
type Options struct {
	Data     string
	Dir      string // made when it is not there
	Builtins []app.Builtin
	Log      hclog.Logger
	Progress func(run.Progress)
}

// Report is what the demo shows; schemas/demo.schema.json describes its JSON.
type Report struct {
	Directory   string                `json:"directory"`
	Data        string                `json:"data"`
	AsOf        string                `json:"as_of"`
	Customers   int                   `json:"customers"`
	Contacts    int                   `json:"contacts"`
	Deals       int                   `json:"deals"`   // orphans included
	Orphans     int                   `json:"orphans"` // deals that belong to no customer
	Classifiers map[string]Classifier `json:"classifiers"`
	Pull        struct {
		Requests int `json:"requests"`
	} `json:"pull"`
	Plan struct {
		Changes int `json:"changes"`
		Records int `json:"records"`
	} `json:"plan"`
	Apply struct {
		Written  int `json:"written"`
		Records  int `json:"records"`
		Requests int `json:"requests"`
		Rejected int `json:"rejected"`
		Fields   int `json:"fields"` // made in the CRM
	} `json:"apply"`
	Readback struct {
		Checked int `json:"checked"` // values read back through the API
		Equal   int `json:"equal"`
	} `json:"readback"`
	SecondRun struct {
		Changes     int `json:"changes"`
		PluginCalls int `json:"plugin_calls"`
		Writes      int `json:"writes"` // write requests
	} `json:"second_run"`
	Seconds float64 `json:"seconds"`

	// First is the first run, whole, and Shown a few records as the CRM answers them.
	First run.Result `json:"-"`
	Shown []Shown    `json:"-"`
}

// Classifier is what became of one classifier.
type Classifier struct {
	Plugin       string             `json:"plugin"`
	Classes      map[string]int     `json:"classes"`
	Unclassified map[string]int     `json:"unclassified,omitempty"`
	RevenueShare map[string]float64 `json:"revenue_share,omitempty"` // of won revenue, 0 to 1
}

// Shown is a record with our fields as the CRM's API answers them.
type Shown struct {
	Kind   crm.Kind
	ID     string
	Name   string
	Fields map[string]string
}

// accountFile keeps the simulated account between demonstrations in one directory.
const accountFile = "crm.json"

//go:embed sales.yaml.tmpl
var salesConfig string

//go:embed cdnow.yaml.tmpl
var cdnowConfig string

// Run demonstrates. The directory holds everything afterwards, and a further Run there goes on with it.
func Run(ctx context.Context, o Options) (report Report, err error) {
	began := time.Now() // how long the demonstration took is told, nothing depends on it
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return report, &crm.Error{Code: crm.CodeConfig, Message: "the directory " + o.Dir + " cannot be made", Cause: err}
	}
	server, err := account(o)
	if err != nil {
		return report, err
	}
	listener, err := server.Listen("")
	if err != nil {
		return report, &crm.Error{Code: crm.CodeUnavailable, Message: "the simulated CRM cannot be started", Cause: err}
	}
	defer listener.Close()
	path, err := configure(o, listener.URL, server.Token())
	if err != nil {
		return report, err
	}
	a, err := app.Open(ctx, app.Options{ConfigPath: path, Builtins: o.Builtins, Log: o.Log})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	c, err := a.Connect(ctx, "")
	if err != nil {
		return report, err
	}
	report.Directory, report.Data = o.Dir, o.Data
	defer func() { err = errors.Join(err, Save(server, filepath.Join(o.Dir, accountFile))) }()
	if err := first(ctx, c, o, &report); err != nil {
		return report, err
	}
	if err := readback(ctx, c, &report); err != nil {
		return report, err
	}
	if report.Readback.Equal != report.Readback.Checked {
		return report, &crm.Error{Code: crm.CodeInternal, Message: fmt.Sprintf("%d of %d values read back are not as written", report.Readback.Checked-report.Readback.Equal, report.Readback.Checked)}
	}
	second, err := c.Do(ctx, run.Order{Command: "run", Pull: true, Classify: true, Apply: true})
	if err != nil {
		return report, err
	}
	report.SecondRun.Changes = second.Plan.Summary.Changes
	report.SecondRun.PluginCalls = second.Classify.PluginCalls
	report.SecondRun.Writes = second.Apply.Requests.Write
	report.Seconds = time.Since(began).Seconds()
	return report, nil
}

// account is the simulated account: the one of an earlier demonstration in the directory, else a new one with
// the data in it.
func account(o Options) (*hubspot.Server, error) {
	// A generous account: the demonstration is not about waiting.
	limits := hubspot.Unlimited()
	limits.Burst = 1_000_000
	options := hubspot.Options{Limits: limits}
	file, err := os.Open(filepath.Join(o.Dir, accountFile))
	if err == nil {
		defer file.Close()
		server, err := hubspot.Restore(options, file)
		if err != nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: "the simulated account in " + o.Dir + " cannot be read", Suggestion: "choose another directory with --dir", Cause: err}
		}
		return server, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "taxon.db")); err == nil {
		// A demonstration was killed before its account was saved: the store remembers writes to an account that is gone.
		return nil, &crm.Error{Code: crm.CodeConflict, Message: "an earlier demo in " + o.Dir + " did not end, and its simulated account is gone", Suggestion: "remove the directory, or choose another with --dir"}
	}
	server := hubspot.New(options)
	switch o.Data {
	case Sales:
		_, err = sandboxdata.LoadSales(server)
	case CDNOW:
		var files fs.FS
		if files, err = data.SourceFS(); err != nil {
			return nil, &crm.Error{Code: crm.CodeNotFound, Message: "the CDNOW data are not part of the executable, for their licence is not stated", Suggestion: "run the demo in a checkout: go run ./host/cmd/taxon demo --data cdnow", Cause: err}
		}
		var purchases []data.Purchase
		if purchases, err = data.LoadCDNOW(files); err == nil {
			_, err = sandboxdata.LoadCDNOW(server, purchases)
		}
	default:
		var set *synthetic.Set
		if set, err = synthetic.Make(o.Data, synthetic.Seed, 0); err != nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("there is no data set %q", o.Data), Suggestion: "there is " + strings.Join(Sets, ", ")}
		}
		_, err = sandboxdata.LoadSynthetic(server, set)
	}
	return server, err
}

// Save keeps a simulated account in a file, whole or not at all.
func Save(server *hubspot.Server, path string) error {
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return &crm.Error{Code: crm.CodeConfig, Message: "the account cannot be saved in " + path, Cause: err}
	}
	if err := errors.Join(server.Save(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// configure writes taxon.yaml and the token's file. They are written anew each time, for the address changes.
func configure(o Options, url, token string) (path string, err error) {
	var text string
	switch o.Data {
	case Sales:
		text, err = filled(salesConfig, url, data.SalesAsOf)
	case CDNOW:
		text, err = filled(cdnowConfig, url, data.CDNOWAsOf)
	default:
		text, err = config.Example(o.Data, url, "file:token")
	}
	if err != nil {
		return "", err
	}
	path = filepath.Join(o.Dir, "taxon.yaml")
	return path, errors.Join(os.WriteFile(filepath.Join(o.Dir, "token"), []byte(token+"\n"), 0o600), os.WriteFile(path, []byte(text), 0o600))
}

func filled(text, url string, asOf time.Time) (string, error) {
	parsed, err := template.New("taxon.yaml").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.Execute(&b, map[string]string{"URL": url, "AsOf": asOf.Format(time.DateOnly)})
	return b.String(), err
}

// first is the run that is shown.
func first(ctx context.Context, c *app.Connection, o Options, report *Report) error {
	result, err := c.Do(ctx, run.Order{Command: "run", Pull: true, Classify: true, Apply: true, Progress: o.Progress})
	report.First = result
	if err != nil {
		return err
	}
	report.AsOf = result.AsOf
	report.Customers, report.Contacts = result.Mirror.Customers, result.Mirror.People+result.Mirror.Orphans.People
	report.Deals, report.Orphans = result.Mirror.Deals+result.Mirror.Orphans.Deals, result.Mirror.Orphans.Deals
	for class, n := range result.Requests {
		switch class {
		case "pull", "association", "archived", "late_pass", "reconcile", "discovery":
			report.Pull.Requests += int(n)
		}
	}
	report.Plan.Changes, report.Plan.Records = result.Plan.Summary.Changes, result.Plan.Summary.Records
	report.Apply.Written, report.Apply.Records, report.Apply.Rejected = result.Apply.Written, result.Apply.Records, result.Apply.Rejected
	report.Apply.Requests = result.Apply.Requests.Total()
	for _, f := range result.Apply.Fields {
		if f.Created {
			report.Apply.Fields++
		}
	}
	report.Classifiers = map[string]Classifier{}
	for name, outcome := range result.Classify.Classifiers {
		k := Classifier{Plugin: outcome.Plugin, Classes: outcome.Classes, Unclassified: outcome.Unclassified}
		if s := result.Plan.Summary.Classifiers[name]; s != nil && len(s.Revenue) > 0 {
			k.RevenueShare = map[string]float64{}
			for class, r := range s.Revenue {
				k.RevenueShare[class] = r.Share
			}
		}
		report.Classifiers[name] = k
	}
	return nil
}

// shown is the number of records shown.
const shown = 3

// batch is the number of records read back at a time.
const batch = 100

// readback reads every value that we wrote through the CRM's API and compares.
func readback(ctx context.Context, c *app.Connection, report *Report) error {
	kind := c.Config.Subject
	var ids []string
	want := map[string]map[string]string{}
	keys := map[string]bool{}
	compare := func() error {
		if len(ids) == 0 {
			return nil
		}
		var fields []string
		for key := range keys {
			fields = append(fields, key)
		}
		got, err := c.CRM.Read(ctx, kind, ids, fields)
		if err != nil {
			return err
		}
		for _, id := range ids {
			for key, value := range want[id] {
				report.Readback.Checked++
				if got[id][key] == value {
					report.Readback.Equal++
				}
			}
			if len(report.Shown) < shown {
				record, _, _, err := c.Mirror.Record(ctx, kind, id)
				if err != nil {
					return err
				}
				report.Shown = append(report.Shown, Shown{Kind: kind, ID: id, Name: record.Field("name").Text(), Fields: got[id]})
			}
		}
		ids, want, keys = ids[:0], map[string]map[string]string{}, map[string]bool{}
		return nil
	}
	err := c.Mirror.WrittenRecords(ctx, kind, nil, func(id string, values map[string]string) error {
		ids = append(ids, id)
		want[id] = values
		for key := range values {
			keys[key] = true
		}
		if len(ids) < batch {
			return nil
		}
		return compare()
	})
	return errors.Join(err, compare())
}
