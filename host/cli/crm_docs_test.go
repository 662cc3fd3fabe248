package cli

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
)

const crmPage = "../../docs/crm/README.md"

// The tables of docs/crm/README.md are made from the manifests. To bring the page up to date:
//
//	TAXON_WRITE_DOCS=1 go test ./host/cli -run TablesOfCRMs
func TestTheTablesOfCRMsAreUpToDate(t *testing.T) {
	list, err := app.DescribeConnectors()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(crmPage)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	for name, table := range map[string]string{"capabilities": capabilityTable(list), "instead": insteadTable(list), "rights": rightsTable(list)} {
		begin, end := "<!-- made from the manifests: "+name+" -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("the page lacks the marks of %s", name)
		}
		want = before + begin + table + end + after
	}
	if os.Getenv("TAXON_WRITE_DOCS") != "" {
		if err := os.WriteFile(crmPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Error("docs/crm/README.md is not what the manifests say; see the comment of this test")
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
