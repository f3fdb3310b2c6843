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
	var errs fieldErrors
	if q.Page < 1 || q.Page > 1_000_000_000 {
		errs.add("page", RuleOutOfRange, "Pages are counted from 1.")
	}
	if q.PageSize < 1 || q.PageSize > maxPageSize {
		errs.add("page_size", RuleOutOfRange, "A page holds 1 to 100 accounts.")
	}
	if err := errs.err(); err != nil {
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
