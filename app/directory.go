package app

import (
	"context"
	"strings"
	"unicode/utf8"
)

const (
	maxPageSize = 100
	// maxPage is more pages than any list has, and a number that every JSON library keeps whole.
	maxPage = 1_000_000_000_000_000
	// maxCounted is where counting what a search finds stops.
	maxCounted = 1000
	// maxLeafed is how many found accounts a page by number may pass over. A cursor passes over none.
	maxLeafed = 100_000
	// maxPicked is how many accounts SearchUsers gives to choose from, and minPicked how many letters it wants.
	maxPicked = 10
	minPicked = 2
)

// ListUsers reads a part of the directory for Admins and Owners.
func (a *Accounts) ListUsers(ctx context.Context, by Actor, q UserQuery) (UserPage, error) {
	if err := administers(by); err != nil {
		return UserPage{}, err
	}
	filter, err := a.filter(&q)
	if err != nil {
		return UserPage{}, err
	}
	var list UserList
	err = a.view(ctx, func(tx Tx) (err error) {
		if err = leafsTooFar(tx, filter); err == nil {
			list, err = tx.ListUsers(filter)
		}
		return err
	})
	if err != nil {
		return UserPage{}, err
	}
	page := UserPage{Users: list.Users, TotalCount: list.Total, Page: q.Page, PageSize: q.PageSize}
	if q.Search != "" && page.TotalCount > maxCounted {
		page.TotalCount, page.TotalIsLeast = maxCounted, true
	}
	page.TotalPages = (page.TotalCount + q.PageSize - 1) / q.PageSize
	if list.Next != nil {
		page.NextCursor, err = a.sealCursor(*list.Next, q.list())
	}
	return page, err
}

// filter checks a query and says it in the store's words. It tells of all that is wrong with it.
func (a *Accounts) filter(q *UserQuery) (UserFilter, error) {
	var errs fieldErrors
	q.Search = strings.TrimSpace(q.Search)
	f := UserFilter{
		Search: q.Search, Limit: q.PageSize, Count: maxCounted + 1,
		Active: truth(&errs, "status", q.Status, "active", "inactive"), Confirmed: truth(&errs, "confirmed", q.Confirmed, "true", "false"),
	}
	if q.Role != "all" {
		f.Role = q.Role
	}
	f.Sort, f.Ascending = q.order(&errs)
	if q.Cursor == "" {
		errs.page(q.Page, q.PageSize)
		f.Offset = (q.Page - 1) * q.PageSize
		return f, errs.err()
	}
	errs.page(1, q.PageSize)
	place, good := a.openCursor(q.Cursor, q.list())
	switch {
	case q.Page != 0:
		errs.add("cursor", RuleNotValid, "Ask for a page or follow a cursor, not both.")
	case !good:
		errs.add("cursor", RuleNotValid, "That cursor is not one of this list's. Begin again with its first page.")
	}
	f.After = &place
	return f, errs.err()
}

// page holds the bounds of a page.
func (f *fieldErrors) page(page, size int) {
	if page < 1 || page > maxPage {
		f.add("page", RuleOutOfRange, "Pages are counted from 1.")
	}
	if size < 1 || size > maxPageSize {
		f.add("page_size", RuleOutOfRange, "A page holds 1 to 100 accounts.")
	}
}

// checkPage tells what is wrong with a page where nothing else can be.
func checkPage(page, size int) error {
	var errs fieldErrors
	errs.page(page, size)
	return errs.err()
}

// truth reads a filter of two words; "" is nil.
func truth(errs *fieldErrors, field, word, yes, no string) *bool {
	is := word == yes
	if word == "" {
		return nil
	}
	if !is && word != no {
		errs.add(field, RuleUnknown, field+" is "+yes+" or "+no+".")
	}
	return &is
}

// order reads how the list is sorted.
func (q UserQuery) order(errs *fieldErrors) (by UserSort, ascending bool) {
	if q.Sort == "" {
		return ByCreation, false
	}
	name, descending := strings.CutPrefix(q.Sort, "-")
	switch by = UserSort(name); by {
	case ByCreation, ByEmail, ByUsername, ByLastName, ByLastSeen:
	default:
		errs.add("sort", RuleUnknown, "sort is one of created_at, email, username, last_name, last_seen_at, with - in front for descending.")
	}
	return by, !descending
}

// list names the list that a query reads, whatever part of it: a cursor leads on in no other.
func (q UserQuery) list() string {
	return strings.Join([]string{"users", q.Search, q.Role, q.Status, q.Confirmed, q.Sort}, "\x00")
}

// leafsTooFar refuses a page by number that would pass over very many found accounts, where there may be so many.
func leafsTooFar(tx Tx, f UserFilter) error {
	if f.Search == "" || f.Offset <= maxLeafed {
		return nil
	}
	all, err := tx.CountUsers()
	if err != nil || f.Offset >= all {
		return err
	}
	return Invalid(FieldError{
		Field: "page", Rule: RuleOutOfRange, Case: "page_far",
		Message: "That is too far into what a search finds (GET /api/v1/users goes on by cursor). Search for more letters.",
	})
}

// SearchUsers finds at most ten accounts by a part of their e-mail, username or names, by e-mail, for a list to choose
// from. Under two letters it finds nothing.
func (a *Accounts) SearchUsers(ctx context.Context, by Actor, text string) ([]User, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) < minPicked {
		return []User{}, nil
	}
	var list UserList
	err := a.view(ctx, func(tx Tx) (err error) {
		list, err = tx.ListUsers(UserFilter{Search: text, Sort: ByEmail, Ascending: true, Limit: maxPicked})
		return err
	})
	return list.Users, err
}
