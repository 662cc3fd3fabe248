package run

import (
	"context"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/taxonhq/taxon/host/crm"
)

// Schedule answers when something is due.
type Schedule interface {
	// Next is the first instant after t.
	Next(t time.Time) time.Time
}

// ParseSchedule reads a cron expression of five fields (minute hour day month weekday, or @daily and its
// siblings) in a time zone. Across a change of clocks a time that does not exist is passed over, and one that
// exists twice comes once, as cron has it.
func ParseSchedule(expression string, zone *time.Location) (Schedule, error) {
	parsed, err := cron.ParseStandard(expression)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the schedule " + expression + " is not a cron expression: " + err.Error(),
			Suggestion: `five fields, minute hour day month weekday: "30 3 * * *" is every day at half past three`}
	}
	if parsed.Next(time.Unix(0, 0)).IsZero() {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the schedule " + expression + " names a time that never comes", Suggestion: "look at day and month"}
	}
	return zoned{parsed, zone}, nil
}

type zoned struct {
	schedule cron.Schedule
	zone     *time.Location
}

func (z zoned) Next(t time.Time) time.Time { return z.schedule.Next(t.In(z.zone)) }

// Job is what a scheduler does at the times of its schedule.
type Job struct {
	Name     string
	Schedule Schedule
	// Do does it once. Its errors are its own to report: the next time comes all the same.
	Do func(ctx context.Context)
}

// Serve does jobs by their schedules until ctx ends, then waits for those under way, whose context has ended
// too. A job is never done twice at once: a time that passes while it is under way is left out.
// next is told of each job's next time.
func Serve(ctx context.Context, jobs []Job, clock crm.Clock, next func(job string, at time.Time)) {
	var all sync.WaitGroup
	for _, job := range jobs {
		all.Go(func() {
			for {
				at := job.Schedule.Next(clock.Now())
				if at.IsZero() { // never again, such as 31 February
					return
				}
				next(job.Name, at)
				// Long sleeps are cut, so that a machine that was suspended or a clock that was set is noticed.
				for clock.Now().Before(at) {
					if !clock.Sleep(ctx.Done(), min(at.Sub(clock.Now()), time.Minute)) {
						return
					}
				}
				if ctx.Err() != nil {
					return
				}
				job.Do(ctx)
			}
		})
	}
	all.Wait()
}
