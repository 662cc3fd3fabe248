package transport

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/host/crm"
)

// QuotaStore keeps what is used of the quotas of days, for all processes that use an account.
type QuotaStore TokenStore

// quota is what is used of a day's quota: by the day, or, of a rolling one, by the hour.
type quota struct {
	Used    map[string]int `json:"used,omitempty"`
	Blocked time.Time      `json:"blocked_until,omitzero"` // nothing is sent before
}

// quotas are what a QuotaStore holds of an account.
type quotas struct {
	Zone   string            `json:"zone,omitempty"` // in which the account's days begin
	Quotas map[string]*quota `json:"quotas"`
}

// mostAhead is what a process takes of a quota at a time, before it needs it. What a killed one has not given back is lost for the
// day, so it is a hundredth of the quota at most.
const mostAhead = 100

// Keep makes all processes that keep under the same name in the same store count the quotas of days together. What cannot be
// kept is counted by each process for itself, with a warning.
func (l *Limiters) Keep(store QuotaStore, name string, log hclog.Logger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept, l.name, l.log = store, name, log
	if all, err := l.load(); err != nil {
		l.unkept(err)
	} else if zone, err := time.LoadLocation(all.Zone); err == nil {
		l.zone = zone
	}
}

// Release keeps what answers have told and gives back what was taken of quotas ahead and is not needed.
func (l *Limiters) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.buckets {
		if l.kept != nil && (b.ahead > 0 || b.corrected) {
			l.share(context.Background(), b, time.Time{}, 0, 0)
		}
	}
}

// quotaRoom tells until when a day's quota is used up; nil: there is room for n.
func (l *Limiters) quotaRoom(ctx context.Context, b *bucket, now time.Time, n int, budget float64) *Parked {
	if l.kept != nil && (!b.known || b.counted() && (b.ahead < n || b.aheadOf != b.slot(now, l.zone))) {
		l.share(ctx, b, now, n, budget)
	}
	most := b.share(budget)
	switch used := b.used(now, l.zone); {
	case now.Before(b.quota.Blocked):
		return &Parked{Quota: b.name, Until: b.quota.Blocked}
	case used+n > most:
		return &Parked{Quota: b.name, Until: b.anew(now, l.zone, used+n-most)}
	}
	return nil
}

// spend takes n of a day's quota.
func (l *Limiters) spend(b *bucket, now time.Time, n int) {
	of := min(n, b.ahead)
	b.ahead -= of
	if slot := b.slot(now, l.zone); n > of {
		b.forget(now, l.zone)
		b.quota.Used[slot] += n - of
	}
}

// told corrects a day's quota by what an answer says is used of it.
func (l *Limiters) told(b *bucket, now time.Time, used int) {
	slot := b.slot(now, l.zone)
	b.quota.Used = map[string]int{slot: used + b.ahead}
	b.aheadOf, b.corrected = slot, true
}

// share brings a bucket and the store up to date with each other: it gives back what was taken ahead, and takes anew what n needs and
// some more, as far as there is. now may be zero when nothing is taken.
func (l *Limiters) share(ctx context.Context, b *bucket, now time.Time, n int, budget float64) {
	release, err := l.kept.Lock(ctx, l.name)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		l.unkept(err)
		return
	}
	defer release()
	all, err := l.load()
	if err != nil {
		l.unkept(err)
		return
	}
	shared := quota{}
	if other := all.Quotas[b.name]; other != nil {
		shared = *other
	}
	if b.corrected || !b.counted() {
		shared.Used = b.quota.Used
	}
	if b.quota.Blocked.After(shared.Blocked) {
		shared.Blocked = b.quota.Blocked
	}
	if b.ahead > 0 && shared.Used != nil {
		shared.Used[b.aheadOf] = max(0, shared.Used[b.aheadOf]-b.ahead)
	}
	b.quota, b.ahead, b.corrected, b.known = shared, 0, false, true
	if n > 0 && b.counted() {
		b.forget(now, l.zone)
		b.aheadOf = b.slot(now, l.zone)
		left := b.share(budget) - b.used(now, l.zone)
		b.ahead = max(0, min(left, max(n, min(b.size/100, mostAhead))))
		b.quota.Used[b.aheadOf] += b.ahead
	}
	saved := b.quota
	if !b.counted() {
		saved.Used = nil
	}
	all.Quotas[b.name], all.Zone = &saved, l.zone.String()
	data, err := json.Marshal(all)
	if err == nil {
		err = l.kept.Save(l.name, data)
	}
	if err != nil {
		l.unkept(err)
	}
}

// load reads what is kept. What cannot be understood is begun anew.
func (l *Limiters) load() (*quotas, error) {
	data, err := l.kept.Load(l.name)
	all := &quotas{}
	if err != nil || data == nil || json.Unmarshal(data, all) != nil || all.Quotas == nil {
		all = &quotas{Quotas: map[string]*quota{}}
	}
	return all, err
}

// unkept goes on without the store.
func (l *Limiters) unkept(err error) {
	l.kept = nil
	l.log.Warn("the use of daily quotas cannot be kept: this process counts for itself", "error", err)
}

// counted reports whether what is used is kept: an answer tells a rolling quota anew, and what was told says nothing of when it
// frees.
func (b *bucket) counted() bool {
	return b.spec.Daily != "rolling" || b.spec.Remaining == "" && b.spec.Used == nil
}

// hours is the layout of the hours of a rolling quota.
const hours = "2006-01-02T15"

// slot is the day, or of a rolling quota the hour, in which an instant lies.
func (b *bucket) slot(now time.Time, account *time.Location) string {
	if b.spec.Daily == "rolling" {
		return now.UTC().Format(hours)
	}
	return now.In(b.zone(account)).Format(time.DateOnly)
}

// used is what is used of the quota now, without what is taken ahead.
func (b *bucket) used(now time.Time, account *time.Location) int {
	if b.spec.Daily != "rolling" {
		return max(0, b.quota.Used[b.slot(now, account)]-b.ahead)
	}
	n := 0
	for slot, used := range b.quota.Used {
		if now.Before(frees(slot)) {
			n += used
		}
	}
	return max(0, n-b.ahead)
}

// frees is when the last request of an hour is 24 hours old.
func frees(hour string) time.Time {
	begin, _ := time.Parse(hours, hour) // else it is long over
	return begin.Add(25 * time.Hour)
}

// forget drops what is long over. Days are kept a while, since the account's zone may not be known yet.
func (b *bucket) forget(now time.Time, account *time.Location) {
	if b.quota.Used == nil {
		b.quota.Used = map[string]int{}
	}
	oldest := now.Add(-25 * time.Hour).UTC().Format(hours)
	if b.spec.Daily != "rolling" {
		oldest = now.In(b.zone(account)).Add(-48 * time.Hour).Format(time.DateOnly)
	}
	maps.DeleteFunc(b.quota.Used, func(slot string, _ int) bool { return slot < oldest })
}

// anew is when a day's quota has room for over more: at midnight, or when enough of the hours of a rolling one are over. What answers
// tell of a rolling one does not say when it frees, so it is looked at again after an hour.
func (b *bucket) anew(now time.Time, account *time.Location, over int) time.Time {
	if b.spec.Daily != "rolling" {
		zone := b.zone(account)
		return (crm.DayOf(now, zone) + 1).Start(zone)
	}
	if b.counted() {
		for _, slot := range slices.SortedFunc(maps.Keys(b.quota.Used), strings.Compare) {
			if until := frees(slot); until.After(now) {
				if over -= b.quota.Used[slot]; over <= 0 {
					return until
				}
			}
		}
	}
	return now.Add(time.Hour)
}

// zone is where the bucket's days begin.
func (b *bucket) zone(account *time.Location) *time.Location {
	if b.spec.Daily == "account_midnight" {
		return account
	}
	return time.UTC
}
