package conf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/sdk/internal/conf"
)

type percent struct{ n int }

func (percent) JSONSchema() map[string]any {
	return map[string]any{"type": "string", "pattern": "%$"}
}

func (p *percent) UnmarshalJSON(text []byte) error {
	if _, err := fmt.Sscanf(string(text), `"%d%%"`, &p.n); err != nil {
		return errors.New("this must be a share such as 5%")
	}
	return nil
}

func (p percent) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprintf("%d%%", p.n)) }

type rule struct {
	Code  string   `json:"code" schema:"required,pattern=^[a-z]{1,3}$" doc:"A code."`
	Least *float64 `json:"least" schema:"exclusiveMinimum=0"`
}

type config struct {
	Name    string            `json:"name" schema:"required,minLength=2,maxLength=5" doc:"A name."`
	Mode    string            `json:"mode" schema:"default=slow,enum=slow|fast"`
	Count   int64             `json:"count" schema:"minimum=1,maximum=9,default=3"`
	Small   uint8             `json:"small"`
	Share   float64           `json:"share" default:"0.5"`
	On      bool              `json:"on" schema:"default=true"`
	Cuts    []int             `json:"cuts" schema:"minItems=1,maxItems=3,uniqueItems" default:"[1, 2]"`
	Colours []string          `json:"colours" schema:"enum=red|blue"`
	Labels  map[string]string `json:"labels"`
	Rules   []rule            `json:"rules"`
	Nested  struct {
		Depth int `json:"depth" schema:"default=2,maximum=5"`
	} `json:"nested"`
	Tax    percent `json:"tax"`
	Any    any     `json:"any"`
	hidden int
}

func decode(t *testing.T, text string) (config, []string) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	var c config
	var found []string
	for _, f := range conf.Decode(object, reflect.ValueOf(&c).Elem()) {
		if f.Message == "" {
			t.Errorf("%s: a finding says nothing", text)
		}
		found = append(found, f.Pointer+" "+f.Code)
	}
	return c, found
}

func TestDefaultsAreFilledIn(t *testing.T) {
	c, found := decode(t, `{"name": "abc", "mode": null}`)
	if len(found) > 0 {
		t.Fatal(found)
	}
	if c.Mode != "slow" || c.Count != 3 || c.Share != 0.5 || !c.On || len(c.Cuts) != 2 || c.Nested.Depth != 2 || c.hidden != 0 {
		t.Errorf("the defaults are %+v", c)
	}
}

func TestValuesAreRead(t *testing.T) {
	c, found := decode(t, `{"name": "abc", "mode": "fast", "count": 9, "small": 255, "share": 0, "on": false, "cuts": [3], "colours": ["red"],
		"labels": {"a": "b"}, "rules": [{"code": "x", "least": 0.1}, {"code": "yy"}], "nested": {"depth": 5}, "tax": "7%", "any": [1, "x"]}`)
	if len(found) > 0 {
		t.Fatal(found)
	}
	if c.Mode != "fast" || c.Count != 9 || c.Small != 255 || c.Share != 0 || c.On || c.Cuts[0] != 3 || c.Colours[0] != "red" || c.Labels["a"] != "b" ||
		*c.Rules[0].Least != 0.1 || c.Rules[1].Least != nil || c.Nested.Depth != 5 || c.Tax.n != 7 || c.Any == nil {
		t.Errorf("the values are %+v", c)
	}
}

func TestFaultsHavePointers(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                                          " required",
		`{"name": "a"}`:                                               "/name length",
		`{"name": "abcdef"}`:                                          "/name length",
		`{"name": 5}`:                                                 "/name type",
		`{"name": "abc", "mode": "odd"}`:                              "/mode enum",
		`{"name": "abc", "count": 0}`:                                 "/count range",
		`{"name": "abc", "count": 10}`:                                "/count range",
		`{"name": "abc", "count": 1.5}`:                               "/count type",
		`{"name": "abc", "count": 1e300}`:                             "/count type",
		`{"name": "abc", "small": 256}`:                               "/small type",
		`{"name": "abc", "small": -1}`:                                "/small type",
		`{"name": "abc", "on": "yes"}`:                                "/on type",
		`{"name": "abc", "cuts": []}`:                                 "/cuts length",
		`{"name": "abc", "cuts": [1, 2, 3, 4]}`:                       "/cuts length",
		`{"name": "abc", "cuts": [1, 2, 1]}`:                          "/cuts/2 unique",
		`{"name": "abc", "cuts": [1, null]}`:                          "/cuts/1 type",
		`{"name": "abc", "cuts": {"a": 1}}`:                           "/cuts type",
		`{"name": "abc", "colours": ["red", "green"]}`:                "/colours/1 enum",
		`{"name": "abc", "labels": {"a/b~c": 5}}`:                     "/labels/a~1b~0c type",
		`{"name": "abc", "rules": [{"code": "x"}, {"code": "LONG"}]}`: "/rules/1/code pattern",
		`{"name": "abc", "rules": [{"least": 1}]}`:                    "/rules/0 required",
		`{"name": "abc", "rules": [{"code": "x", "least": 0}]}`:       "/rules/0/least range",
		`{"name": "abc", "rules": [{"code": "x", "lest": 0}]}`:        "/rules/0/lest unknown",
		`{"name": "abc", "nested": {"depth": 6}}`:                     "/nested/depth range",
		`{"name": "abc", "nested": 6}`:                                "/nested type",
		`{"name": "abc", "tax": "much"}`:                              "/tax type",
		`{"name": "abc", "hidden": 1}`:                                "/hidden unknown",
		`{"name": "abc", "zz": 1, "aa": 1}`:                           "/aa unknown,/zz unknown",
	} {
		if _, found := decode(t, text); strings.Join(found, ",") != want {
			t.Errorf("%s: %v, expected %s", text, found, want)
		}
	}
}

func TestATypoIsRecognised(t *testing.T) {
	var c config
	found := conf.Decode(map[string]any{"name": "abc", "shere": 1.0}, reflect.ValueOf(&c).Elem())
	if len(found) != 1 || !strings.Contains(found[0].Message, `did you mean "share"?`) {
		t.Errorf("%v", found)
	}
}

func TestAPatternIsExplainedByExamples(t *testing.T) {
	type shape struct {
		Window string `json:"window" schema:"default=365d,examples=365d|24m|all,pattern=^([0-9]+[dm]|all)$"`
		Usual  string `json:"usual" schema:"default=90d,pattern=^[0-9]+d$"`
		Code   string `json:"code" schema:"pattern=^[a-z]*$"`
	}
	var c shape
	found := conf.Decode(map[string]any{"window": "5 weeks", "usual": "x", "code": "1"}, reflect.ValueOf(&c).Elem())
	messages := map[string]string{}
	for _, f := range found {
		messages[f.Pointer] = f.Message
	}
	for pointer, want := range map[string]string{"/window": "this must be such as 365d, 24m or all", "/usual": "this must be such as 90d", "/code": "this must match ^[a-z]*$"} {
		if messages[pointer] != want {
			t.Errorf("%s: %q, want %q", pointer, messages[pointer], want)
		}
	}
	schema, err := conf.Schema(reflect.TypeFor[shape]())
	if err != nil {
		t.Fatal(err)
	}
	window, _ := schema["properties"].(map[string]any)["window"].(map[string]any)
	if fmt.Sprint(window["examples"]) != "[365d 24m all]" {
		t.Errorf("the schema of window is %v", window)
	}
}

func TestSchemaSaysWhatDecodeWants(t *testing.T) {
	schema, err := conf.Schema(reflect.TypeFor[*config]())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(schema["properties"])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"name":{"description":"A name.","maxLength":5,"minLength":2,"type":"string"}`,
		`"mode":{"default":"slow","enum":["slow","fast"],"type":"string"}`,
		`"count":{"default":3,"maximum":9,"minimum":1,"type":"integer"}`,
		`"cuts":{"default":[1,2],"items":{"type":"integer"},"maxItems":3,"minItems":1,"type":"array","uniqueItems":true}`,
		`"colours":{"items":{"enum":["red","blue"],"type":"string"},"type":"array"}`,
		`"labels":{"additionalProperties":{"type":"string"},"type":"object"}`,
		`"nested":{"additionalProperties":false,"properties":{"depth":{"default":2,"maximum":5,"type":"integer"}},"type":"object"}`,
		`"least":{"exclusiveMinimum":0,"type":"number"}`,
		`"pattern":"^[a-z]{1,3}$"`,
		`"tax":{"pattern":"%$","type":"string"}`,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the schema has no %s:\n%s", part, text)
		}
	}
	if fmt.Sprint(schema["required"]) != "[name]" || schema["additionalProperties"] != false {
		t.Errorf("required %v, additional %v", schema["required"], schema["additionalProperties"])
	}
}

func TestMistakesOfAuthorsAreNamed(t *testing.T) {
	type loop struct {
		Next []loop `json:"next"`
	}
	for says, v := range map[string]any{
		"no json tag": struct{ Name string }{},
		`"minimun" is unknown`: struct {
			N int `json:"n" schema:"minimun=1"`
		}{},
		"is not a number": struct {
			N int `json:"n" schema:"minimum=one"`
		}{},
		"cannot have the type": struct {
			C chan int `json:"c"`
		}{},
		"holds itself": loop{},
		"is not JSON": struct {
			L []int `json:"l" default:"[1"`
		}{},
		"is not a struct": 5,
	} {
		if _, err := conf.Schema(reflect.TypeOf(v)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

func TestPlaceholdersAreFilled(t *testing.T) {
	tree := map[string]any{"window": "365d", "n": 5.0, "deep": map[string]any{"a/b": []any{"x"}}}
	for path, want := range map[string]string{
		"sum(deals.amount) within {/window}": "sum(deals.amount) within 365d",
		"{/n} and {/deep/a~1b/0}":            "5 and x",
		"plain":                              "plain",
		"{/nothing}":                         "error",
		"{/deep}":                            "error",
		"{/window":                           "error",
	} {
		got, err := conf.Expand(path, tree)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s (%v)", path, got, err)
		}
	}
}

func TestPresetsLieBelow(t *testing.T) {
	preset, err := conf.NonZero(reflect.ValueOf(config{Mode: "fast", Cuts: []int{7}, Rules: []rule{{Code: "x"}}}))
	if err != nil {
		t.Fatal(err)
	}
	merged := conf.Overlay(preset, map[string]any{"cuts": []any{1.0}, "nested": map[string]any{"depth": 1.0}, "mode": nil})
	text, _ := json.Marshal(merged)
	if string(text) != `{"cuts":[1],"mode":"fast","nested":{"depth":1},"rules":[{"code":"x"}]}` {
		t.Errorf("merged: %s", text)
	}
}
