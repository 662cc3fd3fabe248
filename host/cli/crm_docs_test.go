package cli

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

const crmPages = "../../docs/crm/"

// The tables of docs/crm are made from the manifests: an overview in README.md, and on each CRM's page what an account takes of the
// quota. To bring the pages up to date:
//
//	TAXON_WRITE_DOCS=1 go test ./host/cli -run TablesOfCRMs
func TestTheTablesOfCRMsAreUpToDate(t *testing.T) {
	list, err := app.DescribeConnectors()
	if err != nil {
		t.Fatal(err)
	}
	uses := make([]usage, len(list))
	for i := range list {
		uses[i] = usageOf(t, &list[i])
		upToDate(t, list[i].Name+".md", map[string]string{"usage": uses[i].table()})
	}
	upToDate(t, "README.md", map[string]string{
		"capabilities": capabilityTable(append(slices.Clone(list), app.DescribeFiles())), "instead": insteadTable(list), "rights": rightsTable(list), "usage": usageTable(list, uses),
	})
}

// upToDate compares the tables of a page, which stand between marks with their names.
func upToDate(t *testing.T, page string, tables map[string]string) {
	t.Helper()
	data, err := os.ReadFile(crmPages + page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	for name, table := range tables {
		begin, end := "<!-- made from the manifests: "+name+" -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Errorf("%s lacks the marks of %s", page, name)
			return
		}
		want = before + begin + table + end + after
	}
	if os.Getenv("TAXON_WRITE_DOCS") != "" {
		if err := os.WriteFile(crmPages+page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Errorf("docs/crm/%s is not what the manifests say; see the comment of this test", page)
	}
}

func page(c *app.ConnectorInfo) string { return fmt.Sprintf("[%s](%s.md)", c.Title, c.Name) }

func capabilityTable(list []app.ConnectorInfo) string {
	var b strings.Builder
	b.WriteString("| " + strings.Join(crmColumns, " | ") + " |\n|" + strings.Repeat("---|", len(crmColumns)) + "\n")
	for i := range list {
		row := crmRow(&list[i])
		row[0] = page(&list[i])
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String()
}

// insteadTable has a row for each sentence, with the kinds of records that it is true of.
func insteadTable(list []app.ConnectorInfo) string {
	var b strings.Builder
	b.WriteString("| CRM | what the CRM does not do, and what is done instead | records |\n|---|---|---|\n")
	for i := range list {
		var order []string
		kinds := map[string][]string{}
		note := func(kind crm.Kind, text string) {
			if len(kinds[text]) == 0 {
				order = append(order, text)
			}
			kinds[text] = append(kinds[text], kindsWord[kind])
		}
		for _, kind := range crm.Kinds {
			k, offered := list[i].Capabilities[kind]
			if !offered {
				note(kind, "not read")
			}
			for _, text := range k.Instead {
				note(kind, text)
			}
		}
		for _, text := range order {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", list[i].Title, text, strings.Join(kinds[text], ", "))
		}
	}
	return b.String()
}

func rightsTable(list []app.ConnectorInfo) string {
	var b strings.Builder
	b.WriteString("| CRM | ways to authenticate | settings that must be given |\n|---|---|---|\n")
	for i := range list {
		c := &list[i]
		var ways, settings []string
		for _, auth := range slices.Sorted(maps.Keys(c.Secrets)) {
			ways = append(ways, fmt.Sprintf("`%s` (%s)", auth, strings.Join(slices.Sorted(maps.Keys(c.Secrets[auth])), ", ")))
		}
		for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
			if c.Settings[name].Required {
				settings = append(settings, "`"+name+"`")
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Title, strings.Join(ways, ", "), orDash(strings.Join(settings, ", ")))
	}
	return b.String()
}

// usage is what an account of 10,000 companies, 10,000 contacts, 50,000 deals and 20,000 activities takes.
type usage struct {
	first, next          int // requests
	writes, reads, quota string
}

func usageOf(t *testing.T, c *app.ConnectorInfo) usage {
	t.Helper()
	m, err := app.FindManifest(c.Name)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for name, input := range m.Inputs {
		if input.Default == "" && !input.Optional {
			settings[name] = cmp.Or(input.Example, "x")
			if len(input.OneOf) > 0 {
				settings[name] = input.OneOf[0]
			} else if input.Type == "url" {
				settings[name] = "https://crm.example.com"
			}
		}
	}
	conn, err := connector.Open(m, connector.Options{Settings: settings, Tokens: connector.FileTokens(t.TempDir()), Secret: func(string) (string, error) { return "x", nil }})
	if err != nil {
		t.Fatal(err)
	}
	account := connector.Expectation{Full: true, Records: map[crm.Kind]int{crm.Company: 10_000, crm.Contact: 10_000, crm.Deal: 50_000, crm.Activity: 20_000}}
	first, err := conn.Estimate(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	account.Full, account.Pulled = false, true
	next, err := conn.Estimate(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return usage{first: first.Requests, next: next.Requests, writes: writes(m, c.Capabilities[crm.Company]), reads: reads(c.Capabilities[crm.Company]), quota: quotas(m, first.Quotas)}
}

// quotas are the quotas of hours and days, else the limit of a shorter period that decides the time.
func quotas(m *manifest.Manifest, known []connector.QuotaEstimate) string {
	var parts []string
	for _, q := range known {
		part := fmt.Sprintf("%d %s: %s %%", q.Size, period(q.Seconds), inPercent(q.Share))
		if q.Days > 1 {
			part += fmt.Sprintf(", on %d days", q.Days)
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		return strings.Join(parts, "; ")
	}
	text := "none that is known"
	for _, name := range slices.Sorted(maps.Keys(m.Limits)) {
		if l := m.Limits[name]; l.Requests > 0 && !l.Only {
			text += fmt.Sprintf("; %d requests %s", l.Requests, period(l.Per.Seconds()))
		}
	}
	return text
}

func (u usage) table() string {
	return fmt.Sprintf(`| for 10,000 companies, 10,000 contacts, 50,000 deals and, where they are read, 20,000 activities | requests |
|---|---|
| first pull | %d |
| a pull of 1 %% changes | %d |
| tags of all companies | %s |
| what `+"`taxon apply`"+` reads before it writes them | %s |
| the quota, of which the first pull takes | %s |
`, u.first, u.next, u.writes, u.reads, u.quota)
}

func usageTable(list []app.ConnectorInfo, uses []usage) string {
	var b strings.Builder
	b.WriteString("| CRM | first pull | a pull of 1 % changes | tags of all companies | what `taxon apply` reads before it writes them | the quota, of which the first pull takes |\n|---|---|---|---|---|---|\n")
	for i, u := range uses {
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s |\n", list[i].Title, u.first, u.next, u.writes, u.reads, u.quota)
	}
	return b.String()
}

// customers is how many companies the usage is of.
const customers = 10_000

// writes are the requests that write a tag to all companies.
func writes(m *manifest.Manifest, c connector.Capabilities) string {
	o := written(m)
	if o == nil {
		return "–"
	}
	text := fmt.Sprint(requests(customers, o.Write.Batch))
	if j := o.Write.Job; j != nil && customers > j.Above { // then each write goes by jobs
		jobs := requests(customers, j.Batch)
		each := 2 // to begin it, and to ask how it stands
		for _, more := range []*manifest.Request{j.Upload, j.Start} {
			if more != nil {
				each++
			}
		}
		for _, result := range j.Results {
			if result.Request != nil {
				each++
			}
		}
		text = fmt.Sprintf("%d in a job, more while it takes", each)
		if jobs > 1 {
			text = fmt.Sprintf("%d in %d jobs, more while these take", jobs*each, jobs)
		}
	}
	if c.SameValues {
		text += " if all get the same, more for each other set of values"
	}
	if o.Write.Verify {
		text += fmt.Sprintf("; %d to read back", requests(customers, o.Read.Batch))
	}
	return text
}

// reads are the requests that read what all companies hold, right before they are written.
func reads(c connector.Capabilities) string {
	if !c.Read {
		return "–"
	}
	return fmt.Sprint(requests(customers, c.ReadSize))
}

// written is the object of companies that tags are written to.
func written(m *manifest.Manifest) *manifest.Object {
	for _, name := range slices.Sorted(maps.Keys(m.Objects)) {
		if o := m.Objects[name]; o.Kind == crm.Company && o.Write != nil {
			return o
		}
	}
	return nil
}

// requests is how many n records take, size at a time.
func requests(n, size int) int { return (n + size - 1) / size }
