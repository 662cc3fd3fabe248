package classify

import (
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk"
)

func TestOnlyWhatIsDeclaredAndGrantedIsSent(t *testing.T) {
	all := []string{"*"}
	for _, c := range []struct {
		name     string
		patterns []string
		reads    []any
		kind     string
		required bool
		grants   []string
		code     crm.Code // "": allowed
		says     string
	}{
		{"declared", []string{"country"}, []any{"country"}, "text", true, nil, "", ""},
		{"not declared", []string{"city"}, []any{"country"}, "text", true, nil, crm.CodePlugin, "country"},
		{"any, not granted", all, []any{"country"}, "text", true, nil, crm.CodeConfig, "add country to the classifier's grants"},
		{"any, granted", all, []any{"country"}, "text", true, []string{"country"}, "", ""},
		{"any, all granted", all, []any{"country", "city"}, "text", true, all, "", ""},
		{"any, source granted", all, []any{"count(deals) where won and product = X"}, "integer", true, []string{"deals.*"}, "", ""},
		{"any, field of the filter not granted", all, []any{"count(deals) where won and product = X"}, "integer", true, []string{"deals.amount"}, crm.CodeConfig, "add deals.product"},
		{"any, presence goes with a field", all, []any{"count(deals) where won"}, "integer", true, []string{"deals.amount"}, "", ""},
		{"declared and any", []string{"country", "*"}, []any{"country"}, "text", true, nil, "", ""},
		{"sensitive, required", []string{"email"}, []any{"email"}, "text", true, nil, crm.CodeConfig, "“email” is personal data"},
		{"sensitive, all granted is not by name", all, []any{"email"}, "text", true, all, crm.CodeConfig, "“email” is personal data"},
		{"sensitive of a deal, by the source is not by name", all, []any{"last(deals.name)"}, "text", true, []string{"deals.*"}, crm.CodeConfig, "“deals.name” is personal data"},
		{"sensitive, granted", []string{"email"}, []any{"email"}, "text", true, []string{"email"}, "", ""},
		{"own field", all, []any{"taxon_abc"}, "text", true, []string{"*", "taxon_abc"}, crm.CodeConfig, "a field that Taxon writes"},
		{"unknown field", all, []any{"contry"}, "text", true, all, crm.CodeConfig, "did you mean country?"},
		{"other type", all, []any{"country"}, "integer", true, all, crm.CodePlugin, "it is a single text, not a single integer"},
		{"tag of nobody", all, []any{"tags.abc"}, "text", true, all, crm.CodeConfig, "there is no classifier “abc”"},
		{"refused configuration", all, nil, "text", true, all, crm.CodeConfig, "nothing is read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := map[string]any{"reads": append([]any{}, c.reads...), "required": c.required, "type": c.kind}
			w := newWorld(t, map[string]sdk.Plugin{"echo": echo(c.patterns...)}, Classifier{Name: "echo", Plugin: "echo", Config: config, Grants: c.grants})
			w.companies(2)
			problems, _, err := Check(t.Context(), w.in)
			if err != nil {
				t.Fatal(err)
			}
			o := w.run().Outcome("echo")
			if c.code == "" {
				if o.Error != nil || len(problems) != 0 {
					t.Fatal(o.Error, problems)
				}
				return
			}
			wantError(t, o.Error, c.code, c.says)
			if len(problems) != 1 || problems[0].Warning || problems[0].Code != c.code || !strings.Contains(problems[0].Error.Error(), c.says) {
				t.Errorf("check: %+v", problems)
			}
			if o.Sent != 0 || len(w.tags("echo")) != 0 {
				t.Error("something was sent")
			}
		})
	}
}

// An optional read of personal data that nobody granted is a column without values.
func TestOptionalPersonalDataIsWithheld(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"echo": echo("email", "country")}, Classifier{Name: "echo", Plugin: "echo", Config: reads("email", "country")})
	w.apply(crm.Company, []crm.Record{company("1", map[string]crm.Value{"email": crm.TextValue("a@b.example"), "country": crm.TextValue("Kenya")})})
	o := w.ok().Outcome("echo")
	w.wantTag("echo", "1", "-|Kenya")
	if !slices.Equal(o.Withheld, []string{"email"}) {
		t.Errorf("withheld %v", o.Withheld)
	}
	problems, _, err := Check(t.Context(), w.in)
	if err != nil || len(problems) != 1 || !problems[0].Warning {
		t.Errorf("%v %v", problems, err)
	}
	w.in.Classifiers[0].Grants = []string{"email"}
	w.ok()
	w.wantTag("echo", "1", "a@b.example|Kenya")
}

func TestThePluginIsToldOfNoFieldThatItMayNotRead(t *testing.T) {
	var told, sensitive []string
	p := sdk.Pointwise[none, sdk.Row]{
		Info:  sdk.Info{ID: "curious", Version: "1.0.0", Summary: "Looks around", License: "Apache-2.0"},
		Tags:  []sdk.Tag{sdk.TextTag("")},
		Reads: []sdk.Read{{Path: "*", Purpose: "For the test."}},
		Configure: func(_ sdk.Run, _ none, c sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
			told, sensitive = nil, nil
			for _, f := range c.Fields() {
				told = append(told, f.Path)
				if f.Sensitive {
					sensitive = append(sensitive, f.Path)
				}
			}
			return sdk.Effective{}, nil
		},
		Classify: func(sdk.Run, none, sdk.Row) sdk.Verdict { return sdk.Set("", "x") },
	}
	w := newWorld(t, map[string]sdk.Plugin{"curious": p, "loyal": loyal()}, Classifier{Name: "curious", Plugin: "curious", Grants: []string{"phone"}}, Classifier{Name: "loyal", Plugin: "loyal"})
	if _, _, err := Check(t.Context(), w.in); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"country": true, "deals.margin": true, "activities.score": true, "contacts.job_title": true, "tags.loyal": true, "tags.loyal.deals": true,
		"phone": true, "name": false, "email": false, "contacts.email": false, "deals.name": false, "taxon_abc": false, "tags.curious": false} {
		if slices.Contains(told, path) != want {
			t.Errorf("%s: told=%t", path, !want)
		}
	}
	if !slices.Equal(sensitive, []string{"phone"}) {
		t.Errorf("it is told that these are sensitive: %v", sensitive)
	}
}

func TestCirclesAreRefusedByName(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"echo": echo("*"), "loyal": loyal()},
		Classifier{Name: "a", Plugin: "echo", Config: reads("tags.b"), Grants: []string{"*"}},
		Classifier{Name: "b", Plugin: "echo", Config: reads("tags.c"), Grants: []string{"*"}},
		Classifier{Name: "c", Plugin: "echo", Config: reads("tags.a"), Grants: []string{"*"}},
		Classifier{Name: "d", Plugin: "echo", Config: reads("tags.a"), Grants: []string{"*"}},
		Classifier{Name: "e", Plugin: "echo", Config: reads("tags.e"), Grants: []string{"*"}},
		Classifier{Name: "loyal", Plugin: "loyal"})
	w.companies(3)
	r := w.run()
	for _, name := range []string{"a", "b", "c"} {
		wantError(t, r.Outcome(name).Error, crm.CodeConfig, "a → b → c → a")
	}
	wantError(t, r.Outcome("d").Error, crm.CodePlugin, "it reads the tags of a, which failed")
	wantError(t, r.Outcome("e").Error, crm.CodeConfig, "e → e")
	if r.Outcome("loyal").Error != nil {
		t.Error(r.Outcome("loyal").Error)
	}
	w.wantTag("loyal", "c0002", "casual")
}

func TestTwoClassifiersOfOneNameAreRefused(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"loyal": loyal()}, Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "loyal", Plugin: "loyal"})
	if _, err := Run(t.Context(), w.in); crm.CodeOf(err) != crm.CodeConfig {
		t.Error(err)
	}
}
