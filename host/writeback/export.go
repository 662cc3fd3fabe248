package writeback

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// documentVersion is the version of plan.json; schemas/plan.schema.json describes it.
const documentVersion = 1

// writeDocument writes a plan as JSON, one change a line, while rows hands over the changes.
func writeDocument(w io.Writer, p *Plan, rows func(each func(Change) error) error) error {
	out := bufio.NewWriter(w)
	header, err := json.MarshalIndent(struct {
		Version int `json:"taxon_plan"`
		Header
		Summary Summary `json:"summary"`
	}{documentVersion, p.Header, p.Summary}, "", "  ")
	if err != nil {
		return err
	}
	out.Write(bytes.TrimSuffix(header, []byte("\n}")))
	out.WriteString(",\n  \"changes\": [")
	separator := "\n    "
	err = rows(func(c Change) error {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		out.WriteString(separator)
		separator = ",\n    "
		_, err = out.Write(line)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  ],\n  \"hash\": %q\n}\n", p.Hash)
	return out.Flush()
}

// Export writes a plan as plan.json: what a person reviews and Import checks. Memory does not grow with the plan.
func Export(ctx context.Context, conn *store.Conn, plan int64, w io.Writer) error {
	p, _, _, err := planOf(ctx, conn, plan)
	if err != nil {
		return err
	}
	return writeDocument(w, p, func(each func(Change) error) error { return Changes(ctx, conn, plan, each) })
}

// Import reads a plan.json and answers the plan of the store that it is, which Apply applies. It refuses a file that
// was changed, one of another connection or account, one that this store did not make, and one that a newer plan overtook.
func Import(ctx context.Context, conn *store.Conn, account string, r io.Reader) (*Plan, error) {
	h, hash, err := readDocument(r)
	if err != nil {
		return nil, err
	}
	if err := h.belongs(conn.Name(), account); err != nil {
		return nil, err
	}
	p, head, _, err := planOf(ctx, conn, h.ID)
	if err != nil || p.Hash != hash {
		if err != nil && crm.CodeOf(err) != crm.CodeNotFound {
			return nil, err
		}
		return nil, &crm.Error{Code: crm.CodeConflict, Message: fmt.Sprintf("the store did not make this plan %d of the connection %s", h.ID, h.Connection),
			Suggestion: "apply it with the store that made it, or make a new plan", Cause: err}
	}
	return p, applicable(ctx, conn, head)
}

// belongs refuses another connection's plan, and one that was made for another account.
func (h Header) belongs(connection, account string) error {
	if h.Connection == connection && h.Account == account {
		return nil
	}
	return &crm.Error{Code: crm.CodeConflict,
		Message:    fmt.Sprintf("the plan is for the connection %s, account %s, and not for %s, account %s", h.Connection, h.Account, connection, account),
		Suggestion: "apply it with the configuration that made it, or make a new plan"}
}

// applicable refuses a plan that a newer one overtook.
func applicable(ctx context.Context, conn *store.Conn, head store.Plan) error {
	newest, err := conn.Plans(ctx, 1)
	if err != nil || len(newest) == 0 || newest[0].ID == head.ID && head.Status != store.PlanSuperseded {
		return err
	}
	return &crm.Error{Code: crm.CodeConflict, Message: fmt.Sprintf("plan %d was overtaken by plan %d", head.ID, newest[0].ID),
		Suggestion: "look at the newest plan and apply that"}
}

// readDocument reads what writeDocument wrote without holding the changes, and answers the plan's header and the hash
// of its content, which is the one it states. A document that was changed since it was written is an error.
func readDocument(r io.Reader) (Header, string, error) {
	var (
		h       Header
		summary Summary
		version int
		sum     *digest
		stated  string
		seen    = map[string]bool{}
	)
	dec := json.NewDecoder(bufio.NewReader(r))
	dec.DisallowUnknownFields()
	if err := expect(dec, json.Delim('{')); err != nil {
		return h, "", err
	}
	targets := map[string]any{
		"taxon_plan": &version, "id": &h.ID, "connection": &h.Connection, "account": &h.Account, "run": &h.Run,
		"as_of": &h.AsOf, "created_at": &h.CreatedAt, "summary": &summary, "hash": &stated,
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return h, "", notAPlan(err)
		}
		name, _ := token.(string)
		if seen[name] {
			return h, "", changedPlan()
		}
		seen[name] = true
		switch target := targets[name]; {
		case target != nil:
			if sum != nil && name != "hash" {
				return h, "", changedPlan() // the header comes before what the hash is computed over
			}
			err = dec.Decode(target)
		case name == "changes":
			if sum, err = newDigest(h); err == nil {
				err = readChanges(dec, sum)
			}
		default:
			return h, "", notAPlan(fmt.Errorf("it has an unknown member %q", name))
		}
		if err != nil {
			return h, "", notAPlan(err)
		}
	}
	if err := expect(dec, json.Delim('}')); err != nil {
		return h, "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return h, "", notAPlan(errors.New("something follows the document"))
	}
	if version != documentVersion {
		return h, "", &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the plan file has version %d, and this program reads version %d", version, documentVersion),
			Suggestion: "make the plan again with this program"}
	}
	if sum == nil {
		return h, "", changedPlan()
	}
	if actual, err := sum.close(summary); err != nil || actual != stated {
		return h, "", changedPlan()
	}
	return h, stated, nil
}

func readChanges(dec *json.Decoder, sum *digest) error {
	if err := expect(dec, json.Delim('[')); err != nil {
		return err
	}
	for dec.More() {
		var c Change
		if err := dec.Decode(&c); err != nil {
			return err
		}
		if err := sum.add(c); err != nil {
			return err
		}
	}
	return expect(dec, json.Delim(']'))
}

func expect(dec *json.Decoder, delim json.Delim) error {
	token, err := dec.Token()
	if err != nil {
		return notAPlan(err)
	}
	if token != delim {
		return notAPlan(fmt.Errorf("%s was expected", delim))
	}
	return nil
}

func notAPlan(cause error) error {
	if crm.CodeOf(cause) == crm.CodeConfig {
		return cause
	}
	return &crm.Error{Code: crm.CodeConfig, Message: "the file is not a plan of Taxon", Suggestion: "write one with taxon plan -o plan.json", Cause: cause}
}

func changedPlan() error {
	return &crm.Error{Code: crm.CodeConflict, Message: "the plan file was changed after it was written: its content does not match its hash",
		Suggestion: "a plan is applied as it is or not at all; change the configuration and make a new plan"}
}
