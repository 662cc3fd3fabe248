package connector_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// abc are the fields that the tests write.
var abc = []connector.FieldSpec{
	{Key: "taxon_abc", Label: "ABC", Description: "Class by revenue", Type: crm.Text,
		Options: []connector.Option{{Code: "A", Label: "A: most of the revenue"}, {Code: "B", Label: "B"}, {Code: "C", Label: "C"}}},
	{Key: "taxon_abc_score", Label: "ABC share", Type: crm.Number},
	{Key: "taxon_abc_since", Label: "ABC since", Type: crm.Date},
	{Key: "taxon_abc_reason", Label: "ABC reason", Type: crm.Text},
	{Key: "taxon_abc_watch", Label: "ABC watched", Type: crm.Boolean},
	{Key: "taxon_abc_at", Label: "ABC classified at", Type: crm.Time},
}

func provisioned(t *testing.T, a *crmAccount) *connector.Connector {
	t.Helper()
	c := a.open(t)
	if _, err := c.Provision(context.Background(), crm.Company, abc); err != nil {
		t.Fatal(err)
	}
	return c
}

// write writes and gathers the outcomes by id, checking that each id comes back once.
func write(t *testing.T, c *connector.Connector, writes []connector.Write) (map[string]connector.Outcome, error) {
	t.Helper()
	out := map[string]connector.Outcome{}
	err := c.Write(context.Background(), crm.Company, writes, func(batch []connector.Outcome) error {
		for _, o := range batch {
			if _, twice := out[o.ID]; twice {
				t.Errorf("%s comes back twice", o.ID)
			}
			out[o.ID] = o
		}
		return nil
	})
	return out, err
}

func TestWrittenValuesAreReadBackInCanonicalForm(t *testing.T) {
	eachAPI(t, func(t *testing.T, api string) {
		a := newAccount(t, hubspot.Options{})
		a.api = api
		a.load(t, 3, 0, 0)
		c := provisioned(t, a)
		id := a.Records(hubspot.Companies)[1].ID
		values := map[string]string{"taxon_abc": "A", "taxon_abc_score": "12.5", "taxon_abc_since": "2026-02-28",
			"taxon_abc_reason": "share 12.5 %", "taxon_abc_watch": "true", "taxon_abc_at": "2026-03-01T09:00:00Z"}
		if _, err := write(t, c, []connector.Write{{ID: id, Fields: values}}); err != nil {
			t.Fatal(err)
		}
		keys := []string{}
		for _, f := range abc {
			keys = append(keys, f.Key)
		}
		read, err := c.Read(context.Background(), crm.Company, []string{id, "99999"}, keys)
		if err != nil {
			t.Fatal(err)
		}
		if len(read) != 1 || fmt.Sprint(read[id]) != fmt.Sprint(values) {
			t.Errorf("read %v, want %v", read, values)
		}
		other := a.open(t, func(o *connector.Options) {
			o.OwnFields = map[crm.Kind][]string{crm.Company: append(keys, "taxon_not_there")}
		})
		p := pull(t, other, crm.Company, nil)
		if fmt.Sprint(p.records[id].Own) != fmt.Sprint(values) {
			t.Errorf("pulled %v, want %v", p.records[id].Own, values)
		}
		if _, err := write(t, c, []connector.Write{{ID: id, Fields: map[string]string{"taxon_abc": "", "taxon_abc_since": ""}}}); err != nil {
			t.Fatal(err)
		}
		read, err = c.Read(context.Background(), crm.Company, []string{id}, []string{"taxon_abc", "taxon_abc_since", "taxon_abc_score"})
		if err != nil || fmt.Sprint(read[id]) != "map[taxon_abc_score:12.5]" {
			t.Errorf("after clearing: %v, %v", read, err)
		}
	})
}

func TestTheRefusedFieldIsNamedAndTheValueIsNot(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 1, 0, 0)
	c := provisioned(t, a)
	id := a.Records(hubspot.Companies)[0].ID
	out, err := write(t, c, []connector.Write{{ID: id, Fields: map[string]string{"taxon_abc": "Secret", "taxon_abc_reason": "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	if e := out[id].Error; e.Pointer != "taxon_abc" || strings.Contains(e.Error(), "Secret") || !strings.Contains(e.Message, "VALIDATION_ERROR") {
		t.Errorf("the error is %v", e)
	}
}

func TestARecordThatIsWrittenTwiceKeepsTheOrder(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 120, 0, 0)
	c := provisioned(t, a)
	id := a.Records(hubspot.Companies)[5].ID
	var writes []connector.Write
	for range 20 {
		for _, class := range []string{"A", "B", "C"} {
			writes = append(writes, connector.Write{ID: id, Fields: map[string]string{"taxon_abc": class}})
		}
	}
	n := 0
	err := c.Write(context.Background(), crm.Company, writes, func(batch []connector.Outcome) error { n += len(batch); return nil })
	if err != nil || n != 60 || a.Value(hubspot.Companies, id, "taxon_abc") != "C" {
		t.Errorf("%v after %d outcomes, the value is %s", err, n, a.Value(hubspot.Companies, id, "taxon_abc"))
	}
}

func TestAFieldThatDoesNotExistStopsBeforeAnythingIsSent(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 1, 0, 0)
	c := a.open(t)
	_, err := write(t, c, []connector.Write{{ID: a.Records(hubspot.Companies)[0].ID, Fields: map[string]string{"taxon_abc": "A"}}})
	if crm.CodeOf(err) != crm.CodeConfig || c.Counts().Write != 0 {
		t.Errorf("%v after %d requests", err, c.Counts().Write)
	}
}

func TestARuleThatForbidsEverythingStopsTheWriteEarly(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: hubspot.Unlimited()})
	a.load(t, 1000, 0, 0)
	c := provisioned(t, a)
	var writes []connector.Write
	for _, r := range a.Records(hubspot.Companies) {
		writes = append(writes, connector.Write{ID: r.ID, Fields: map[string]string{"taxon_abc": "Z"}})
	}
	out, err := write(t, c, writes)
	if crm.CodeOf(err) != crm.CodeConfig || len(out) > 700 { // a few batches were under way
		t.Errorf("%v after %d outcomes", err, len(out))
	}
}

func TestAWriteThatArrivedButWasNotAnsweredIsSentAgainSafely(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 250, 0, 0)
	c := provisioned(t, a)
	a.Faults.Add(sandbox.Fault{Path: "/batch/update", Every: 2, Times: 2, After: true, Answer: sandbox.Cut()})
	var writes []connector.Write
	for _, r := range a.Records(hubspot.Companies) {
		writes = append(writes, connector.Write{ID: r.ID, Fields: map[string]string{"taxon_abc": "A"}})
	}
	out, err := write(t, c, writes)
	if err != nil || len(out) != 250 {
		t.Fatalf("%d outcomes, %v", len(out), err)
	}
	for id, o := range out {
		if o.Error != nil {
			t.Errorf("%s: %v", id, o.Error)
		}
	}
}

func TestAnUnknownOutcomeIsTransientAndStopsTheWrite(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 250, 0, 0)
	c := provisioned(t, a)
	a.Faults.Add(sandbox.Fault{Path: "/batch/update", Skip: 1, Answer: hubspot.Failed(503, 0)})
	var writes []connector.Write
	for _, r := range a.Records(hubspot.Companies) {
		writes = append(writes, connector.Write{ID: r.ID, Fields: map[string]string{"taxon_abc": "A"}})
	}
	out, err := write(t, c, writes)
	if crm.CodeOf(err) != crm.CodeUnavailable {
		t.Errorf("got %v", err)
	}
	good, transient := 0, 0
	for _, o := range out {
		if o.Error == nil {
			good++
		} else if o.Transient {
			transient++
		}
	}
	if good != 100 && good != 50 || good+transient != 250 {
		t.Errorf("%d written, %d of unknown outcome", good, transient)
	}
}

func TestProvisioningIsIdempotentAndParallel(t *testing.T) {
	eachAPI(t, func(t *testing.T, api string) {
		a := newAccount(t, hubspot.Options{})
		a.api = api
		var wg sync.WaitGroup
		states := make([][]connector.FieldState, 4)
		errs := make([]error, 4)
		for i := range states {
			c := a.open(t) // with limiters of its own: as in another process
			wg.Go(func() { states[i], errs[i] = c.Provision(context.Background(), crm.Company, abc) })
		}
		wg.Wait()
		for i, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
			for k, s := range states[i] {
				if s.Key != abc[k].Key || s.Name != abc[k].Key || s.Missing {
					t.Errorf("the state is %+v", s)
				}
			}
			if fmt.Sprint(states[i][0].Codec) != "map[A:A B:B C:C]" {
				t.Errorf("the codec is %v", states[i][0].Codec)
			}
		}
		groups := 0
		for _, g := range a.Groups(hubspot.Companies) {
			if g.Name == "taxon" {
				groups++
			}
		}
		f, ok := a.Property(hubspot.Companies, "taxon_abc")
		if groups != 1 || !ok || f.Group != "taxon" || len(f.Options) != 3 || f.Label != "ABC" {
			t.Errorf("%d groups, the property is %+v", groups, f)
		}
		again := a.open(t)
		st, err := again.Provision(context.Background(), crm.Company, abc)
		if err != nil || st[0].Created || st[0].Extended || again.Counts().Provision != 1 {
			t.Errorf("the second time: %+v, %v, %d requests", st[0], err, again.Counts().Provision)
		}
	})
}

func TestOptionsAreExtendedAndNeverLost(t *testing.T) {
	eachAPI(t, func(t *testing.T, api string) {
		a := newAccount(t, hubspot.Options{})
		a.api = api
		if err := a.AddProperty(hubspot.Companies, sandbox.Field{Name: "taxon_abc", Label: "ABC, renamed by a person", Type: "enumeration", Widget: "radio",
			Options: []sandbox.Option{{Value: "A", Label: "Best", Order: 0}, {Value: "old", Label: "Of a person", Description: "kept", Order: 1, Hidden: true}, {Value: "17", Label: "C", Order: 2}}}); err != nil {
			t.Fatal(err)
		}
		st, err := a.open(t).Provision(context.Background(), crm.Company, abc[:1])
		if err != nil {
			t.Fatal(err)
		}
		if !st[0].Extended || st[0].Created || fmt.Sprint(st[0].Codec) != "map[A:A B:B C:17]" {
			t.Errorf("the state is %+v", st[0])
		}
		f, _ := a.Property(hubspot.Companies, "taxon_abc")
		var values []string
		for _, o := range f.Options {
			values = append(values, o.Value+"="+o.Label)
		}
		if !slices.Equal(values, []string{"A=Best", "old=Of a person", "17=C", "B=B"}) || !f.Options[1].Hidden || f.Options[1].Description != "kept" || f.Label != "ABC, renamed by a person" {
			t.Errorf("the property is %+v", f)
		}
	})
}

func TestAFieldOfAnotherTypeIsAConflict(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	if err := a.AddProperty(hubspot.Companies, sandbox.Field{Name: "taxon_abc", Type: "string", Widget: "text"}); err != nil {
		t.Fatal(err)
	}
	c := a.open(t)
	states, err := c.Examine(context.Background(), crm.Company, abc[:2])
	if err != nil || states[0].Error == nil || states[1].Error != nil || !states[1].Missing {
		t.Errorf("before, they stand as %+v, %v", states, err)
	}
	states, err = c.Provision(context.Background(), crm.Company, abc[:2])
	if crm.CodeOf(err) != crm.CodeConflict || !strings.Contains(err.Error(), "taxon_abc") {
		t.Errorf("got %v", err)
	}
	if len(states) != 2 || states[0].Error == nil || !states[1].Created {
		t.Errorf("the other field is not made: %+v", states)
	}
}

func TestFieldsAreRemovedAndOnlyOurs(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	c := provisioned(t, a)
	if err := c.DeleteFields(context.Background(), crm.Company, []string{"taxon_abc", "taxon_never_was"}); err != nil {
		t.Fatal(err)
	}
	if _, there := a.Property(hubspot.Companies, "taxon_abc"); there {
		t.Error("the property is still there")
	}
	if err := c.DeleteFields(context.Background(), crm.Company, []string{"industry"}); err == nil {
		t.Error("a foreign property was removed")
	}
	if _, there := a.Property(hubspot.Companies, "industry"); !there {
		t.Error("a foreign property is gone")
	}
}
