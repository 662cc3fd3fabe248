package espocrm

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The entities.
const (
	Accounts      = "Account"
	Contacts      = "Contact"
	Opportunities = "Opportunity"
	Cases         = "Case"
	Meetings      = "Meeting"
	Calls         = "Call"
	Emails        = "Email"

	// Those of the extension Sales Pack.
	Quotes   = "Quote"
	Invoices = "Invoice"
	Payments = "PaymentEntry"
)

type entity struct {
	name   string
	fields []sandbox.Field
}

var entities = []*entity{
	{Accounts, sandbox.Fields("varchar", "name", "website", "emailAddress", "phoneNumber", "industry", "billingAddressStreet", "billingAddressCity", "billingAddressState", "billingAddressPostalCode", "billingAddressCountry", "assignedUserId")},
	{Contacts, sandbox.Fields("varchar", "firstName", "lastName", "emailAddress", "phoneNumber", "title", "addressStreet", "addressCity", "addressState", "addressPostalCode", "addressCountry", "assignedUserId", "accountId")},
	{Opportunities, slices.Concat(sandbox.Fields("varchar", "name", "amountCurrency", "stage", "assignedUserId", "accountId", "contactId"), sandbox.Fields("currency", "amount", "amountConverted"), sandbox.Fields("date", "closeDate"))},
	{Cases, sandbox.Fields("varchar", "name", "status", "accountId", "contactId")},
	{Meetings, slices.Concat(sandbox.Fields("varchar", "name", "status", "accountId", "parentType", "parentId"), sandbox.Fields("linkMultiple", "contactsIds"), sandbox.Fields("datetime", "dateStart"), sandbox.Fields("date", "dateStartDate"))},
	{Calls, slices.Concat(sandbox.Fields("varchar", "name", "status", "direction", "accountId", "parentType", "parentId"), sandbox.Fields("linkMultiple", "contactsIds"), sandbox.Fields("datetime", "dateStart"))},
	{Emails, slices.Concat(sandbox.Fields("varchar", "name", "status", "accountId", "parentType", "parentId"), sandbox.Fields("datetime", "dateSent"))},
	{Quotes, slices.Concat(sandbox.Fields("varchar", "name", "status", "grandTotalAmountCurrency", "accountId", "billingContactId", "opportunityId"), sandbox.Fields("currency", "grandTotalAmount"), sandbox.Fields("date", "dateQuoted", "expirationDate"))},
	{Invoices, slices.Concat(sandbox.Fields("varchar", "name", "status", "grandTotalAmountCurrency", "accountId", "billingContactId", "opportunityId"), sandbox.Fields("currency", "grandTotalAmount"), sandbox.Fields("date", "dateInvoiced", "dateDue"))},
	{Payments, slices.Concat(sandbox.Fields("varchar", "name", "status", "type", "partyType", "amountCurrency", "accountId"), sandbox.Fields("currency", "amount"), sandbox.Fields("date", "datePaid"))},
}

// salesPack are the entities of an extension that not every server has.
var salesPack = []string{Quotes, Invoices, Payments}

const database = "2006-01-02 15:04:05"

// attribute is a value as the API answers it: UTC without saying so, numbers as such.
func (s *Server) attribute(e *entity, r *sandbox.Record, name string) (v any, known bool) {
	switch name {
	case "id":
		return r.ID, true
	case "createdAt":
		return r.Created.UTC().Format(database), true
	case "modifiedAt":
		return r.Modified.UTC().Format(database), true
	}
	f, known := s.Store.Field(e.name, name)
	text := r.Values[name]
	switch {
	case text == "" && name == "amountConverted":
		return s.attribute(e, r, "amount")
	case text == "" && name == "amountCurrency" && r.Values["amount"] != "":
		return s.options.Currency, true
	case text == "" && f.Type == "linkMultiple":
		return []string{}, known
	case text == "":
		return nil, known
	case f.Type == "currency" || f.Type == "float" || f.Type == "int":
		return json.Number(text), known
	case f.Type == "linkMultiple":
		return strings.Split(text, ","), known
	case f.Type == "datetime":
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.UTC().Format(database), known
		}
	}
	return text, known
}

// row is a record with the attributes that were selected; all of them without a choice.
func (s *Server) row(e *entity, r *sandbox.Record, selected []string) map[string]any {
	if len(selected) == 0 {
		selected = []string{"createdAt", "modifiedAt"}
		for _, f := range s.Store.Fields(e.name) {
			selected = append(selected, f.Name)
		}
	}
	out := map[string]any{"id": r.ID}
	for _, name := range selected {
		if v, known := s.attribute(e, r, name); known {
			out[name] = v
		}
	}
	return out
}

// list answers a page: 200 rows at most, and asking for more is refused. Rows of equal
// value come by id. X-No-Total spares the count: -1 when there are more, -2 when not.
func (s *Server) list(e *entity) func(http.ResponseWriter, *http.Request, user) *failure {
	return func(w http.ResponseWriter, r *http.Request, _ user) *failure {
		q := r.URL.Query()
		size, offset := 200, 0
		if text := q.Get("maxSize"); text != "" {
			if size, _ = strconv.Atoi(text); size > 200 {
				return &failure{http.StatusForbidden, "Max size should not exceed 200. Use offset and limit."}
			}
		}
		offset, _ = strconv.Atoi(q.Get("offset"))
		keep, wrong := s.where(e, q)
		if wrong != nil {
			return wrong
		}
		rows := slices.DeleteFunc(s.Records(e.name), func(r *sandbox.Record) bool { return !keep(r) })
		by := cmp.Or(q.Get("orderBy"), "createdAt")
		slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
			if q.Get("order") == "desc" {
				a, b = b, a
			}
			x, _ := s.attribute(e, a, by)
			y, _ := s.attribute(e, b, by)
			return cmp.Or(compare(x, y), strings.Compare(a.ID, b.ID))
		})
		total := len(rows)
		rows = rows[min(offset, total):min(offset+size, total)]
		if r.Header.Get("X-No-Total") == "true" {
			more := offset+len(rows) < total
			if total = -2; more {
				total = -1
			}
		}
		var selected []string
		if q.Get("select") != "" {
			selected = strings.Split(q.Get("select"), ",")
		}
		list := make([]any, len(rows))
		for i, row := range rows {
			list[i] = s.row(e, row, selected)
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"total": total, "list": list})
		return nil
	}
}

func (s *Server) read(e *entity) func(http.ResponseWriter, *http.Request, user) *failure {
	return func(w http.ResponseWriter, r *http.Request, _ user) *failure {
		record, ok := s.Store.Get(e.name, r.PathValue("id"))
		if !ok || record.Archived() {
			return &failure{http.StatusNotFound, ""}
		}
		sandbox.WriteJSON(w, http.StatusOK, s.row(e, record, nil))
		return nil
	}
}
