package connector

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// RunSamples maps the samples of a manifest and compares with the records that they expect. It sends nothing. The problems
// name the sample; none means that all are as expected.
func RunSamples(m *manifest.Manifest) []crm.Problem {
	var problems []crm.Problem
	fault := func(i int, format string, args ...any) {
		problems = append(problems, crm.Problem{Error: crm.Error{Code: crm.CodeConfig, Pointer: m.Where(m.Samples[i]),
			Message: fmt.Sprintf("%s: ", m.Samples[i].Name) + fmt.Sprintf(format, args...)}})
	}
	for i, s := range m.Samples {
		p, err := sample(m, s)
		if err != nil {
			fault(i, "%v", err)
			continue
		}
		for k := range max(len(s.Records), len(p.page.Records)) {
			switch {
			case k >= len(p.page.Records):
				fault(i, "the record %s is missing", s.Records[k].ID)
			case k >= len(s.Records):
				fault(i, "the record %s was not expected", p.page.Records[k].ID)
			default:
				for _, difference := range differences(s.Records[k], &p.page.Records[k]) {
					fault(i, "the record %s: %s", s.Records[k].ID, difference)
				}
			}
		}
		var got, want []string
		for _, r := range p.page.Rejected {
			got = append(got, r.ID+": "+r.Error.Message)
		}
		for _, r := range s.Rejected {
			want = append(want, r.ID+": "+r.Message)
		}
		if !slices.Equal(got, want) {
			fault(i, "rejected are %q, expected were %q", got, want)
		}
		if !slices.Equal(p.page.Deleted, s.Gone) {
			fault(i, "gone are %q, expected were %q", p.page.Deleted, s.Gone)
		}
	}
	return problems
}

// sample takes a sample's answer through mapping as a pull would.
func sample(m *manifest.Manifest, s *manifest.Sample) (*pull, error) {
	config := map[string]string{}
	for name, input := range m.Inputs { // as a connection that says nothing
		config[name] = input.Default
	}
	c := &Connector{manifest: m, clock: crm.SystemClock{}, base: map[string]any{"config": config, "vars": map[string]any{}}}
	o := &object{name: s.Object, spec: m.Objects[s.Object], vars: map[string]any{"name": s.Object}}
	if err := o.compile(nil); err != nil {
		return nil, err
	}
	p := &pull{c: c, o: o, own: &objectState{Full: s.Listing != "changed"}, table: o.table}
	lookups := map[string]any{}
	for name, table := range s.Lookups {
		lookups[name] = table
	}
	currency := orDefault(s.Currency, "USD")
	p.context = mapping.Context{Currency: currency, Vars: map[string]any{"config": c.base["config"], "vars": c.base["vars"], "object": o.vars,
		"account": map[string]any{"currency": currency}, "lookup": lookups}}
	for _, key := range s.Own {
		p.table.Own = append(p.table.Own, mapping.OwnColumn{Key: key, Path: o.customPath(key), Type: crm.Text})
	}
	listing := o.spec.List
	if s.Listing == "changed" || listing == nil {
		listing = &o.spec.Changed.Listing
	}
	body, err := parsed(s.Answer)
	if err != nil {
		return nil, err
	}
	rows, ok := mapping.Rows(body, listing.Rows)
	if !ok {
		return nil, fmt.Errorf("the answer has no rows at %s", listing.Rows)
	}
	for _, row := range rows {
		p.take(mapping.Row{row}, false)
	}
	for _, to := range slices.Sorted(maps.Keys(s.Associations)) {
		a := o.spec.Associations[to]
		if a == nil {
			return nil, fmt.Errorf("the object has no association with %s records", to)
		}
		answer, err := parsed(s.Associations[to])
		if err != nil {
			return nil, err
		}
		rows, _ := mapping.Rows(answer, a.Rows)
		for _, row := range rows {
			if err := p.addLinks(map[string]any{"object": o.vars}, to, a, mapping.Text(a.From.In(row)), row); err != nil {
				return nil, err
			}
		}
	}
	p.page = o.prefixed(p.page)
	return p, nil
}

// parsed is a body given as YAML data or as JSON text.
func parsed(body any) (*fastjson.Value, error) {
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("an answer cannot be written as JSON")
		}
		text = string(data)
	}
	v, err := fastjson.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("an answer is not JSON")
	}
	return v, nil
}

// differences between an expected record and the one that came.
func differences(want *manifest.SampleRecord, got *crm.Record) []string {
	fields := map[string]string{}
	for name, v := range got.Fields {
		if fields[name] = v.String(); v.Type() == crm.Amount {
			fields[name] = v.Money().String()
		}
	}
	var links []string
	for _, l := range got.Links {
		text := string(l.Kind) + " " + l.ID
		if l.Primary {
			text += "*"
		}
		links = append(links, text)
	}
	updated := ""
	if !got.UpdatedAt.IsZero() {
		updated = got.UpdatedAt.Format(time.RFC3339Nano)
	}
	var out []string
	compare := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			out = append(out, fmt.Sprintf("%s is %v, expected was %v", what, got, want))
		}
	}
	compare("its id", got.ID, want.ID)
	compare("the change time", updated, want.Updated)
	for _, name := range slices.Sorted(maps.Keys(merged(fields, want.Fields))) {
		compare("the field "+name, fields[name], want.Fields[name])
	}
	compare("links", strings.Join(links, ", "), strings.Join(want.Links, ", "))
	compare("merged ids", strings.Join(got.MergedIDs, ", "), strings.Join(want.Merged, ", "))
	for _, name := range slices.Sorted(maps.Keys(merged(got.Own, want.Own))) {
		compare("the own field "+name, got.Own[name], want.Own[name])
	}
	return out
}

func merged(a, b map[string]string) map[string]bool {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}
