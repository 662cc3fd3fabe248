package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filesYAML reads the B2B pipeline as it was published.
const filesYAML = `version: 1
connections:
  main:
    crm: files
    currency: USD
    as_of: 2018-01-01
    settings: {directory: exports, companies: accounts.csv, company_id: account, deals: sales_pipeline.csv, deal_id: opportunity_id, deal_company: account}
    fields:
      company: {name: account, industry: sector, country: office_location}
      deal:
        amount: close_value
        state: {source: deal_stage, expr: 'record.deal_stage in ["Won", "Lost"] ? record.deal_stage.lowerAscii() : "open"'}
        created_at: engage_date
        closed_at: close_date
    classifiers:
      abc: {plugin: abc, fields: [reason]}
`

// exported is an installation that reads a copy of published files.
func exported(t *testing.T) *installation {
	t.Helper()
	i := &installation{t: t, dir: t.TempDir()}
	if err := os.MkdirAll(i.path("exports"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"accounts.csv", "sales_pipeline.csv"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "data", "crm_sales_opportunities", name))
		if err != nil {
			t.Fatal(err)
		}
		i.write(filepath.Join("exports", name), string(text))
	}
	i.configure(filesYAML)
	return i
}

// column reads a CSV as a map from one column to another.
func column(t *testing.T, path, key, value string) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for n, name := range rows[0] {
		at[name] = n
	}
	out := map[string]string{}
	for _, row := range rows[1:] {
		out[row[at[key]]] = row[at[value]]
	}
	return out
}

func TestExportsBecomeTagsInFilesAndAgainNothingIsToBeDone(t *testing.T) {
	t.Parallel()
	i := exported(t)
	if code, stdout, _ := i.taxon("check"); code != 0 {
		t.Fatalf("check: %s", stdout)
	}
	if code, stdout, stderr := i.taxon("run"); code != 0 || !strings.Contains(stdout, "Pulled 85 companies, 8,800 deals") {
		t.Fatalf("run: %s%s", stdout, stderr)
	}
	tags := column(t, i.path("tags/companies.csv"), "id", "taxon_abc")
	want := column(t, filepath.Join("..", "..", "..", "examples", "data", "crm_sales_opportunities", "expected_accounts.csv"), "account", "abc")
	if len(tags) != 85 || len(want) != 85 {
		t.Fatalf("%d tags, %d expected", len(tags), len(want))
	}
	for account, class := range want {
		if tags[account] != class {
			t.Errorf("%s is %q, the reference says %q", account, tags[account], class)
		}
	}
	before, err := os.Stat(i.path("tags/companies.csv"))
	if err != nil || before.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", before.Mode(), err)
	}
	if code, stdout, _ := i.taxon("run"); code != 0 || !strings.Contains(stdout, "nothing changes") {
		t.Errorf("again: %s", stdout)
	}
	if after, err := os.Stat(i.path("tags/companies.csv")); err != nil || !os.SameFile(before, after) {
		t.Error("the tags were written again although nothing changed")
	}
}

func TestATagThatSomebodyEditedInTheFileIsKept(t *testing.T) {
	t.Parallel()
	i := exported(t)
	if code, stdout, stderr := i.taxon("run"); code != 0 {
		t.Fatalf("run: %s%s", stdout, stderr)
	}
	text, err := os.ReadFile(i.path("tags/companies.csv"))
	if err != nil {
		t.Fatal(err)
	}
	i.write("tags/companies.csv", strings.Replace(string(text), "Acme Corporation,A,", "Acme Corporation,C,", 1))
	if code, stdout, stderr := i.taxon("run"); code != 0 || !strings.Contains(stdout, "Kept: 1 value") {
		t.Errorf("%s%s", stdout, stderr)
	}
	if tags := column(t, i.path("tags/companies.csv"), "id", "taxon_abc"); tags["Acme Corporation"] != "C" {
		t.Errorf("the edit was overwritten by %q", tags["Acme Corporation"])
	}
}

func TestABadRowIsToldWithItsLineAndAMissingExportRemovesNothing(t *testing.T) {
	t.Parallel()
	i := exported(t)
	text, err := os.ReadFile(i.path("exports/sales_pipeline.csv"))
	if err != nil {
		t.Fatal(err)
	}
	i.write("exports/sales_pipeline.csv", strings.Replace(string(text), "2017-03-11,4514", "the day after,4514", 1))
	if code, stdout, stderr := i.taxon("run"); code != 3 {
		t.Errorf("ended with %d: %s%s", code, stdout, stderr)
	}
	if _, stdout, _ := i.taxon("mirror", "rejected"); !strings.Contains(stdout, "sales_pipeline.csv:3 close_date: the field closed_at is not a time") {
		t.Error(stdout)
	}
	if err := os.Remove(i.path("exports/accounts.csv")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := i.taxon("run"); code != 1 || !strings.Contains(stderr, "there is no file accounts.csv") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
	if tags := column(t, i.path("tags/companies.csv"), "id", "taxon_abc"); len(tags) != 85 {
		t.Errorf("%d tags are left", len(tags))
	}
}

func TestARowWithoutAnIDLeavesTheLedgerWhenItIsMended(t *testing.T) {
	t.Parallel()
	i := exported(t)
	text, err := os.ReadFile(i.path("exports/accounts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	i.write("exports/accounts.csv", strings.Replace(string(text), "\nBetasoloin,", "\n,", 1))
	if code, stdout, stderr := i.taxon("pull"); code != 3 {
		t.Fatalf("ended with %d: %s%s", code, stdout, stderr)
	}
	if _, stdout, _ := i.taxon("mirror", "rejected"); !strings.Contains(stdout, "accounts.csv:3 account: the record has no id") {
		t.Error(stdout)
	}
	i.write("exports/accounts.csv", string(text))
	if code, stdout, stderr := i.taxon("pull"); code != 0 {
		t.Errorf("ended with %d: %s%s", code, stdout, stderr)
	}
	if _, stdout, _ := i.taxon("mirror", "rejected"); strings.Contains(stdout, "accounts.csv") {
		t.Error(stdout)
	}
}
