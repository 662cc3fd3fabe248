package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func opening(s *suite) {
	secret, err := s.store.Secret(s.ctx)
	s.ok(err)
	other := s.open()
	again, err := other.Secret(s.ctx)
	s.ok(err)
	if len(secret) != 32 || !bytes.Equal(secret, again) {
		s.Errorf("secrets %d and %d bytes, same %v", len(secret), len(again), bytes.Equal(secret, again))
	}
	s.ok(other.Ping(s.ctx))
	_, err = other.Connection(s.ctx, "main", crm.Contact)
	s.refused(err, crm.CodeConflict)
	_, err = other.Connection(s.ctx, "deals", crm.Deal)
	s.refused(err, crm.CodeConfig)
	s.connection("other", crm.Contact)
	infos, err := other.Connections(s.ctx)
	s.ok(err)
	s.same("connections", infos, []store.ConnectionInfo{{Name: "main", Subject: crm.Company, CreatedAt: s.clock.Now()}, {Name: "other", Subject: crm.Contact, CreatedAt: s.clock.Now()}})

	url := s.engine.Fresh(s.T)
	var wait sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wait.Go(func() {
			st, err := s.engine.Open(s.ctx, url, s.clock)
			if err == nil {
				_, err = st.Connection(s.ctx, "main", crm.Company)
				if closed := st.Close(); err == nil {
					err = closed
				}
			}
			errs[i] = err
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			s.Errorf("opening a new store, %d of 6 at once: %v", i, err)
		}
	}
}

func leases(s *suite) {
	first, err := s.store.Lock(s.ctx, "hubspot/1", "host 1", time.Minute)
	s.ok(err)
	_, err = s.store.Lock(s.ctx, "hubspot/1", "host 2", time.Minute)
	s.refused(err, crm.CodeLocked)
	if !strings.Contains(err.Error(), "host 1") {
		s.Errorf("the error names no holder: %v", err)
	}
	_, err = s.store.Lock(s.ctx, "hubspot/2", "host 2", time.Minute)
	s.ok(err)
	s.clock.At = s.clock.At.Add(50 * time.Second)
	s.ok(first.Renew(s.ctx))
	s.clock.At = s.clock.At.Add(50 * time.Second)
	_, err = s.store.Lock(s.ctx, "hubspot/1", "host 2", time.Minute)
	s.refused(err, crm.CodeLocked)

	fenced := s.conn.Fenced(first)
	write := func(c *store.Conn) error {
		_, err := c.ApplyPage(s.ctx, crm.Company, store.PageUpdate{Records: []crm.Record{company("A")}, State: []byte("s")})
		return err
	}
	s.ok(write(fenced))
	s.clock.At = s.clock.At.Add(11 * time.Second)
	s.ok(write(fenced)) // expired, but nobody took it
	second, err := s.store.Lock(s.ctx, "hubspot/1", "host 2", time.Minute)
	s.ok(err)
	if second.Token() <= first.Token() {
		s.Errorf("tokens %d, then %d", first.Token(), second.Token())
	}
	s.refused(write(fenced), crm.CodeLocked)
	s.refused(fenced.SaveTags(s.ctx, "abc", []store.TagRow{{Customer: "A"}}), crm.CodeLocked)
	s.refused(fenced.SetFact(s.ctx, "seen", []byte("1")), crm.CodeLocked)
	s.refused(first.Renew(s.ctx), crm.CodeLocked)
	s.ok(first.Release(s.ctx)) // lost: no effect
	s.ok(write(s.conn.Fenced(second)))
	s.ok(second.Release(s.ctx))
	s.refused(write(s.conn.Fenced(second)), crm.CodeLocked)
	third, err := s.store.Lock(s.ctx, "hubspot/1", "host 1", time.Minute)
	s.ok(err)
	again, err := s.store.Lock(s.ctx, "hubspot/1", "host 1", time.Minute)
	s.ok(err)
	s.same("tokens never come again", []bool{third.Token() > second.Token(), again.Token() > third.Token()}, []bool{true, true})

	var wait sync.WaitGroup
	got := make([]bool, 8)
	for i := range got {
		wait.Go(func() {
			_, err := s.store.Lock(s.ctx, "contended", fmt.Sprint("host ", i), time.Minute)
			got[i] = err == nil
		})
	}
	wait.Wait()
	n := 0
	for _, ok := range got {
		if ok {
			n++
		}
	}
	s.same("holders of a contended lease", n, 1)
}

func forgetting(s *suite) {
	fill := func(c *store.Conn) {
		s.Helper()
		s.pageOf(c, company("A"))
		s.pageOf(c, deal("d"))
		s.ok(c.SaveTags(s.ctx, "abc", []store.TagRow{{Customer: "A"}}))
		s.ok(c.SetWritten(s.ctx, crm.Company, store.Values{"A": {"taxon_abc": "A"}}))
		run, err := c.BeginRun(s.ctx, store.Run{})
		s.ok(err)
		s.ok(c.AddRequests(s.ctx, run, map[string]int64{"pull": 1}))
		_, err = c.SaveModel(s.ctx, store.Model{Classifier: "abc"})
		s.ok(err)
		w, err := c.BeginPlan(s.ctx, store.Plan{})
		s.ok(err)
		s.ok(w.Add(s.ctx, []store.PlanRow{{Kind: crm.Company, Record: "A"}}))
		s.ok(c.SaveOverrides(s.ctx, []store.Override{{Kind: crm.Company, Record: "A", Field: "f"}}))
		s.ok(c.SaveFields(s.ctx, []store.Field{{Kind: crm.Company, Key: "f"}}))
		s.ok(c.AddRejected(s.ctx, store.StageWrite, run, []crm.Rejected{{Kind: crm.Company, ID: "A"}}))
		s.ok(c.SaveWork(s.ctx, store.Work{Classifier: "abc"}))
		s.ok(c.SetFact(s.ctx, "seen", []byte("1")))
		s.ok(c.SetFact(s.ctx, "seen", []byte(c.Name())))
	}
	other := s.connection("other", crm.Company)
	fill(s.conn)
	fill(other)
	before := s.sequence()
	s.ok(s.conn.ForgetMirror(s.ctx))
	s.same("no customers", s.shape(s.conn), []string{})
	state, err := s.conn.SyncState(s.ctx, crm.Company)
	s.ok(err)
	s.same("from zero, and noticed", []any{string(state), s.sequence() > before}, []any{"", true})
	counts, err := s.conn.Counts(s.ctx)
	s.ok(err)
	s.same("counts", counts, store.Counts{})
	s.same("no sample, not even null", counts.Orphans.Sample != nil, true)
	names, err := s.conn.Classifiers(s.ctx)
	s.ok(err)
	s.same("tags stay", names, []string{"abc"})
	s.page(company("A"))

	s.ok(s.conn.Forget(s.ctx))
	infos, err := s.store.Connections(s.ctx)
	s.ok(err)
	s.same("connections", []any{len(infos), infos[0].Name}, []any{1, "other"})
	s.same("the other one is whole", s.shape(other), []string{"A[||]"})
	value, ok, err := other.Fact(s.ctx, "seen")
	s.ok(err)
	s.same("its fact", []any{string(value), ok}, []any{"other", true})
	_, ok, err = s.conn.Fact(s.ctx, "seen")
	s.ok(err)
	s.same("no fact", ok, false)
	s.conn = s.connection("main", crm.Contact)
	s.same("nothing is left", s.shape(s.conn), []string{})
	runs, err := s.conn.Runs(s.ctx, 0)
	s.ok(err)
	s.same("no runs", len(runs), 0)
}

func concurrency(s *suite) {
	other := s.open() // as another process
	theirs, err := other.Connection(s.ctx, "main", crm.Company)
	s.ok(err)
	s.page(company("A"))
	const pages, size = 10, 5
	var wait sync.WaitGroup
	errs := make([]error, 4)
	for w := range errs {
		c := s.conn
		if w%2 == 1 {
			c = theirs
		}
		wait.Go(func() {
			for p := range pages {
				var list []crm.Record
				for i := range size {
					list = append(list, deal(fmt.Sprintf("d%d-%d-%d", w, p, i), to(crm.Company, "A")))
				}
				if _, err := c.ApplyPage(s.ctx, crm.Deal, store.PageUpdate{Records: list, State: []byte("s")}); err != nil {
					errs[w] = err
					return
				}
				if err := c.Customers(s.ctx, "", func(cu *store.Customer) error {
					if len(cu.Deals)%size != 0 {
						return fmt.Errorf("half a page is visible: %d deals", len(cu.Deals))
					}
					return nil
				}); err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			s.Error(err)
		}
	}
	counts, err := s.conn.Counts(s.ctx)
	s.ok(err)
	s.same("deals", counts.Deals, len(errs)*pages*size)
}
