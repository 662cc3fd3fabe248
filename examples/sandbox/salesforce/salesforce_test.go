package salesforce_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/salesforce"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

const data = "/services/data/v62.0"

type org struct {
	*salesforce.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func (o *org) token(status int, form string) sandboxtest.Answer {
	o.T.Helper()
	return o.Client.Ask(status, "POST", "/services/oauth2/token", form)
}

const refresh = "grant_type=refresh_token&client_id=" + salesforce.DefaultClientID + "&client_secret=" + salesforce.DefaultClientSecret + "&refresh_token="

// open opens an org and signs in.
func open(t *testing.T, o salesforce.Options) *org {
	t.Helper()
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := salesforce.New(o)
	out := &org{s, sandboxtest.Client{T: t, Handler: s.Handler(), Header: http.Header{}}, clock}
	out.Client.Header.Set("Authorization", "Bearer "+out.token(200, refresh+salesforce.DefaultRefreshToken).Text("access_token"))
	return out
}

func (o *org) load(object string, values map[string]string) string {
	o.T.Helper()
	id, err := o.Load(object, sandbox.Record{Values: values})
	if err != nil {
		o.T.Fatal(err)
	}
	return id
}

func (o *org) query(status int, soql string) sandboxtest.Answer {
	o.T.Helper()
	return o.Ask(status, "GET", data+"/query?q="+url.QueryEscape(soql), "")
}

// OAuth 2.0 refresh token flow: no expires_in; instance_url; a rotated token ends the old one. Errors are 400 with error and
// error_description. REST API status codes: an ended session is 401 INVALID_SESSION_ID, in an array.
func TestTokensTellNoLifeAndRotate(t *testing.T) {
	o := open(t, salesforce.Options{Rotate: true})
	o.token(400, refresh+salesforce.DefaultRefreshToken).Is("error", "invalid_grant") // it was used
	if used := o.token(400, strings.Replace(refresh, salesforce.DefaultClientSecret, "wrong", 1)); used.Text("error") != "invalid_client" {
		t.Errorf("a wrong secret: %s", used.Raw)
	}
	answer := o.token(200, "grant_type=client_credentials&client_id="+salesforce.DefaultClientID+"&client_secret="+salesforce.DefaultClientSecret)
	if answer.At("expires_in") != nil || answer.At("refresh_token") != nil || answer.Text("instance_url") == "" {
		t.Errorf("a token answer is %s", answer.Raw)
	}
	o.query(200, "SELECT Id FROM Account")
	o.clock.Advance(2 * time.Hour)
	o.query(401, "SELECT Id FROM Account").Is("0.errorCode", "INVALID_SESSION_ID")
	o.token(400, "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c").Is("error", "invalid_grant")
}

// REST API guide, Query: totalSize, done, nextRecordsUrl; types of JSON; offsets without a colon; batchSize is 200 to 2,000 and a hint.
// Help article 000384958: a locator lives two days.
func TestPagesAreFoundByALocator(t *testing.T) {
	o := open(t, salesforce.Options{})
	for i := range 450 {
		o.load(salesforce.Account, map[string]string{"Name": fmt.Sprint("Company ", i), "NumberOfEmployees": "7", "AnnualRevenue": "1500.5"})
	}
	o.Client.Header.Set("Sforce-Query-Options", "batchSize=10")
	a := o.query(200, "SELECT Id, Name, NumberOfEmployees, Phone, CreatedDate FROM Account ORDER BY Id")
	a.Is("totalSize", 450)
	a.Is("done", false)
	a.Is("records.0.attributes.type", "Account")
	a.Is("records.0.NumberOfEmployees", 7)
	a.Is("records.0.Phone", nil)
	a.Is("records.0.CreatedDate", "2026-05-01T08:00:00.000+0000")
	rows := len(a.List("records"))
	if rows != 200 || len(a.Text("records.0.Id")) != 18 {
		t.Errorf("a page has %d rows, an id is %s", rows, a.Text("records.0.Id"))
	}
	next := a.Text("nextRecordsUrl")
	for a = o.Ask(200, "GET", next, ""); ; a = o.Ask(200, "GET", a.Text("nextRecordsUrl"), "") {
		if rows += len(a.List("records")); a.At("done") == true {
			break
		}
	}
	if rows != 450 {
		t.Errorf("%d rows came", rows)
	}
	o.clock.Advance(48 * time.Hour)
	o.Client.Header.Set("Authorization", "Bearer "+o.token(200, refresh+salesforce.DefaultRefreshToken).Text("access_token"))
	o.Ask(400, "GET", next, "").Is("0.errorCode", "INVALID_QUERY_LOCATOR")
	if long := o.query(414, "SELECT Id FROM Account WHERE Id IN ('"+strings.Repeat("001000000000001AAA','", 800)+"')"); long.Status != 414 {
		t.Errorf("a long address: %s", long.Raw)
	}
}

// SOQL reference: comparison operators, IN, null, date formats without quotes, ORDER BY, LIMIT, COUNT(). REST API guide, status
// codes and error responses: INVALID_FIELD and MALFORMED_QUERY for the whole query.
func TestSOQLIsReadAsItsReferenceSays(t *testing.T) {
	o := open(t, salesforce.Options{})
	var ids []string
	for i, stage := range []string{salesforce.StageOpen, salesforce.StageWon, salesforce.StageLost} {
		ids = append(ids, o.load(salesforce.Opportunity, map[string]string{"Name": "It's " + fmt.Sprint(i), "StageName": stage, "Amount": fmt.Sprint(100 * i), "CloseDate": fmt.Sprintf("2026-05-0%d", i+1)}))
		o.clock.Advance(time.Minute)
	}
	for where, want := range map[string]int{
		"Name = 'It\\'s 1'":                             1,
		"IsWon = true":                                  1,
		"IsClosed = true AND IsWon = false":             1,
		"Amount >= 100":                                 2,
		"CloseDate < 2026-05-03":                        2,
		"SystemModstamp >= 2026-05-01T08:01:00Z":        2,
		"SystemModstamp > 2026-05-01T08:01:00.000+0000": 0, // no colon: not a literal of SOQL
		"AccountId = null":                              3,
		"Id IN ('" + ids[0] + "','" + ids[2] + "')":     2,
		"(IsWon = true OR Amount = 0) AND Name != 'x'":  2,
		"StageName = 'Closed Won' LIMIT 1":              1,
	} {
		status := 200
		if want == 0 {
			status = 400
		}
		if got := len(o.query(status, "SELECT Id FROM Opportunity WHERE "+where).List("records")); got != want {
			t.Errorf("%s finds %d", where, got)
		}
	}
	o.query(200, "SELECT COUNT() FROM Opportunity").Is("totalSize", 3)
	o.query(200, "SELECT Name FROM Opportunity ORDER BY SystemModstamp DESC, Id").Is("records.0.Name", "It's 2")
	o.query(400, "SELECT Id, CurrencyIsoCode FROM Opportunity").Is("0.errorCode", "INVALID_FIELD")
	o.query(400, "SELECT Id FROM Opportunity WHERE SystemModstamp > '2026-05-01T08:01:00Z'").Is("0.errorCode", "INVALID_FIELD")
	o.query(400, "SELECT Id FROM Opportunity WHERE Name = 7").Is("0.errorCode", "INVALID_FIELD")
	o.query(400, "SELECT Id Opportunity").Is("0.errorCode", "MALFORMED_QUERY")
	o.query(400, "SELECT Id FROM Nothing").Is("0.errorCode", "INVALID_TYPE")
	open(t, salesforce.Options{Currencies: true}).query(200, "SELECT Id, CurrencyIsoCode FROM Opportunity")
}

// REST API guide: queryAll has deleted rows; Get Deleted 15 days back, Get Updated 30; merge(): the loser is deleted and its
// MasterRecordId names the winner, which gets the children.
func TestTheRecycleBinTellsDeletionsAndMerges(t *testing.T) {
	o := open(t, salesforce.Options{})
	winner, loser := o.load(salesforce.Account, map[string]string{"Name": "A"}), o.load(salesforce.Account, map[string]string{"Name": "B"})
	person := o.load(salesforce.Contact, map[string]string{"LastName": "Ada", "AccountId": loser})
	o.clock.Advance(time.Hour)
	if err := o.Merge(salesforce.Account, winner, loser); err != nil {
		t.Fatal(err)
	}
	if o.Merge(salesforce.Opportunity, winner, loser) == nil {
		t.Error("opportunities were merged")
	}
	o.query(200, "SELECT Id FROM Account").Is("totalSize", 1)
	a := o.Ask(200, "GET", data+"/queryAll?q="+url.QueryEscape("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true AND SystemModstamp >= 2026-05-01T09:00:00Z"), "")
	a.Is("records.0.Id", loser)
	a.Is("records.0.MasterRecordId", winner)
	o.query(200, "SELECT Id FROM Contact WHERE AccountId = '"+winner+"'").Is("records.0.Id", person)
	o.clock.Advance(time.Minute)
	deleted := o.Ask(200, "GET", data+"/sobjects/Account/deleted?start=2026-05-01T08:30:00%2B00:00&end=2026-05-01T09:30:00%2B00:00", "")
	deleted.Is("deletedRecords.0.id", loser)
	o.Ask(200, "GET", data+"/sobjects/Account/updated?start=2026-05-01T08:30:00%2B00:00&end=2026-05-01T09:30:00%2B00:00", "").Is("ids.0", winner)
	o.Ask(400, "GET", data+"/sobjects/Account/deleted?start=2026-04-01T08:30:00Z&end=2026-05-01T09:30:00Z", "").Is("0.errorCode", "INVALID_REPLICATION_DATE")
	o.Ask(400, "GET", data+"/sobjects/Account/deleted?start=2026-05-01T08:30:00+00:00&end=2026-05-01T09:30:00Z", "") // + is a space
}

// REST API guide, sObject Collections: at most 200 records, status 200 with failures, results in the order of the request.
func TestCollectionsAnswer200WithFailures(t *testing.T) {
	o := open(t, salesforce.Options{})
	good, gone, ruled := o.load(salesforce.Account, map[string]string{"Name": "A"}), o.load(salesforce.Account, map[string]string{"Name": "B"}), o.load(salesforce.Account, map[string]string{"Name": "C"})
	o.Archive(salesforce.Account, gone)
	o.RejectWrites(salesforce.Account, ruled, 0, sandbox.Rejection{Message: "no"})
	record := func(id, values string) string {
		return `{"attributes":{"type":"Account"},"id":"` + id + `",` + values + `}`
	}
	a := o.Ask(200, "PATCH", data+"/composite/sobjects", `{"allOrNone":false,"records":[`+strings.Join([]string{record(gone, `"Phone":"1"`), record(good, `"Phone":"2","NumberOfEmployees":3`),
		record(ruled, `"Phone":"1"`), record(good, `"Nothing":"1"`), record(good, `"NumberOfEmployees":"many"`), record("001000000009999AAA", `"Phone":"1"`)}, ",")+`]}`)
	for i, want := range []string{"ENTITY_IS_DELETED", "", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "INVALID_FIELD", "JSON_PARSER_ERROR", "INVALID_CROSS_REFERENCE_KEY"} {
		if got := a.Text(fmt.Sprint(i, ".errors.0.statusCode")); got != want || (a.At(fmt.Sprint(i, ".success")) == true) != (want == "") {
			t.Errorf("result %d: %s, want %s", i, got, want)
		}
	}
	o.query(200, "SELECT Phone, NumberOfEmployees FROM Account WHERE Id = '"+good+"'").Is("records.0.NumberOfEmployees", 3)
	many := strings.TrimSuffix(strings.Repeat(record(good, `"Phone":"1"`)+",", 201), ",")
	o.Ask(400, "PATCH", data+"/composite/sobjects", `{"records":[`+many+`]}`).Is("0.errorCode", "EXCEEDED_MAX_SIZE_REQUEST")
}

// Tooling API, CustomField; simple-salesforce#621 and #681, jsforce#1584: a field that was made is seen by nobody until there are
// FieldPermissions. Metadata is replaced as a whole; published tasks of CumulusCI (add_picklist_values): values that are read have valueName.
func TestANewFieldIsInvisibleUntilItIsPermitted(t *testing.T) {
	o := open(t, salesforce.Options{})
	id := o.load(salesforce.Account, map[string]string{"Name": "A"})
	values := func(codes ...string) string {
		var list []string
		for _, c := range codes {
			list = append(list, `{"fullName":"`+c+`","label":"Class `+c+`","default":false}`)
		}
		return `{"label":"ABC","type":"Picklist","valueSet":{"restricted":true,"valueSetDefinition":{"sorted":false,"value":[` + strings.Join(list, ",") + `]}}}`
	}
	made := o.Ask(201, "POST", data+"/tooling/sobjects/CustomField", `{"FullName":"Account.taxon_abc__c","Metadata":`+values("A", "B")+`}`)
	o.Ask(400, "POST", data+"/tooling/sobjects/CustomField", `{"FullName":"Account.taxon_abc__c","Metadata":`+values("A")+`}`).Is("0.errorCode", "DUPLICATE_DEVELOPER_NAME")
	for _, wrong := range []string{"Account.taxon_abc", "Account.taxon__abc__c", "Account.9abc__c", "Account." + strings.Repeat("a", 41) + "__c"} {
		o.Ask(400, "POST", data+"/tooling/sobjects/CustomField", `{"FullName":"`+wrong+`","Metadata":`+values("A")+`}`)
	}
	o.Ask(400, "POST", data+"/tooling/sobjects/CustomField", `{"FullName":"Account.n__c","Metadata":{"label":"N","type":"Number"}}`).Is("0.errorCode", "FIELD_INTEGRITY_EXCEPTION")

	seen := func() bool {
		return strings.Contains(o.Ask(200, "GET", data+"/sobjects/Account/describe", "").Raw, "taxon_abc__c")
	}
	write := `{"records":[{"attributes":{"type":"Account"},"id":"` + id + `","taxon_abc__c":"%s"}]}`
	if seen() {
		t.Error("it is seen before it is permitted")
	}
	o.query(400, "SELECT taxon_abc__c FROM Account").Is("0.errorCode", "INVALID_FIELD")
	o.Ask(200, "PATCH", data+"/composite/sobjects", fmt.Sprintf(write, "A")).Is("0.errors.0.statusCode", "INVALID_FIELD")
	set := o.query(200, "SELECT Id FROM PermissionSet WHERE Name = 'Taxon'").Text("records.0.Id")
	permit := `{"ParentId":"` + set + `","SobjectType":"Account","Field":"Account.taxon_abc__c","PermissionsRead":true,"PermissionsEdit":true}`
	o.Ask(400, "POST", data+"/sobjects/FieldPermissions", strings.Replace(permit, set, "nothing", 1)).Is("0.errorCode", "INVALID_CROSS_REFERENCE_KEY")
	o.Ask(201, "POST", data+"/sobjects/FieldPermissions", permit)
	o.Ask(400, "POST", data+"/sobjects/FieldPermissions", permit).Is("0.errorCode", "DUPLICATE_VALUE")
	if !seen() {
		t.Error("it is not seen")
	}
	o.Ask(200, "PATCH", data+"/composite/sobjects", fmt.Sprintf(write, "C")).Is("0.errors.0.statusCode", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
	o.Ask(204, "PATCH", data+"/tooling/sobjects/CustomField/"+made.Text("id"), `{"Metadata":`+values("A", "B", "C")+`}`)
	o.Ask(200, "PATCH", data+"/composite/sobjects", fmt.Sprintf(write, "C")).Is("0.success", true)
	q := "SELECT Id, Metadata FROM CustomField WHERE DeveloperName = 'taxon_abc' AND TableEnumOrId = 'Account'"
	o.Ask(200, "GET", data+"/tooling/query?q="+url.QueryEscape(q), "").Is("records.0.Metadata.valueSet.valueSetDefinition.value.2.valueName", "C")
	o.Ask(204, "DELETE", data+"/tooling/sobjects/CustomField/"+made.Text("id"), "")
	o.query(400, "SELECT taxon_abc__c FROM Account")
}

// Bulk API 2.0 guide: create a job, poll, results by Sforce-Locator and Sforce-NumberOfRecords; ingest: upload once, close, and two
// lists of results; an empty cell leaves a value, #N/A clears it.
func TestBulkJobs(t *testing.T) {
	o := open(t, salesforce.Options{})
	var ids []string
	for i := range 5 {
		ids = append(ids, o.load(salesforce.Account, map[string]string{"Name": fmt.Sprint("Company ", i), "Phone": "1", "NumberOfEmployees": "9"}))
	}
	job := o.Ask(200, "POST", data+"/jobs/query", `{"operation":"query","query":"SELECT Id, Name, SystemModstamp FROM Account"}`).Text("id")
	o.Ask(200, "GET", data+"/jobs/query/"+job, "").Is("state", "InProgress")
	o.Ask(400, "GET", data+"/jobs/query/"+job+"/results", "").Is("0.errorCode", "INVALIDJOBSTATE")
	o.clock.Advance(time.Minute)
	o.Ask(200, "GET", data+"/jobs/query/"+job, "").Is("state", "JobComplete")
	page := o.Ask(200, "GET", data+"/jobs/query/"+job+"/results?maxRecords=3", "")
	if page.Header.Get("Sforce-NumberOfRecords") != "3" || !strings.HasPrefix(page.Raw, "Id,Name,SystemModstamp\n") || !strings.Contains(page.Raw, "2026-05-01T08:00:00.000Z") {
		t.Errorf("a page of a result is %v %s", page.Header, page.Raw)
	}
	page = o.Ask(200, "GET", data+"/jobs/query/"+job+"/results?maxRecords=3&locator="+page.Header.Get("Sforce-Locator"), "")
	if page.Header.Get("Sforce-Locator") != "null" || strings.Count(page.Raw, "\n") != 3 {
		t.Errorf("the last page of a result is %v %s", page.Header, page.Raw)
	}

	in := o.Ask(200, "POST", data+"/jobs/ingest", `{"object":"Account","operation":"update","contentType":"CSV","lineEnding":"LF"}`)
	path := data + "/jobs/ingest/" + in.Text("id")
	o.Client.Header.Set("Content-Type", "text/csv")
	o.Ask(201, "PUT", path+"/batches", "Id,Phone,NumberOfEmployees\n"+ids[0]+",#N/A,\n"+ids[1]+",7,1\n"+ids[2]+",7,many\n")
	o.Ask(400, "PUT", path+"/batches", "Id\n")
	o.Client.Header.Set("Content-Type", "application/json")
	o.Ask(200, "PATCH", path, `{"state":"UploadComplete"}`).Is("state", "InProgress")
	o.clock.Advance(time.Minute)
	if good := o.Ask(200, "GET", path+"/successfulResults", "").Raw; !strings.HasPrefix(good, "sf__Id,sf__Created,Id,Phone,NumberOfEmployees\n"+ids[0]+",false,") || strings.Count(good, "\n") != 3 {
		t.Errorf("the good ones: %s", good)
	}
	if bad := o.Ask(200, "GET", path+"/failedResults", "").Raw; !strings.Contains(bad, "sf__Id,sf__Error,Id") || !strings.Contains(bad, ids[2]+",JSON_PARSER_ERROR:") {
		t.Errorf("the bad ones: %s", bad)
	}
	a := o.query(200, "SELECT Phone, NumberOfEmployees FROM Account ORDER BY Id")
	a.Is("records.0", map[string]any{"Phone": nil, "NumberOfEmployees": 9, "attributes": a.At("records.0.attributes")})
	a.Is("records.1.Phone", "7")
}

// Developer limits cheat sheet: requests in any 24 hours; Sforce-Limit-Info; over quota is 403 REQUEST_LIMIT_EXCEEDED.
func TestTheDaysQuotaRolls(t *testing.T) {
	o := open(t, salesforce.Options{PerDay: 3, Session: 100 * time.Hour})
	for i := range 3 {
		a := o.Ask(200, "GET", data+"/limits", "")
		if got, want := a.Header.Get("Sforce-Limit-Info"), fmt.Sprintf("api-usage=%d/3", i+1); got != want {
			t.Errorf("used is %q, want %q", got, want)
		}
		o.clock.Advance(time.Hour)
	}
	o.Ask(403, "GET", data+"/limits", "").Is("0.errorCode", "REQUEST_LIMIT_EXCEEDED")
	o.clock.Advance(21 * time.Hour)
	o.Ask(200, "GET", data+"/limits", "")
	o.Ask(403, "GET", data+"/limits", "")
}

// Object reference: an opportunity's contacts stand in OpportunityContactRole, whose changes leave the opportunity as it is;
// its own read-only field ContactId (from API version 46.0 on) is that of the primary role.
func TestTheContactOfAnOpportunityIsARecordOfItsOwn(t *testing.T) {
	o := open(t, salesforce.Options{})
	deal, first, second := o.load(salesforce.Opportunity, map[string]string{"Name": "D"}), o.load(salesforce.Contact, map[string]string{"FirstName": "Ada", "LastName": "L"}), o.load(salesforce.Contact, map[string]string{"LastName": "B"})
	o.query(200, "SELECT Name FROM Contact WHERE Id = '"+first+"'").Is("records.0.Name", "Ada L")
	o.clock.Advance(time.Hour)
	o.Link(salesforce.Opportunity, deal, salesforce.Contact, first)
	o.Link(salesforce.Opportunity, deal, salesforce.Contact, second)
	var primary []string
	a := o.query(200, "SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId IN ('"+deal+"')")
	for i := range a.List("records") {
		primary = append(primary, fmt.Sprint(a.Text(fmt.Sprint("records.", i, ".ContactId")) == second, a.At(fmt.Sprint("records.", i, ".IsPrimary"))))
	}
	if slices.Sort(primary); !slices.Equal(primary, []string{"false false", "true true"}) {
		t.Errorf("the contacts are %s", a.Raw)
	}
	o.query(200, "SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-05-01T08:30:00Z").Is("totalSize", 0)
	o.query(200, "SELECT ContactId FROM Opportunity WHERE Id = '"+deal+"'").Is("records.0.ContactId", second)
}
