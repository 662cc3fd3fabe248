package manifest_test

import (
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

const (
	job = `job:
        submit: {method: POST, path: /jobs}
        id: = body.id
        poll: {path: = "/jobs/" + job.id}
        done: = body.done
        result: {path: = "/jobs/" + job.id + "/rows"}
        format: csv`
	writeJob = `write:
      request: {method: POST, path: /write, body: '= records'}
      batch: 10
      values: text
      clear: empty
      match: status
      job:
        batch: 100
        submit: {method: POST, path: /jobs}
        id: = body.id
        upload: {method: PUT, path: = "/jobs/" + job.id}
        row: '= merge({"id": record.id}, record.values)'
        poll: {path: = "/jobs/" + job.id}
        done: = body.done
        results: [{request: {path: = "/jobs/" + job.id + "/bad"}, format: csv, id: id, failures: {}}]`
	envelope = `write:
      request: {method: PATCH, path: '= "/contacts/" + records[0].id', body: '= records[0].values'}
      envelope: {kind: multipart, request: {method: POST, path: /batch}}
      batch: 10
      values: text
      clear: empty
      match: order`
)

// Each way of working beside plain requests loads, and says what is wrong with it.
func TestFaultsOfJobsEnvelopesAndLinks(t *testing.T) {
	list, object := "      page: {cursor: next}", "    list:\n"
	for name, c := range map[string]struct{ old, new, in, out, want string }{
		"a job":                         {list, list + "\n      " + job, "", "", ""},
		"above without a count":         {list, list + "\n      " + job, "format: csv", "format: csv\n        above: 5", "above needs the listing's count"},
		"rows of a CSV":                 {list, list + "\n      " + job, "format: csv", "format: csv\n        rows: items", "rows belong to the format json"},
		"columns of JSON":               {list, list + "\n      " + job, "format: csv", "format: json\n        rows: items\n        columns: {a: b}", "columns belong to a CSV"},
		"pages without a size":          {list, list + "\n      " + job, "format: csv", "format: csv\n        cursor: = headers.next", "a result in pages needs size"},
		"a job that is not submitted":   {list, list + "\n      " + job, "        submit: {method: POST, path: /jobs}\n", "", `the key "submit" is missing`},
		"a job for deletions":           {"      retention: 30d", "      retention: 30d\n      " + job, "", "", "only list and changed are read as jobs"},
		"another format":                {list, list + "\n      " + job, "format: csv", "format: xlsx", `"xlsx" is not one of csv, csv_zip`},
		"a write job":                   {object, "    " + writeJob + "\n" + object, "", "", ""},
		"an upload without rows":        {object, "    " + writeJob + "\n" + object, "        row: '= merge({\"id\": record.id}, record.values)'\n", "", "upload and row belong together"},
		"rows in the poll's CSV":        {object, "    " + writeJob + "\n" + object, `request: {path: = "/jobs/" + job.id + "/bad"}, `, "", "the last answer of poll is JSON"},
		"an envelope":                   {object, "    " + envelope + "\n" + object, "", "", ""},
		"an envelope by id":             {object, "    " + envelope + "\n" + object, "match: order", "match: status", "matched by order"},
		"an envelope with a body":       {object, "    " + envelope + "\n" + object, "path: /batch}", "path: /batch, body: {a: 1}}", "no body of its own"},
		"distinct without equal values": {object, "    " + envelope + "\n" + object, "envelope: {kind: multipart, request: {method: POST, path: /batch}}", "distinct: {request: {path: /each}, batch: 5}", "distinct stands beside same_values"},
		"a read before many writes":     {object, "    " + envelope + "\n" + object, "{method: PATCH,", "{first: {path: /x}, method: PATCH,", "only the write of a single record has a request first"},
		"a delta without pages by link": {object, "    updated: at\n    changed: {request: {path: /c}, rows: items, size: 5, delta: {link: d}}\n" + object, "", "", "pages by link"},
		"a bucket of both kinds":        {"{requests: 60, per: 1m}", "{requests: 60, per: 1m, at_once: 5}", "", "", "at_once stands in the place of requests and per"},
		"a bucket of nothing":           {"{requests: 60, per: 1m}", "{only: true}", "", "", "requests and per must be above zero, or at_once"},
		"a cost of no bucket":           {"path: /contacts\n", "path: /contacts\n        cost: {tokens: 5}\n", "", "", `there is no limit "tokens"`},
		"after without park":            {"then: retry}", "then: retry, after: 3}", "", "", "after and park belong to retry"},
		"a key that is no secret":       {"    headers: {X-Key: = secret.key}", "    exchange: {assertion: {algorithm: RS256, key: pem, claims: {}}, request: {path: /t}, token: {t: = body.t}}", "", "", `there is no secret "pem"`},
		"an assertion out of place":     {"path: /contacts", "path: = assertion", "", "", "undeclared reference to 'assertion'"},
		"no such credentials":           {"path: /contacts", "path: /contacts\n        auth: boss", "", "", `no way to authenticate called "boss"`},
		"merges without read":           {"      retention: 30d", "      retention: 30d\n      into: master", "", "", "into needs read"},
		"a link of nothing":             {object, "    links: {company: {primary: true}}\n" + object, "", "", "a link has either a property or an expression"},
		"new without created":           {object, "    updated: at\n    changed: {request: {path: /c}, rows: items, size: 5, new: {request: {path: /n}, rows: items, size: 5}}\n" + object, "", "", "new needs the object's key created"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good(t), c.old, c.new, 1)
			changed := strings.Replace(text, c.in, c.out, 1)
			if text == good(t) || c.in != "" && changed == text {
				t.Fatal("the manifest is as it was")
			}
			_, err := manifest.Load("small.yaml", []byte(changed))
			if c.want == "" && err != nil || c.want != "" && (crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}
