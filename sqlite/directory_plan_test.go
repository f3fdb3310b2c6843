package sqlite

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
)

// directoryQueries are all that reading the directory asks, by name. Those that gather sort what they found.
func directoryQueries() map[string]string {
	queries := map[string]string{
		"blocks/total": totalQuery, "blocks/group counts": groupCountsQuery, "blocks/block counts": blockCountsQuery, "blocks/nth group": nthGroupQuery,
		"blocks/nth": nthBlockQuery, "blocks/first": someQuery("ASC"), "blocks/last": someQuery("DESC"), "blocks/following": followingQuery, "blocks/held": heldQuery, "search/ids": idsQuery, "search/found": foundQuery, "users/by id": selectUsersByID,
		"look": lookQuery, "counts of": countsOf, "group": groupQuery, "group counts": groupCounts, "bound": boundQuery, "drop": dropQuery,
	}
	sources := map[string]source{
		"parts": {from: fromParts, where: whereParts}, "role": {from: fromRole, where: whereRole}, "state": {from: fromState, where: whereState},
		"ids": {from: fromIDs, where: whereIDs},
	}
	for sort, o := range orders {
		queries[string(sort)+"/account counts"] = o.accountCounts()
		for _, direction := range []string{"ASC", "DESC"} {
			name := string(sort) + "/" + direction
			queries[name+"/walk"] = o.walkQuery(direction)
			queries[name+"/far"] = o.farQuery(direction)
			queries[name+"/follow"] = o.followQuery(direction)
			for way, s := range sources {
				queries[name+"/gather by "+way] = o.gatherQuery(s, direction)
				queries[name+"/count by "+way] = o.countQuery(s)
			}
		}
	}
	return queries
}

// planOf is how SQLite would run a query.
func planOf(t *testing.T, s *Store, query string) (steps []string) {
	t.Helper()
	err := s.View(t.Context(), func(tx app.Tx) (err error) {
		steps, err = list(asTx(tx), "explain", func(row scanner) (step string, err error) {
			var ignored int
			err = row.Scan(&ignored, &ignored, &ignored, &step)
			return step, err
		}, `EXPLAIN QUERY PLAN `+query, make([]any, arguments(query))...)
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return steps
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// arguments counts what a query asks for.
func arguments(query string) (n int) {
	for _, match := range placeholder.FindAllStringSubmatch(query, -1) {
		number, _ := strconv.Atoi(match[1]) // digits, so says the pattern
		n = max(n, number)
	}
	return n
}

func TestNoQueryOfTheDirectoryLooksAtEverybody(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir()+"/doorward.db", Options{})
	// What may be read whole: the search, which stops by itself; ids that were given; what another step reads; the few roles.
	small := regexp.MustCompile(`^SCAN (users_search VIRTUAL TABLE INDEX|listed VIRTUAL TABLE|\(subquery|roles|CONSTANT ROW)`)
	for name, query := range directoryQueries() {
		for _, step := range planOf(t, s, query) {
			sorts := strings.Contains(step, "USE TEMP B-TREE")
			switch {
			case strings.HasPrefix(step, "SCAN") && !small.MatchString(step):
				t.Errorf("%s: %s", name, step)
			case sorts && strings.Contains(step, "json_group_array"): // the roles of one user
			case sorts && !strings.Contains(name, "gather") && !strings.Contains(name, "counts") && name != "users/by id":
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

func TestAnOrderIsReadFromThePlaceAlongItsIndex(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir()+"/doorward.db", Options{})
	for sort, o := range orders {
		want := "USING INDEX " + o.index + " ((" + o.column + "," + o.tie + ")>(?,?) AND (" + o.column + "," + o.tie + ")<(?,?))"
		if o.tie == "id" { // no two are alike, so that the key alone finds the place
			want = "USING INDEX " + o.index + " (" + o.column + ">? AND " + o.column + "<?)"
		}
		for _, direction := range []string{"ASC", "DESC"} {
			steps := planOf(t, s, o.walkQuery(direction))
			if !strings.Contains(steps[0], want) {
				t.Errorf("by %s %s: %v, want %s", sort, direction, steps, want)
			}
		}
	}
}

// TestNoValueIsShownToThePlanner holds `+ 0`: see fits.
func TestNoValueIsShownToThePlanner(t *testing.T) {
	t.Parallel()
	shown := regexp.MustCompile(`(sort|level|role|role_id|LIMIT)( =)? \$\d+( \+ 0)?`)
	for name, query := range directoryQueries() {
		for _, match := range shown.FindAllStringSubmatch(query, -1) {
			if match[3] == "" {
				t.Errorf("%s shows a value: %s", name, match[0])
			}
		}
	}
}
