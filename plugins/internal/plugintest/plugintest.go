// Package plugintest shortens the tests of first-party plugins: a catalogue, a configuration and
// one customer, on top of sdk/sdktest, which does the work.
//
// Invariant: a test sees only what a host would see.
package plugintest

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// zone is one in which a day of the account is another than in UTC.
const zone = "Asia/Shanghai"

// AsOf is the as-of day of every test: 2026-01-01 in Shanghai.
var AsOf = func() time.Time {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 1, 1, 0, 0, 0, 0, location)
}()

// Day is the as-of day.
var Day = sdk.DayOf(AsOf, AsOf.Location())

// Field is a field of the catalogue.
func Field(path string, t sdk.Type, options ...string) *pb.CatalogueField {
	return &pb.CatalogueField{Path: path, Type: t, Options: options}
}

// List is a list column of the catalogue.
func List(path string, t sdk.Type) *pb.CatalogueField {
	return &pb.CatalogueField{Path: path, Type: t, List: true}
}

// Setup is the run of every test.
func Setup(config map[string]any, catalogue ...*pb.CatalogueField) sdktest.Setup {
	return sdktest.Setup{Config: config, AsOf: AsOf, Zone: zone, Currency: "CNY", Digits: 2, Catalogue: catalogue}
}

// Configured is the plugin with a configuration, or fails the test.
func Configured(t *testing.T, p sdk.Plugin, config map[string]any, catalogue ...*pb.CatalogueField) *sdktest.Classifier {
	t.Helper()
	return sdktest.Start(t, sdktest.InProcess(p), Setup(config, catalogue...))
}

// Diagnose answers what the plugin says about a configuration.
func Diagnose(t *testing.T, p sdk.Plugin, config map[string]any, catalogue ...*pb.CatalogueField) []*pb.Diagnostic {
	t.Helper()
	_, found := sdktest.Configure(t, sdktest.InProcess(p), Setup(config, catalogue...))
	return found
}

// One classifies a single customer.
func One(c *sdktest.Classifier, customer sdktest.Customer) sdktest.Result {
	return c.Classify([]sdktest.Customer{customer})[0]
}

// Given reports whether a reason of the code was given.
func Given(r sdktest.Result, code string) bool {
	return slices.ContainsFunc(r.Reasons, func(reason sdktest.Reason) bool { return reason.Code == code })
}

// Because is the arguments of the first reason of the code, nil when there is none.
func Because(r sdktest.Result, code string) map[string]string {
	for _, reason := range r.Reasons {
		if reason.Code == code {
			return reason.Args
		}
	}
	return nil
}

// Words are the reasons of a result as sentences in a language.
func Words(p sdk.Plugin, r sdktest.Result, language string) string {
	var sentences []string
	for _, d := range r.Reasons {
		for _, known := range sdk.Manifest(p).GetReasons() {
			if known.GetCode() != d.Code {
				continue
			}
			text := known.GetText().GetByLanguage()[language]
			for name, value := range d.Args {
				text = strings.ReplaceAll(text, "{"+name+"}", value)
			}
			sentences = append(sentences, text)
		}
	}
	return strings.Join(sentences, " ")
}

// SpeaksAllLanguages fails the test for a label or reason that lacks a language.
func SpeaksAllLanguages(t *testing.T, p sdk.Plugin) {
	t.Helper()
	m := sdk.Manifest(p)
	check := func(what string, text *pb.Text) {
		for _, language := range protocol.Languages {
			if text.GetByLanguage()[language] == "" {
				t.Errorf("%s has no text in %s", what, language)
			}
		}
	}
	for _, tag := range m.GetTags() {
		check("the label of tag "+tag.GetKey(), tag.GetLabel())
		for _, option := range tag.GetOptions() {
			check("the label of option "+option.GetCode(), option.GetLabel())
			if option.GetHandling() != nil {
				check("the handling of option "+option.GetCode(), option.GetHandling())
			}
		}
	}
	for _, reason := range m.GetReasons() {
		check("the reason "+reason.GetCode(), reason.GetText())
	}
}

// AgreesWithTags fails the test for a class of the main tag whose label or handling is another than the catalogue
// of tags has for the classifier, and for one of the catalogue that the plugin lacks.
func AgreesWithTags(t *testing.T, p sdk.Plugin, classifier string) {
	t.Helper()
	files, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	file, err := files.Open("tags.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]*pb.TagOption{}
	for _, o := range sdk.Manifest(p).GetTags()[0].GetOptions() {
		options[o.GetCode()] = o
	}
	seen := 0
	for _, row := range rows {
		if row[0] != classifier {
			continue
		}
		seen++
		for i, language := range []string{"en", "zh-Hans", "zh-Hant"} {
			o := options[row[1]]
			if got := o.GetLabel().GetByLanguage()[language]; got != row[2+i] {
				t.Errorf("%s is labelled %q, the catalogue says %q", row[1], got, row[2+i])
			}
			if got := o.GetHandling().GetByLanguage()[language]; got != row[6+i] {
				t.Errorf("the handling of %s is %q, the catalogue says %q", row[1], got, row[6+i])
			}
		}
	}
	if seen == 0 {
		t.Errorf("the catalogue has nothing of %s", classifier)
	}
}
