package connector

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/rowfile"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// maxJobs is how often a job is begun anew that the CRM has lost, before the listing is read in pages.
const maxJobs = 3

// jobPatience is how long a job is waited for.
const jobPatience = 2 * time.Hour

// pollEvery is the time between two polls where the manifest does not say.
const pollEvery = 5 * time.Second

// jobPage is how many rows of a job's result are delivered at a time.
const jobPage = 2000

// jobPosition is where the reading of a job's result stands. It is part of a pull's State.
type jobPosition struct {
	ID     string `json:"id,omitempty"` // "" before it is submitted
	Page   values `json:"page,omitempty"`
	Cursor string `json:"cursor,omitempty"` // page of the result
	Rows   int    `json:"rows,omitempty"`   // of that page that have been delivered
	Begun  int64  `json:"begun,omitempty"`  // when it was submitted, by our clock
	Lost   int    `json:"lost,omitempty"`   // jobs that were lost
}

// byJob reports whether a listing is to be read as a job from a position on.
func (c *Connector) byJob(ctx context.Context, o *object, l *manifest.Listing, at position) (bool, error) {
	if l.Job == nil || l.Job.Above == 0 {
		return l.Job != nil, nil
	}
	n, known, err := c.count(ctx, o, l, at)
	return known && n > l.Job.Above, err
}

// jobPull is the reading of one listing as jobs.
type jobPull struct {
	*pull
	w    walk
	job  *manifest.Job
	vars map[string]any
	at   *jobPosition
}

// walkJob reads a listing as a job, from where the state stands, and delivers its rows. A job that the CRM gives up leaves the
// position at the listing's beginning, to be read in pages.
func (p *pull) walkJob(ctx context.Context, w walk, after func() string) error {
	p.byJob = true
	defer func() { p.byJob = false }()
	at := *p.own.At
	j := &jobPull{pull: p, w: w, job: w.listing.Job, at: at.Job, vars: p.c.vars(p.o)}
	at.pageVars(j.vars, &w.listing.Page)
	j.vars["properties"], j.vars["size"] = w.properties, orDefault(j.job.Size, w.listing.Size)
	for {
		more, err := j.one(ctx)
		if class := transport.ClassOf(err); class == manifest.ThenRestart || class == manifest.ThenNotFound || errors.Is(err, errJobStuck) {
			if j.at.Lost++; j.at.Lost < maxJobs {
				*j.at = jobPosition{Page: j.at.Page, Lost: j.at.Lost}
				continue
			}
			err = errJobFailed
		}
		if errors.Is(err, errJobFailed) {
			p.c.log.Warn("the CRM does not come to an end with a job, the records are listed in pages", "object", p.o.name)
			p.own.At = &position{Since: at.Since, Until: at.Until}
			return nil
		}
		if err != nil {
			return err
		}
		if more == nil {
			p.own.At, p.own.Phase = nil, after()
			return p.flush(ctx)
		}
		*j.at = jobPosition{Page: more}
	}
}

var (
	errJobFailed = errors.New("the job failed")
	errJobStuck  = errors.New("the job does not come to an end, however often it was waited for")
)

// maxWaits is how many runs wait for one job.
const maxWaits = 3

// one submits a job if need be, waits for it and reads its result. more is the page that a further job is about.
func (j *jobPull) one(ctx context.Context) (more values, err error) {
	page := j.at.Page
	if page == nil {
		page = values{}
	}
	j.vars["page"] = map[string]any(page)
	if j.at.ID == "" {
		j.at.Begun = j.c.clock.Now().UnixMicro()
		if j.at.ID, err = j.c.submit(ctx, transport.Pull, j.job.Submit, j.job.ID, j.vars); err != nil {
			return nil, err
		}
		if err := j.deliver(); err != nil { // so that it is found again
			return nil, err
		}
	}
	watch := jobWatch{poll: j.job.Poll, done: j.job.Done, failed: j.job.Failed, every: j.job.Every, within: j.job.Within, next: j.job.Next, begun: time.UnixMicro(j.at.Begun)}
	if more, err = j.c.await(ctx, &watch, j.at.ID, j.vars); err != nil {
		return nil, err
	}
	for {
		cursor, err := j.result(ctx)
		if err != nil || cursor == "" {
			return more, err
		}
		if cursor == j.at.Cursor {
			return nil, loop("the CRM's paging of a job's result does not move on")
		}
		j.at.Cursor, j.at.Rows = cursor, 0
	}
}

// result reads a page of the result, behind the rows that have been delivered, and answers where it goes on.
func (j *jobPull) result(ctx context.Context) (cursor string, err error) {
	page := map[string]any{}
	if j.at.Cursor != "" {
		page["cursor"] = j.at.Cursor
	}
	j.vars["page"] = page
	call, err := transport.Build(transport.Pull, j.job.Result, j.vars)
	if err != nil {
		return "", err
	}
	if j.job.Format != "json" {
		call = call.Spooled()
	}
	err = j.c.client.Do(ctx, call, func(a *transport.Answer) error {
		j.c.learnClock(a)
		told := -1
		if j.job.Told != nil {
			told = whole(j.job.Told, answered(a, j.vars))
		}
		n, err := j.rows(ctx, a)
		if err != nil {
			return err
		}
		if told >= 0 && told != n {
			return transport.ErrUnusable
		}
		cursor = ""
		if j.job.Cursor != nil {
			cursor = evalText(j.job.Cursor, answered(a, j.vars))
		}
		return nil
	})
	return cursor, err
}

// rows takes the rows of an answer, and answers how many it has.
func (j *jobPull) rows(ctx context.Context, a *transport.Answer) (n int, err error) {
	err = eachRow(a, j.job.Format, j.job.Rows, j.job.Columns, func(row *fastjson.Value) error {
		if n++; n <= j.at.Rows {
			return nil // delivered before the pull was interrupted
		}
		j.take(mapping.Row{row}, j.w.changed != nil)
		j.at.Rows = n
		if len(j.page.Records)+len(j.page.Rejected) >= max(jobPage, j.o.fill()) {
			return j.flush(ctx)
		}
		return nil
	})
	return n, err
}

// eachRow hands over the rows of an answer, whose memory is used again after each call.
func eachRow(a *transport.Answer, format string, path manifest.Path, columns map[string]mapping.Path, each func(*fastjson.Value) error) error {
	if a.File == nil {
		rows, ok := mapping.Rows(a.Body, path)
		if format != "json" && !a.Empty || format == "json" && !ok && !a.Empty {
			return transport.ErrUnusable
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		return nil
	}
	r, err := rowfile.NewReader(a.File, a.Size, format, columns)
	if err != nil {
		return transport.ErrUnusable
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return transport.ErrUnusable
		}
		if err := each(row); err != nil {
			return err
		}
		r.Release()
	}
}

// submit begins a job and answers its id.
func (c *Connector) submit(ctx context.Context, class transport.Class, r *manifest.Request, id *manifest.Program, vars map[string]any) (job string, err error) {
	err = c.call(ctx, class, r, vars, func(a *transport.Answer) error {
		if job = evalText(id, answered(a, vars)); job == "" {
			return transport.ErrUnusable
		}
		return nil
	})
	return job, err
}

// answered are variables together with those of an answer.
func answered(a *transport.Answer, vars map[string]any) map[string]any {
	return a.Vars(maps.Clone(vars))
}

// jobWatch is how a job is waited for.
type jobWatch struct {
	poll          *manifest.Request
	done, failed  *manifest.Program
	next          *manifest.Program
	every, within time.Duration
	begun         time.Time // by an earlier run, perhaps; zero: now
	// finished gets the last answer of poll.
	finished func(*transport.Answer) error
}

// await waits until a job is done: errJobFailed when it will not be. more is what next yields. vars have job.id and
// job.status afterwards.
func (c *Connector) await(ctx context.Context, w *jobWatch, id string, vars map[string]any) (more values, err error) {
	vars["job"] = map[string]any{"id": id}
	until := c.clock.Now().Add(orDefault(w.within, jobPatience))
	for {
		done := false
		err := c.call(ctx, transport.Discovery, w.poll, vars, func(a *transport.Answer) error {
			if a.Body == nil {
				return transport.ErrUnusable
			}
			now := answered(a, vars)
			if truth(w.failed, now) {
				return errJobFailed
			}
			if done = truth(w.done, now); !done {
				return nil
			}
			vars["job"] = map[string]any{"id": id, "status": kept(a)}
			if w.finished != nil {
				if err := w.finished(a); err != nil {
					return err
				}
			}
			return nextPage(w.next, now, &more)
		})
		if err != nil || done {
			return more, err
		}
		if now := c.clock.Now(); !now.Before(until) {
			if !w.begun.IsZero() && now.Sub(w.begun) > maxWaits*orDefault(w.within, jobPatience) {
				return nil, errJobStuck
			}
			return nil, &crm.Error{Code: crm.CodeUnavailable, Message: "the CRM is still at work on a job", Suggestion: "run again later; nothing is lost"}
		}
		if !c.clock.Sleep(ctx.Done(), orDefault(w.every, pollEvery)) {
			return nil, ctx.Err()
		}
	}
}

// kept is an answer's body as a variable that outlives the answer.
func kept(a *transport.Answer) any {
	body, err := fastjson.ParseBytes(a.Body.MarshalTo(nil))
	if err != nil {
		return nil // cannot be: it was parsed before
	}
	return mapping.JSON(body)
}

// nextPage evaluates an expression that yields a map or nothing.
func nextPage(p *manifest.Program, vars map[string]any, into *values) error {
	value, ok, err := p.Value(vars)
	if err != nil {
		return &crm.Error{Code: crm.CodeProtocol, Message: "the next page cannot be computed: " + err.Error()}
	}
	*into = nil
	if !ok {
		return nil
	}
	if data, err := json.Marshal(value); err != nil || json.Unmarshal(data, into) != nil {
		return &crm.Error{Code: crm.CodeProtocol, Message: "the next page is not a map"}
	}
	return nil
}

// whole evaluates an expression that yields a whole number; -1 when it does not.
func whole(p *manifest.Program, vars map[string]any) int {
	value, err := p.Text(vars)
	if err != nil {
		return -1
	}
	var n int
	if json.Unmarshal([]byte(value), &n) != nil {
		return -1
	}
	return n
}
