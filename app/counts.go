package app

import "sync/atomic"

// Counts are what an Accounts has counted since it was made, for metrics.
type Counts struct {
	Hashed         int // pieces of password hashing begun
	HashesWaiting  int // that wait or run
	SessionsCached int
	StreamsOpen    int
	JobsDone       int
	JobsFailed     int // for good
	JobsRetried    int // put off after a temporary error
}

// jobCounts is what became of jobs.
type jobCounts struct{ done, failed, retried atomic.Int64 }

func (c *jobCounts) note(state JobState) {
	switch state {
	case JobDone:
		c.done.Add(1)
	case JobFailed:
		c.failed.Add(1)
	case JobWaiting:
		c.retried.Add(1)
	}
}

// Counts reads the counters.
func (a *Accounts) Counts() Counts {
	return Counts{
		Hashed: int(a.hashing.hashed.Load()), HashesWaiting: a.hashing.inWork(),
		SessionsCached: a.sessions.len(), StreamsOpen: a.events.opened(),
		JobsDone: int(a.jobs.done.Load()), JobsFailed: int(a.jobs.failed.Load()), JobsRetried: int(a.jobs.retried.Load()),
	}
}
