package run

import (
	"context"
	"strings"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Explain tells how a customer, given by id or a part of the name, got its tags. The CRM is not asked.
func (c *Connection) Explain(ctx context.Context, customer string) (*classify.Explanation, error) {
	account, ok, err := c.remembered(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "nothing was pulled yet", Suggestion: "taxon plan pulls and classifies"}
	}
	s, err := c.settle(account)
	if err != nil {
		return nil, err
	}
	// The measures are shown as of the classification that the tags come from, whatever day is configured by now.
	var last crm.Day
	classified := false
	for _, f := range c.Config.Enabled() {
		work, ok, err := c.Mirror.Work(ctx, f.Name)
		if err != nil {
			return nil, err
		}
		if ok && (!classified || work.AsOf > last) {
			last, classified = work.AsOf, true
		}
	}
	stale := classified && c.Config.AsOf != "" && last != s.asOf
	if classified {
		s.asOf = last
	}
	in, err := c.classifyInput(ctx, s, c.Mirror)
	if err != nil {
		return nil, err
	}
	const most = 10
	found, err := classify.Find(ctx, c.Mirror, customer, most)
	if err != nil {
		return nil, err
	}
	switch {
	case len(found) == 0:
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "there is no customer with that id or name", Suggestion: "give the id that the CRM shows; taxon pull brings what is new"}
	case len(found) > 1:
		return nil, &crm.Error{Code: crm.CodeConflict, Message: "several customers have that in their name: " + strings.Join(found, ", "), Suggestion: "give one of these ids"}
	}
	out, err := classify.Explain(ctx, in, found[0])
	if err != nil {
		return nil, err
	}
	for i := range out.Classifiers {
		out.Classifiers[i].Stale = out.Classifiers[i].Stale || stale
	}
	return out, nil
}

// words is a row's reasons as text.
func words(m *pb.Manifest, reasons []byte, language string) (string, error) {
	list, err := classify.ParseReasons(reasons)
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range list {
		out = append(out, classify.Words(m, r, language))
	}
	return strings.Join(out, " "), nil
}
