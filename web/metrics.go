package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"doorward/app"
)

// tally counts a route's answers. Its labels come from the route table, never from a request.
type tally struct {
	byStatus [6]*metrics.Counter // by the status' first digit
	limited  *metrics.Counter    // 429
	busy     *metrics.Counter    // 503
	took     *metrics.PrometheusHistogram
}

// newTally registers a route's counters.
func newTally(set *metrics.Set, rt route) *tally {
	method := rt.method
	if method == "" {
		method = "other"
	}
	labels := `method="` + method + `",route="` + rt.path + `"`
	count := func(status string) *metrics.Counter {
		return set.GetOrCreateCounter(`doorward_http_requests_total{` + labels + `,status="` + status + `"}`)
	}
	t := &tally{limited: count("429"), busy: count("503")}
	for class := 1; class < len(t.byStatus); class++ {
		t.byStatus[class] = count(strconv.Itoa(class) + "xx")
	}
	t.took = set.GetOrCreatePrometheusHistogram(`doorward_http_request_seconds{` + labels + `}`)
	return t
}

// count notes one answer. 429 and 503 are counted by themselves: nothing else tells of them.
func (t *tally) count(status int, took time.Duration) {
	switch class := status / 100; {
	case status == http.StatusTooManyRequests:
		t.limited.Inc()
	case status == http.StatusServiceUnavailable:
		t.busy.Inc()
	case class > 0 && class < len(t.byStatus):
		t.byStatus[class].Inc()
	}
	t.took.Update(took.Seconds())
}

// getMetrics answers in Prometheus' text form, for an API key of rank Admin or above and for nobody else.
func getMetrics(c *call) error {
	if err := c.identify(); err != nil || c.actor.Kind != app.ActorKey || c.actor.Rank < app.RankAdmin {
		return errUnauthenticated
	}
	c.w.Header().Set("Content-Type", metricsType)
	c.s.WriteMetrics(c.r.Context(), c.w)
	return nil
}

const metricsType = "text/plain; version=0.0.4; charset=utf-8"

// WriteMetrics writes what was counted since the start and how the installation stands, as Prometheus reads it. What can't be
// written is nobody's fault here.
func (s *Server) WriteMetrics(ctx context.Context, w io.Writer) {
	s.metrics.WritePrometheus(w)
	overview, err := s.accounts.Overview(ctx, app.System())
	if err != nil { // a database that can't be read shows in what is left out
		s.log.Warn("read the overview for metrics", "error", err)
	} else {
		writeStanding(w, overview)
	}
	metrics.WriteProcessMetrics(w)
}

// writeStanding writes what is read rather than counted. What happened today begins anew at midnight, UTC, as a counter does at
// a start, so that rate and increase read it well.
func writeStanding(w io.Writer, o app.Overview) {
	gauge := func(name string, value int) { metrics.WriteGaugeUint64(w, name, uint64(value)) }
	gauge(`doorward_accounts{state="all"}`, o.Accounts.All)
	gauge(`doorward_accounts{state="active"}`, o.Accounts.Active)
	gauge(`doorward_accounts{state="confirmed"}`, o.Accounts.Confirmed)
	gauge("doorward_sessions", o.Sessions)
	gauge("doorward_database_bytes", int(o.Size))
	for kind, jobs := range map[app.JobKind]app.JobCounts{app.JobMail: o.Mails, app.JobAvatar: o.Pictures} {
		gauge(`doorward_jobs{kind="`+string(kind)+`",state="waiting"}`, jobs.Waiting.Count)
		gauge(`doorward_jobs{kind="`+string(kind)+`",state="failed"}`, jobs.Failed.Count)
	}
	today, writable := o.Today(), 0
	if o.Trouble == "" {
		writable = 1
	}
	gauge("doorward_writable", writable)
	metrics.WriteCounterUint64(w, "doorward_registrations_today", uint64(today.Registrations))
	metrics.WriteCounterUint64(w, `doorward_logins_today{result="ok"}`, uint64(today.Logins))
	metrics.WriteCounterUint64(w, `doorward_logins_today{result="failed"}`, uint64(today.FailedLogins))
	metrics.WriteGaugeUint64(w, "doorward_accounts_present_today", uint64(today.Present))
}

// MetricsHandler answers GET /metrics without a key, and nothing else: for an address of its own.
func (s *Server) MetricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", metricsType)
		s.WriteMetrics(r.Context(), w)
	})
	return mux
}

// newMetrics begins with what the accounts count.
func newMetrics(a *app.Accounts) *metrics.Set {
	set := metrics.NewSet()
	for name, read := range map[string]func(app.Counts) int{
		"doorward_hashes_total":       func(c app.Counts) int { return c.Hashed },
		"doorward_hashes_waiting":     func(c app.Counts) int { return c.HashesWaiting },
		"doorward_sessions_cached":    func(c app.Counts) int { return c.SessionsCached },
		"doorward_streams_open":       func(c app.Counts) int { return c.StreamsOpen },
		"doorward_jobs_done_total":    func(c app.Counts) int { return c.JobsDone },
		"doorward_jobs_failed_total":  func(c app.Counts) int { return c.JobsFailed },
		"doorward_jobs_retried_total": func(c app.Counts) int { return c.JobsRetried },
	} {
		set.NewGauge(name, func() float64 { return float64(read(a.Counts())) })
	}
	return set
}
