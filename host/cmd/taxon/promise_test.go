package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

const compared = `      profit: {plugin: profit, config: {margin_rate: 30}}
      value: {plugin: value}
      grade: {plugin: composite, config: {preset: purchases}}
`

// TestAPromisedClassComes changes the data as --what-if says, and classifies everything anew, with new models.
func TestAPromisedClassComes(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML+compared))
	i.must(0, "plan")
	deals := map[string]string{} // by name, which is the company's too
	for _, d := range i.server.Records(hubspot.Deals) {
		deals[d.Values["dealname"]] = d.ID
	}
	type promise struct{ company, name, classifier, property, from, to, class string }
	var promises []promise
	kept := map[string]bool{}
	for n, company := range i.server.Records(hubspot.Companies) {
		if n%4 != 1 {
			continue
		}
		for _, c := range i.whatIf(company.ID).Classifiers {
			for direction, list := range map[string]effects{"up": c.WhatIf.Up, "down": c.WhatIf.Down} {
				for _, e := range list {
					path, _, _ := strings.Cut(e.Path, " within ")
					property := map[string]string{"sum(deals.amount) where won": "amount", "last(deals.closed_at) where won": "closedate"}[path]
					if key := c.Classifier + direction; property != "" && (property == "amount" || c.Classifier == "rfm") && !kept[key] {
						kept[key] = true
						promises = append(promises, promise{company.ID, company.Values["name"], c.Classifier, property, e.From, e.To, e.Class})
					}
				}
			}
		}
	}
	of := map[string]int{}
	for _, p := range promises {
		of[p.classifier]++
		if err := i.server.Update(hubspot.Deals, deals[p.name], map[string]string{p.property: p.to}); err != nil {
			t.Fatal(err)
		}
		i.forget()
		i.must(0, "plan")
		var x struct {
			Classifiers []struct {
				Classifier string
				Tags       []struct{ Key, Value string }
			}
		}
		if err := json.Unmarshal([]byte(i.must(0, "explain", p.company, "--output", "json")), &x); err != nil {
			t.Fatal(err)
		}
		for _, c := range x.Classifiers {
			if c.Classifier == p.classifier && c.Tags[0].Value != p.class {
				t.Errorf("%+v, but it is %s", p, c.Tags[0].Value)
			}
		}
		if err := i.server.Update(hubspot.Deals, deals[p.name], map[string]string{p.property: p.from}); err != nil {
			t.Fatal(err)
		}
	}
	for _, classifier := range []string{"abc", "rfm", "profit", "value", "grade"} {
		if of[classifier] == 0 {
			t.Errorf("%s promises nothing", classifier)
		}
	}
}

// forget removes all that is known of the account.
func (i *installation) forget() {
	i.t.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(i.path("taxon.db" + end)); err != nil && !os.IsNotExist(err) {
			i.t.Fatal(err)
		}
	}
}
