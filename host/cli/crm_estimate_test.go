package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func TestAnEstimateSaysOnlyWhatIsSo(t *testing.T) {
	guessed := connector.ObjectEstimate{Kind: crm.Company, Object: "accounts", Everything: true, Records: 10_000, From: "assumed", Pages: 100}
	for name, c := range map[string]struct {
		connector.Estimate
		counts      bool
		says, never string
	}{
		"no cheap counts": {connector.Estimate{Requests: 101, Preparation: 1, Objects: []connector.ObjectEstimate{guessed}}, true,
			"no cheap request for counts, so --count changes nothing", "or --count"},
		"not counted, and could not be": {connector.Estimate{Requests: 101, Objects: []connector.ObjectEstimate{guessed}}, false,
			"Better numbers: --records.", "--count"},
		"not counted": {connector.Estimate{Requests: 101, Countable: true, Objects: []connector.ObjectEstimate{guessed}}, false,
			"or --count, which asks the CRM", "no cheap request"},
		"no links": {connector.Estimate{Requests: 101, Objects: []connector.ObjectEstimate{guessed}}, false, "100 pages\n", "for links"},
		"links": {connector.Estimate{Requests: 4, Objects: []connector.ObjectEstimate{{Object: "deals", Records: 5, From: "counted", Pages: 1, Associations: 3}}}, false,
			"1 page, 3 requests for links", "Nothing was called"},
		"the comparison of ids": {connector.Estimate{Requests: 4, Objects: []connector.ObjectEstimate{{Object: "deals", Records: 5, From: "counted", Pages: 1, IDs: 3}}}, false,
			"1 page, 3 pages of all ids\n  All ids are compared then: --reconcile, or reconcile_days have passed.\n", "for links"},
		"no comparison": {connector.Estimate{Requests: 1, Objects: []connector.ObjectEstimate{{Object: "deals", Records: 5, From: "counted", Pages: 1}}}, false,
			"1 page\n", "All ids"},
		"a quota of a day": {connector.Estimate{Requests: 4, Quotas: []connector.QuotaEstimate{{Name: "daily", Size: 1000, Seconds: 86400, Share: 0.004, Days: 1}}}, false,
			"Quota daily: 0.4 % of 1000 a day; at most 80 % are used.", "worked off"},
		"a quota of an hour": {connector.Estimate{Requests: 1208, Quotas: []connector.QuotaEstimate{{Name: "hour", Size: 1000, Seconds: 3600, Share: 1.208}}, SlowestLimit: "hour"}, false,
			"Quota hour: 121 % of 1000 an hour; at most 80 % are used.\nThe rate limit hour decides the time.", "worked off"},
		"files": {connector.Estimate{Objects: []connector.ObjectEstimate{{Kind: crm.Company, Object: "companies", Everything: true, Records: 7, From: "files"}}}, true,
			"The next pull reads files: no request is made.\n  companies  all 7  counted in the files", "request for"},
	} {
		var out bytes.Buffer
		(&environment{stdout: &out}).printEstimate(&c.Estimate, 0, c.counts)
		if text := out.String(); !strings.Contains(text, c.says) || strings.Contains(text, c.never) || strings.Contains(text, " 0 ") {
			t.Errorf("%s: %q is to be, %q is not to be in\n%s", name, c.says, c.never, text)
		}
	}
}
