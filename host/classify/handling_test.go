package classify

import (
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
)

func TestTheAdministratorsHandlingReplacesThePlugins(t *testing.T) {
	w := gradedWorld(t, Stability{})
	w.in.Classifiers[1].Handling = map[string]map[string]string{"A": {"en": "Call them"}, "B": {"en": "", "zh-Hans": "", "zh-Hant": ""}}
	r := w.ok()
	tag := r.Outcome("grade").Tags[0]
	for _, c := range [][3]string{{"A", "en", "Call them"}, {"A", "zh-Hans", "A类"}, {"B", "en", ""}, {"C", "zh-Hant", "C類"}} {
		if got := Handling(tag, c[0], c[1]); got != c[2] {
			t.Errorf("handling of %s in %s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
	x, err := Explain(t.Context(), w.in, "x")
	if err != nil || Handling(x.Classifiers[1].Tags[0].Definition, "A", "en") != "Call them" {
		t.Errorf("%+v %v", x, err)
	}
	if r := w.ok(); r.PluginCalls != 0 || Handling(r.Outcome("grade").Tags[0], "A", "en") != "Call them" {
		t.Error("an idle run reports it too, and asks nobody")
	}
	closed := newWorld(t, map[string]sdk.Plugin{"loyal": loyal()}, Classifier{Name: "loyal", Plugin: "loyal", Handling: map[string]map[string]string{"Z": {"en": "x"}}})
	closed.companies(1)
	wantError(t, closed.run().Outcome("loyal").Error, crm.CodeConfig, "there is no class Z")
}
