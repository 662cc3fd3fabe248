package run

import (
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// past turns customers into the records that a pull before an instant would have brought, as far as the CRM tells: deals and
// activities of later are left out; of deals that closed later stage, close date and mapped fields are not known, and they are
// open; what was paid later is unpaid, of a status that is not known. Amounts of open deals and all fields of customers are as
// they are now: no CRM says what they were.
type past struct {
	end     int64 // microseconds
	subject crm.Kind
}

// existed reports whether a customer was there: it was created before, or a deal or activity was. One of whom no date
// is known at all was.
func (p *past) existed(c *store.Customer) bool {
	created := c.Fields.Get("created_at")
	if created.Type() == crm.Time && created.Int() < p.end {
		return true
	}
	dated := created.Type() == crm.Time
	for i := range c.Deals {
		for _, at := range [...]int64{c.Deals[i].CreatedAt, c.Deals[i].ClosedAt} {
			if at != store.NoTime && at < p.end {
				return true
			}
			dated = dated || at != store.NoTime
		}
	}
	for i := range c.Activities {
		at := c.Activities[i].OccurredAt
		if at != store.NoTime && at < p.end {
			return true
		}
		dated = dated || at != store.NoTime
	}
	return !dated
}

// add adds the records of a customer.
func (p *past) add(c *store.Customer, pages map[crm.Kind][]crm.Record) {
	pages[p.subject] = append(pages[p.subject], crm.Record{Kind: p.subject, ID: c.ID, Fields: c.Fields.Map()})
	links := []crm.Link{{Kind: p.subject, ID: c.ID, Primary: true}}
	for i := range c.People {
		person := &c.People[i]
		if created := person.Fields.Get("created_at"); created.Type() == crm.Time && created.Int() >= p.end {
			continue
		}
		pages[crm.Contact] = append(pages[crm.Contact], crm.Record{Kind: crm.Contact, ID: person.ID, Links: links, Fields: person.Fields.Map()})
	}
	for i := range c.Deals {
		if r, ok := p.deal(&c.Deals[i]); ok {
			r.Links = links
			pages[crm.Deal] = append(pages[crm.Deal], r)
		}
	}
	for i := range c.Activities {
		if r, ok := p.activity(&c.Activities[i]); ok {
			r.Links = links
			pages[crm.Activity] = append(pages[crm.Activity], r)
		}
	}
}

var dealFields = []string{"state", "name", "stage", "pipeline", "product", "category", "owner", "amount", "base_amount", "created_at", "closed_at"}

func (p *past) deal(d *store.Deal) (crm.Record, bool) {
	closed := d.State == crm.Won || d.State == crm.Lost
	was := closed && d.ClosedAt < p.end // a close date that is not known lies before, as in host/measure
	if !was && d.CreatedAt != store.NoTime && d.CreatedAt >= p.end || !was && closed && d.CreatedAt == store.NoTime {
		return crm.Record{}, false
	}
	r := crm.Record{Kind: crm.Deal, ID: d.ID, Fields: map[string]crm.Value{}}
	if !closed || was {
		r.Fields = d.Extra.Map()
	}
	for _, name := range dealFields {
		put(r.Fields, name, d.Field(name))
	}
	if closed && !was {
		r.Fields["state"] = crm.TextValue(crm.Open)
		delete(r.Fields, "closed_at")
		delete(r.Fields, "stage")
	}
	return r, true
}

var activityFields = []string{"kind", "scale", "status", "score", "amount", "occurred_at", "due_at", "paid_at"}

func (p *past) activity(a *store.Activity) (crm.Record, bool) {
	if a.OccurredAt != store.NoTime && a.OccurredAt >= p.end {
		return crm.Record{}, false
	}
	r := crm.Record{Kind: crm.Activity, ID: a.ID, Fields: a.Extra.Map()}
	for _, name := range activityFields {
		put(r.Fields, name, a.Field(name))
	}
	if a.PaidAt != store.NoTime && a.PaidAt >= p.end {
		delete(r.Fields, "paid_at")
		delete(r.Fields, "status")
	}
	return r, true
}

func put(fields map[string]crm.Value, name string, v crm.Value) {
	if !v.Missing() {
		fields[name] = v
	}
}
