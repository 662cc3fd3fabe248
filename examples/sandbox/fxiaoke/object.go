package fxiaoke

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The objects.
const (
	Accounts      = "AccountObj"
	Contacts      = "ContactObj"
	Opportunities = "NewOpportunityObj"
	OldDeals      = "OpportunityObj" // 商机, before 商机 2.0
	Payments      = "PaymentObj"
	Invoices      = "InvoiceApplicationObj"
	Quotes        = "QuoteObj"
	Cases         = "CasesObj"
	Visits        = "CheckinsObj"
	Schedules     = "ScheduleObj"
	SalesRecords  = "ActiveRecordObj"
)

// The values of an opportunity's sales_status, and of an older one's biz_status; they are the enterprise's own.
const (
	StatusOpen = "1"
	StatusWon  = "2"
	StatusLost = "3"
	StatusVoid = "4"
)

var statuses = []sandbox.Option{{Value: StatusOpen, Label: "进行中"}, {Value: StatusWon, Label: "赢单"}, {Value: StatusLost, Label: "输单"}, {Value: StatusVoid, Label: "无效"}}

var objects = map[string][]sandbox.Field{
	Accounts: slices.Concat(sandbox.Fields("text", "name", "tel", "website", "address"), sandbox.Fields("select_one", "industry"), sandbox.Fields("number", "employee_count"), sandbox.Fields("currency", "annual_revenue"), sandbox.Fields("employee", "owner")),
	Contacts: slices.Concat(sandbox.Fields("text", "name", "email", "mobile", "job_title"), sandbox.Fields("object_reference", "account_id"), sandbox.Fields("employee", "owner")),
	Opportunities: slices.Concat(sandbox.Fields("text", "name"), sandbox.Fields("currency", "amount"), sandbox.Fields("date", "close_date"), sandbox.Fields("object_reference", "account_id"), sandbox.Fields("employee", "owner"), sandbox.Fields("select_one", "sales_stage"),
		[]sandbox.Field{{Name: "sales_status", Type: "select_one", Options: statuses}}),
	OldDeals: slices.Concat(sandbox.Fields("text", "name", "oppo_stage_id"), sandbox.Fields("currency", "expected_deal_amount"), sandbox.Fields("date", "expected_deal_closed_date"), sandbox.Fields("object_reference", "account_id"), sandbox.Fields("employee", "owner"),
		[]sandbox.Field{{Name: "biz_status", Type: "select_one", Options: statuses}}),
	Payments: slices.Concat(sandbox.Fields("text", "name"), sandbox.Fields("currency", "payment_amount"), sandbox.Fields("date", "payment_time"), sandbox.Fields("object_reference", "account_id", "order_id")),
	Invoices: slices.Concat(sandbox.Fields("text", "name"), sandbox.Fields("currency", "invoice_applied_amount"), sandbox.Fields("date", "invoice_date"), sandbox.Fields("object_reference", "account_id", "order_id")),
	Quotes:   slices.Concat(sandbox.Fields("text", "name"), sandbox.Fields("currency", "quote_amount"), sandbox.Fields("date", "quote_time"), sandbox.Fields("object_reference", "account_id", "opportunity_id")),
	Cases:    slices.Concat(sandbox.Fields("text", "name"), sandbox.Fields("object_reference", "account_id")),
	Visits:   slices.Concat(sandbox.Fields("text", "name", "communicate_record"), sandbox.Fields("date", "new_stat_date"), sandbox.Fields("object_reference", "customer_id")),
	Schedules: slices.Concat(sandbox.Fields("text", "name", "content"), sandbox.Fields("date_time", "begin_time", "end_time"),
		sandbox.Fields("what_list", related), sandbox.Fields(within, Accounts, Contacts, Opportunities, OldDeals)),
	SalesRecords: slices.Concat(sandbox.Fields("text", "name", "active_record_content"), sandbox.Fields("select_many", "interactive_types"), sandbox.Fields("object_reference", "account_id", "new_opportunity_id"),
		sandbox.Fields("what_list", related), sandbox.Fields(within, Accounts, Contacts, Opportunities, OldDeals)),
}

// related is the field that lists the records which a schedule or sales record is about, of several objects. The store keeps
// the id of one of each object in a property with the object's name and the type within, which the API does not know.
const related, within = "related_object_data", "within"

// withCurrency are the objects whose records have a currency of their own where the enterprise has several: mc_currency.
var withCurrency = []string{Opportunities, OldDeals, Payments, Invoices, Quotes}

// row is a record as the API answers it: numbers are texts, times milliseconds,
// employees lists; what is not set is absent, and companions tell labels.
func (s *Server) row(object string, r *sandbox.Record, asked []string) map[string]any {
	out := map[string]any{"_id": r.ID, "create_time": r.Created.UnixMilli(), "last_modified_time": r.Modified.UnixMilli(), "life_status": "normal", "is_deleted": false}
	for _, f := range s.Store.Fields(object) {
		v := r.Values[f.Name]
		if v == "" {
			continue
		}
		switch f.Type {
		case "date", "date_time":
			out[f.Name] = json.Number(v)
		case "true_or_false":
			out[f.Name] = v == "true"
		case "employee", "select_many":
			out[f.Name] = []string{v}
		case within:
			about, _ := out[related].([]any)
			out[related] = append(about, map[string]any{"describe_api_name": f.Name, "id": v})
		default:
			out[f.Name] = v
		}
		for _, o := range f.Options {
			if o.Value == v {
				out[f.Name+"__r"] = o.Label
			}
		}
	}
	for name := range out {
		if len(asked) > 0 && name != "_id" && !slices.Contains(asked, strings.TrimSuffix(name, "__r")) {
			delete(out, name)
		}
	}
	return out
}

// always are the fields of every object.
var always = []string{"_id", "create_time", "last_modified_time", "life_status", "is_deleted"}

// search is the body of a query.
type search struct {
	Object string `json:"dataObjectApiName"`
	Total  bool   `json:"find_explicit_total_num"`
	Info   struct {
		Limit   int `json:"limit"`
		Offset  int `json:"offset"`
		Filters []struct {
			Field    string   `json:"field_name"`
			Values   []string `json:"field_values"`
			Operator string   `json:"operator"`
		} `json:"filters"`
		Orders []struct {
			Field     string `json:"fieldName"`
			Ascending bool   `json:"isAsc"`
		} `json:"orders"`
		Projection []string `json:"fieldProjection"`
	} `json:"search_query_info"`
}

func column(r *sandbox.Record, field string) string {
	switch field {
	case "_id":
		return r.ID
	case "last_modified_time":
		return strconv.FormatInt(r.Modified.UnixMilli(), 10)
	case "create_time":
		return strconv.FormatInt(r.Created.UnixMilli(), 10)
	}
	return r.Values[field]
}

// compare orders values as numbers of one length, and ids, sort: by length, then text.
func compare(a, b string) int { return sandbox.CompareIDs(a, b) }

// query answers rows: 100 at most, from an offset that is a multiple of the limit and not
// beyond 10,000. The total is 0 unless it is asked for.
func (s *Server) query(data json.RawMessage) (any, *failure) {
	var q search
	if json.Unmarshal(data, &q) != nil {
		return nil, invalid("field_values must be a list of texts")
	}
	if objects[q.Object] == nil || slices.Contains(s.options.Without, q.Object) {
		return nil, invalid("对象 %s 不存在", q.Object)
	}
	limit := q.Info.Limit
	if limit == 0 {
		limit = 20
	}
	switch {
	case limit > 100:
		return nil, invalid("limit 不能超过 100")
	case q.Info.Offset%limit != 0:
		return nil, invalid("offset must be a multiple of limit")
	case q.Info.Offset > 10000:
		return nil, &failure{10013, "offset out of range 10000"}
	}
	for _, name := range q.Info.Projection { // not documented: the strictest guess
		if f, known := s.Store.Field(q.Object, name); (!known || f.Type == within) && !slices.Contains(always, name) {
			return nil, invalid("字段 %s 不存在", name)
		}
	}
	for _, f := range q.Info.Filters {
		if !slices.Contains([]string{"EQ", "GT", "GTE", "LT", "LTE", "IN"}, f.Operator) || len(f.Values) == 0 {
			return nil, invalid("operator %s is not simulated", f.Operator)
		}
	}
	rows := slices.DeleteFunc(s.Records(q.Object), func(r *sandbox.Record) bool {
		for _, f := range q.Info.Filters {
			v, order := column(r, f.Field), compare(column(r, f.Field), f.Values[0])
			held := map[string]bool{"EQ": order == 0, "GT": order > 0, "GTE": order >= 0, "LT": order < 0, "LTE": order <= 0, "IN": slices.Contains(f.Values, v)}[f.Operator]
			if !held {
				return true
			}
		}
		return false
	})
	slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
		for _, o := range q.Info.Orders {
			order := compare(column(a, o.Field), column(b, o.Field))
			if !o.Ascending {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	total := len(rows)
	from := min(q.Info.Offset, total)
	list := []any{}
	for _, r := range rows[from:min(from+limit, total)] {
		list = append(list, s.row(q.Object, r, q.Info.Projection))
	}
	if !q.Total {
		total = 0
	}
	return map[string]any{"dataList": list, "offset": q.Info.Offset, "limit": limit, "total": total}, nil
}

// update changes one record. dataObjectApiName stands within object_data, unlike in a
// query; companions such as account_id__r are refused.
func (s *Server) update(data json.RawMessage) (any, *failure) {
	var body struct {
		Object map[string]any `json:"object_data"`
	}
	if json.Unmarshal(data, &body) != nil || body.Object == nil {
		return nil, invalid("object_data is missing")
	}
	object, _ := body.Object["dataObjectApiName"].(string)
	id, _ := body.Object["_id"].(string)
	if objects[object] == nil {
		return nil, invalid("dataObjectApiName is missing in object_data")
	}
	record, ok := s.Store.Get(object, id)
	if !ok || record.Archived() {
		return nil, &failure{NotFound, "数据不存在"}
	}
	values := map[string]string{}
	for name, v := range body.Object {
		if name == "_id" || name == "dataObjectApiName" {
			continue
		}
		text, f := s.value(object, name, v)
		if f != nil {
			return nil, f
		}
		values[name] = text
	}
	if why, rejected := s.Rejected(object, id); rejected {
		return nil, invalid("%s", why.Message)
	}
	if !s.Dropped(object, id) {
		s.Store.Update(object, id, values)
	}
	return nil, nil
}

// NotFound is the code for a record that is not there. The published table has none of its
// own; the message tells.
const NotFound = 10006

func (s *Server) value(object, name string, v any) (string, *failure) {
	f, known := s.Store.Field(object, name)
	if !known || strings.HasSuffix(name, "__r") {
		return "", invalid("字段 %s 不存在", name)
	}
	if v == nil || v == "" {
		return "", nil
	}
	text := fmt.Sprint(v)
	number, isNumber := v.(float64)
	if isNumber {
		text = strconv.FormatFloat(number, 'f', -1, 64)
	}
	wrong := invalid("字段 %s 类型错误", name)
	switch f.Type {
	case "date", "date_time":
		if !isNumber || time.UnixMilli(int64(number)).Year() < 1980 {
			return "", wrong
		}
	case "number", "currency":
		if _, err := strconv.ParseFloat(text, 64); err != nil || isNumber {
			return "", wrong // numbers are texts
		}
	case "true_or_false":
		if _, ok := v.(bool); !ok {
			return "", wrong
		}
	case "select_one":
		if len(f.Options) > 0 && !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == text }) {
			return "", invalid("字段 %s 的选项值错误", name)
		}
	}
	return text, nil
}

// describe tells the fields of an object with their options.
func (s *Server) describe(data json.RawMessage) (any, *failure) {
	var body struct {
		Object string `json:"apiName"`
	}
	if json.Unmarshal(data, &body) != nil || objects[body.Object] == nil {
		return nil, invalid("apiName is missing")
	}
	out := map[string]any{}
	for _, f := range append(sandbox.Fields("date_time", "create_time", "last_modified_time"), s.Store.Fields(body.Object)...) {
		if f.Type == within {
			continue
		}
		options := []any{}
		for _, o := range f.Options {
			options = append(options, map[string]any{"value": o.Value, "label": o.Label})
		}
		kind := "package"
		if strings.HasSuffix(f.Name, "__c") {
			kind = "custom"
		}
		out[f.Name] = map[string]any{"api_name": f.Name, "label": f.Label, "type": f.Type, "is_required": false, "define_type": kind, "is_active": true, "options": options}
	}
	return map[string]any{"describe": map[string]any{"api_name": body.Object, "fields": out}}, nil
}
