package protocol_test

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

func manifest() *pb.Manifest {
	text := func(s string) *pb.Text { return &pb.Text{ByLanguage: map[string]string{"en": s, "zh-Hans": s}} }
	return &pb.Manifest{
		Id: "acme.loyal", Version: "1.2.3-rc.1", Summary: "Loyal or casual", Scope: pb.Scope_SCOPE_POPULATION, StateVersion: 1,
		Reads: []*pb.Read{{Path: "sum(deals.amount) within {/window}", Purpose: "Sums."}, {Path: "country", Type: pb.ValueType_VALUE_TYPE_TEXT, Purpose: "Groups."}},
		Tags: []*pb.TagDefinition{{Type: pb.ValueType_VALUE_TYPE_TEXT, Label: text("Loyalty"),
			Options: []*pb.TagOption{{Code: "loyal", Label: text("Loyal <&>"), Rank: 1}, {Code: "unclassified", Label: text("Unknown"), Rank: 2}}}},
		Reasons:      []*pb.ReasonDefinition{{Code: "deals", Text: text("{n} deals"), Arguments: []*pb.ReasonArgument{{Name: "n", Type: pb.ValueType_VALUE_TYPE_INTEGER}}}},
		ConfigSchema: &structpb.Struct{Fields: map[string]*structpb.Value{"type": structpb.NewStringValue("object"), "b": structpb.NewNumberValue(0.1), "a": structpb.NewNumberValue(1e6)}},
	}
}

func TestAManifestIsAlwaysTheSameText(t *testing.T) {
	first, err := protocol.ManifestJSON(manifest())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := protocol.ManifestJSON(manifest()); !bytes.Equal(first, again) {
			t.Fatal("the text differs")
		}
	}
	for _, name := range []string{"config_schema", "by_language", "state_version"} {
		if !bytes.Contains(first, []byte(`"`+name+`"`)) {
			t.Errorf("the document does not say %s:\n%s", name, first)
		}
	}
	camel, err := protojson.Marshal(manifest())
	if err != nil {
		t.Fatal(err)
	}
	if earlier, err := protocol.ParseManifest(camel); err != nil || !proto.Equal(earlier, manifest()) {
		t.Errorf("a document of earlier versions is read as %v, %v", earlier, err)
	}
	back, err := protocol.ParseManifest(first)
	if err != nil || !proto.Equal(back, manifest()) {
		t.Errorf("it reads back as another manifest (%v):\n%s", err, first)
	}
	if !strings.Contains(string(first), "Loyal <&>") {
		t.Error("letters are escaped that need not be")
	}
}

func TestBadManifestsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*pb.Manifest){
		"id \"Acme\"":                 func(m *pb.Manifest) { m.Id = "Acme" },
		"id \"../evil\"":              func(m *pb.Manifest) { m.Id = "../evil" },
		"version \"1.0\"":             func(m *pb.Manifest) { m.Version = "1.0" },
		"summary is empty":            func(m *pb.Manifest) { m.Summary = "" },
		"scope is neither":            func(m *pb.Manifest) { m.Scope = 0 },
		"path is empty":               func(m *pb.Manifest) { m.Reads[0].Path = " " },
		"\"country\" is there twice":  func(m *pb.Manifest) { m.Reads[0].Path = "country" },
		"purpose is empty":            func(m *pb.Manifest) { m.Reads[1].Purpose = "" },
		"reads[1]: type 0 is unknown": func(m *pb.Manifest) { m.Reads[1].Type = 0 },
		"there is no tag":             func(m *pb.Manifest) { m.Tags = nil },
		"key \"Bad Key\"":             func(m *pb.Manifest) { m.Tags[0].Key = "Bad Key" },
		"the key \"\" is there twice": func(m *pb.Manifest) { m.Tags = append(m.Tags, m.Tags[0]) },
		"only texts have options":     func(m *pb.Manifest) { m.Tags[0].Type = pb.ValueType_VALUE_TYPE_NUMBER },
		"code \"a b\"":                func(m *pb.Manifest) { m.Tags[0].Options[0].Code = "a b" },
		"\"unclassified\" is there":   func(m *pb.Manifest) { m.Tags[0].Options[0].Code = "unclassified" },
		"English text is missing":     func(m *pb.Manifest) { m.Tags[0].Label = nil },
		"language \"fr\" is unknown":  func(m *pb.Manifest) { m.Tags[0].Label.ByLanguage["fr"] = "x" },
		"{m} is no argument":          func(m *pb.Manifest) { m.Reasons[0].Text.ByLanguage["zh-Hans"] = "{m}" },
		"argument \"N\"":              func(m *pb.Manifest) { m.Reasons[0].Arguments[0].Name = "N" },
		"not a schema of an object":   func(m *pb.Manifest) { m.ConfigSchema = nil },
		"summary_bytes is above":      func(m *pb.Manifest) { m.Limits = &pb.Limits{SummaryBytes: 1 << 40} },
		"max_passes is above":         func(m *pb.Manifest) { m.Limits = &pb.Limits{MaxPasses: 1000} },
		"state_version is 0":          func(m *pb.Manifest) { m.StateVersion = 0 },
	} {
		m := manifest()
		change(m)
		if err := protocol.ValidateManifest(m); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

func TestTextsThatAreNoManifestAreRefused(t *testing.T) {
	good, err := protocol.ManifestJSON(manifest())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"nothing":     nil,
		"another key": bytes.Replace(good, []byte(`"id"`), []byte(`"identity"`), 1),
		"too large":   append(good, bytes.Repeat([]byte(" "), protocol.ManifestBytes)...),
		"two of them": append(bytes.Clone(good), good...),
		"a bad one":   bytes.Replace(good, []byte("acme.loyal"), []byte("ACME"), 1),
	} {
		if _, err := protocol.ParseManifest(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
