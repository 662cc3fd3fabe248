package classify

import (
	"slices"
	"testing"

	"github.com/taxonhq/taxon/sdk"
)

func TestTheClosureOfClassifiersIsAllWhoseTagsTheyRead(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal(), "echo": echo("tags.{/reads/0}", "*")},
		Classifier{Name: "a_reader", Plugin: "echo", Config: reads("tags.z_reader"), Grants: []string{"tags.*"}},
		Classifier{Name: "apart", Plugin: "loyal"},
		Classifier{Name: "loyal", Plugin: "loyal"},
		Classifier{Name: "z_reader", Plugin: "echo", Config: reads("country", "tags.loyal"), Grants: []string{"*"}})
	for name, want := range map[string][]string{"a_reader": {"a_reader", "loyal", "z_reader"}, "loyal": {"loyal"}, "nobody": nil} {
		got, err := Closure(t.Context(), w.in, []string{name})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
