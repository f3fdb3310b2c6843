package sqlite

import (
	"encoding/json"
	"strconv"
	"time"

	"doorward/app"
)

const (
	// fewUsers is up to how many accounts a search may find for their sessions to be read account by account. Beyond, so
	// many sessions fit that going through all of them, newest first, soon fills a page.
	fewUsers = 20_000
	// enoughFound is where a search that finds more accounts than that stops to count sessions.
	enoughFound = 1000
)

// sessionsNewestFirst goes by the time of expiry before the order of making because the indexes have both: of those made
// at one moment, all expire at one.
const sessionsNewestFirst = ` ORDER BY created_at DESC, expires_at DESC, seq DESC`

// PageSessions reads newest first.
func (t *tx) PageSessions(f app.SessionFilter) ([]app.Session, app.Total, error) {
	users, many, err := t.usersOf(f)
	if err != nil || users != nil && len(users) == 0 {
		return []app.Session{}, app.Total{}, err
	}
	return t.pageSessions(f, users, many)
}

// usersOf are the accounts whose sessions a filter chooses: nil for all, or where a search finds more than fewUsers.
func (t *tx) usersOf(f app.SessionFilter) (users []int64, many bool, err error) {
	search, possible := searchFor(f.Search)
	switch {
	case f.UserID != 0:
		return []int64{f.UserID}, false, nil
	case f.Search == "":
		return nil, false, nil
	case !possible:
		return []int64{}, false, nil
	}
	users, err = list(t, "search users for sessions", value[int64], foundQuery, partsOf(search, 2), search, fewUsers+1)
	if len(users) > fewUsers {
		return nil, true, err
	}
	return users, false, err
}

func (t *tx) pageSessions(f app.SessionFilter, users []int64, many bool) ([]app.Session, app.Total, error) {
	w, err := chooseSessions(f, users, many)
	if err != nil {
		return nil, app.Total{}, t.failed("page sessions", err)
	}
	total, err := t.countChosen(f, w, users, many)
	if err != nil || !many && total <= f.Offset {
		return []app.Session{}, app.Total{Count: total}, err
	}
	query, args := w.page(f)
	found, err := list(t, "page sessions", scanSession, query, args...)
	return found, app.Total{Count: total, IsLeast: many && total == enoughFound}, err
}

// countChosen counts what a filter chooses. All of them are not counted, but known.
func (t *tx) countChosen(f app.SessionFilter, w *chosen, users []int64, many bool) (int, error) {
	if users == nil && !many {
		return t.CountValidSessions(f.Now, f.SeenSince)
	}
	return one(t, "count sessions", value[int], w.count(many), w.args...)
}

// chosen are conditions for sessions, and the index by which they are read and counted. It holds all that is asked of a
// row, so that none but those of the page is looked at; only an idle limit asks rows too, page by page.
type chosen struct {
	where
	index string
}

func chooseSessions(f app.SessionFilter, users []int64, many bool) (*chosen, error) {
	w := &chosen{}
	switch {
	case many:
		w.index = `sessions_by_creation`
		w.text.WriteString(` WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = user_id AND instr(u.search_text, ` + w.bind(folded(f.Search)) + `) > 0)`)
	case users != nil:
		ids, err := json.Marshal(users)
		if err != nil {
			return nil, err
		}
		w.index = `sessions_by_user`
		w.text.WriteString(` WHERE user_id IN (SELECT value FROM json_each(` + w.bind(string(ids)) + `))`)
	default:
		w.index = `sessions_by_creation`
		w.text.WriteString(` WHERE true`)
	}
	w.valid(f.Now, f.SeenSince)
	return w, nil
}

// valid leaves out what expired, and what is idle.
func (w *chosen) valid(now, seenSince time.Time) {
	if !now.IsZero() {
		w.and(`expires_at > `, now.UnixMicro())
	}
	if !seenSince.IsZero() {
		w.and(`coalesce(last_seen_at, created_at) >= `, seenSince.UnixMicro())
	}
}

func (w *chosen) count(many bool) string {
	from := ` FROM sessions INDEXED BY ` + w.index + w.text.String()
	if many {
		return `SELECT count(*) FROM (SELECT 1` + from + ` LIMIT ` + strconv.Itoa(enoughFound) + `)`
	}
	return `SELECT count(*)` + from
}

func (w *chosen) page(f app.SessionFilter) (query string, args []any) {
	return `SELECT ` + sessionColumns + `
		FROM (SELECT seq AS of_page FROM sessions INDEXED BY ` + w.index + w.text.String() + sessionsNewestFirst + `
			LIMIT ` + w.bind(f.Limit) + ` OFFSET ` + w.bind(f.Offset) + `)
		CROSS JOIN sessions s ON s.seq = of_page` + sessionsNewestFirst, w.args
}

// CountSessions counts each by the index that has the most of what is asked.
func (t *tx) CountSessions(now, seenSince, madeSince time.Time) (stats app.SessionStats, err error) {
	if stats.Active, err = t.CountValidSessions(now, seenSince); err != nil {
		return app.SessionStats{}, err
	}
	for _, c := range []struct {
		into      *int
		what      string
		index     string
		madeSince time.Time
	}{
		{&stats.Users, `count(DISTINCT user_id)`, `sessions_by_user`, time.Time{}},
		{&stats.Today, `count(*)`, `sessions_by_creation`, madeSince},
	} {
		w := &chosen{}
		w.text.WriteString(` WHERE true`)
		w.valid(now, seenSince)
		if !c.madeSince.IsZero() {
			w.and(`created_at >= `, c.madeSince.UnixMicro())
		}
		query := `SELECT ` + c.what + ` FROM sessions INDEXED BY ` + c.index + w.text.String()
		if *c.into, err = one(t, "count sessions", value[int], query, w.args...); err != nil {
			return app.SessionStats{}, err
		}
	}
	return stats, nil
}
