package classify

import (
	"context"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// people are the values that somebody set in the CRM in place of a classifier's, by customer and key of the tag.
type people map[string]map[string]string

// over is the value that other classifiers read: the human's where there is one that can be a value of the tag.
func (p people) over(customer string, tag *pb.TagDefinition, value string) string {
	set, ok := p[customer][tag.GetKey()]
	if !ok {
		return value
	}
	if _, err := crm.ParseValue(crm.Type(tag.GetType()), set, ""); err != nil {
		return value
	}
	known := func(o *pb.TagOption) bool { return o.GetCode() == set }
	if len(tag.GetOptions()) > 0 && set != "" && !slices.ContainsFunc(tag.GetOptions(), known) {
		return value
	}
	return set
}

// peopleOf reads what people set in place of a classifier's tags on the customers' own records, as the last plan found it.
func (r *runner) peopleOf(ctx context.Context, classifier string) (people, error) {
	out := people{}
	err := r.Mirror.Overrides(ctx, func(o store.Override) error {
		rest, ours := strings.CutPrefix(o.Field, r.Prefix+classifier)
		if !ours || o.Classifier != classifier || o.Kind != r.Mirror.Subject() || rest != "" && rest[0] != '_' {
			return nil
		}
		if out[o.Record] == nil {
			out[o.Record] = map[string]string{}
		}
		out[o.Record][strings.TrimPrefix(rest, "_")] = o.Value
		return nil
	})
	return out, err
}
