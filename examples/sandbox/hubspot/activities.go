package hubspot

import "github.com/taxonhq/taxon/examples/sandbox"

// The objects that are events of a customer. Their names, property names and scopes are those of HubSpot's guides to
// each object (developers.hubspot.com, API reference, CRM objects) and of published connectors; that there is one set
// of endpoints for all of them is the object API's own rule.
const (
	Tickets  = "tickets"
	Invoices = "invoices"
	Quotes   = "quotes"
	Payments = "commerce_payments"
	Surveys  = "feedback_submissions"
	Meetings = "meetings"
	Calls    = "calls"
	Emails   = "emails"
)

const created = "hs_createdate" // contacts, companies, deals and tickets have createdate

// activityKinds are those objects, with the properties that integrations meet most.
func activityKinds() []*kind {
	return []*kind{
		{name: Tickets, singular: "ticket", typeID: "0-5", label: "Tickets", reads: []string{"tickets", "crm.objects.tickets.read"}, fields: []sandbox.Field{
			byDefault(text("subject", "Ticket name")), byDefault(text("content", "Ticket description")),
			byDefault(choice("hs_pipeline", "Pipeline", "0")), byDefault(choice("hs_pipeline_stage", "Ticket status", "1", "2", "3", "4")),
			choice("hs_ticket_priority", "Priority", "LOW", "MEDIUM", "HIGH"), asDatetime(text("closed_date", "Close date")),
		}},
		{name: Invoices, singular: "invoice", typeID: "0-53", label: "Invoices", created: created, fields: []sandbox.Field{
			text("hs_title", "Invoice title"), text("hs_number", "Invoice number"), text("hs_currency", "Currency"),
			choice("hs_invoice_status", "Invoice status", "draft", "open", "paid", "voided"),
			number("hs_amount_billed", "Amount billed"), number("hs_balance_due", "Balance due"),
			asDatetime(text("hs_invoice_date", "Invoice date")), asDatetime(text("hs_due_date", "Due date")), asDatetime(text("hs_payment_date", "Payment date")),
		}},
		{name: Quotes, singular: "quote", typeID: "0-14", label: "Quotes", created: created, fields: []sandbox.Field{
			text("hs_title", "Quote title"), text("hs_currency", "Currency"), number("hs_quote_amount", "Quote amount"),
			choice("hs_status", "Quote status", "DRAFT", "APPROVAL_NOT_NEEDED", "PENDING_APPROVAL", "APPROVED", "REJECTED"),
			asDatetime(text("hs_expiration_date", "Expiration date")), asDatetime(text("hs_payment_date", "Payment date")),
		}},
		{name: Payments, singular: "commerce_payment", typeID: "0-101", label: "Payments", created: created, reads: []string{"crm.objects.commercepayments.read"}, fields: []sandbox.Field{
			number("hs_initial_amount", "Gross amount"), text("hs_currency_code", "Currency"),
			asDatetime(text("hs_initiated_date", "Payment date")),
			choice("hs_latest_status", "Status", "processing", "succeeded", "failed", "refunded"),
		}},
		{name: Surveys, singular: "feedback_submission", typeID: "0-19", label: "Survey responses", created: created, fields: []sandbox.Field{
			choice("hs_survey_type", "Survey type", "NPS", "CSAT", "CES", "KNOWLEDGE", "CUSTOM"), text("hs_survey_name", "Survey name"),
			number("hs_value", "Rating"), choice("hs_response_group", "Sentiment", "DETRACTOR", "PASSIVE", "PROMOTER", "UNHAPPY", "NEUTRAL", "HAPPY"),
			asDatetime(text("hs_submission_timestamp", "Date")),
		}},
		{name: Meetings, singular: "meeting", typeID: "0-47", label: "Meetings", created: created, reads: []string{"crm.objects.contacts.read"}, fields: []sandbox.Field{
			asDatetime(text("hs_timestamp", "Activity date")), text("hs_meeting_title", "Meeting name"),
			choice("hs_meeting_outcome", "Meeting outcome", "SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
		}},
		{name: Calls, singular: "call", typeID: "0-48", label: "Calls", created: created, reads: []string{"crm.objects.contacts.read"}, fields: []sandbox.Field{
			asDatetime(text("hs_timestamp", "Activity date")), text("hs_call_title", "Call title"), number("hs_call_duration", "Call duration"),
			choice("hs_call_status", "Call status", "COMPLETED", "NO_ANSWER", "BUSY", "FAILED", "CANCELED"), choice("hs_call_direction", "Call direction", "INBOUND", "OUTBOUND"),
		}},
		{name: Emails, singular: "email", typeID: "0-49", label: "Emails", created: created, reads: []string{"sales-email-read"}, fields: []sandbox.Field{
			asDatetime(text("hs_timestamp", "Activity date")), text("hs_email_subject", "Email subject"),
			choice("hs_email_status", "Send status", "SENT", "BOUNCED", "FAILED", "SCHEDULED", "SENDING"), choice("hs_email_direction", "Email direction", "EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
		}},
	}
}

// supportPipeline is the pipeline of tickets of a new account.
func supportPipeline() sandbox.Pipeline {
	return sandbox.Pipeline{ID: "0", Label: "Support Pipeline", Stages: []sandbox.Stage{
		{ID: "1", Label: "New", Order: 0}, {ID: "2", Label: "Waiting on contact", Order: 1},
		{ID: "3", Label: "Waiting on us", Order: 2}, {ID: "4", Label: "Closed", Order: 3, Closed: true},
	}}
}
