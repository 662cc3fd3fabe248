package espocrm_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/espocrm"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var (
	start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	key   = http.Header{"X-Api-Key": {espocrm.DefaultKey}}
	admin = http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(espocrm.DefaultLogin+":"+espocrm.DefaultPassword))}}
)

type server struct {
	*espocrm.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func open(t *testing.T) *server {
	clock := sandbox.NewManual(start)
	s := espocrm.New(espocrm.Options{Clock: clock})
	return &server{s, sandboxtest.Client{T: t, Handler: s.Handler(), Header: key}, clock}
}

func (s *server) load(entity string, values map[string]string) string {
	s.T.Helper()
	id, err := s.Load(entity, sandbox.Record{Values: values})
	if err != nil {
		s.T.Fatal(err)
	}
	return id
}

func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return "/api/v1/" + path + "?" + q.Encode()
}

// development/api.md: a key, a signature over method and path, or name and password.
func TestAuthentication(t *testing.T) {
	s := open(t)
	s.Ask(200, "GET", query("Settings"), "").Is("defaultCurrency", "USD")
	s.Header = http.Header{"X-Api-Key": {"wrong"}}
	s.Ask(401, "GET", query("Settings"), "")
	mac := hmac.New(sha256.New, []byte(espocrm.DefaultSecret))
	mac.Write([]byte("GET /Account"))
	signed := base64.StdEncoding.EncodeToString([]byte(espocrm.DefaultKey + ":" + hex.EncodeToString(mac.Sum(nil))))
	s.Header = http.Header{"X-Hmac-Authorization": {signed}}
	s.Ask(200, "GET", query("Account"), "")
	s.Ask(401, "GET", query("Contact"), "")
	s.Header = admin
	s.Ask(200, "GET", query("Account"), "")
}

// recordListMaxSizeLimit, and a 9.1.7 that ran: more than 200 rows are refused with 403 and a reason in a header; without a total it is
// -1 when there is more and -2 when not.
func TestPages(t *testing.T) {
	s := open(t)
	for range 3 {
		s.load(espocrm.Accounts, map[string]string{"name": "A"})
	}
	if a := s.Ask(403, "GET", query("Account", "maxSize", "201"), ""); a.Header.Get("X-Status-Reason") == "" || a.Raw != "" {
		t.Errorf("%v %q", a.Header, a.Raw)
	}
	s.Ask(200, "GET", query("Account", "maxSize", "2"), "").Is("total", 3)
	s.Header = http.Header{"X-Api-Key": {espocrm.DefaultKey}, "X-No-Total": {"true"}}
	s.Ask(200, "GET", query("Account", "maxSize", "2"), "").Is("total", -1)
	s.Ask(200, "GET", query("Account", "maxSize", "2", "offset", "2"), "").Is("total", -2)
}

// api-search-params.md: conditions and groups of them; Core/Select/Order/Applier.php: rows of equal value come by id.
func TestConditions(t *testing.T) {
	s := open(t)
	a, b := s.load(espocrm.Accounts, map[string]string{"name": "A"}), s.load(espocrm.Accounts, map[string]string{"name": "B"})
	s.clock.Advance(time.Hour)
	c := s.load(espocrm.Accounts, map[string]string{"name": "C"})
	for name, test := range map[string]struct {
		pairs []string
		want  []string
	}{
		"since":  {[]string{"where[0][type]", "greaterThanOrEquals", "where[0][attribute]", "modifiedAt", "where[0][value]", "2026-05-01 09:00:00"}, []string{c}},
		"until":  {[]string{"where[0][type]", "lessThan", "where[0][attribute]", "modifiedAt", "where[0][value]", "2026-05-01 09:00:00"}, []string{a, b}},
		"in":     {[]string{"where[0][type]", "in", "where[0][attribute]", "id", "where[0][value][]", a, "where[0][value][]", c}, []string{a, c}},
		"groups": {[]string{"where[0][type]", "or", "where[0][value][0][type]", "greaterThan", "where[0][value][0][attribute]", "modifiedAt", "where[0][value][0][value]", "2026-05-01 08:00:00", "where[0][value][1][type]", "and", "where[0][value][1][value][0][type]", "equals", "where[0][value][1][value][0][attribute]", "modifiedAt", "where[0][value][1][value][0][value]", "2026-05-01 08:00:00", "where[0][value][1][value][1][type]", "greaterThan", "where[0][value][1][value][1][attribute]", "id", "where[0][value][1][value][1][value]", a}, []string{b, c}},
	} {
		rows := s.Ask(200, "GET", query("Account", append(test.pairs, "orderBy", "modifiedAt", "order", "asc", "select", "name")...), "")
		if n := len(rows.List("list")); n != len(test.want) {
			t.Errorf("%s: %d rows, want %v", name, n, test.want)
			continue
		}
		for i, id := range test.want {
			rows.Is("list."+string(rune('0'+i))+".id", id)
		}
	}
	s.Ask(403, "GET", query("Account", "where[0][type]", "equals", "where[0][attribute]", "nothing", "where[0][value]", "1"), "")
}

// Tools/MassUpdate: the answer names the records that were saved; others are passed over silently, and so are attributes that there are
// not. A 9.1.7 that ran: writing moves the change time.
func TestMassUpdate(t *testing.T) {
	s := open(t)
	if err := s.Store.AddField(espocrm.Accounts, sandbox.Field{Name: "cTag", Type: "enum", Options: []sandbox.Option{{Value: ""}, {Value: "A"}}}); err != nil {
		t.Fatal(err)
	}
	good, ruled := s.load(espocrm.Accounts, nil), s.load(espocrm.Accounts, nil)
	s.RejectWrites(espocrm.Accounts, ruled, 0, sandbox.Rejection{Message: "a rule"})
	s.clock.Advance(time.Hour)
	body := `{"entityType": "Account", "action": "update", "params": {"ids": ["` + good + `", "` + ruled + `", "gone"]}, "data": {"values": {"cTag": "A", "lost": "x"}}, "idle": false}`
	a := s.Ask(200, "POST", query("MassAction"), body)
	a.Is("count", 1)
	a.Is("ids", []string{good})
	s.Ask(200, "GET", query("Account/"+good), "").Is("modifiedAt", "2026-05-01 09:00:00")
	s.Ask(200, "POST", query("MassAction"), `{"entityType": "Account", "action": "update", "params": {"ids": ["`+good+`"]}, "data": {"values": {"cTag": "Z"}}}`).Is("count", 0)
	if a := s.Ask(404, "POST", query("MassAction"), `{"entityType": "Account", "action": "massUpdate"}`); a.Header.Get("X-Status-Reason") != "Mass action 'massUpdate' not found." {
		t.Errorf("the reason is %q", a.Header.Get("X-Status-Reason"))
	}
}

// A 9.1.7 that ran: an enum is cleared only where it has an empty option, and a boolean not at all.
func TestWhatCannotBeCleared(t *testing.T) {
	s := open(t)
	id := s.load(espocrm.Accounts, nil)
	for _, f := range []sandbox.Field{{Name: "cOpen", Type: "enum", Options: []sandbox.Option{{Value: ""}, {Value: "A"}}}, {Name: "cClosed", Type: "enum", Options: []sandbox.Option{{Value: "A"}}}, {Name: "cFlag", Type: "bool"}} {
		if err := s.Store.AddField(espocrm.Accounts, f); err != nil {
			t.Fatal(err)
		}
	}
	for values, count := range map[string]int{`{"cOpen": null}`: 1, `{"cOpen": ""}`: 1, `{"cClosed": null}`: 0, `{"cClosed": ""}`: 0, `{"cFlag": null}`: 0} {
		s.Ask(200, "POST", query("MassAction"), `{"entityType": "Account", "action": "update", "params": {"ids": ["`+id+`"]}, "data": {"values": `+values+`}}`).Is("count", count)
	}
}

// Controllers/FieldManager.php, NameUtil.php and a 9.1.7 that ran: an administrator only; the name gets a c before it, which the answer
// does not say; a duplicate is 409; the list of options is replaced, and wants the type beside it.
func TestFields(t *testing.T) {
	s := open(t)
	create := `{"name": "churnTag", "type": "enum", "label": "Churn", "options": ["", "A"], "translatedOptions": {"A": "Low"}}`
	s.Ask(403, "POST", query("Admin/fieldManager/Account"), create)
	s.Header = admin
	s.Ask(200, "POST", query("Admin/fieldManager/Account"), create).Is("name", nil)
	s.Ask(409, "POST", query("Admin/fieldManager/Account"), create)
	s.Ask(400, "POST", query("Admin/fieldManager/Account"), `{"name": "churn_tag", "type": "enum"}`)
	fields := query("Metadata", "key", "entityDefs.Account.fields")
	s.Ask(200, "GET", fields, "").Is("cChurnTag.options", []string{"", "A"})
	s.Ask(200, "PUT", query("Admin/fieldManager/Account/cChurnTag"), `{"type": "enum", "options": ["", "A", "B"]}`)
	s.Ask(200, "GET", fields, "").Is("cChurnTag.options", []string{"", "A", "B"})
	s.Ask(500, "PUT", query("Admin/fieldManager/Account/cChurnTag"), `{"options": ["", "A"]}`)
	s.Ask(200, "DELETE", query("Admin/fieldManager/Account/cChurnTag"), "")
	s.Ask(404, "DELETE", query("Admin/fieldManager/Account/cChurnTag"), "")
}

// A 9.1.7 that ran: UTC without saying so, numbers as such, null for what is empty.
func TestForms(t *testing.T) {
	s := open(t)
	id := s.load(espocrm.Opportunities, map[string]string{"name": "A", "amount": "1200.5", "stage": "Closed Won"})
	a := s.Ask(200, "GET", query("Opportunity/"+id), "")
	a.Is("amount", 1200.5)
	a.Is("amountCurrency", "USD")
	a.Is("createdAt", "2026-05-01 08:00:00")
	a.Is("closeDate", nil)
}

// The vendor's OpenAPI description of the Sales Pack: quotes, invoices and payments are entities like others; without the extension
// there are none.
func TestSalesPack(t *testing.T) {
	s := open(t)
	s.load(espocrm.Invoices, map[string]string{"grandTotalAmount": "119.5", "grandTotalAmountCurrency": "EUR", "dateInvoiced": "2026-04-01"})
	a := s.Ask(200, "GET", query("Invoice", "select", "grandTotalAmount,grandTotalAmountCurrency,dateInvoiced,dateDue"), "")
	a.Is("list.0.grandTotalAmount", 119.5)
	a.Is("list.0.dateInvoiced", "2026-04-01")
	a.Is("list.0.dateDue", nil)
	without := sandboxtest.Client{T: t, Handler: espocrm.New(espocrm.Options{WithoutSalesPack: true}).Handler(), Header: key}
	for _, entity := range []string{espocrm.Quotes, espocrm.Invoices, espocrm.Payments} {
		without.Ask(404, "GET", query(entity), "")
	}
	without.Ask(200, "GET", query(espocrm.Cases), "")
}
