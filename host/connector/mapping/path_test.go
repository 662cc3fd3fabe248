package mapping_test

import (
	"slices"
	"testing"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/valyala/fastjson"
)

func TestPathsReachWhatTheyName(t *testing.T) {
	body := fastjson.MustParse(`{"a":{"b":[10,{"c":"x"}]},"@odata.nextLink":"n","a.b":{"c\\d":7},"text":"{\"inner\":{\"list\":[1,2]}}","broken":"{","number":5}`)
	for path, want := range map[string]string{
		"a.b.0": "10", "a.b.1.c": `"x"`, `@odata\.nextLink`: `"n"`, `a\.b.c\\d`: "7", "text.@json.inner.list.1": "2",
		"broken.@json": "", "number.@json": "", "a.x.y": "", "a.b.9": "",
	} {
		got := ""
		if v := mapping.ParsePath(path).In(body); v != nil {
			got = v.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if mapping.ParsePath("") != nil || mapping.ParsePath(".") == nil || mapping.ParsePath(".").In(body) != body {
		t.Error("no path and the path of the root are the same")
	}
}

func FuzzPathsAreReadAsTheyAreWritten(f *testing.F) {
	for _, seed := range []string{"a", "a.b.0", `@odata\.nextLink`, `a\\b`, `\`, "..", `x\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := mapping.ParsePath(text)
		if again := mapping.ParsePath(path.String()); !slices.Equal(again, path) {
			t.Errorf("%q: %q, then %q", text, path, again)
		}
	})
}
