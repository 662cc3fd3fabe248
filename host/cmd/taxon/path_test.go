package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/store/storetest/pgtest"
	"github.com/taxonhq/taxon/host/validate"
)

// salesYAML is the configuration of most tests.
const salesYAML = `version: 1
store: {STORE}
connections:
  main:
    crm: hubspot
    subject: company
    settings: {base_url: "{URL}"}
    secrets: {token: "file:token"}
    as_of: 2018-01-01
    fields:
      company: {industry: sector}
      contact:
        decision_maker: decision_maker
        nps_score: {source: nps_score, type: number}
        nps_date: {source: nps_date, type: time}
    classifiers:
      abc: {plugin: abc, fields: [reason]}
      rfm: {plugin: rfm}
`

func sqlite(configuration string) string {
	return strings.ReplaceAll(configuration, "{STORE}", "sqlite:taxon.db")
}

func TestTheDemoShowsTheWholePathAndAgainFindsNothingToDo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	for _, round := range []string{"first", "again"} {
		code, stdout, stderr := command(t.Context(), t, "demo", "--dir", dir, "--json")
		if code != 0 {
			t.Fatalf("%s: ended with %d\n%s", round, code, stderr)
		}
		if stderr != "" {
			t.Errorf("%s: standard error is not quiet:\n%s", round, stderr)
		}
		var document any
		if err := json.Unmarshal([]byte(stdout), &document); err != nil {
			t.Fatal(err)
		}
		for _, f := range validate.Embedded("demo.schema.json").Check(document) {
			t.Errorf("%s: %s: %s", round, f.Pointer, f.Message)
		}
		var report struct {
			Customers, Contacts, Deals, Orphans int
			Classifiers                         map[string]struct{ Classes map[string]int }
			Pull                                struct{ Requests int }
			Plan                                struct{ Changes int }
			Apply                               struct{ Written, Requests, Rejected int }
			Readback                            struct{ Checked, Equal int }
			SecondRun                           struct{ Changes, PluginCalls, Writes int } `json:"second_run"`
		}
		decoder := json.NewDecoder(strings.NewReader(strings.ReplaceAll(stdout, `"plugin_calls"`, `"PluginCalls"`)))
		if err := decoder.Decode(&report); err != nil {
			t.Fatal(err)
		}
		if report.Customers != 85 || report.Deals != 8800 || report.Orphans != 1425 || report.Contacts == 0 {
			t.Errorf("%s: %d customers, %d deals, %d orphans, %d contacts", round, report.Customers, report.Deals, report.Orphans, report.Contacts)
		}
		abc := report.Classifiers["abc"].Classes
		if abc["A"] != 59 || abc["B"] != 18 || abc["C"] != 8 {
			t.Errorf("%s: abc is %v, the reference says A 59, B 18, C 8", round, abc)
		}
		if len(report.Classifiers) != 5 {
			t.Errorf("%s: %d classifiers", round, len(report.Classifiers))
		}
		if report.Readback.Checked == 0 || report.Readback.Equal != report.Readback.Checked {
			t.Errorf("%s: read back %+v", round, report.Readback)
		}
		if report.SecondRun.Changes != 0 || report.SecondRun.PluginCalls != 0 || report.SecondRun.Writes != 0 {
			t.Errorf("%s: the second run was not idle: %+v", round, report.SecondRun)
		}
		if first := round == "first"; first != (report.Plan.Changes > 0) || first != (report.Apply.Written > 0) || report.Apply.Written != report.Plan.Changes || report.Apply.Rejected != 0 {
			t.Errorf("%s: planned %d, applied %+v", round, report.Plan.Changes, report.Apply)
		}
	}
	private(t, dir)
	// What to do next is no grade: a customer who becomes unhappy does not rise.
	var moved run.Report
	file := filepath.Join(dir, "taxon.yaml")
	code, stdout, stderr := command(t.Context(), t, "-c", file, "report", "focus", "--output", "json")
	if err := json.Unmarshal([]byte(stdout), &moved); code != 0 || err != nil {
		t.Fatalf("ended with %d, %v\n%s", code, err, stderr)
	}
	if m := moved.Classifiers[0].Migration; m == nil || m.Kept == m.Both || m.Up+m.Down != 0 {
		t.Errorf("%+v", m)
	}
	code, stdout, stderr = command(t.Context(), t, "-c", file, "explain", "11", "--what-if")
	if _, focus, _ := strings.Cut(stdout, "\nfocus "); code != 0 || !strings.Contains(strings.SplitN(focus, "\n\n", 2)[0], "\n    to   standard") {
		t.Errorf("ended with %d\n%s\n%s", code, stderr, focus)
	}
}

// private fails when a file or directory can be read by others.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && path != dir && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o: others may read it", filepath.Base(path), info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheDemoOfPurchaseHistories(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := command(t.Context(), t, "demo", "--data", "cdnow", "--dir", filepath.Join(t.TempDir(), "demo"), "--json")
	if code != 0 {
		t.Fatalf("ended with %d\n%s", code, stderr)
	}
	var report struct {
		Customers, Deals int
		Readback         struct{ Checked, Equal int }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if report.Customers != 2357 || report.Deals != 6919 || report.Readback.Checked == 0 || report.Readback.Checked != report.Readback.Equal {
		t.Errorf("%+v", report)
	}
}

func TestTheWholePathOnSQLite(t *testing.T) { wholePath(t, "sqlite:taxon.db") }

func TestTheWholePathOnPostgreSQL(t *testing.T) {
	t.Setenv("TAXON_TEST_STORE", pgtest.URL(t))
	wholePath(t, "env:TAXON_TEST_STORE")
}

// wholePath goes from an account to tags in it and on, and compares with the reference and with the exact work.
func wholePath(t *testing.T, store string) {
	i := sales(t, hubspot.Options{}, strings.ReplaceAll(salesYAML, "{STORE}", store))
	i.must(0, "check")

	// A plan changes nothing in the CRM; its file is what apply takes.
	planned := i.run(0, "plan", "-o", i.path("plan.json"))
	if planned.Mirror.Customers != 85 || planned.Mirror.Deals+planned.Mirror.Orphans.Deals != 8800 || planned.Plan.Summary.Changes == 0 {
		t.Fatalf("planned %+v", planned)
	}
	if n := i.server.Log.Count("batch_update", "property_write"); n != 0 {
		t.Fatalf("planning sent %d writes", n)
	}
	applied := i.run(0, "apply", i.path("plan.json"))
	if applied.Apply.Written != planned.Plan.Summary.Changes || applied.Apply.Rejected != 0 {
		t.Fatalf("applied %+v of %d changes", applied.Apply, planned.Plan.Summary.Changes)
	}
	i.compareABC()

	// Applied again, it writes nothing.
	i.server.Log.Reset()
	if again := i.run(0, "apply", i.path("plan.json")); again.Apply.Written != 0 || i.server.Log.Count("batch_update") != 0 {
		t.Errorf("applied again: %+v", again.Apply)
	}

	// A run in which nothing changed starts no plugin and writes nothing, though our own writes moved every record.
	if idle := i.run(0, "run"); idle.Classify.PluginCalls != 0 || idle.Plan.Summary.Changes != 0 || i.server.Log.Count("batch_update") != 0 {
		t.Errorf("an idle run: %d plugin calls, %d changes", idle.Classify.PluginCalls, idle.Plan.Summary.Changes)
	}

	// One deal is lost after all: its customer alone is asked about, and written if its class moves.
	deal := i.wonDeal()
	if err := i.server.Update("deals", deal, map[string]string{"dealstage": "closedlost"}); err != nil {
		t.Fatal(err)
	}
	i.server.Log.Reset()
	changed := i.run(0, "run")
	if changed.Classify.PluginCalls == 0 || changed.Plan.Summary.Records > 1 {
		t.Errorf("one changed deal: %d plugin calls, %d records", changed.Classify.PluginCalls, changed.Plan.Summary.Records)
	}
	if n := i.server.Log.Count("batch_update"); n > 1 {
		t.Errorf("one changed deal led to %d write requests", n)
	}

	// What a person set stays.
	id := i.companyWith("taxon_abc", "C")
	if err := i.server.Update("companies", id, map[string]string{"taxon_abc": "A"}); err != nil {
		t.Fatal(err)
	}
	if kept := i.run(0, "run"); kept.Plan.Summary.Kept != 1 || i.server.Value("companies", id, "taxon_abc") != "A" {
		t.Errorf("kept %d values, the CRM has %q", kept.Plan.Summary.Kept, i.server.Value("companies", id, "taxon_abc"))
	}

	if text := i.must(0, "mirror", "kept"); !strings.Contains(text, "company "+id) || !strings.Contains(text, "taxon_abc") {
		t.Errorf("the value that somebody set is not listed:\n%s", text)
	}
	if text := i.must(0, "explain", id); !strings.Contains(text, "somebody set that") {
		t.Errorf("the explanation does not tell of it:\n%s", text)
	}

	for _, args := range [][]string{{"explain", id}, {"runs"}, {"mirror"}, {"mirror", "orphans"}, {"mirror", "rejected"}, {"mirror", "show", "company", id}} {
		text := i.must(0, args...)
		var document any
		if err := json.Unmarshal([]byte(i.must(0, append(args, "--output", "json")...)), &document); err != nil || text == "" {
			t.Errorf("%v: %v", args, err)
		}
	}
	if text := i.must(0, "explain", id); !strings.Contains(text, "because:") || !strings.Contains(text, "sum(deals.amount)") {
		t.Errorf("the explanation names no reason or measure:\n%s", text)
	}
	private(t, i.dir)
}

// reference is the ABC class of each company of the B2B pipeline, by its name.
func reference(t *testing.T) map[string]string {
	t.Helper()
	files, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	file, err := files.Open("crm_sales_opportunities/expected_accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, row := range rows[1:] {
		for column, name := range rows[0] {
			if name == "abc" {
				want[row[0]] = row[column]
			}
		}
	}
	return want
}

// compareABC compares the account's fields with the reference, customer by customer.
func (i *installation) compareABC() {
	i.t.Helper()
	for _, r := range i.server.Records("companies") {
		name := i.server.Value("companies", r.ID, "name")
		if got := i.server.Value("companies", r.ID, "taxon_abc"); got != i.abc[name] || got == "" {
			i.t.Errorf("%s is %q in the CRM, the reference says %q", name, got, i.abc[name])
		}
	}
}

// wonDeal is a won deal of a company.
func (i *installation) wonDeal() string {
	i.t.Helper()
	for _, r := range i.server.Records("deals") {
		if i.server.Value("deals", r.ID, "dealstage") == "closedwon" {
			return r.ID
		}
	}
	i.t.Fatal("no deal was won")
	return ""
}

// companyWith is a company whose property has that value.
func (i *installation) companyWith(property, value string) string {
	i.t.Helper()
	for _, r := range i.server.Records("companies") {
		if i.server.Value("companies", r.ID, property) == value {
			return r.ID
		}
	}
	i.t.Fatalf("no company has %s %s", property, value)
	return ""
}

func TestTheRecordsOfOneAccountAreNeverTakenForThoseOfAnother(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	planned := i.run(0, "plan")
	other := few(t, hubspot.Options{PortalID: 4711}, sqlite(salesYAML))
	i.url = other.url
	i.configure(sqlite(salesYAML))
	for _, args := range [][]string{{"run"}, {"plan"}, {"apply", fmt.Sprint(planned.Plan.ID)}} {
		code, _, stderr := i.taxon(args...)
		if code != 1 || !strings.Contains(stderr, "4711") || !strings.Contains(stderr, "taxon mirror forget") {
			t.Errorf("%v on another account ended with %d: %s", args, code, stderr)
		}
	}
	if n := other.server.Log.Count("batch_update", "property_write"); n != 0 {
		t.Errorf("the other account got %d writes", n)
	}
	i.must(1, "mirror", "forget")
	i.must(0, "mirror", "forget", "--yes")
	i.must(0, "run")
	if v := other.server.Value("companies", other.server.Records("companies")[0].ID, "taxon_abc"); v == "" {
		t.Error("after forgetting, the other account was not written")
	}
}

func TestWithoutTheCRMPlansAndExplanationsOfWhatIsKnownWork(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	i.url = "http://127.0.0.1:1" // nobody answers
	i.configure(sqlite(salesYAML))
	i.must(0, "explain", i.server.Records("companies")[0].ID)
	i.must(0, "plan", "--no-pull")
	i.must(1, "run")
	if code, stdout, _ := i.taxon("check"); code != 1 || !strings.Contains(stdout, "taxon.yaml:4") {
		t.Errorf("check ended with %d\n%s", code, stdout)
	}
}

func TestAKilledDemoIsNotTakenForAFinishedOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "taxon.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command(t.Context(), t, "demo", "--dir", dir)
	if code != 1 || !strings.Contains(stderr, "did not end") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
}

func TestOurValuesOnAMergedRecordDoNotPassForAPersons(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	survivor, err := i.server.Merge("companies", i.companyWith("taxon_abc", "C"), i.companyWith("taxon_abc", "B"))
	if err != nil {
		t.Fatal(err)
	}
	if r := i.run(0, "run", "--allow", "100%"); r.Plan.Summary.Kept != 0 || r.Mirror.Customers != fewCompanies-1 {
		t.Errorf("kept %d values of %d customers\n%s", r.Plan.Summary.Kept, r.Mirror.Customers, i.must(0, "mirror", "kept"))
	}
	var x struct {
		Classifiers []struct {
			Classifier string
			Tags       []struct{ Key, Value string }
		}
	}
	if err := json.Unmarshal([]byte(i.must(0, "explain", survivor, "--output", "json")), &x); err != nil {
		t.Fatal(err)
	}
	if want, got := x.Classifiers[0].Tags[0].Value, i.server.Value("companies", survivor, "taxon_abc"); got != want || got == "" {
		t.Errorf("the CRM shows %q, the tag is %q", got, want)
	}
}

func TestAFileOfRatesThatIsMissingIsNamedOnce(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "as_of:", "rates: rates.csv\n    as_of:", 1))
	if text := i.must(1, "check"); strings.Count(text, "exchange rates") != 1 || !strings.Contains(text, "taxon.yaml:9 /connections/main/rates") {
		t.Errorf("check says\n%s", text)
	}
}

func TestAStandardFieldCannotSilentlyBecomePersonal(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "company: {industry: sector}", "company: {industry: {source: sector, sensitive: true}}", 1))
	if code, stdout, _ := i.taxon("check"); code != 1 || !strings.Contains(stdout, "/fields/company/industry: the field industry is a standard one") {
		t.Errorf("ended with %d\n%s", code, stdout)
	}
}

func TestAnExplanationIsAsOfTheDayOfTheTags(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	id := i.server.Records("companies")[3].ID
	before := i.must(0, "explain", id)
	i.configure(strings.Replace(sqlite(salesYAML), "as_of: 2018-01-01", "as_of: 2017-06-01", 1))
	after := i.must(0, "explain", id)
	const changed = "  The day, the records or the configuration changed since: the next run classifies again.\n"
	if strings.ReplaceAll(after, changed, "") != before || !strings.Contains(after, changed) {
		t.Errorf("with another day configured it says\n%s\nnot\n%s", after, before)
	}
}

func TestRejectedRecordsLeaveTheOthersWritten(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	bad := i.server.Records("companies")[7].ID
	i.server.RejectWrites("companies", bad, 0, "VALIDATION_ERROR", "a rule of the account")
	r := i.run(3, "run")
	if r.Status != "partly" || r.Apply.Rejected != 1 || r.Apply.Records != fewCompanies-1 {
		t.Errorf("%s, applied %+v", r.Status, r.Apply)
	}
	if text := i.must(0, "mirror", "rejected"); !strings.Contains(text, bad) {
		t.Errorf("the rejected record is not listed:\n%s", text)
	}
}

func TestTheGuardStopsARunAndLetsItThroughWhenAllowed(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	i.configure(sqlite(strings.Replace(salesYAML, "abc: {plugin: abc,", "abc: {plugin: abc, config: {preset: 50_30_20},", 1)))
	code, _, stderr := i.taxon("run")
	if code != 4 || !strings.Contains(stderr, "guard") {
		t.Fatalf("ended with %d\n%s", code, stderr)
	}
	i.compareABC() // nothing was written
	i.must(0, "run", "--allow", "100%")
}

func TestWrongCommandLinesAreTold(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	for _, args := range [][]string{{"nonsense"}, {"run", "--nonsense"}, {"run", "more"}, {"apply"}, {"run", "--allow", "200%"}, {"runs", "--output", "xml"}, {"demo", "--data", "x"}, {"mirror", "show", "lead", "1"},
		{"plugin", "foo"}, {"crm", "foo"}, {"sandbox", "foo"}, {"run", "--allow", "NaN"}} {
		code, stdout, stderr := i.taxon(args...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "taxon: ") {
			t.Errorf("%v ended with %d, %q, %q", args, code, stdout, stderr)
		}
	}
	for _, args := range [][]string{{"run", "--nonsense", "--output", "json"}, {"--output=json", "run", "more"}} {
		code, _, stderr := i.taxon(args...)
		var document struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(stderr), &document); code != 2 || err != nil || document.Error.Code != "usage" {
			t.Errorf("%v ended with %d, %q", args, code, stderr)
		}
	}
}

func TestWithoutAConfigurationTheWayOutIsNamed(t *testing.T) {
	t.Parallel()
	code, _, stderr := command(t.Context(), t, "--config", filepath.Join(t.TempDir(), "taxon.yaml"), "plan")
	if code != 1 || !strings.Contains(stderr, "taxon init") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
}

func TestInitWritesAConfigurationThatCheckAccepts(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, "")
	if err := os.Remove(i.path("taxon.yaml")); err != nil {
		t.Fatal(err)
	}
	i.must(2, "init", "--secret", "pat-na1-literal")
	if _, err := os.Stat(i.path("taxon.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a refused init wrote a file")
	}
	i.must(0, "init", "--crm", "hubspot", "--subject", "company", "--secret", "file:token", "--base-url", i.url)
	i.must(1, "init", "--secret", "file:token") // it does not replace a file
	i.must(0, "check")
	i.must(0, "run")
}
