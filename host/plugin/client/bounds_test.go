package client

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

func TestConfigureMayNotLeaveTheManifest(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(r *pb.ConfigureResponse)
		code  crm.Code
		want  string
	}{
		"another field":     {func(r *pb.ConfigureResponse) { r.Reads[1].Path = "email" }, crm.CodePlugin, `wants to read "email", which its manifest does not name`},
		"another window":    {func(r *pb.ConfigureResponse) { r.Reads[0].Path = "sum(deals.amount) where won within 90d and name = x" }, crm.CodePlugin, "which its manifest does not name"},
		"another type":      {func(r *pb.ConfigureResponse) { r.Reads[1].Type = column.Integer }, crm.CodePlugin, "which its manifest does not name"},
		"a list":            {func(r *pb.ConfigureResponse) { r.Reads[1].List = true }, crm.CodePlugin, "which its manifest does not name"},
		"no type":           {func(r *pb.ConfigureResponse) { r.Reads[1].Type = 0 }, crm.CodeProtocol, "as an unknown type"},
		"everything":        {func(r *pb.ConfigureResponse) { r.Reads[1].Path = "*" }, crm.CodeProtocol, "which names no column"},
		"an open pattern":   {func(r *pb.ConfigureResponse) { r.Reads[1].Path = "{/x}" }, crm.CodeProtocol, "which names no column"},
		"no tag":            {func(r *pb.ConfigureResponse) { r.Tags = nil }, crm.CodeProtocol, "it emits no tag"},
		"another tag":       {func(r *pb.ConfigureResponse) { r.Tags[1].Key = "secret" }, crm.CodeProtocol, `the tag "secret", which its manifest does not declare`},
		"a tag twice":       {func(r *pb.ConfigureResponse) { r.Tags = append(r.Tags, r.Tags[0]) }, crm.CodeProtocol, "its tags are not valid"},
		"another tag type":  {func(r *pb.ConfigureResponse) { r.Tags[1].Type = column.Text }, crm.CodeProtocol, "with another type"},
		"options dropped":   {func(r *pb.ConfigureResponse) { r.Tags[0].Options = nil }, crm.CodeProtocol, "it drops the options"},
		"an option more":    {func(r *pb.ConfigureResponse) { r.Tags[0].Options[0].Code = "gold" }, crm.CodeProtocol, `the option "gold" of the tag "", which its manifest does not declare`},
		"many diagnostics":  {func(r *pb.ConfigureResponse) { r.Diagnostics = make([]*pb.Diagnostic, 201) }, crm.CodeProtocol, "it answers 201 diagnostics"},
		"a long diagnostic": {func(r *pb.ConfigureResponse) { r.Diagnostics = []*pb.Diagnostic{{Summary: strings.Repeat("x", 5000)}} }, crm.CodeProtocol, "more than 4096 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &hostile{manifest: manifest(), configure: func(r *pb.ConfigureResponse) {
				r.Tags = manifest().GetTags()
				test.spoil(r)
			}}
			_, err := client(t, h, Options{}).Configure(t.Context(), setup("x", map[string]any{"window": "90d"}))
			wants(t, err, test.code, test.want)
		})
	}
}

func TestPatternsOfReads(t *testing.T) {
	config, err := structpb.NewStruct(map[string]any{"window": "90d", "days": 30, "fields": []any{map[string]any{"a/b": "score"}}, "bad": map[string]any{}, "empty": ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"country", "country", true},
		{"country", "country2", false},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where won within 90d", true},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where won within 3m", true},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where won within all", true},
		{"sum(deals.amount) where won within {/window}", "sum(deals.amount) where won within 90d in EUR", false},
		{"sum(deals.amount) where won within {/days}d", "sum(deals.amount) where won within 30d", true},
		{"contacts.{/fields/0/a~1b}", "contacts.score", true},
		{"contacts.{/fields/0/a~1b}", "contacts.email", false},
		{"contacts.{/fields/1/a~1b}", "contacts.email", true}, // a default of the plugin: one name
		{"contacts.{/field}", "contacts.email and more", false},
		{"contacts.{/bad}", "contacts.x(y)", false},
		{"contacts.{/empty}", "contacts.nps_score", true},
		{"{/a} of {/b}", "one of two", true},
		{"{/a} of {/b}", "one of", false},
		{"a.c", "abc", false},
	} {
		if got := matches(test.pattern, test.path, config); got != test.want {
			t.Errorf("%q within %q: %v", test.path, test.pattern, got)
		}
	}
}

func TestVerifyComparesWithTheApprovedManifest(t *testing.T) {
	h := &hostile{manifest: manifest()}
	approved := manifest()
	approved.Reads = approved.Reads[:1]
	c := New(connect(t, h), approved, Options{})
	wants(t, c.Verify(t.Context()), crm.CodePlugin, "describes itself otherwise than its plugin.json")
	h.manifest = approved
	if err := c.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
