package app

import (
	"context"
	"strings"
)

const maxPageSize = 100

// ListUsers reads one page of the directory, newest first, for Admins and Owners.
func (a *Accounts) ListUsers(ctx context.Context, by Actor, q UserQuery) (UserPage, error) {
	if by.Rank < RankAdmin {
		return UserPage{}, errForbidden
	}
	if err := checkPage(q.Page, q.PageSize); err != nil {
		return UserPage{}, err
	}
	page := UserPage{Page: q.Page, PageSize: q.PageSize}
	err := a.view(ctx, func(tx Tx) (err error) {
		page.Users, page.TotalCount, err = tx.ListUsers(UserFilter{
			Search: strings.TrimSpace(q.Search), Limit: q.PageSize, Offset: (q.Page - 1) * q.PageSize,
		})
		return err
	})
	page.TotalPages = (page.TotalCount + q.PageSize - 1) / q.PageSize
	return page, err
}

// checkPage holds the bounds of a page.
func checkPage(page, size int) error {
	var errs fieldErrors
	if page < 1 || page > 1_000_000_000 {
		errs.add("page", RuleOutOfRange, "Pages are counted from 1.")
	}
	if size < 1 || size > maxPageSize {
		errs.add("page_size", RuleOutOfRange, "A page holds 1 to 100 accounts.")
	}
	return errs.err()
}
