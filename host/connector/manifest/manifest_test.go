package manifest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

func good(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestASmallManifestLoads(t *testing.T) {
	m, err := manifest.Load("small.yaml", []byte(good(t)))
	if err != nil {
		t.Fatal(err)
	}
	o := m.Objects["contacts"]
	if o.Name != "contacts" || o.Kind != crm.Contact || o.Fields["email"].Property != "email" || o.Fields["name"].Expr == nil || o.List.Size != 50 {
		t.Errorf("the object is %+v", o)
	}
	if o.Deleted.Retention.Hours() != 30*24 {
		t.Errorf("30d is %v", o.Deleted.Retention)
	}
}

func TestFaultsSayWhereTheyAreAndWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":              {"size: 50", "sise: 50", `small.yaml:33 /objects/contacts/list: unknown key "sise"; did you mean "size"?`},
		"missing key":              {"    rows: items\n      size: 50", "    size: 50", `/objects/contacts/list: the key "rows" is missing`},
		"unknown top key":          {"manifest: 2", "manifest: 2\nhooks: {}", `small.yaml:3 /: unknown key "hooks"`},
		"format":                   {"manifest: 2", "manifest: 7", "small.yaml:2 /manifest: the manifest has format 7; this program reads up to format 2"},
		"not an enum":              {"kind: contact", "kind: person", `/objects/contacts/kind: "person" is not one of company, contact, deal, activity`},
		"not a number":             {"size: 50", "size: many", "/objects/contacts/list/size: a whole number is expected"},
		"zero":                     {"size: 50", "size: 0", "size must be above zero"},
		"not a duration":           {"retention: 30d", "retention: a month", "/objects/contacts/deleted/retention: a duration is expected"},
		"a list for a mapping":     {"  fields:\n      name:", "  fields: []\n    links:\n      name:", "/objects/contacts/fields: a mapping is expected"},
		"twice":                    {"email: email", "email: email\n      email: mail", `the key "email" stands here twice`},
		"syntax of an expression":  {`= record.first + " " + record.last`, `= record.first + `, "/objects/contacts/fields/name: the expression is wrong at its line 1, column"},
		"type of an expression":    {`= record.first + " " + record.last`, `= 1 + "a"`, "found no matching overload"},
		"variable out of place":    {`= record.first + " " + record.last`, `= body.x`, "undeclared reference to 'body'; here there are config, vars, object, account, lookup, record"},
		"secret out of place":      {`path: /contacts`, `path: = secret.key`, "undeclared reference to 'secret'"},
		"unknown function":         {`= record.first + " " + record.last`, `= shell(record.first)`, "undeclared reference to 'shell'"},
		"undeclared input":         {`= config.host`, `= config.hots`, "/base_url: config.hots is not declared"},
		"undeclared variable":      {`path: /contacts`, `path: = vars.nothing`, "/objects/contacts/list/request/path: vars.nothing is not declared"},
		"undeclared secret":        {`= secret.key`, `= secret.kee`, "/auth/key/headers/X-Key: secret.kee is not declared"},
		"undeclared lookup":        {`= record.first + " " + record.last`, `= lookup.stages[record.x]`, "lookup.stages is not declared"},
		"unknown field":            {"email: email", "e_mail: email", `there is no field "e_mail" of contact records`},
		"derived field":            {"email: email", "email_domain: email", "the field email_domain is computed by the host"},
		"currency of a text":       {"email: email", "email: {property: email, currency: cur}", "only an amount has a currency"},
		"neither nor":              {"email: email", "email: {at: x}", "a field has either a property or an expression"},
		"columns beside no strict": {"kind: contact", "kind: contact\n    columns: {list: {request: {path: /f}, rows: x, size: 1}, key: k}", "/objects/contacts/columns: columns are for strict objects"},
		"unknown limit":            {"path: /contacts", "path: /contacts\n        limits: [secondly]", `there is no limit "secondly"`},
		"rule without a condition": {`{status: "429", then: retry}`, `{then: retry}`, "the rule has no condition"},
		"bad status":               {`{status: "429", then: retry}`, `{status: "often", then: retry}`, `"often" is not a status`},
		"unknown class":            {`{status: "429", then: retry}`, `{status: "429", then: panic}`, `"panic" is not one of retry, refresh_auth`},
		"park without a day":       {`{status: "429", then: retry}`, `{status: "429", then: park, limit: minute}`, "park needs the name of a daily limit"},
		"two ways of paging":       {"page: {cursor: next}", "page: {cursor: next, link: more}", "a listing has one way to find the next page"},
		"keyset without a stamp":   {"page: {cursor: next}", "page: {keyset: {by: updated}}", "a keyset by updated needs the object's key updated"},
		"no way to authenticate":   {"auth_default: key", "auth_default: none", "auth_default names no way to authenticate"},
		"merge of a text":          {"email: email", "<<: email", "<< must name a mapping"},
		"sample of nothing":        {"manifest: 2", "manifest: 2\nsamples: [{name: x, object: deals, answer: {}}]", `there is no object "deals"`},
		"not YAML":                 {"manifest: 2", "manifest: [1", "the manifest is not YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good(t), c.old, c.new, 1)
			if text == good(t) {
				t.Fatalf("%q is not in the manifest", c.old)
			}
			_, err := manifest.Load("small.yaml", []byte(text))
			if err == nil || crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	text := strings.Replace(strings.Replace(good(t), "size: 50", "sise: 50", 1), "kind: contact", "kind: person", 1)
	_, err := manifest.Load("small.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "sise") || !strings.Contains(err.Error(), "person") {
		t.Errorf("got %v", err)
	}
}

func TestAFaultInAMultilineExpressionHasItsLine(t *testing.T) {
	text := strings.Replace(good(t), `'= record.first + " " + record.last'`, "|-\n        = record.first\n          + nothing", 1)
	_, err := manifest.Load("small.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "small.yaml:29 /objects/contacts/fields/name") {
		t.Errorf("got %v", err)
	}
}

func TestAliasesCannotBlowAManifestUp(t *testing.T) {
	var b strings.Builder
	b.WriteString(good(t) + "\nshared:\n  a: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		prev := "*a" + string(rune('0'+i))
		b.WriteString("  a" + string(rune('1'+i)) + ": &a" + string(rune('1'+i)) + " [" + strings.Repeat(prev+", ", 9) + prev + "]\n")
	}
	if _, err := manifest.Load("bomb.yaml", []byte(b.String())); err == nil {
		t.Error("it was loaded")
	}
	for _, circle := range []string{"vars: &v {a: *v}", "objects: &o {a: {<<: *o}}", "objects: &o {<<: *o}", "auth: &a {x: {headers: &h [*h]}}", "samples: &s [{name: x, object: y, answer: *s}]"} {
		if _, err := manifest.Load("circle.yaml", []byte(circle)); err == nil {
			t.Errorf("%s was loaded", circle)
		}
	}
	if _, err := manifest.Load("large.yaml", []byte(strings.Repeat("#", 2<<20))); err == nil {
		t.Error("2 MiB were loaded")
	}
	for _, empty := range []string{"", "# nothing\n", "- a list\n", "a text"} {
		if _, err := manifest.Load("empty.yaml", []byte(empty)); err == nil {
			t.Errorf("%q was loaded", empty)
		}
	}
}

func FuzzLoadNeverPanics(f *testing.F) {
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("manifest: 2\nobjects: {a: {fields: {name: \"=\"}}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := manifest.Load("fuzz.yaml", data); err != nil && crm.CodeOf(err) != crm.CodeConfig {
			t.Errorf("got %v", err)
		}
	})
}
