package classify

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// worded are tag definitions with the administrator's handling in place of the plugin's. The plugin never sees it.
func (t *task) worded(tags []*pb.TagDefinition) []*pb.TagDefinition {
	if len(t.Handling) == 0 {
		return tags
	}
	out := slices.Clone(tags)
	for i, tag := range out {
		if tag.GetKey() != client.MainTag(tags) {
			continue
		}
		out[i] = proto.CloneOf(tag)
		for _, o := range out[i].GetOptions() {
			if texts := t.Handling[o.GetCode()]; len(texts) > 0 {
				all := maps.Clone(o.GetHandling().GetByLanguage())
				if all == nil {
					all = map[string]string{}
				}
				maps.Copy(all, texts)
				o.Handling = &pb.Text{ByLanguage: all}
			}
		}
	}
	return out
}

// checkHandling finds classes that there are not.
func (t *task) checkHandling() error {
	for _, tag := range t.configured.Tags {
		if tag.GetKey() != client.MainTag(t.configured.Tags) || tag.GetOpen() {
			continue
		}
		for _, code := range slices.Sorted(maps.Keys(t.Handling)) {
			if !slices.ContainsFunc(tag.GetOptions(), func(o *pb.TagOption) bool { return o.GetCode() == code }) {
				return &crm.Error{Code: crm.CodeConfig, Message: "there is no class " + code, Pointer: "classifier " + t.Name + " /handling/" + code,
					Suggestion: "taxon plugin show " + t.Plugin + " lists the codes"}
			}
		}
	}
	return nil
}
