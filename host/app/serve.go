package app

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/store"
)

// ServeOptions say how to serve.
type ServeOptions struct {
	// Address of /healthz, /readyz and /metrics; "" serves none. Port 0 chooses a free one.
	Address string
	// Listening is told the address, once.
	Listening func(address string)
	// Now runs every connection once at the start, before its schedule.
	Now bool
}

// patience is how long a scheduled run waits for another one of its account, such as that of a second connection.
const patience = 30 * time.Minute

// shutdownGrace is how long requests for health and metrics may take once the end has come.
const shutdownGrace = 5 * time.Second

// Serve runs every scheduled connection at its times until ctx ends, then waits for runs under way, which stop
// at the next safe point. A run that fails is logged and counted; its next time comes all the same.
func (a *App) Serve(ctx context.Context, o ServeOptions) error {
	m := newMetrics()
	stop, err := a.listen(o, m)
	if err != nil {
		return err
	}
	jobs, err := a.jobs(ctx, o, m)
	if err != nil {
		return errors.Join(err, stop())
	}
	if o.Now {
		var first sync.WaitGroup
		for _, job := range jobs {
			first.Go(func() { job.Do(ctx) })
		}
		first.Wait()
	}
	run.Serve(ctx, jobs, a.clock, func(job string, at time.Time) {
		m.next.WithLabelValues(job).Set(float64(at.Unix()))
		a.log.Info("next run", "connection", job, "at", at.Format(time.RFC3339))
	})
	return stop()
}

// jobs are the scheduled connections.
func (a *App) jobs(ctx context.Context, o ServeOptions, m *metrics) ([]run.Job, error) {
	var jobs []run.Job
	for _, name := range a.Config.ConnectionNames() {
		k := a.Config.Connections[name]
		if k.Schedule == "" && !o.Now {
			continue
		}
		c, err := a.Connect(ctx, name)
		if err != nil {
			return nil, err
		}
		schedule, err := a.schedule(ctx, c)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, run.Job{Name: name, Schedule: schedule, Do: func(ctx context.Context) { a.scheduled(ctx, c, m) }})
	}
	if len(jobs) == 0 {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "no connection has a schedule", Suggestion: `add schedule: "30 3 * * *" to a connection`}
	}
	return jobs, nil
}

// never is the schedule of a connection without one.
type never struct{}

func (never) Next(time.Time) time.Time { return time.Time{} }

// schedule is a connection's schedule in its zone, which is the account's unless configured otherwise.
func (a *App) schedule(ctx context.Context, c *Connection) (run.Schedule, error) {
	if c.Config.Schedule == "" {
		return never{}, nil
	}
	name := c.Config.ScheduleZone
	if name == "" {
		name = c.Config.TimeZone
	}
	if name == "" {
		account, err := c.LastAccount(ctx)
		if err != nil {
			return nil, err
		}
		name = account.TimeZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the account's time zone " + name + " is not known", Suggestion: "set schedule_zone to an IANA name such as Europe/Berlin"}
	}
	return run.ParseSchedule(c.Config.Schedule, zone)
}

// scheduled is one run of a connection by the clock.
func (a *App) scheduled(ctx context.Context, c *Connection, m *metrics) {
	name := c.Config.Name
	a.log.Info("run begins", "connection", name)
	result, err := c.Do(ctx, run.Order{Command: "serve", Pull: true, Classify: true, Apply: true, Wait: patience})
	m.observe(name, &result, err)
	for _, f := range result.Gone {
		a.log.Warn("a field is gone from the CRM and is made again", "connection", name, "kind", f.Kind, "field", f.Field)
	}
	if result.Apply != nil {
		for _, classifier := range slices.Sorted(maps.Keys(result.Apply.Blocked)) {
			a.log.Warn("a classifier is not written", "connection", name, "classifier", classifier, "cause", result.Apply.Blocked[classifier])
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		a.log.Info("run stopped", "connection", name, "run", result.Run)
		return
	case err != nil:
		a.log.Error("run ended", "connection", name, "run", result.Run, "status", result.Status, "error", err)
		return
	}
	a.log.Info("run ended", "connection", name, "run", result.Run, "status", result.Status, "changes", result.Plan.Summary.Changes,
		"written", result.Apply.Written, "rejected", result.Apply.Rejected, "seconds", result.Seconds)
}

// listen serves health and metrics; the answer stops it.
func (a *App) listen(o ServeOptions, m *metrics) (stop func() error, err error) {
	if o.Address == "" {
		return func() error { return nil }, nil
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the address " + o.Address + " cannot be listened on", Suggestion: "choose another with --listen", Cause: err}
	}
	server := &http.Server{Handler: a.handler(m), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if o.Listening != nil {
		o.Listening(listener.Addr().String())
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		err := server.Shutdown(ctx)
		if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}

// handler answers /healthz while the process lives, /readyz while its store answers, and /metrics.
func (a *App) handler(m *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), shutdownGrace)
		defer cancel()
		if err := a.Store.Ping(ctx); err != nil {
			answer(w, http.StatusServiceUnavailable, "the store does not answer\n")
			return
		}
		answer(w, http.StatusOK, "ready\n")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the asker may be gone
}

// metrics are what Prometheus reads. Labels are names of the configuration and codes, never a record's.
type metrics struct {
	registry  *prometheus.Registry
	runs      *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	success   *prometheus.GaugeVec
	next      *prometheus.GaugeVec
	requests  *prometheus.CounterVec
	written   *prometheus.CounterVec
	rejected  *prometheus.CounterVec
	customers *prometheus.GaugeVec
	classes   *prometheus.GaugeVec
	held      *prometheus.GaugeVec
}

func newMetrics() *metrics {
	connection := []string{"connection"}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "taxon_runs_total", Help: "Runs by how they ended."},
			[]string{"connection", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "taxon_run_seconds", Help: "How long runs took.",
			Buckets: []float64{1, 5, 15, 60, 300, 900, 3600, 14400}}, connection),
		success: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "taxon_last_success_timestamp_seconds", Help: "End of the last run that did not fail."}, connection),
		next:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "taxon_next_run_timestamp_seconds", Help: "When the next run begins."}, connection),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "taxon_crm_requests_total", Help: "Requests to the CRM by what they were for."},
			[]string{"connection", "class"}),
		written: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "taxon_values_written_total", Help: "Field values that the CRM confirmed."}, connection),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "taxon_records_rejected_total", Help: "Records that could not be used or written."},
			[]string{"connection", "stage"}),
		customers: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "taxon_customers", Help: "Customers classified in the last run."}, connection),
		classes: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "taxon_class_customers", Help: "Customers by class after the last run."},
			[]string{"connection", "classifier", "class"}),
		held: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "taxon_held_customers", Help: "Customers whose class a rule of stability held back in the last run."},
			[]string{"connection", "classifier"}),
	}
	m.registry.MustRegister(m.runs, m.seconds, m.success, m.next, m.requests, m.written, m.rejected, m.customers, m.classes, m.held)
	return m
}

// observe counts a run.
func (m *metrics) observe(connection string, r *run.Result, err error) {
	status := r.Status
	if status == "" { // it never began
		switch {
		case errors.Is(err, context.Canceled):
			status = store.RunStopped
		case crm.CodeOf(err) == crm.CodeLocked:
			status = "locked"
		default:
			status = store.RunFailed
		}
	}
	m.runs.WithLabelValues(connection, string(status)).Inc()
	m.seconds.WithLabelValues(connection).Observe(r.Seconds)
	for class, n := range r.Requests {
		m.requests.WithLabelValues(connection, class).Add(float64(n))
	}
	if err == nil {
		m.success.WithLabelValues(connection).Set(float64(r.FinishedAt.Unix()))
	}
	if r.Pull != nil {
		m.rejected.WithLabelValues(connection, store.StagePull).Add(float64(r.Pull.Rejected()))
	}
	if r.Apply != nil {
		m.written.WithLabelValues(connection).Add(float64(r.Apply.Written))
		m.rejected.WithLabelValues(connection, store.StageWrite).Add(float64(r.Apply.Rejected))
	}
	if r.Classify != nil {
		m.classes.DeletePartialMatch(prometheus.Labels{"connection": connection}) // a class that is empty now
		m.held.DeletePartialMatch(prometheus.Labels{"connection": connection})
		m.customers.WithLabelValues(connection).Set(float64(r.Mirror.Customers))
		for name, c := range r.Classify.Classifiers {
			for class, n := range c.Classes {
				m.classes.WithLabelValues(connection, name, class).Set(float64(n))
			}
			m.held.WithLabelValues(connection, name).Set(float64(c.Held))
		}
	}
}
