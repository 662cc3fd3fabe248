package conformance

import (
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// reconciled are the ids that the connector lists, sorted.
func (w *world) reconciled(t T, c *connector.Connector, kind crm.Kind) []string {
	t.Helper()
	var ids []string
	if err := c.IDs(t.Context(), kind, func(page []string) error { ids = append(ids, page...); return nil }); err != nil {
		t.Fatalf("the ids of %s: %v", kind, err)
	}
	slices.Sort(ids)
	return ids
}

// deletionsAreLearned: by the pull where the CRM tells them, and by a comparison of ids in any case.
func deletionsAreLearned(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.fill(t, 25, 130, 220, 12)
	c := w.connect(t)
	for _, kind := range w.kinds() {
		p := w.pull(t, c, kind, nil)
		pause := 2 * time.Hour
		var told, all []string
		for _, object := range w.d.wanted(w.m, kind) {
			if spec := w.m.Objects[object].Deleted; spec != nil {
				pause = max(pause, spec.Every+time.Hour)
			}
		}
		w.clock.Advance(pause)
		for _, object := range w.d.wanted(w.m, kind) {
			for _, i := range []int{2, 5, 9, 11} {
				id := w.put[object][i].id
				w.Delete(object, id)
				all = append(all, w.id(object, id))
				if w.tellsDeletions(object) {
					told = append(told, w.id(object, id))
				}
			}
		}
		w.clock.Advance(settle)
		p = w.pull(t, c, kind, p.state)
		gone := slices.Sorted(slices.Values(p.deleted))
		if slices.Sort(told); w.partly(kind) && !p.full && !slices.Equal(gone, told) {
			t.Errorf("%s: %v were deleted, %v are learned", kind, told, gone)
		}
		for _, id := range all {
			if _, there := p.records[id]; there {
				t.Errorf("%s: the deleted %s came as a record", kind, id)
			}
		}
		if ids := w.reconciled(t, c, kind); !slices.Equal(ids, w.live(kind)) {
			t.Errorf("%s: the comparison of ids sees %d records, the account has %d", kind, len(ids), len(w.live(kind)))
		}
		w.clock.Advance(pause)
		if p = w.pull(t, c, kind, p.state); len(p.deleted) > 0 && w.m.Objects[w.first(kind)].Changed != nil {
			t.Errorf("%s: old deletions come again: %v", kind, p.deleted)
		}
	}
}

// tellsDeletions: whether an object's manifest has a way to learn deletions.
func (w *world) tellsDeletions(object string) bool {
	o := w.m.Objects[object]
	return o.Deleted != nil || o.Changed != nil && o.Changed.Delta != nil
}

// partly: whether any object of a kind tells its deletions.
func (w *world) partly(kind crm.Kind) bool {
	return slices.ContainsFunc(w.d.wanted(w.m, kind), w.tellsDeletions)
}

// mergesAreLearned: the survivor names what it has absorbed where the CRM tells; the loser is gone in any case.
func mergesAreLearned(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	if w.Merge == nil {
		if d.Absent["merging"] == "" {
			t.Errorf("the adapter has no way to merge records; say in Absent why the CRM has none")
		}
		return
	}
	w.fill(t, 12, 12, 12, 0)
	c := w.connect(t)
	for _, kind := range []crm.Kind{crm.Company, crm.Contact, crm.Deal} {
		object := w.first(kind)
		if object == "" || d.Absent[string(kind)+"/merging"] != "" {
			continue
		}
		state := w.pull(t, c, kind, nil).state
		w.clock.Advance(26 * time.Hour) // deletions are asked for at most daily
		winner, loser := w.put[object][4].id, w.put[object][7].id
		survivor, err := w.Merge(object, winner, loser)
		if err != nil {
			t.Fatalf("a user cannot merge records of %s: %v", object, err)
		}
		w.clock.Advance(settle)
		p := w.pull(t, c, kind, state)
		spec := w.m.Objects[object]
		byLink := spec.Changed != nil && spec.Changed.Delta != nil && spec.Changed.Delta.Into != nil
		if spec.Merged != nil || spec.Deleted != nil && spec.Deleted.Into != nil || byLink {
			merged := p.records[survivor].MergedIDs
			if !slices.Contains(merged, loser) || (survivor != winner) != slices.Contains(merged, winner) {
				t.Errorf("%s: %s and %s became %s, which has absorbed %v as far as is learned", object, winner, loser, survivor, merged)
			}
		} else if w.tellsDeletions(object) && !slices.Contains(p.deleted, loser) {
			t.Errorf("%s: %s was merged into %s, and the pull does not tell that it is gone: %v", object, loser, winner, p.deleted)
		}
		ids := w.reconciled(t, c, kind)
		if slices.Contains(ids, loser) || !slices.Contains(ids, survivor) {
			t.Errorf("%s: after %s was merged into %s the ids are %v", object, loser, survivor, ids)
		}
	}
}

// recordsThatLeaveAreGone: a record that an edit takes out of its object is told as gone, without a comparison of ids, and comes
// again when it comes back.
func recordsThatLeaveAreGone(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.fill(t, 12, 30, 30, 12)
	c := w.connect(t)
	for _, kind := range w.kinds() {
		p := w.pull(t, c, kind, nil)
		for _, object := range w.d.wanted(w.m, kind) {
			leaves, back := d.Objects[object].Leaves, map[string]string{}
			if leaves == nil {
				continue
			}
			for property := range leaves {
				back[property] = d.Objects[object].Fixed[property]
			}
			left, stays := w.put[object][3].id, w.put[object][4].id
			edit := func(values map[string]string) {
				t.Helper()
				w.clock.Advance(time.Hour)
				if err := w.Edit(object, left, values); err != nil {
					t.Fatalf("a user cannot edit a record of %s: %v", object, err)
				}
				w.edit(t, object, stays, w.clock.Now().Hour())
				w.clock.Advance(settle)
				p = w.pull(t, c, kind, p.state)
				if !slices.Contains(p.ids(), w.id(object, stays)) || slices.Contains(p.deleted, w.id(object, stays)) {
					t.Errorf("%s: the change of another record is not found", object)
				}
			}
			edit(leaves)
			if _, came := p.records[w.id(object, left)]; came || !slices.Contains(p.deleted, w.id(object, left)) {
				t.Errorf("%s: after the edit %v the record came (%t), gone are %v", object, leaves, came, p.deleted)
			}
			if slices.Contains(w.reconciled(t, c, kind), w.id(object, left)) {
				t.Errorf("%s: after the edit %v the record is among the ids", object, leaves)
			}
			edit(back)
			if _, came := p.records[w.id(object, left)]; !came || slices.Contains(p.deleted, w.id(object, left)) {
				t.Errorf("%s: after the edit %v the record came (%t), gone are %v", object, back, came, p.deleted)
			}
		}
		w.clock.Advance(settle)
		if p = w.pull(t, c, kind, p.state); w.told(kind) && len(p.deleted)+len(p.records) > 0 {
			t.Errorf("%s: nothing changed, and %v came, gone are %v", kind, p.ids(), p.deleted)
		}
	}
}

// told: whether all objects of a kind tell their changes.
func (w *world) told(kind crm.Kind) bool {
	return !slices.ContainsFunc(w.d.wanted(w.m, kind), func(object string) bool { return w.m.Objects[object].Changed == nil })
}
