package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/cli"
	"github.com/taxonhq/taxon/host/store/storetest/pgtest"
)

// asTaxon makes the test binary behave as the command, for tests that kill it.
const asTaxon = "TAXON_TEST_AS_COMMAND"

// TestMain lets the test binary serve the first-party plugins, as the executable does.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == servePlugin || os.Getenv(asTaxon) != "" {
		main()
		return
	}
	// The tests wait more than they reckon: for rate limits, and for processes that start.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(pgtest.Run(m))
}

// installation is a directory with a configuration, and the simulated account that it names.
type installation struct {
	t      *testing.T
	dir    string
	server *hubspot.Server
	url    string
	abc    map[string]string // the classes to be found in the account, by the companies' names
}

// sales is an installation on an account with the B2B pipeline. Its configuration is text, in which {URL} stands
// for the account's address.
func sales(t *testing.T, o hubspot.Options, configuration string) *installation {
	t.Helper()
	i := &installation{t: t, dir: t.TempDir(), server: account(o), abc: reference(t)}
	if _, err := sandboxdata.LoadSales(i.server); err != nil {
		t.Fatal(err)
	}
	i.begin(configuration)
	return i
}

// fewCompanies is how many there are where the number does not matter.
const fewCompanies = 30

// few is an installation on a small account with the same properties: company 1 to 30, each with a won deal of its
// number in hundreds.
func few(t *testing.T, o hubspot.Options, configuration string) *installation {
	t.Helper()
	i := &installation{t: t, dir: t.TempDir(), server: account(o), abc: map[string]string{}}
	for kind, names := range map[string][]string{hubspot.Companies: {"sector"}, hubspot.Contacts: {"decision_maker", "nps_score", "nps_date"}} {
		for _, name := range names {
			field := sandbox.Field{Name: name, Type: "string", Widget: "text"}
			switch name {
			case "decision_maker":
				field.Type, field.Widget = "bool", "booleancheckbox"
			case "nps_score":
				field.Type, field.Widget = "number", "number"
			case "nps_date":
				field.Type, field.Widget = "date", "date"
			}
			if err := i.server.AddProperty(kind, field); err != nil {
				t.Fatal(err)
			}
		}
	}
	const total = fewCompanies * (fewCompanies + 1) / 2
	for n := 1; n <= fewCompanies; n++ {
		name := fmt.Sprintf("Company %d", n)
		company, err := i.server.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": name, "country": "Germany"}})
		if err != nil {
			t.Fatal(err)
		}
		deal, err := i.server.Load(hubspot.Deals, sandbox.Record{Values: map[string]string{"dealname": name, "amount": fmt.Sprint(100 * n), "deal_currency_code": "USD",
			"pipeline": "default", "dealstage": "closedwon", "closedate": fmt.Sprintf("2017-%02d-15T12:00:00Z", 1+n%12)}})
		if err != nil {
			t.Fatal(err)
		}
		i.server.Associate(hubspot.Deals, deal, hubspot.Companies, company, true)
		larger := total - n*(n+1)/2
		switch {
		case 100*larger < 80*total:
			i.abc[name] = "A"
		case 100*larger < 95*total:
			i.abc[name] = "B"
		default:
			i.abc[name] = "C"
		}
	}
	i.begin(configuration)
	return i
}

func account(o hubspot.Options) *hubspot.Server {
	if o.Limits == nil { // a generous account, which says so in its answers: the tests are not about waiting
		o.Limits = hubspot.Unlimited()
		o.Limits.Burst = 1_000_000
	}
	return hubspot.New(o)
}

// begin serves the account and writes the configuration.
func (i *installation) begin(configuration string) {
	i.t.Helper()
	listener, err := i.server.Listen("")
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = listener.Close() })
	i.url = listener.URL
	i.write("token", i.server.Token())
	i.configure(configuration)
}

// write writes a file of the installation, for its owner only.
func (i *installation) write(name, text string) {
	i.t.Helper()
	if err := os.WriteFile(filepath.Join(i.dir, name), []byte(text), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

// configure writes taxon.yaml.
func (i *installation) configure(text string) {
	i.t.Helper()
	i.write("taxon.yaml", strings.ReplaceAll(text, "{URL}", i.url))
}

// path is a file of the installation.
func (i *installation) path(name string) string { return filepath.Join(i.dir, name) }

// taxon runs a command line on the installation in this process, plugins in processes of their own.
func (i *installation) taxon(args ...string) (code int, stdout, stderr string) {
	i.t.Helper()
	return command(i.t.Context(), i.t, append([]string{"--config", i.path("taxon.yaml")}, args...)...)
}

func command(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(ctx, cli.Options{Version: "test", Builtins: builtins(), Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs})
	return code, out.String(), errs.String()
}

// must runs a command that has to end with that code, and answers its standard output.
func (i *installation) must(want int, args ...string) string {
	i.t.Helper()
	code, stdout, stderr := i.taxon(args...)
	if code != want {
		i.t.Fatalf("taxon %s ended with %d, want %d\n%s\n%s", strings.Join(args, " "), code, want, stdout, stderr)
	}
	return stdout
}

// result is what the tests look at in the JSON of a run.
type result struct {
	Run    int64  `json:"run"`
	Status string `json:"status"`
	AsOf   string `json:"as_of"`
	Mirror struct {
		Customers int
		Deals     int
		Orphans   struct{ Deals int }
	} `json:"mirror"`
	Classify struct {
		PluginCalls int `json:"plugin_calls"`
		Changed     int `json:"changed"`
		Classifiers map[string]struct {
			Classes      map[string]int `json:"classes"`
			Unclassified map[string]int `json:"unclassified"`
			Held         int            `json:"held"`
		} `json:"classifiers"`
	} `json:"classify"`
	Plan struct {
		ID      int64 `json:"id"`
		Summary struct {
			Changes int `json:"changes"`
			Records int `json:"records"`
			Kept    int `json:"kept"`

			Classifiers map[string]struct {
				Held   int            `json:"held"`
				Causes map[string]int `json:"causes"`
			} `json:"classifiers"`
		} `json:"summary"`
	} `json:"plan"`
	Apply struct {
		Written  int `json:"written"`
		Records  int `json:"records"`
		Rejected int `json:"rejected"`
		Skipped  int `json:"skipped"`
		Pending  int `json:"pending"`
		Requests struct {
			Write int `json:"write"`
		} `json:"requests"`
	} `json:"apply"`
	Requests map[string]int `json:"requests"`
}

// run runs a command with --output json that has to end with that code.
func (i *installation) run(want int, args ...string) result {
	i.t.Helper()
	out := i.must(want, append(args, "--output", "json")...)
	var r result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		i.t.Fatalf("%v in\n%s", err, out)
	}
	return r
}
