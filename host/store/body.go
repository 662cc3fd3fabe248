package store

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// links are the ids of the records that count among a record's links; "" for none.
type links struct{ company, contact, deal string }

func linksOf(r *crm.Record) links {
	var l links
	switch r.Kind {
	case crm.Contact:
		l.company = r.Linked(crm.Company)
	case crm.Deal:
		l.company, l.contact = r.Linked(crm.Company), r.Linked(crm.Contact)
	case crm.Activity:
		l.company, l.contact, l.deal = r.Linked(crm.Company), r.Linked(crm.Contact), r.Linked(crm.Deal)
	}
	return l
}

// A body is the stored content of a record: its links, then its fields. Equal content has equal bytes.
// Own values and the time of the last change are no part of it.
func appendBody(b []byte, r *crm.Record) []byte {
	l := linksOf(r)
	b = appendText(appendText(appendText(b, l.company), l.contact), l.deal)
	switch r.Kind {
	case crm.Deal:
		return appendPacked(b, r.Fields, dealFields)
	case crm.Activity:
		return appendPacked(b, r.Fields, activityFields)
	}
	return appendFields(b, r.Fields, nil)
}

// hashBody is what two contents are compared by.
func hashBody(body []byte) int64 {
	sum := sha256.Sum256(body)
	return int64(binary.LittleEndian.Uint64(sum[:]))
}

func (r *reader) links() links {
	return links{company: r.text(), contact: r.text(), deal: r.text()}
}

// decodeRecord is the inverse of appendBody.
func decodeRecord(kind crm.Kind, id, body string) (crm.Record, error) {
	record := crm.Record{Kind: kind, ID: id}
	r := reader{s: body}
	l := r.links()
	for _, link := range []crm.Link{{Kind: crm.Company, ID: l.company}, {Kind: crm.Contact, ID: l.contact}, {Kind: crm.Deal, ID: l.deal}} {
		if link.ID != "" {
			link.Primary = true
			record.Links = append(record.Links, link)
		}
	}
	var extra Fields
	switch kind {
	case crm.Deal:
		var d Deal
		d.decode(&r)
		record.Fields, extra = map[string]crm.Value{}, d.Extra
		for _, f := range dealFields {
			if v := d.Field(f.name); !v.Missing() {
				record.Fields[f.name] = v
			}
		}
	case crm.Activity:
		var a Activity
		a.decode(&r)
		record.Fields, extra = map[string]crm.Value{}, a.Extra
		for _, f := range activityFields {
			if v := a.Field(f.name); !v.Missing() {
				record.Fields[f.name] = v
			}
		}
	default:
		record.Fields = Fields{raw: r.rest()}.Map()
	}
	for name, v := range extra.All {
		record.Fields[name] = v
	}
	if r.bad {
		return crm.Record{}, errDamaged
	}
	return record, nil
}

// packedField is a field with a place of its own in a packed deal or activity.
type packedField struct {
	name string
	typ  crm.Type
}

// The places of fields. Stored data depends on them: fields are only ever appended.
var (
	dealFields = []packedField{
		{"state", crm.Text}, {"amount", crm.Amount}, {"base_amount", crm.Amount}, {"created_at", crm.Time}, {"closed_at", crm.Time},
		{"stage", crm.Text}, {"pipeline", crm.Text}, {"product", crm.Text}, {"category", crm.Text}, {"owner", crm.Text}, {"name", crm.Text},
	}
	activityFields = []packedField{
		{"kind", crm.Text}, {"scale", crm.Text}, {"status", crm.Text}, {"score", crm.Number}, {"amount", crm.Amount},
		{"occurred_at", crm.Time}, {"due_at", crm.Time}, {"paid_at", crm.Time},
	}
)

// appendPacked writes which of the fields with a place are there, these without name and type, then all others.
func appendPacked(b []byte, values map[string]crm.Value, places []packedField) []byte {
	var mask uint64
	for i, f := range places {
		if v := values[f.name]; v.Type() == f.typ && !(f.typ == crm.Text && v.Text() == "") && !(f.typ == crm.Amount && v.Money().Currency == "") {
			mask |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, mask)
	for i, f := range places {
		if mask&(1<<i) == 0 {
			continue
		}
		switch v := values[f.name]; f.typ {
		case crm.Text:
			b = appendText(b, v.Text())
		case crm.Amount:
			b = appendMoney(b, v.Money())
		case crm.Time:
			b = appendInstant(b, v.Int())
		case crm.Number:
			b = appendFloat(b, v.Float())
		}
	}
	return appendFields(b, values, func(name string, _ crm.Value) bool {
		i := slices.IndexFunc(places, func(f packedField) bool { return f.name == name })
		return i >= 0 && mask&(1<<i) != 0
	})
}

func (d *Deal) decode(r *reader) {
	*d = Deal{ID: d.ID, CreatedAt: NoTime, ClosedAt: NoTime}
	for mask, i := r.uvarint(), 0; mask != 0; mask, i = mask>>1, i+1 {
		if mask&1 == 0 {
			continue
		}
		switch i {
		case 0:
			d.State = r.text()
		case 1:
			d.Amount = r.money()
		case 2:
			d.BaseAmount = r.money()
		case 3:
			d.CreatedAt = r.instant()
		case 4:
			d.ClosedAt = r.instant()
		case 5:
			d.Stage = r.text()
		case 6:
			d.Pipeline = r.text()
		case 7:
			d.Product = r.text()
		case 8:
			d.Category = r.text()
		case 9:
			d.Owner = r.text()
		case 10:
			d.Name = r.text()
		default:
			r.fail()
		}
	}
	d.Extra = Fields{raw: r.rest()}
}

func (a *Activity) decode(r *reader) {
	*a = Activity{ID: a.ID, OccurredAt: NoTime, DueAt: NoTime, PaidAt: NoTime}
	for mask, i := r.uvarint(), 0; mask != 0; mask, i = mask>>1, i+1 {
		if mask&1 == 0 {
			continue
		}
		switch i {
		case 0:
			a.Kind = r.text()
		case 1:
			a.Scale = r.text()
		case 2:
			a.Status = r.text()
		case 3:
			a.Score, a.HasScore = r.float(), true
		case 4:
			a.Amount = r.money()
		case 5:
			a.OccurredAt = r.instant()
		case 6:
			a.DueAt = r.instant()
		case 7:
			a.PaidAt = r.instant()
		default:
			r.fail()
		}
	}
	a.Extra = Fields{raw: r.rest()}
}
