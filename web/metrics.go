package web

import (
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
	c.s.WriteMetrics(c.w)
	return nil
}

const metricsType = "text/plain; version=0.0.4; charset=utf-8"

// WriteMetrics writes what was counted since the start, as Prometheus reads it. What can't be written is nobody's fault here.
func (s *Server) WriteMetrics(w io.Writer) {
	s.metrics.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// MetricsHandler answers GET /metrics without a key, and nothing else: for an address of its own.
func (s *Server) MetricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", metricsType)
		s.WriteMetrics(w)
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
