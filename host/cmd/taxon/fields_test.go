package main

import (
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// A field of ours that somebody deleted in the CRM is made again with all its values; that its values are gone is
// nobody's edit.
func TestAFieldThatSomebodyDeletedIsMadeAgain(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	if !i.server.RemoveProperty("companies", "taxon_abc") {
		t.Fatal("there was no such field")
	}
	touched := i.server.Records("companies")[3].ID // pulled again, without the value
	if err := i.server.Update("companies", touched, map[string]string{"city": "Anywhere"}); err != nil {
		t.Fatal(err)
	}
	if text := i.must(0, "check"); !strings.Contains(text, "taxon_abc") || !strings.Contains(text, "warning") {
		t.Errorf("check does not tell of it:\n%s", text)
	}
	text := i.must(0, "run")
	if !strings.Contains(text, "The field taxon_abc of company records is gone from the CRM") || strings.Contains(text, "Kept") {
		t.Errorf("the run says\n%s", text)
	}
	i.compareABC()
	if idle := i.run(0, "run"); idle.Plan.Summary.Changes+idle.Plan.Summary.Kept != 0 {
		t.Errorf("afterwards there are %+v", idle.Plan.Summary)
	}
	if text := i.must(0, "mirror", "kept"); strings.Contains(text, "taxon_abc") {
		t.Errorf("values pass for a person's:\n%s", text)
	}

	// The same when a plan is waiting meanwhile: what it makes again is filled by the next run.
	i.configure(strings.Replace(sqlite(salesYAML), "as_of: 2018-01-01", "as_of: 2017-06-01", 1))
	i.must(0, "plan", "-o", i.path("plan.json"))
	i.server.RemoveProperty("companies", "taxon_abc")
	i.must(0, "apply", i.path("plan.json"), "--allow", "100%")
	i.configure(sqlite(salesYAML))
	i.must(0, "run", "--allow", "100%")
	i.compareABC()

	// Deleted by us and wanted again, nothing of what was there before counts.
	off := strings.Replace(sqlite(salesYAML), "abc: {plugin: abc,", "abc: {plugin: abc, enabled: false,", 1)
	i.configure(off)
	if text := i.must(0, "plugin", "retire", "abc", "--delete"); !strings.Contains(text, "Removed 2 fields from the CRM") {
		t.Errorf("retiring says\n%s", text)
	}
	i.configure(sqlite(salesYAML))
	i.must(0, "run")
	i.compareABC()
}

// A field of another type keeps its classifier from being written, is told before and after, and no other classifier
// suffers. What was made beside it is ours all the same.
func TestAnUnsuitableFieldIsToldAndBlocksItsClassifierOnly(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "fields: [reason]", "fields: [reason, since]", 1))
	if err := i.server.AddProperty("companies", sandbox.Field{Name: "taxon_abc_since", Label: "Foreign", Type: "string", Widget: "text", Group: "companyinformation"}); err != nil {
		t.Fatal(err)
	}
	const told = "the field taxon_abc_since exists in the CRM with the type string, which cannot hold a date"
	if text := i.must(1, "check"); !strings.Contains(text, "/connections/main/classifiers/abc: "+told) {
		t.Errorf("check says\n%s", text)
	}
	if text := i.must(3, "run"); !strings.Contains(text, "abc is not written: "+told) {
		t.Errorf("the run says\n%s", text)
	}
	first := i.server.Records("companies")[0].ID
	if i.server.Value("companies", first, "taxon_abc") != "" || i.server.Value("companies", first, "taxon_rfm") == "" {
		t.Error("not exactly the other classifier was written")
	}
	i.must(3, "run") // it stays so
	i.server.RemoveProperty("companies", "taxon_abc_since")
	i.must(0, "check")
	i.must(0, "run")
	i.compareABC()
	i.configure(strings.Replace(sqlite(salesYAML), "abc: {plugin: abc,", "abc: {plugin: abc, enabled: false,", 1))
	i.must(0, "plugin", "retire", "abc", "--delete")
	i.expectNoFields("taxon_abc")
}

// expectNoFields fails when company properties with that prefix are left.
func (i *installation) expectNoFields(prefix string) {
	i.t.Helper()
	for _, suffix := range []string{"", "_reason", "_since"} {
		if _, left := i.server.Property("companies", prefix+suffix); left {
			i.t.Errorf("%s is left in the CRM", prefix+suffix)
		}
	}
}

// A kill between the request that makes a field and its answer does not make the field somebody else's.
func TestFieldsMadeByAKilledProcessAreOurs(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	reached, release := i.holdAt("POST", "/properties/", 2)
	defer close(release)
	c := i.process("run")
	await(t, "the request", reached)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // killed
	i.must(0, "run")
	i.configure(strings.Replace(sqlite(salesYAML), "abc: {plugin: abc,", "abc: {plugin: abc, enabled: false,", 1))
	i.must(0, "plugin", "retire", "abc", "--delete")
	i.expectNoFields("taxon_abc")
}

// Another prefix moves the values, and nothing that was made under the first one is left behind for good.
func TestFieldsOfAnEarlierPrefixAreEmptiedAndCanBeRemoved(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	second := strings.Replace(sqlite(salesYAML), "as_of:", "prefix: second_\n    as_of:", 1)
	i.configure(second)
	i.must(0, "run")
	id := i.server.Records("companies")[0].ID
	if i.server.Value("companies", id, "taxon_abc") != "" || i.server.Value("companies", id, "second_abc") == "" {
		t.Error("the value did not move")
	}
	if idle := i.run(0, "run"); idle.Plan.Summary.Changes+idle.Plan.Summary.Kept != 0 {
		t.Errorf("afterwards there are %+v", idle.Plan.Summary)
	}
	i.configure(strings.Replace(second, "abc: {plugin: abc,", "abc: {plugin: abc, enabled: false,", 1))
	i.must(0, "plugin", "retire", "abc", "--delete")
	i.expectNoFields("taxon_abc")
	i.expectNoFields("second_abc")
}

// Two connections to one account, one for its companies and one for its people, do not take each other's fields for
// those of strangers.
func TestTwoConnectionsOfOneAccountKnowEachOther(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML)+`  people:
    crm: hubspot
    subject: contact
    settings: {base_url: "{URL}"}
    secrets: {token: "file:token"}
    as_of: 2018-01-01
    classifiers:
      known: {plugin: rules, config: {inputs: {n: count(deals)}, options: [{code: new}], rules: [{when: "n == 0", tag: new}]}}
`)
	if _, err := i.server.Load(hubspot.Contacts, sandbox.Record{Values: map[string]string{"firstname": "A"}}); err != nil {
		t.Fatal(err)
	}
	for _, connection := range []string{"main", "people"} {
		i.must(0, "run", "--connection", connection)
	}
	if text := i.must(0, "check"); strings.Contains(text, "warning") {
		t.Errorf("check says\n%s", text)
	}
}
