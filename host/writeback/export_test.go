package writeback

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/validate"
)

func exported(t *testing.T) (*world, *Plan, string) {
	w := newWorld(t, crm.Company)
	ids := w.companies(4)
	w.classifiers[0].Parts = []string{PartReason}
	w.crm.edit(crm.Company, ids[3], "taxon_abc", "mine")
	w.crm.SetOwnFields(crm.Company, []string{"taxon_abc"})
	w.pull()
	w.tag("abc", "A", ids...)
	in := w.input()
	in.Revenue = func(string) (int64, bool) { return 100, true }
	p, err := Make(w.ctx, in)
	w.must(err)
	var b bytes.Buffer
	w.must(Export(w.ctx, w.conn, p.ID, &b))
	return w, p, b.String()
}

func TestExportedPlanFitsItsSchemaAndIsFoundAgain(t *testing.T) {
	w, p, text := exported(t)
	var document any
	w.must(json.Unmarshal([]byte(text), &document))
	for _, f := range validate.Embedded("plan.schema.json").Check(document) {
		t.Errorf("%s: %s", f.Pointer, f.Message)
	}
	if n := strings.Count(text, `"record":`); n < 6 {
		t.Errorf("the document shows %d changes", n)
	}
	if kept := p.Summary.Classifiers["abc"].KeptExamples; len(kept) != 1 || kept[0] != (Kept{crm.Company, "c004", "taxon_abc", "mine", "A"}) {
		t.Errorf("kept values are shown as %+v", kept)
	}
	again, err := Import(w.ctx, w.conn, "4711", strings.NewReader(text))
	w.must(err)
	if again.ID != p.ID || again.Hash != p.Hash || again.Summary.Changes != 6 {
		t.Errorf("found %+v, expected %+v", again, p)
	}
	// Layout is free, content is not.
	var compact bytes.Buffer
	w.must(json.Compact(&compact, []byte(text)))
	if _, err := Import(w.ctx, w.conn, "4711", &compact); err != nil {
		t.Errorf("in compact form it is refused: %v", err)
	}
}

func TestChangedOrForeignPlanFilesAreRefused(t *testing.T) {
	w, _, text := exported(t)
	lines := strings.Split(text, "\n")
	without := func(part string) string {
		var kept []string
		gone := false
		for _, l := range lines {
			if !gone && strings.HasPrefix(l, "    {") && strings.Contains(l, part) {
				gone = true
				continue
			}
			kept = append(kept, l)
		}
		return strings.Join(kept, "\n")
	}
	for name, c := range map[string]struct {
		text string
		code crm.Code
	}{
		"another value":    {strings.Replace(text, `"new":"A"`, `"new":"B"`, 1), crm.CodeConflict},
		"a change removed": {without(`"record":"c001"`), crm.CodeConflict},
		"another summary":  {strings.Replace(text, `"records": 3`, `"records": 2`, 1), crm.CodeConflict},
		"another account":  {strings.Replace(text, `"account": "4711"`, `"account": "4712"`, 1), crm.CodeConflict},
		"two hashes":       {strings.Replace(text, "\"hash\":", "\"hash\": \"\",\n\"hash\":", 1), crm.CodeConflict},
		"cut off":          {text[:len(text)/2], crm.CodeConfig},
		"more after it":    {text + "{}", crm.CodeConfig},
		"no plan":          {`{"hello": 1}`, crm.CodeConfig},
		"another version":  {strings.Replace(text, `"taxon_plan": 1`, `"taxon_plan": 2`, 1), crm.CodeConfig},
		"no JSON":          {"hello", crm.CodeConfig},
	} {
		if c.text == text {
			t.Errorf("%s: the test changes nothing", name)
		}
		_, err := Import(w.ctx, w.conn, "4711", strings.NewReader(c.text))
		if crm.CodeOf(err) != c.code {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	_, err := Import(w.ctx, w.conn, "4712", strings.NewReader(text))
	expectCode(t, err, crm.CodeConflict)

	stranger := newWorld(t, crm.Company)
	_, err = Import(stranger.ctx, stranger.conn, "4711", strings.NewReader(text))
	expectCode(t, err, crm.CodeConflict)

	w.plan()
	_, err = Import(w.ctx, w.conn, "4711", strings.NewReader(text))
	expectCode(t, err, crm.CodeConflict)
}

func TestASummaryShowsAFewKeptValuesOnly(t *testing.T) {
	var s ClassifierSummary
	for range 9 {
		s.keep(Kept{})
	}
	if s.Kept != 9 || len(s.KeptExamples) != exampleCount {
		t.Errorf("%d kept, %d shown", s.Kept, len(s.KeptExamples))
	}
}
