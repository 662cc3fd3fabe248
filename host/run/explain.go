package run

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// accountKey is where the store keeps what the CRM last said about the account.
func (c *Connection) accountKey() string { return "account " + c.Config.Name }

// keepAccount remembers the account, so that what needs no CRM can do without.
func (c *Connection) keepAccount(ctx context.Context, a connector.Account) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return c.Store.SaveConfigured(ctx, c.accountKey(), data)
}

// remembered sets the account to what the CRM said at the last run.
func (c *Connection) remembered(ctx context.Context) error {
	data, ok, err := c.Store.Configured(ctx, c.accountKey())
	if err != nil {
		return err
	}
	if !ok {
		return &crm.Error{Code: crm.CodeNotFound, Message: "nothing was pulled yet", Suggestion: "taxon plan pulls and classifies"}
	}
	c.account = &connector.Account{}
	return json.Unmarshal(data, c.account)
}

// Explain tells how a customer, given by id or a part of the name, got its tags. The CRM is not asked.
func (c *Connection) Explain(ctx context.Context, customer string) (*classify.Explanation, error) {
	if err := c.remembered(ctx); err != nil {
		return nil, err
	}
	s, err := c.setting(ctx)
	if err != nil {
		return nil, err
	}
	// The measures are shown as of the run that the tags come from.
	runs, err := c.Mirror.Runs(ctx, 1)
	if err != nil {
		return nil, err
	}
	if len(runs) > 0 && c.Config.AsOf == "" {
		s.asOf = runs[0].AsOf
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
	return classify.Explain(ctx, in, found[0])
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
