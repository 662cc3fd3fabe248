package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
)

const good = `version: 1
connections:
  main:
    crm: hubspot
    secrets:
      token: env:HUBSPOT_TOKEN
    fields:
      contact:
        nps_score: {source: nps, type: number}
        nps_date: nps_date
    as_of: 2018-01-01
    classifiers:
      abc:
        plugin: abc
        config: {preset: 70_20_10, window: 365d}
        fields: [reason]
      off:
        plugin: rfm
        enabled: false
`

func TestDefaultsAreFilledIn(t *testing.T) {
	c, problems := Parse([]byte(good), "/etc/taxon/taxon.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	k := c.Connections["main"]
	if k.Subject != crm.Company || k.Prefix != "taxon_" || *k.Guard != 20 || k.OnManualEdit != "keep" || k.QuotaShare != 0.8 {
		t.Errorf("connection defaults: %+v", k)
	}
	f := k.Classifiers["abc"]
	if f.Mode != "mirror" || *f.Guard != 20 || f.Refit != "every_run" || len(f.WriteTo) != 1 || f.WriteTo[0] != crm.Company {
		t.Errorf("classifier defaults: %+v", f)
	}
	if f.Config["preset"] != "70_20_10" {
		t.Errorf("a name that looks like a YAML 1.1 number became %v", f.Config["preset"])
	}
	if k.AsOf != "2018-01-01" || k.Fields[crm.Contact]["nps_date"].Source != "nps_date" || k.Fields[crm.Contact]["nps_score"].Type != "number" {
		t.Errorf("as_of or fields: %+v", k)
	}
	if got := k.Enabled(); len(got) != 1 || got[0].Name != "abc" {
		t.Errorf("enabled: %v", got)
	}
	url, err := c.StoreURL()
	if err != nil || url != "sqlite:/etc/taxon/taxon.db" {
		t.Errorf("store %q, %v", url, err)
	}
}

func TestNumbersKeepTheirDecimals(t *testing.T) {
	text := strings.Replace(good, "window: 365d}", "window: 365d, cuts: [70, 89.5]}", 1)
	text = strings.Replace(text, "    as_of:", "    quota_share: 0.35\n    as_of:", 1)
	c, problems := Parse([]byte(text), "taxon.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	k := c.Connections["main"]
	if cuts := k.Classifiers["abc"].Config["cuts"]; k.QuotaShare != 0.35 || !reflect.DeepEqual(cuts, []any{70.0, 89.5}) {
		t.Errorf("0.35 is %v, the cuts are %v", k.QuotaShare, cuts)
	}
}

func TestEachKindOfBadConfigurationSaysWhatWhereAndWhatToDo(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, test := range map[string]struct{ text, want string }{
		"empty":                       {"", "the file is empty"},
		"not yaml":                    {"version: [1", "not valid YAML"},
		"bad indentation":             {"version: 1\n  a: b\n c: d", "taxon.yaml:2: not valid YAML"},
		"version":                     {edit("version: 1", "version: 2"), "taxon.yaml:1 /version: value must be 1"},
		"unknown key":                 {edit("crm: hubspot", "crm: hubspot\n    crn: x"), "taxon.yaml:5 /connections/main/crn: unknown key crn"},
		"missing":                     {edit("plugin: abc", "mode: mirror"), "/connections/main/classifiers/abc: missing: plugin"},
		"wrong choice":                {edit("enabled: false", "mode: sometimes"), "/connections/main/classifiers/off/mode"},
		"key twice":                   {edit("version: 1", "version: 1\nversion: 1"), "the key version stands here twice"},
		"literal secret":              {edit("env:HUBSPOT_TOKEN", "pat-na1-1234"), "taxon.yaml:6 /connections/main/secrets/token: a secret must not stand in this file"},
		"secret setting":              {edit("secrets:\n      token: env:HUBSPOT_TOKEN", "settings: {access_token: abc}"), "looks like a secret"},
		"zone":                        {edit("crm: hubspot", "crm: hubspot\n    time_zone: Mars/Base"), "not a known time zone"},
		"field owner":                 {edit("off:\n        plugin: rfm\n        enabled: false", "abc_reason:\n        plugin: rfm"), "would both own the field taxon_abc_reason of a company"},
		"own field read":              {edit("nps_date: nps_date", "nps_date: taxon_abc"), "/connections/main/fields/contact/nps_date: a field that Taxon writes must not be read"},
		"contact to firm":             {edit("crm: hubspot", "crm: hubspot\n    subject: contact\n    write_to: [company]"), "cannot be written to its company"},
		"store":                       {edit("version: 1", "version: 1\nstore: mysql://x"), "/store: the store is neither"},
		"store password":              {edit("version: 1", "version: 1\nstore: postgres://u:secret@h/db"), "a password must not stand"},
		"store password in the query": {edit("version: 1", "version: 1\nstore: postgres://u@h/db?password=secret@"), "a password must not stand"},
		"local zone":                  {edit("crm: hubspot", "crm: hubspot\n    time_zone: Local"), "not a known time zone"},
		"one account twice":           {good + strings.Replace(strings.SplitN(good, "connections:\n", 2)[1], "main:", "other:", 1), "classifier abc of main and the classifier abc of other would both own"},
		"alias":                       {edit("version: 1", "version: 1\nlog: &a {level: info}\nplugins: *a"), "anchors and aliases"},
		"anchor alone":                {edit("plugin: abc", "plugin: &a abc"), "taxon.yaml:14 /connections/main/classifiers/abc/plugin: anchors and aliases"},
		"second document":             {good + "---\nversion: 1\n", "a second document begins here"},
		"infinite":                    {edit("as_of: 2018-01-01", "guard: .inf"), "is not a number"},
		"classifier name":             {edit("abc:\n", "A-B:\n"), "/connections/main/classifiers"},
		"date":                        {edit("2018-01-01", "2018-13-01"), "/connections/main/as_of"},
		"source forgotten":            {edit("{source: nps, type: number}", "{type: number}"), "/connections/main/fields/contact/nps_score: missing: source"},
	} {
		t.Run(name, func(t *testing.T) {
			c, problems := Parse([]byte(test.text), "taxon.yaml")
			if c != nil || len(problems) == 0 {
				t.Fatal("accepted")
			}
			var all []string
			for i := range problems {
				all = append(all, problems[i].Error.Error())
			}
			text := strings.Join(all, "\n")
			if !strings.Contains(text, test.want) {
				t.Errorf("want %q in:\n%s", test.want, text)
			}
			if strings.Contains(text, "1234") || strings.Contains(text, "secret@") {
				t.Errorf("a secret is repeated:\n%s", text)
			}
		})
	}
}

func TestSecretsAreReadByReference(t *testing.T) {
	dir := t.TempDir()
	c, problems := Parse([]byte(good), filepath.Join(dir, "taxon.yaml"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	t.Setenv("TAXON_TEST_TOKEN", "s3")
	if v, err := c.Secret("env:TAXON_TEST_TOKEN"); v != "s3" || err != nil {
		t.Errorf("%q %v", v, err)
	}
	path := filepath.Join(dir, "token")
	if err := os.WriteFile(path, []byte(" s4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Secret("file:token"); v != "s4" || err != nil {
		t.Errorf("%q %v", v, err)
	}
	for reference, want := range map[string]string{
		"env:TAXON_TEST_NONE": "TAXON_TEST_NONE is not set", "file:none": "cannot be read", "s5": "env:NAME or file:PATH",
	} {
		if _, err := c.Secret(reference); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", reference, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Secret("file:token"); err == nil || !strings.Contains(err.Error(), "other users") {
		t.Errorf("a readable secret: %v", err)
	}
}

func TestAMissingFileNamesTheWayOut(t *testing.T) {
	_, _, err := Load(filepath.Join(t.TempDir(), "taxon.yaml"))
	if err == nil || !strings.Contains(err.Error(), "taxon init writes one") {
		t.Error(err)
	}
}

func TestStabilityAndHandling(t *testing.T) {
	with := func(block string) string {
		return strings.Replace(good, "        fields: [reason]\n", "        fields: [reason]\n"+block, 1)
	}
	c, problems := Parse([]byte(with(`        stability:
          hysteresis: {dates: 3, score: share, margin: 0.5}
          minimum_stay: 30
          grace_period: 14
          one_step: true
          order: []
        handling:
          A: Visit
          B: {zh-Hans: 拜访}
`)), "taxon.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f := c.Connections["main"].Classifiers["abc"]
	s := f.Stability
	if s.Hysteresis.Dates != 3 || s.Hysteresis.Score != "share" || s.Hysteresis.Margin != 0.5 || s.MinimumStay != 30 || s.GracePeriod != 14 || !s.OneStep || s.Order == nil || len(s.Order) != 0 {
		t.Errorf("%+v", s)
	}
	want := map[string]Texts{"A": {"en": "Visit", "zh-Hans": "Visit", "zh-Hant": "Visit"}, "B": {"zh-Hans": "拜访"}}
	if !reflect.DeepEqual(f.Handling, want) {
		t.Errorf("%v", f.Handling)
	}
	if off := c.Connections["main"].Classifiers["off"]; !reflect.DeepEqual(off.Stability, Stability{}) || off.Handling != nil {
		t.Errorf("%+v", off)
	}
	for block, pointer := range map[string]string{
		"        stability: {hysteresis: {dates: 1}}\n":            "/stability/hysteresis/dates",
		"        stability: {hysteresis: {margin: 1}}\n":           "/stability/hysteresis",
		"        stability: {hysteresis: {}}\n":                    "/stability/hysteresis",
		"        stability: {hysteresis: {score: x, margin: 0}}\n": "/stability/hysteresis/margin",
		"        stability: {minimum_stay: 1.5}\n":                 "/stability/minimum_stay",
		"        stability: {grace_period: -1}\n":                  "/stability/grace_period",
		"        stability: {order: [A, A]}\n":                     "/stability/order",
		"        stability: {cool_down: 3}\n":                      "/stability",
		"        handling: {A: 3}\n":                               "/handling/A",
		"        handling: {A: {fr: Visiter}}\n":                   "/handling/A",
	} {
		_, problems := Parse([]byte(with(block)), "taxon.yaml")
		if len(problems) == 0 || !strings.Contains(problems[0].Pointer, "/classifiers/abc"+pointer) {
			t.Errorf("%s: %v", strings.TrimSpace(block), problems)
		}
	}
}
