package crm

// Field describes a field that records of a kind may have.
type Field struct {
	Kind      Kind     `json:"kind"`
	Name      string   `json:"name"`
	Type      Type     `json:"-"`
	Sensitive bool     `json:"sensitive,omitempty"` // sent to a plugin only when an administrator grants it
	Derived   bool     `json:"derived,omitempty"`   // computed by the host, never mapped
	Options   []string `json:"options,omitempty"`
	Doc       string   `json:"doc"`
}

// Standard lists the canonical fields. Extra fields that an administrator maps stand beside them.
// Sensitive after decision 14: name, e-mail, phone, age, sex and health; and the occupation.
var Standard = []Field{
	{Kind: Company, Name: "name", Type: Text, Sensitive: true, Doc: "Name of the company."},
	{Kind: Company, Name: "domain", Type: Text, Doc: "Web domain."},
	{Kind: Company, Name: "email", Type: Text, Sensitive: true, Doc: "E-mail address."},
	{Kind: Company, Name: "email_domain", Type: Text, Derived: true, Doc: "Domain of the e-mail address, lower case."},
	{Kind: Company, Name: "phone", Type: Text, Sensitive: true, Doc: "Phone number."},
	{Kind: Company, Name: "phone_area", Type: Text, Derived: true, Doc: "Country code and area of the phone number, without the subscriber's digits: \"+86 21\"."},
	{Kind: Company, Name: "industry", Type: Text, Doc: "Industry as the CRM holds it."},
	{Kind: Company, Name: "country", Type: Text, Doc: "Country as the CRM holds it."},
	{Kind: Company, Name: "region", Type: Text, Doc: "State, province or region."},
	{Kind: Company, Name: "city", Type: Text, Doc: "City."},
	{Kind: Company, Name: "postal_code", Type: Text, Doc: "Postal code."},
	{Kind: Company, Name: "address", Type: Text, Doc: "Street address."},
	{Kind: Company, Name: "employees", Type: Integer, Doc: "Number of employees."},
	{Kind: Company, Name: "annual_revenue", Type: Amount, Doc: "Annual revenue."},
	{Kind: Company, Name: "parent", Type: Text, Doc: "Id of the parent company."},
	{Kind: Company, Name: "owner", Type: Text, Doc: "Id of the owner in the CRM."},
	{Kind: Company, Name: "lifecycle_stage", Type: Text, Doc: "The CRM's own funnel stage."},
	{Kind: Company, Name: "created_at", Type: Time, Doc: "When the record was created."},

	{Kind: Contact, Name: "name", Type: Text, Sensitive: true, Doc: "Full name."},
	{Kind: Contact, Name: "email", Type: Text, Sensitive: true, Doc: "E-mail address."},
	{Kind: Contact, Name: "email_domain", Type: Text, Derived: true, Doc: "Domain of the e-mail address, lower case."},
	{Kind: Contact, Name: "phone", Type: Text, Sensitive: true, Doc: "Phone number."},
	{Kind: Contact, Name: "phone_area", Type: Text, Derived: true, Doc: "Country code and area of the phone number, without the subscriber's digits."},
	{Kind: Contact, Name: "job_title", Type: Text, Doc: "Job title."},
	{Kind: Contact, Name: "decision_maker", Type: Boolean, Doc: "Whether the person decides about purchases."},
	{Kind: Contact, Name: "industry", Type: Text, Doc: "Industry as the CRM holds it."},
	{Kind: Contact, Name: "country", Type: Text, Doc: "Country as the CRM holds it."},
	{Kind: Contact, Name: "region", Type: Text, Doc: "State, province or region."},
	{Kind: Contact, Name: "city", Type: Text, Doc: "City."},
	{Kind: Contact, Name: "postal_code", Type: Text, Doc: "Postal code."},
	{Kind: Contact, Name: "address", Type: Text, Doc: "Street address."},
	{Kind: Contact, Name: "language", Type: Text, Doc: "Preferred language."},
	{Kind: Contact, Name: "birth_date", Type: Date, Sensitive: true, Doc: "Date of birth."},
	{Kind: Contact, Name: "sex", Type: Text, Sensitive: true, Doc: "Sex as the CRM holds it."},
	{Kind: Contact, Name: "occupation", Type: Text, Sensitive: true, Doc: "Occupation as the CRM holds it."},
	{Kind: Contact, Name: "owner", Type: Text, Doc: "Id of the owner in the CRM."},
	{Kind: Contact, Name: "lifecycle_stage", Type: Text, Doc: "The CRM's own funnel stage."},
	{Kind: Contact, Name: "created_at", Type: Time, Doc: "When the record was created."},

	{Kind: Deal, Name: "name", Type: Text, Sensitive: true, Doc: "Title of the deal."},
	{Kind: Deal, Name: "amount", Type: Amount, Doc: "Value of the deal."},
	{Kind: Deal, Name: "base_amount", Type: Amount, Doc: "Value in the base currency, converted by the CRM."},
	{Kind: Deal, Name: "state", Type: Text, Options: []string{Open, Won, Lost}, Doc: "Open, won or lost."},
	{Kind: Deal, Name: "stage", Type: Text, Doc: "Stage in the pipeline."},
	{Kind: Deal, Name: "pipeline", Type: Text, Doc: "Pipeline."},
	{Kind: Deal, Name: "product", Type: Text, Doc: "What was sold."},
	{Kind: Deal, Name: "category", Type: Text, Doc: "Kind of product or deal."},
	{Kind: Deal, Name: "owner", Type: Text, Doc: "Id of the owner in the CRM."},
	{Kind: Deal, Name: "created_at", Type: Time, Doc: "When the deal was created."},
	{Kind: Deal, Name: "closed_at", Type: Time, Doc: "When the deal was won or lost, or is expected to be."},

	{Kind: Activity, Name: "kind", Type: Text, Options: []string{"invoice", "payment", "quote", "ticket", "survey", "meeting", "call", "mail", "visit"}, Doc: "Kind of activity."},
	{Kind: Activity, Name: "direction", Type: Text, Options: []string{"inbound", "outbound"}, Doc: "Whether the customer began a call or mail, or we did."},
	{Kind: Activity, Name: "amount", Type: Amount, Doc: "Amount of an invoice, payment or quote."},
	{Kind: Activity, Name: "score", Type: Number, Doc: "Answer to a survey."},
	{Kind: Activity, Name: "scale", Type: Text, Doc: "Scale of the score: nps, csat, ces."},
	{Kind: Activity, Name: "status", Type: Text, Doc: "Status as the CRM holds it."},
	{Kind: Activity, Name: "occurred_at", Type: Time, Doc: "When it happened."},
	{Kind: Activity, Name: "due_at", Type: Time, Doc: "When it is due."},
	{Kind: Activity, Name: "paid_at", Type: Time, Doc: "When it was paid."},
}

// Catalogue is the set of fields that a connection offers: the standard ones and the extra ones mapped.
type Catalogue struct {
	fields map[Kind]map[string]Field
	order  []Field
}

// NewCatalogue makes a catalogue of the standard fields and the extra ones; an extra field with the name of
// a standard one of its kind is an error.
func NewCatalogue(extra ...Field) (*Catalogue, error) {
	c := &Catalogue{fields: map[Kind]map[string]Field{}}
	for _, kind := range Kinds {
		c.fields[kind] = map[string]Field{}
	}
	for i, f := range append(append([]Field(nil), Standard...), extra...) {
		if _, known := c.fields[f.Kind][f.Name]; known {
			return nil, &Error{Code: CodeConfig, Message: "the " + string(f.Kind) + " field " + f.Name + " exists already",
				Suggestion: "choose another name for the extra field"}
		}
		if c.fields[f.Kind] == nil || i >= len(Standard) && f.Derived {
			return nil, &Error{Code: CodeConfig, Message: "the field " + f.Name + " has an unknown kind " + string(f.Kind)}
		}
		c.fields[f.Kind][f.Name] = f
		c.order = append(c.order, f)
	}
	return c, nil
}

// Lookup finds a field by kind and name.
func (c *Catalogue) Lookup(kind Kind, name string) (Field, bool) {
	f, ok := c.fields[kind][name]
	return f, ok
}

// Fields lists all fields, the standard ones first, in a stable order.
func (c *Catalogue) Fields() []Field { return c.order }
