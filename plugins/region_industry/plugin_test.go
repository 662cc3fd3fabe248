package regionindustry

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/geo"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// catalogue is a connection with all the fields.
func catalogue() []*pb.CatalogueField {
	var list []*pb.CatalogueField
	for _, read := range fields {
		list = append(list, plugintest.Field(read.Path, sdk.String))
	}
	return list
}

func configured(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, Plugin(), config, catalogue()...)
}

func TestPlaces(t *testing.T) {
	c := configured(t, nil)
	for _, x := range []struct {
		customer                     sdktest.Customer
		country, subdivision, region string
		confidence                   string
	}{
		{sdktest.Customer{"country": "Germany"}, "DE", "", "155", "1"},
		{sdktest.Customer{"country": "United States", "region": "CA"}, "US", "US-CA", "021", "1"},
		{sdktest.Customer{"country": "中国", "region": "上海"}, "CN", "CN-SH", "east_china", "1"},
		{sdktest.Customer{"country": "中国上海"}, "CN", "CN-SH", "east_china", "1"},
		{sdktest.Customer{"country": "China", "city": "Shenzhen"}, "CN", "CN-GD", "south_china", "0.9"},
		{sdktest.Customer{"country": "CN"}, "CN", "", "030", "1"},
		{sdktest.Customer{"address": "北京市朝阳区建国路1号"}, "CN", "CN-BJ", "north_china", "0.8"},
		{sdktest.Customer{"phone_area": "+86 28"}, "CN", "CN-SC", "southwest_china", "0.8"},
		{sdktest.Customer{"phone_area": "+86 139"}, "CN", "", "030", "0.4"},
		{sdktest.Customer{"email_domain": "acme.de"}, "DE", "", "155", "0.5"},
		{sdktest.Customer{"email_domain": "acme.de", "domain": "www.acme.de"}, "DE", "", "155", "0.5"}, // one company's names are one piece of evidence
		{sdktest.Customer{"country": "France", "postal_code": "75001"}, "FR", "FR-75", "155", "1"},
		{sdktest.Customer{"country": "台湾"}, "TW", "", "030", "1"},
		{sdktest.Customer{"country": "中国", "region": "香港"}, "HK", "", "030", "1"},
		{sdktest.Customer{"country": "Antarctica"}, "AQ", "", "unclassified", "1"},
	} {
		got := plugintest.One(c, x.customer)
		if got.Tags["country"] != x.country || got.Tags["subdivision"] != x.subdivision || got.Tags[""] != x.region || got.Tags["confidence"] != x.confidence {
			t.Errorf("%v is %v, want %s %s %s %s", x.customer, got.Tags, x.country, x.subdivision, x.region, x.confidence)
		}
		if got.Tags["conflict"] != "false" {
			t.Errorf("%v is a conflict: %v", x.customer, got.Reasons)
		}
	}
}

func TestAgreementRaisesConfidence(t *testing.T) {
	got := plugintest.One(configured(t, nil), sdktest.Customer{"phone_area": "+49 30", "email_domain": "acme.de"})
	if got.Tags["country"] != "DE" || got.Tags["confidence"] != "0.9" || !plugintest.Given(got, "land_line") || !plugintest.Given(got, "country_domain") {
		t.Errorf("two pieces of evidence: %v %v", got.Tags, got.Reasons)
	}
}

func TestConflictLowersConfidenceAndIsSaid(t *testing.T) {
	c := configured(t, nil)
	got := plugintest.One(c, sdktest.Customer{"country": "Germany", "email_domain": "acme.fr"})
	if got.Tags["country"] != "DE" || got.Tags["confidence"] != "0.5" || got.Tags["conflict"] != "true" {
		t.Errorf("a German company with French mail: %v", got.Tags)
	}
	if because := plugintest.Because(got, "conflict"); because["en"] != "France" || because["zh_hans"] != "法国" {
		t.Errorf("the conflict is not told: %v", got.Reasons)
	}
	got = plugintest.One(c, sdktest.Customer{"country": "Germany", "phone_area": "+33 6"}) // a mobile is too weak to be a conflict
	if got.Tags["confidence"] != "1" || got.Tags["conflict"] != "false" {
		t.Errorf("a German company with a French mobile: %v", got.Tags)
	}
	got = plugintest.One(c, sdktest.Customer{"country": "中国", "region": "江苏", "phone_area": "+86 21"})
	if got.Tags["subdivision"] != "CN-JS" || got.Tags["confidence"] != "0.5" || got.Tags["conflict"] != "true" {
		t.Errorf("two provinces: %v", got.Tags)
	}
}

func TestADepartmentAndItsRegionAgree(t *testing.T) {
	got := plugintest.One(configured(t, nil), sdktest.Customer{"country": "FR", "region": "Île-de-France", "postal_code": "75001"})
	if got.Tags["subdivision"] != "FR-IDF" || got.Tags["conflict"] != "false" {
		t.Errorf("Paris in Île-de-France: %v %v", got.Tags, got.Reasons)
	}
}

func TestMissingPlaceAndIndustryAreUnclassified(t *testing.T) {
	c := configured(t, nil)
	got := plugintest.One(c, sdktest.Customer{"country": "N/A", "email_domain": "gmail.com", "phone_area": ""})
	if got.Tags[""] != "unclassified" || got.Tags["country"] != "unclassified" || got.Tags["industry"] != "unclassified" {
		t.Errorf("nothing known: %v", got.Tags)
	}
	if len(got.Reasons) != 2 || got.Reasons[0].Code != "no_place" || got.Reasons[1].Code != "no_industry" {
		t.Errorf("reasons %v", got.Reasons)
	}
	got = plugintest.One(configured(t, map[string]any{"minimum_confidence": 0.6}), sdktest.Customer{"email_domain": "acme.de"})
	if got.Tags[""] != "unclassified" || !plugintest.Given(got, "weak_evidence") {
		t.Errorf("weak evidence: %v %v", got.Tags, got.Reasons)
	}
}

func TestReasonsDoNotRepeatAnAddress(t *testing.T) {
	got := plugintest.One(configured(t, nil), sdktest.Customer{"address": "上海市静安区南京西路1266号"})
	if got.Tags["subdivision"] != "CN-SH" {
		t.Fatalf("%v", got.Tags)
	}
	for _, reason := range got.Reasons {
		if strings.Contains(reason.Text, "1266") {
			t.Errorf("the address is in the reason %v", reason)
		}
	}
}

func TestRegionsAreConfigurable(t *testing.T) {
	got := plugintest.One(configured(t, map[string]any{"regions": "m49"}), sdktest.Customer{"region": "上海"})
	if got.Tags[""] != "030" {
		t.Errorf("with the UN's regions Shanghai is in %s", got.Tags[""])
	}
	c := configured(t, map[string]any{"preset": "china"})
	got = plugintest.One(c, sdktest.Customer{"country": "香港"})
	if got.Tags[""] != "hong_kong_macao_taiwan" {
		t.Errorf("with greater_china Hong Kong is in %s", got.Tags[""])
	}
	if got = plugintest.One(c, sdktest.Customer{"region": "江苏"}); got.Tags["subdivision_name"] != "江苏省" {
		t.Errorf("the province is called %s", got.Tags["subdivision_name"])
	}
	own := map[string]any{"groups": []any{
		map[string]any{"code": "dach", "label": map[string]any{"en": "DACH"}, "members": []any{"DE", "AT", "CH"}},
		map[string]any{"code": "delta", "label": map[string]any{"en": "Yangtze delta", "zh_hans": "长三角"}, "members": []any{"CN-SH", "CN-JS", "CN-ZJ"}},
	}}
	c = configured(t, own)
	for text, want := range map[string]string{"Austria": "dach", "中国上海": "delta", "中国四川": "southwest_china", "Italy": "039"} {
		if got := plugintest.One(c, sdktest.Customer{"country": text}); got.Tags[""] != want {
			t.Errorf("%s is in %s, want %s", text, got.Tags[""], want)
		}
	}
	labels := c.Tags[0].GetOptions()[1].GetLabel().GetByLanguage()
	if labels["en"] != "Yangtze delta" || labels["zh-Hans"] != "长三角" {
		t.Errorf("labels of an own region: %v", labels)
	}
}

func TestIndustries(t *testing.T) {
	c := configured(t, map[string]any{"industry_aliases": map[string]any{"Widgets": "25"}})
	for text, want := range map[string][2]string{
		"technolgy":                {"J", "industry_spelling"},
		"Software":                 {"62", "industry_alias"},
		"软件和信息技术服务业":               {"62", "industry_alias"},
		"541511":                   {"62", "industry_code"},
		"Full-Service Restaurants": {"56", "industry_title"},
		"boutique hotel chain":     {"55", "industry_contained"},
		"widgets":                  {"25", "industry_alias"},
		"Ballroom dance academy":   {"unclassified", "industry_unknown"},
		"  ":                       {"unclassified", "no_industry"},
	} {
		got := plugintest.One(c, sdktest.Customer{"industry": text})
		if got.Tags["industry"] != want[0] || !plugintest.Given(got, want[1]) {
			t.Errorf("%q is %v because of %v, want %v", text, got.Tags, got.Reasons, want)
		}
	}
	got := plugintest.One(c, sdktest.Customer{"industry": "Ballroom dance academy"})
	if nearest := plugintest.Because(got, "industry_unknown")["nearest"]; strings.Count(nearest, "(") < 3 {
		t.Errorf("suggestions: %s", nearest)
	}
	got = plugintest.One(configured(t, map[string]any{"industry_level": "section"}), sdktest.Customer{"industry": "Software"})
	if got.Tags["industry"] != "J" {
		t.Errorf("as a section software is %s", got.Tags["industry"])
	}
}

func TestOnlyFieldsOfTheConnectionAreRead(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), nil, plugintest.Field("industry", sdk.String), plugintest.Field("country", sdk.String))
	if len(c.Reads) != 2 {
		t.Fatalf("reads %v", c.Reads)
	}
	got := plugintest.One(c, sdktest.Customer{"industry": "Software", "country": "Germany"})
	if got.Tags["industry"] != "62" || got.Tags["country"] != "DE" {
		t.Errorf("%v", got.Tags)
	}
	if found := plugintest.Diagnose(t, Plugin(), nil); len(found) != 1 || found[0].GetCode() != "no_field" {
		t.Errorf("a connection without fields: %v", found)
	}
}

func TestConfigurationFaults(t *testing.T) {
	group := func(code string, members ...any) map[string]any {
		return map[string]any{"groups": []any{map[string]any{"code": code, "members": append([]any{}, members...)}}}
	}
	for pointer, config := range map[string]map[string]any{
		"/groups/0/code":            group("east_china", "DE"),
		"/groups/0/members/1":       group("own", "DE", "ZZ"),
		"/groups/0/members":         group("own"),
		"/industry_aliases/Widgets": {"industry_aliases": map[string]any{"Widgets": "XX"}},
		"/industry_aliases/a~1b":    {"industry_aliases": map[string]any{"a/b": "1"}},
		"/weights/city":             {"weights": map[string]any{"city": 1.5}},
		"/regions":                  {"regions": "mars"},
	} {
		found := plugintest.Diagnose(t, Plugin(), config, catalogue()...)
		if len(found) == 0 || found[0].GetPointer() != pointer {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
}

func TestTheOrderOfEvidencePlaysNoPart(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	places := []geo.Place{{Country: "CN"}, {Country: "CN", Subdivision: "CN-SH"}, {Country: "CN", Subdivision: "CN-JS"},
		{Country: "DE"}, {Country: "FR", Subdivision: "FR-75"}, {Country: "FR", Subdivision: "FR-IDF"}, {}}
	for range 2000 {
		var all []evidence
		for range random.IntN(6) {
			all = append(all, evidence{source: source(random.IntN(8)), place: places[random.IntN(len(places))], weight: float64(random.IntN(11)) / 10})
		}
		first, ok := weigh(all, 0.5)
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		second, again := weigh(all, 0.5)
		if ok != again || first.place != second.place || first.country != second.country || first.subdivision != second.subdivision || len(first.against) != len(second.against) {
			t.Fatalf("%v: %+v, shuffled %+v", all, first, second)
		}
		if first.country < 0 || first.country > 1 || first.subdivision > first.country {
			t.Fatalf("%v: confidence %v and %v", all, first.country, first.subdivision)
		}
		if len(first.against) > 0 && first.country > loweredTo && first.subdivision > loweredTo {
			t.Fatalf("%v: a conflict leaves %v and %v", all, first.country, first.subdivision)
		}
	}
}
