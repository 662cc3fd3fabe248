package store

import "github.com/taxonhq/taxon/host/crm"

// Customer is a customer with everything that belongs to it, as Customers delivers it. The struct and its
// slices are valid until the callback returns; strings, values and Fields may be kept.
type Customer struct {
	ID         string
	Fields     Fields   // of the company or contact itself
	People     []Person // by id, as deals and activities are
	Deals      []Deal
	Activities []Activity
	Sequence   int64 // of the last change of anything here
}

// Person is a contact of a company. A connection with subject contact has none.
type Person struct {
	ID     string
	Fields Fields
}

// Deal is a deal of a customer. "" and a money without currency are missing values.
type Deal struct {
	ID       string
	State    string // crm.Open, crm.Won, crm.Lost or ""
	Name     string
	Stage    string
	Pipeline string
	Product  string
	Category string
	Owner    string
	Amount   crm.Money
	// BaseAmount is the CRM's own conversion into its base currency.
	BaseAmount          crm.Money
	CreatedAt, ClosedAt int64  // microseconds since 1970 UTC; NoTime when missing
	Extra               Fields // fields that the administrator mapped, and standard ones of an unusual type
}

// Activity is an activity of a customer. "" and a money without currency are missing values.
type Activity struct {
	ID                        string
	Kind                      string // "invoice", "survey" …
	Scale                     string
	Status                    string
	HasScore                  bool
	Score                     float64
	Amount                    crm.Money
	OccurredAt, DueAt, PaidAt int64 // microseconds since 1970 UTC; NoTime when missing
	Extra                     Fields
}

// NoTime stands for a missing time.
const NoTime = -1 << 63

// Field is the value of a field of the deal by its canonical or mapped name.
func (d *Deal) Field(name string) crm.Value {
	var v crm.Value
	switch name {
	case "state":
		v = textValue(d.State)
	case "name":
		v = textValue(d.Name)
	case "stage":
		v = textValue(d.Stage)
	case "pipeline":
		v = textValue(d.Pipeline)
	case "product":
		v = textValue(d.Product)
	case "category":
		v = textValue(d.Category)
	case "owner":
		v = textValue(d.Owner)
	case "amount":
		v = amountValue(d.Amount)
	case "base_amount":
		v = amountValue(d.BaseAmount)
	case "created_at":
		v = timeValue(d.CreatedAt)
	case "closed_at":
		v = timeValue(d.ClosedAt)
	}
	if v.Missing() && d.Extra.raw != "" {
		return d.Extra.Get(name)
	}
	return v
}

// Field is the value of a field of the activity by its canonical or mapped name.
func (a *Activity) Field(name string) crm.Value {
	var v crm.Value
	switch name {
	case "kind":
		v = textValue(a.Kind)
	case "scale":
		v = textValue(a.Scale)
	case "status":
		v = textValue(a.Status)
	case "score":
		if a.HasScore {
			v = crm.NumberValue(a.Score)
		}
	case "amount":
		v = amountValue(a.Amount)
	case "occurred_at":
		v = timeValue(a.OccurredAt)
	case "due_at":
		v = timeValue(a.DueAt)
	case "paid_at":
		v = timeValue(a.PaidAt)
	}
	if v.Missing() && a.Extra.raw != "" {
		return a.Extra.Get(name)
	}
	return v
}

func textValue(s string) crm.Value {
	if s == "" {
		return crm.Value{}
	}
	return crm.TextValue(s)
}

func amountValue(m crm.Money) crm.Value {
	if m.Currency == "" {
		return crm.Value{}
	}
	return crm.AmountValue(m)
}

func timeValue(micros int64) crm.Value {
	if micros == NoTime {
		return crm.Value{}
	}
	return crm.MicrosValue(micros)
}
