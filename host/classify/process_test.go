package classify

import (
	"maps"
	"os"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/sdk"
)

// marker makes the test binary a plugin: `BINARY serve-test-plugin ID`.
const marker = "serve-test-plugin"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == marker {
		sdk.Serve(processes()[os.Args[2]])
	}
	os.Exit(m.Run())
}

func processes() map[string]sdk.Plugin {
	return map[string]sdk.Plugin{"loyal": loyal(), "ranked": ranked(), "mortal": mortal()}
}

// mortal is killed by the sight of one customer.
func mortal() sdk.Plugin {
	return sdk.Pointwise[none, loyalCustomer]{
		Info: sdk.Info{ID: "mortal", Version: "1.0.0", Summary: "Dies in the middle", License: "Apache-2.0"},
		Tags: []sdk.Tag{sdk.Class("", sdk.Option{Code: "alive"})},
		Classify: func(_ sdk.Run, _ none, c loyalCustomer) sdk.Verdict {
			if c.Country != nil && *c.Country == "the end" {
				if p, err := os.FindProcess(os.Getpid()); err == nil {
					_ = p.Kill()
				}
				select {}
			}
			return sdk.Set("", "alive")
		},
	}
}

// The same as elsewhere here, but with processes under the launcher and the catalog.
func TestRealProcesses(t *testing.T) {
	w := newWorld(t, processes(), Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "mortal", Plugin: "mortal"}, Classifier{Name: "ranked", Plugin: "ranked"})
	var builtins []catalog.Builtin
	for id, p := range processes() {
		builtins = append(builtins, catalog.Builtin{Manifest: sdk.Manifest(p), Args: []string{marker, id}})
	}
	plugins, err := catalog.Open(t.TempDir(), builtins, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := plugins.Close(); err != nil {
			t.Error(err)
		}
	}()
	w.in.Plugins = plugins
	w.in.batch = 10
	w.companies(60)
	r := w.ok()
	if want := map[string]int{"alive": 60}; !maps.Equal(r.Outcome("mortal").Classes, want) {
		t.Errorf("classes %v", r.Outcome("mortal").Classes)
	}
	if r := w.ok(); r.PluginCalls != 0 {
		t.Errorf("%d calls", r.PluginCalls)
	}
	w.apply(crm.Company, []crm.Record{company("c0055", map[string]crm.Value{"country": crm.TextValue("the end")})})
	w.apply(crm.Deal, []crm.Record{deal(t, "new", "c0002", 1, "EUR", crm.Won, "2026-05-05")})
	r = w.run()
	wantError(t, r.Outcome("mortal").Error, crm.CodePlugin, "mortal")
	w.wantTag("mortal", "c0055", "alive")
	w.wantTag("loyal", "c0002", "loyal")
	if o := r.Outcome("ranked"); o.Error != nil || o.Sent != 1 {
		t.Errorf("%+v", o)
	}
}
