package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/examples/sandbox"
	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) personCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "person ADDRESS",
		Short: "Do what a person has to do in a simulated CRM that lets no program make fields",
		Long: `Some CRMs let no program make fields: taxon check says which ones a person must make. In a simulated account this command
is that person. It makes the fields which the classifiers of taxon.yaml need, at the address that taxon sandbox names.`,
		Example: "  taxon sandbox person http://127.0.0.1:40123",
		Args:    args(cobra.ExactArgs(1), "ADDRESS"),
		RunE: func(cmd *cobra.Command, given []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				missing, err := c.FieldsForAPerson(cmd.Context())
				if err != nil {
					return err
				}
				n := 0
				for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
					if len(missing[kind]) == 0 {
						continue
					}
					made, err := ask(cmd.Context(), given[0], sandboxdata.Request{Contacts: kind == crm.Contact, Fields: wanted(missing[kind])})
					if err != nil {
						return err
					}
					for i, spec := range missing[kind] {
						e.say("Made the field %s of %s, in the CRM %s.", spec.Key, kindsWord[kind], made[i])
					}
					n += len(made)
				}
				if n == 0 {
					e.say("Nothing is missing.")
				}
				return nil
			})
		},
	}
}

func wanted(specs []connector.FieldSpec) (out []sandbox.Wanted) {
	for _, spec := range specs {
		w := sandbox.Wanted{Key: spec.Key, Label: spec.Label, Type: spec.Type.String()}
		for _, o := range spec.Options {
			w.Type, w.Options = "class", append(w.Options, sandbox.Option{Value: o.Code, Label: o.Label})
		}
		out = append(out, w)
	}
	return out
}

// ask answers the names of the fields that the administrator at an address made.
func ask(ctx context.Context, address string, asked sandboxdata.Request) (made []string, err error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, usageError{err}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeUnavailable, Message: "nobody answers at " + address, Suggestion: "give the address that taxon sandbox prints beside its own command", Cause: err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = &crm.Error{Code: crm.CodeConfig, Message: "the fields were not made: " + string(bytes.TrimSpace(text))}
	}
	if err == nil {
		err = json.Unmarshal(text, &made)
	}
	if err == nil && len(made) != len(asked.Fields) {
		err = &crm.Error{Code: crm.CodeUnavailable, Message: "what answers at " + address + " is no administrator of a simulated CRM"}
	}
	return made, err
}
