package run

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/open"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// replay classifies as of past days in a store of its own that is gone when it is closed: the account's mirror is read,
// and none of its tags, models or work changes. Nothing is pulled.
type replay struct {
	*Connection
	setting  setting
	scratch  *store.Store
	dir      string
	progress func(Progress)

	ids   []string // of the customers of the mirror, in order
	names []string // of the classifiers that past days are classified by; nil: all
}

// newReplay makes an empty one; the caller closes it.
func (c *Connection) newReplay(ctx context.Context, progress func(Progress)) (*replay, error) {
	account, ok, err := c.remembered(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "nothing was pulled yet", Suggestion: "taxon pull brings the CRM's records"}
	}
	r := &replay{Connection: c, progress: progress}
	if r.setting, err = c.settle(account); err != nil {
		return nil, err
	}
	for _, f := range c.Config.Enabled() {
		if found := c.ClassifierProblems(f); len(found) > 0 {
			e := found[0].Error
			e.Pointer = "classifier " + f.Name + " " + e.Pointer
			return nil, &e
		}
	}
	if r.dir, err = os.MkdirTemp("", "taxon-past-"); err != nil { // 0700
		return nil, err
	}
	if r.scratch, err = open.Open(ctx, "sqlite:"+filepath.Join(r.dir, "past.db"), c.Clock); err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.dir))
	}
	return r, nil
}

func (r *replay) Close() error { return errors.Join(r.scratch.Close(), os.RemoveAll(r.dir)) }

func (r *replay) tell(stage, detail string, count int, finished bool) {
	if r.progress != nil {
		r.progress(Progress{stage, detail, count, finished})
	}
}

// each calls fn for the customers of the mirror, in order, with their place in ids. The first call lists them; later ones
// pass over who came since.
func (r *replay) each(ctx context.Context, fn func(at int, c *store.Customer) error) error {
	listed, at := r.ids != nil, 0
	return r.Mirror.Customers(ctx, "", func(c *store.Customer) error {
		if !listed {
			r.ids = append(r.ids, c.ID)
		}
		for at < len(r.ids) && r.ids[at] < c.ID { // who went since
			at++
		}
		if at == len(r.ids) || r.ids[at] != c.ID {
			return nil
		}
		return errors.Join(fn(at, c), ctx.Err())
	})
}

// snapshot is the classification as of a day.
type snapshot struct {
	day     crm.Day
	mirror  *store.Conn
	tags    map[string][]*pb.TagDefinition // by classifier, none of one that failed
	failed  map[string]*crm.Error
	present presence
}

// choose limits what past days are classified by to some classifiers and those whose tags they read.
func (r *replay) choose(ctx context.Context, names []string) error {
	in, err := r.classifyInput(ctx, r.setting, r.Mirror)
	if err == nil {
		r.names, err = classify.Closure(ctx, in, names)
	}
	return err
}

// presence is who existed, by place in ids.
type presence struct {
	bits  []bool
	count int
}

func (p *presence) add(at int) {
	for len(p.bits) <= at {
		p.bits = append(p.bits, false)
	}
	p.bits[at] = true
	p.count++
}

// at reports whether the customer at a place existed.
func (p *presence) at(at int) bool { return at < len(p.bits) && p.bits[at] }

// at classifies as of a day.
func (r *replay) at(ctx context.Context, day crm.Day) (*snapshot, error) {
	s := &snapshot{day: day, tags: map[string][]*pb.TagDefinition{}, failed: map[string]*crm.Error{}}
	var err error
	// Connections of the scratch store are the days.
	if s.mirror, err = r.scratch.Connection(ctx, r.Config.Name+" "+day.String(), r.Config.Subject); err != nil {
		return nil, err
	}
	if err := r.copy(ctx, s); err != nil {
		return nil, err
	}
	setting := r.setting
	setting.asOf = day
	in, err := r.classifyInput(ctx, setting, s.mirror)
	if err != nil {
		return nil, err
	}
	in.Cache = r.scratch
	in.Classifiers = slices.DeleteFunc(in.Classifiers, func(k classify.Classifier) bool { return r.names != nil && !slices.Contains(r.names, k.Name) })
	in.Progress = func(p classify.Progress) { r.tell(p.Stage, "customers as of "+day.String(), p.Done, false) }
	result, err := classify.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, o := range result.Outcomes {
		if s.failed[o.Classifier] = o.Error; o.Error == nil {
			s.tags[o.Classifier] = o.Tags
		}
	}
	r.tell("classify", "customers as of "+day.String(), s.present.count, true)
	return s, nil
}

// copied is the number of customers that are copied at a time.
const copied = 300

// copy fills a mirror with the customers as they were before its day.
func (r *replay) copy(ctx context.Context, s *snapshot) error {
	pages := map[crm.Kind][]crm.Record{}
	flush := func() error {
		for _, kind := range crm.Kinds {
			if len(pages[kind]) == 0 {
				continue
			}
			if _, err := s.mirror.ApplyPage(ctx, kind, store.PageUpdate{Records: pages[kind]}); err != nil {
				return err
			}
			pages[kind] = nil
		}
		return nil
	}
	before := &past{end: s.day.Start(r.setting.zone).UnixMicro(), subject: r.Config.Subject}
	err := r.each(ctx, func(at int, c *store.Customer) error {
		if !before.existed(c) {
			return nil
		}
		s.present.add(at)
		before.add(c, pages)
		if s.present.count%copied != 0 {
			return nil
		}
		r.tell("measure", "customers as of "+s.day.String(), s.present.count, false)
		return flush()
	})
	return errors.Join(err, flush())
}

// tagged is what a snapshot says of a classifier, by place in ids.
type tagged struct {
	main    *pb.TagDefinition
	given   []string       // the order that the configuration gives the classes, best first
	places  map[string]int // of the classes of which some are better than others, 0 is best
	codes   []string       // of the main class; evaluate.NotPresent before the customer existed
	numbers map[string][]float64
}

// order is the order in which the classes are shown, best first.
func (t *tagged) order() []string {
	out := slices.Clone(t.given)
	for _, o := range t.main.GetOptions() {
		if code := o.GetCode(); code != protocol.Unclassified && !slices.Contains(t.given, code) {
			out = append(out, code)
		}
	}
	return out
}

// ranked reports whether some classes are better than others. Of regions or clusters, which all have the same place, none is:
// their order is only that in which they are shown.
func (t *tagged) ranked() bool {
	for _, place := range t.places {
		if place > 0 {
			return true
		}
	}
	return false
}

// known stands for the class of customers with a value where the main tag is a number.
const known = "(known)"

// tags reads a classifier's tags: the class, and the parts that are numbers. Amounts are in units of the currency.
func (r *replay) tags(ctx context.Context, s *snapshot, classifier string) (*tagged, error) {
	t := &tagged{codes: make([]string, len(r.ids)), numbers: map[string][]float64{}}
	types := map[string]crm.Type{}
	main := client.MainTag(s.tags[classifier])
	for _, tag := range s.tags[classifier] {
		if tag.GetKey() == main {
			t.main = tag
		}
		switch kind := crm.Type(tag.GetType()); kind {
		case crm.Integer, crm.Number, crm.Amount:
			types[tag.GetKey()] = kind
			t.numbers[tag.GetKey()] = missing(len(r.ids))
		}
	}
	t.given = r.Config.Classifiers[classifier].Stability.Order
	t.places = classify.Places(t.main.GetOptions(), t.given)
	for i := range t.codes {
		if !s.present.at(i) {
			t.codes[i] = evaluate.NotPresent
		}
	}
	at := 0
	err := s.mirror.Tags(ctx, classifier, func(row *store.TagRow) error {
		for at < len(r.ids) && r.ids[at] < row.Customer {
			at++
		}
		if at == len(r.ids) || r.ids[at] != row.Customer {
			return nil
		}
		t.codes[at] = row.Value(main)
		if types[main] != crm.None && t.codes[at] != "" {
			t.codes[at] = known // a number is no class
		}
		for key, values := range t.numbers {
			v, err := crm.ParseValue(types[key], row.Value(key), r.setting.currency)
			if err != nil {
				return err
			}
			if !v.Missing() {
				values[at] = units(v)
			}
		}
		return nil
	})
	return t, err
}

// missing is n numbers of which none is known.
func missing(n int) []float64 {
	return slices.Repeat([]float64{math.NaN()}, n)
}

// units is a value as a number; of an amount the units of its currency, of a time days since 1970.
func units(v crm.Value) float64 {
	switch v.Type() {
	case crm.None:
		return math.NaN()
	case crm.Amount:
		return float64(v.Int()) / math.Pow10(crm.Digits(v.Money().Currency))
	case crm.Time:
		return float64(v.Int()) / 86_400e6
	}
	return v.Float()
}

// plugin is a classifier's plugin and its version.
func (r *replay) plugin(classifier string) (ref, version string) {
	ref = r.Config.Classifiers[classifier].Plugin
	if m, err := r.Plugins.Manifest(ref); err == nil { // one that is missing was refused
		version = m.GetVersion()
	}
	return ref, version
}
