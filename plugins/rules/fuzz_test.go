package rules

import (
	"testing"
	"time"

	"github.com/taxonhq/taxon/sdk"
)

// FuzzCompile holds that any text is compiled or refused with a diagnostic that shows a place.
func FuzzCompile(f *testing.F) {
	for _, source := range []string{"", `country == "DE"`, "vip &&\n\t软件", `tags.?abc.orValue("x") in ["A"]`, "\xff", `[1].map(x, x)`, `customer`, `"` + "\r\n"} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		cat := sdk.NewCatalogue(sdk.CatalogueField{Path: "country", Type: sdk.String}, sdk.CatalogueField{Path: "vip", Type: sdk.Boolean},
			sdk.CatalogueField{Path: "tags.abc", Type: sdk.String, Options: []string{"A"}})
		c := &Config{Match: "first", Options: []Option{{Code: "yes"}}, Rules: []Rule{{When: source, Tag: "yes"}}}
		_, found := configure(sdk.Run{Zone: time.UTC}, c, cat)
		for _, d := range found {
			if d.Pointer != "/rules/0/when" || d.Summary == "" || d.Detail == "" {
				t.Errorf("%q: %+v", source, d)
			}
		}
		if !found.Failed() && c.rules[0].program == nil {
			t.Errorf("%q is neither compiled nor refused", source)
		}
	})
}
