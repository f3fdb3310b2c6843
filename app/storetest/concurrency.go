package storetest

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"doorward/app"
)

// racers is how many goroutines race in a story.
const racers = 20

// race runs fn on many goroutines at once and waits for all.
func race(fn func(n int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for n := range racers {
		all.Add(1)
		go func() {
			defer all.Done()
			<-begin
			fn(n)
		}()
	}
	close(begin)
	all.Wait()
}

func concurrency() []story {
	return []story{
		{"no update is lost", func(r *room) {
			const rounds = 25
			r.update(func(tx app.Tx) error { return tx.SetFact("count", "0") })
			race(func(n int) {
				for round := range rounds {
					err := r.Update(r.Context(), func(tx app.Tx) error {
						text, err := tx.Fact("count")
						if err != nil {
							return err
						}
						count, err := strconv.Atoi(text)
						if err != nil {
							return err
						}
						if err := tx.SetFact("count", strconv.Itoa(count+1)); err != nil {
							return err
						}
						if (n+round)%5 == 0 {
							return errUndo // as if it had never been
						}
						return nil
					})
					if err != nil && !errors.Is(err, errUndo) {
						r.Errorf("update: %v", err)
					}
				}
			})
			r.equal("count", r.fact("count"), strconv.Itoa(racers*rounds*4/5))
		}},
		{"views beside updates see whole states", func(r *room) {
			set := func(value string) func(app.Tx) error {
				return func(tx app.Tx) error { return errors.Join(tx.SetFact("a", value), tx.SetFact("b", value)) }
			}
			r.update(set("0"))
			race(func(n int) {
				for round := range 15 {
					var err error
					if n%2 == 0 {
						err = r.Update(r.Context(), set(strconv.Itoa(n*100+round)))
					} else {
						err = r.View(r.Context(), func(tx app.Tx) error {
							a, b := try[string](r, "a")(tx.Fact("a")), try[string](r, "b")(tx.Fact("b"))
							r.equal("b", b, a)
							return nil
						})
					}
					if err != nil {
						r.Errorf("round %d: %v", round, err)
					}
				}
			})
		}},
		{"a token is used by exactly one of many", func(r *room) {
			user := r.someone()
			r.update(func(tx app.Tx) error { _, err := tx.InsertToken(r.token(user), digest("t")); return err })
			var won atomic.Int32
			race(func(int) {
				err := r.Update(r.Context(), func(tx app.Tx) error {
					_, err := tx.UseToken(app.TokenConfirmation, digest("t"), tx.Now())
					return err
				})
				if err == nil {
					won.Add(1)
				} else {
					r.noRow("lost", err)
				}
			})
			r.equal("winners", won.Load(), int32(1))
		}},
		{"a job is claimed by exactly one of many", func(r *room) {
			const waiting = 50
			r.update(func(tx app.Tx) error {
				for range waiting {
					if _, err := tx.InsertJob(r.job()); err != nil {
						return err
					}
				}
				return nil
			})
			var mu sync.Mutex
			claimed := map[int64]int{}
			race(func(int) {
				for {
					var job app.Job
					err := r.Update(r.Context(), func(tx app.Tx) (err error) {
						job, err = tx.ClaimJob(app.JobMail, tx.Now(), tx.Now().Add(time.Minute))
						return err
					})
					if err != nil {
						r.noRow("no more", err)
						return
					}
					mu.Lock()
					claimed[job.ID]++
					mu.Unlock()
				}
			})
			r.equal("jobs claimed", len(claimed), waiting)
			for id, times := range claimed {
				if times != 1 {
					r.Errorf("job %d was claimed %d times", id, times)
				}
			}
		}},
		{"an address goes to exactly one of many", func(r *room) {
			var won atomic.Int32
			user := r.person()
			race(func(n int) {
				mine := user
				mine.Username, mine.UsernameKey = "", ""
				err := r.Update(r.Context(), func(tx app.Tx) error { _, err := tx.InsertUser(mine); return err })
				if err == nil {
					won.Add(1)
				} else {
					r.taken("lost", err, "email")
				}
			})
			r.equal("winners", won.Load(), int32(1))
		}},
	}
}
