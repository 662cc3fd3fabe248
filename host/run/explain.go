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
	in, id, stale, err := c.explaining(ctx, customer)
	if err != nil {
		return nil, err
	}
	out, err := classify.Explain(ctx, in, id)
	if err != nil {
		return nil, err
	}
	for i := range out.Classifiers {
		out.Classifiers[i].Stale = out.Classifiers[i].Stale || stale
	}
	return out, nil
}

// WhatIf tells what changes of a customer's values would do to its classes, as classify.Ask. The CRM is not asked, and
// nothing is stored.
func (c *Connection) WhatIf(ctx context.Context, customer string, changes []string) ([]classify.WhatIf, error) {
	in, id, _, err := c.explaining(ctx, customer)
	if err != nil {
		return nil, err
	}
	return classify.Ask(ctx, in, id, changes)
}

// explaining is what a customer's tags were made from. stale tells that another day is configured by now.
func (c *Connection) explaining(ctx context.Context, customer string) (in classify.Input, id string, stale bool, err error) {
	account, ok, err := c.remembered(ctx)
	if err != nil {
		return in, "", false, err
	}
	if !ok {
		return in, "", false, &crm.Error{Code: crm.CodeNotFound, Message: "nothing was pulled yet", Suggestion: "taxon plan pulls and classifies"}
	}
	s, err := c.settle(account)
	if err != nil {
		return in, "", false, err
	}
	// The measures are shown as of the classification that the tags come from, whatever day is configured by now.
	var last crm.Day
	classified := false
	for _, f := range c.Config.Enabled() {
		work, ok, err := c.Mirror.Work(ctx, f.Name)
		if err != nil {
			return in, "", false, err
		}
		if ok && (!classified || work.AsOf > last) {
			last, classified = work.AsOf, true
		}
	}
	stale = classified && c.Config.AsOf != "" && last != s.asOf
	if classified {
		s.asOf = last
	}
	if in, err = c.classifyInput(ctx, s, c.Mirror); err != nil {
		return in, "", false, err
	}
	const most = 10
	found, err := classify.Find(ctx, c.Mirror, customer, most)
	switch {
	case err != nil:
		return in, "", false, err
	case len(found) == 0:
		return in, "", false, &crm.Error{Code: crm.CodeNotFound, Message: "there is no customer with that id or name", Suggestion: "give the id that the CRM shows; taxon pull brings what is new"}
	case len(found) > 1:
		return in, "", false, &crm.Error{Code: crm.CodeConflict, Message: "several customers have that in their name: " + strings.Join(found, ", "), Suggestion: "give one of these ids"}
	}
	return in, found[0], stale, nil
}

// words is a row's reasons as text.
func words(m *pb.Manifest, tags []*pb.TagDefinition, reasons []byte, language string) (string, error) {
	list, err := classify.ParseReasons(reasons)
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range list {
		out = append(out, classify.Words(m, classify.Labelled(r, tags, language), language))
	}
	return strings.Join(out, " "), nil
}
