package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// model is the mirror as a few lines say it: all records, and where each belongs, worked out afresh.
type model struct {
	subject crm.Kind
	records map[crm.Kind]map[string]crm.Record
	aliases map[crm.Kind]map[string]string
}

func (m *model) home(kind crm.Kind, id string) string {
	r, ok := m.records[kind][id]
	if !ok {
		return ""
	}
	linked := func(kind crm.Kind) string {
		id := r.Linked(kind)
		if to, ok := m.aliases[kind][id]; ok {
			return to
		}
		return id
	}
	switch {
	case kind == m.subject:
		return id
	case kind == crm.Company:
		return ""
	}
	if customer := linked(m.subject); customer != "" {
		return customer
	}
	if m.subject == crm.Company && (kind == crm.Deal || kind == crm.Activity) {
		if customer := m.home(crm.Contact, linked(crm.Contact)); customer != "" {
			return customer
		}
	}
	if kind == crm.Activity {
		return m.home(crm.Deal, linked(crm.Deal))
	}
	return ""
}

func (m *model) shape() []string {
	var out []string
	for _, customer := range slices.Sorted(maps.Keys(m.records[m.subject])) {
		var lists [3][]string
		for i, kind := range []crm.Kind{crm.Contact, crm.Deal, crm.Activity} {
			for _, id := range slices.Sorted(maps.Keys(m.records[kind])) {
				if kind != m.subject && m.home(kind, id) == customer {
					lists[i] = append(lists[i], id)
				}
			}
		}
		text := fmt.Sprint(lists)
		out = append(out, customer+text[1:len(text)-1])
	}
	return out
}

func (m *model) counts() store.Counts {
	c := store.Counts{Customers: len(m.records[m.subject])}
	for _, count := range []struct {
		kind          crm.Kind
		live, waiting *int
	}{{crm.Contact, &c.People, &c.Orphans.People}, {crm.Deal, &c.Deals, &c.Orphans.Deals}, {crm.Activity, &c.Activities, &c.Orphans.Activities}} {
		if count.kind == m.subject {
			continue
		}
		for id := range m.records[count.kind] {
			if _, live := m.records[m.subject][m.home(count.kind, id)]; live {
				*count.live++
			} else {
				*count.waiting++
			}
		}
	}
	return c
}

// randomPulls applies random pages of random records, deletions and merges, and compares with the model.
func randomPulls(s *suite) {
	for _, subject := range []crm.Kind{crm.Company, crm.Contact} {
		random := rand.New(rand.NewPCG(1, uint64(len(subject))))
		conn := s.connection("random "+string(subject), subject)
		m := &model{subject: subject, records: map[crm.Kind]map[string]crm.Record{}, aliases: map[crm.Kind]map[string]string{}}
		for _, kind := range crm.Kinds {
			m.records[kind], m.aliases[kind] = map[string]crm.Record{}, map[string]string{}
		}
		merged := map[string]bool{} // such an id is not used again, but links to it go on coming
		step := 0
		name := func(kind crm.Kind, n int) string { return string(kind[:2]) + strconv.Itoa(n+step/40) }
		for ; step < 400; step++ {
			fresh := func(kind crm.Kind) string {
				for {
					if id := name(kind, random.IntN(9)); !merged[id] {
						return id
					}
				}
			}
			kind := crm.Kinds[random.IntN(len(crm.Kinds))]
			var page store.PageUpdate
			page.State = []byte{byte(step)}
			seen := map[string]bool{}
			for range random.IntN(4) {
				r := crm.Record{Kind: kind, ID: fresh(kind), Fields: map[string]crm.Value{"name": crm.IntegerValue(int64(random.IntN(3)))}}
				if seen[r.ID] {
					continue
				}
				seen[r.ID] = true
				for _, other := range crm.Kinds[:slices.Index(crm.Kinds, kind)] {
					if random.IntN(3) > 0 {
						r.Links = append(r.Links, to(other, name(other, random.IntN(7))))
					}
				}
				if from := fresh(kind); random.IntN(8) == 0 && !seen[from] {
					seen[from], merged[from] = true, true
					r.MergedIDs = []string{from}
				}
				page.Records = append(page.Records, r)
			}
			if gone := fresh(kind); random.IntN(5) == 0 && !seen[gone] {
				page.Deleted = []string{gone}
			}
			if _, err := conn.ApplyPage(s.ctx, kind, page); err != nil {
				s.Fatalf("step %d: %v", step, err)
			}
			m.apply(kind, page)
			var got []string
			s.ok(conn.Customers(s.ctx, "", func(cu *store.Customer) error {
				var lists [3][]string
				for _, p := range cu.People {
					lists[0] = append(lists[0], p.ID)
				}
				for _, d := range cu.Deals {
					lists[1] = append(lists[1], d.ID)
				}
				for _, a := range cu.Activities {
					lists[2] = append(lists[2], a.ID)
				}
				text := fmt.Sprint(lists)
				got = append(got, cu.ID+text[1:len(text)-1])
				return nil
			}))
			counts, err := conn.Counts(s.ctx)
			s.ok(err)
			if g, w := fmt.Sprint(got, counts), fmt.Sprint(m.shape(), m.counts()); g != w {
				s.Fatalf("subject %s, step %d, after %s %+v:\n got %s\nwant %s", subject, step, kind, page, g, w)
			}
		}
	}
}

func (m *model) apply(kind crm.Kind, page store.PageUpdate) {
	for _, r := range page.Records {
		m.records[kind][r.ID] = r
	}
	for _, r := range page.Records {
		for _, from := range r.MergedIDs {
			for id, to := range m.aliases[kind] {
				if to == from {
					m.aliases[kind][id] = r.ID
				}
			}
			m.aliases[kind][from] = r.ID
			delete(m.records[kind], from)
		}
	}
	for _, id := range page.Deleted {
		delete(m.records[kind], id)
	}
}
