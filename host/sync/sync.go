package sync

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Source is what a pull needs of a connector.
type Source interface {
	Capabilities() map[crm.Kind]connector.Capabilities
	Pull(ctx context.Context, kind crm.Kind, state []byte, emit func(connector.Page) error) error
	IDs(ctx context.Context, kind crm.Kind, emit func(ids []string) error) error
}

var _ Source = (*connector.Connector)(nil)

// Guard is the share of a kind's records that may vanish at once, unless Options say otherwise.
const Guard = 0.2

// Options are what a pull depends on beside its source and its mirror.
type Options struct {
	Catalogue *crm.Catalogue // fields that records may have; nil: the standard ones
	Zone      *time.Location // the account's; nil: UTC
	Currency  string         // of amounts that name none, ISO 4217; "": such a record is rejected
	Region    string         // of phone numbers without country code whose record names no country, ISO 3166 alpha-2
	Full      bool           // begin from zero, whatever was pulled before
	Reconcile bool           // compare all ids afterwards
	Guard     float64        // share of a kind's records that may vanish at once; 0: Guard, 1: any
	Run       int64          // id in the ledger of runs; 0: none
	Progress  func(Progress) // called after each page; nil: nobody looks
}

// Progress is how far a pull is.
type Progress struct {
	Kind    crm.Kind
	Pages   int
	Records int  // of the kind, so far
	Done    bool // with the kind
}

// Report is what a pull did.
type Report struct {
	Kinds   map[crm.Kind]KindReport `json:"kinds"`
	Mirror  store.Counts            `json:"mirror"`             // afterwards
	Held    []crm.Problem           `json:"held,omitempty"`     // removals that the guard stopped
	Skipped []crm.Kind              `json:"skipped,omitempty"`  // kinds that the CRM does not offer
	LeftOut []crm.Problem           `json:"left_out,omitempty"` // optional objects that the account does not have or show
}

// KindReport is what a pull did with one kind of record.
type KindReport struct {
	Pages     int `json:"pages"`
	Records   int `json:"records"` // that came, rejected ones included
	Upserted  int `json:"upserted"`
	Unchanged int `json:"unchanged"`
	Rejected  int `json:"rejected"`
	Deleted   int `json:"deleted"`           // the CRM said so
	Removed   int `json:"removed"`           // a full pull or a reconcile did not see them
	Unknown   int `json:"unknown,omitempty"` // ids that a reconcile saw and the mirror does not have
}

// Rejected is the number of records rejected, of all kinds.
func (r *Report) Rejected() int {
	n := 0
	for _, k := range r.Kinds {
		n += k.Rejected
	}
	return n
}

// Changed reports whether the mirror changed.
func (r *Report) Changed() bool {
	for _, k := range r.Kinds {
		if k.Upserted+k.Deleted+k.Removed > 0 {
			return true
		}
	}
	return false
}

// Pull brings the mirror up to date with the source, one kind after the other in the order of crm.Kinds. An
// error ends it; what was pulled by then stays, the report says how much, and the next pull goes on from there.
func Pull(ctx context.Context, source Source, mirror *store.Conn, o Options) (Report, error) {
	p, err := newPull(source, mirror, o)
	if err != nil {
		return Report{}, err
	}
	if err := p.settled(ctx); err != nil {
		return p.report, err
	}
	offered := source.Capabilities()
	for _, kind := range crm.Kinds {
		if !offered[kind].List {
			p.report.Skipped = append(p.report.Skipped, kind)
			continue
		}
		k := &KindReport{}
		err := p.kind(ctx, kind, k)
		p.report.Kinds[kind] = *k
		if err != nil {
			return p.report, err
		}
		p.progress(Progress{Kind: kind, Pages: k.Pages, Records: k.Records, Done: true})
	}
	p.report.Mirror, err = mirror.Counts(ctx)
	return p.report, err
}

// pull is one pull under way.
type pull struct {
	source   Source
	mirror   *store.Conn
	options  Options
	guard    float64
	progress func(Progress)
	report   Report
	normal   *normaliser
}

func newPull(source Source, mirror *store.Conn, o Options) (*pull, error) {
	p := &pull{source: source, mirror: mirror, options: o, guard: o.Guard, progress: o.Progress, report: Report{Kinds: map[crm.Kind]KindReport{}}}
	if p.guard == 0 {
		p.guard = Guard
	}
	if p.progress == nil {
		p.progress = func(Progress) {}
	}
	catalogue, zone := o.Catalogue, o.Zone
	if catalogue == nil {
		var err error
		if catalogue, err = crm.NewCatalogue(); err != nil {
			return nil, err
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	p.normal = &normaliser{catalogue: catalogue, zone: zone, currency: o.Currency, region: o.Region}
	return p, nil
}

// factNormal is what the mirror's records were normalised with.
const factNormal = "normalised with"

// settled makes everything be pulled again when what records become has changed: a date is the midnight of a zone.
func (p *pull) settled(ctx context.Context) error {
	now := strings.Join([]string{p.normal.zone.String(), p.normal.currency, p.normal.region}, " ")
	before, known, err := p.mirror.Fact(ctx, factNormal)
	if err != nil || known && string(before) == now {
		return err
	}
	for _, kind := range crm.Kinds {
		if !known {
			break
		}
		if err := p.mirror.ResetSync(ctx, kind); err != nil {
			return err
		}
	}
	return p.mirror.SetFact(ctx, factNormal, []byte(now))
}

// kind pulls one kind of record.
func (p *pull) kind(ctx context.Context, kind crm.Kind, k *KindReport) error {
	if err := p.finish(ctx, kind, k); err != nil { // of a pull that was killed at its end
		return err
	}
	if p.options.Full {
		if err := p.mirror.ResetSync(ctx, kind); err != nil {
			return err
		}
	}
	state, err := p.mirror.SyncState(ctx, kind)
	if err != nil {
		return err
	}
	err = p.source.Pull(ctx, kind, state, func(page connector.Page) error { return p.page(ctx, kind, page, k) })
	if err != nil {
		return err
	}
	if err := p.finish(ctx, kind, k); err != nil {
		return err
	}
	if p.options.Reconcile {
		return p.reconcile(ctx, kind, k)
	}
	return nil
}

// page stores one page.
func (p *pull) page(ctx context.Context, kind crm.Kind, page connector.Page, k *KindReport) error {
	update := store.PageUpdate{Deleted: usable(page.Deleted), State: page.State, Full: page.Full, Last: page.Last, Run: p.options.Run}
	for _, r := range page.Rejected {
		if r.ID = strings.TrimSpace(r.ID); checkID(r.ID) != nil {
			r.ID = ""
		}
		update.Rejected = append(update.Rejected, r)
	}
	for i := range page.Records {
		r := page.Records[i]
		cause, err := p.normal.record(kind, &r)
		if err != nil {
			return err
		}
		if cause != nil {
			update.Rejected = append(update.Rejected, crm.Rejected{Kind: kind, ID: r.ID, Error: cause})
			continue
		}
		update.Records = append(update.Records, r)
	}
	p.report.LeftOut = append(p.report.LeftOut, page.LeftOut...)
	applied, err := p.mirror.ApplyPage(ctx, kind, update)
	if err != nil {
		return err
	}
	k.Pages++
	k.Records += len(update.Records) + len(update.Rejected)
	k.Upserted += applied.Upserted
	k.Unchanged += applied.Unchanged
	k.Deleted += applied.Deleted
	k.Rejected += len(update.Rejected)
	p.progress(Progress{Kind: kind, Pages: k.Pages, Records: k.Records})
	return nil
}

// finish removes what a full pull did not see. What the guard holds back is reported and stops nothing.
func (p *pull) finish(ctx context.Context, kind crm.Kind, k *KindReport) error {
	removed, err := p.mirror.FinishPull(ctx, kind, p.guard)
	k.Removed += removed
	return p.held(err)
}

func (p *pull) reconcile(ctx context.Context, kind crm.Kind, k *KindReport) error {
	result, err := p.mirror.Reconcile(ctx, kind, func(emit func([]string) error) error { return p.source.IDs(ctx, kind, emit) }, p.guard)
	k.Removed += result.Removed
	k.Unknown += result.Unknown
	return p.held(err)
}

// held turns an error of the guard into a finding.
func (p *pull) held(err error) error {
	if crm.CodeOf(err) != crm.CodeGuard {
		return err
	}
	if e := (*crm.Error)(nil); errors.As(err, &e) {
		p.report.Held = append(p.report.Held, crm.Problem{Warning: true, Error: *e})
	}
	return nil
}
