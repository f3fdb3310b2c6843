package app

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultListSize is how many lines a list by cursor has where nothing else is asked for.
const defaultListSize = 50

// AuditQuery chooses a page of the audit log, as an address or a form says it; "" for none.
type AuditQuery struct {
	User     string // an account's id or, while there is the account, its e-mail: what happened to it, and what it did
	Action   string // one of AuditActions
	Since    string // RFC 3339
	Cursor   string // the page before's Next
	PageSize string // 1 to 100; 50 by default
}

// AuditPage is one page of the log, newest first.
type AuditPage struct {
	Entries []AuditEntry
	Next    string // the cursor of the next page; "" at the end
	UserID  int64  // of the account that the query names; 0 for none
}

// AuditEntry is an audit entry as it is shown. What was erased is empty, and said to be.
type AuditEntry struct {
	ID     int64
	At     time.Time
	Action string

	ActorKind    ActorKind
	ActorID      int64 // the user's or key's; 0 for none
	ActorName    string
	IP           string
	UserAgent    string
	ActorErased  bool
	TargetID     int64 // 0 when it concerns no account
	TargetEmail  string
	Details      json.RawMessage // an object; nil once erased
	TargetErased bool
}

// ListAudit reads a page of the audit log, for Admins and Owners.
func (a *Accounts) ListAudit(ctx context.Context, by Actor, q AuditQuery) (AuditPage, error) {
	if err := administers(by); err != nil {
		return AuditPage{}, err
	}
	filter, err := q.filter()
	if err != nil {
		return AuditPage{}, err
	}
	size := filter.Limit
	filter.Limit++ // one more tells whether there is a next page
	var rows []AuditRow
	err = a.view(ctx, func(tx Tx) (err error) {
		if q.namesEmail() {
			user, err := (&unit{Tx: tx, a: a}).findByTypedEmail("user", q.User)
			if err != nil {
				return err
			}
			filter.UserID = user.ID
		}
		rows, err = tx.ListAudit(filter)
		return err
	})
	if err != nil {
		return AuditPage{}, err
	}
	page := AuditPage{Entries: make([]AuditEntry, 0, len(rows)), UserID: filter.UserID}
	if len(rows) > size {
		rows = rows[:size]
		page.Next = strconv.FormatInt(rows[size-1].ID, 10)
	}
	for _, row := range rows {
		page.Entries = append(page.Entries, a.openEntry(row))
	}
	return page, nil
}

// namesEmail tells an address from a number.
func (q AuditQuery) namesEmail() bool { return strings.Contains(q.User, "@") }

func (q AuditQuery) filter() (AuditFilter, error) {
	var errs fieldErrors
	f := AuditFilter{
		Action: q.Action,
		Before: readCursor(&errs, q.Cursor),
		Limit:  readPageSize(&errs, q.PageSize, defaultListSize),
	}
	if !q.namesEmail() {
		f.UserID = readID(&errs, "user", q.User)
	}
	if q.Action != "" && !slices.Contains(auditActions, q.Action) {
		errs.add("action", RuleUnknown, "There is no such action. user.updated and session.created are two that there are.")
	}
	if q.Since != "" {
		since, err := time.Parse(time.RFC3339, q.Since)
		if err != nil || since.Year() > 9999 {
			errs.add("since", RuleInvalidFormat, "since is a time such as 2026-01-31T12:00:00Z (RFC 3339); in an address, + is written %2B.")
		}
		f.Since = since
	}
	return f, errs.err()
}

// readID reads an account's number; 0 for "".
func readID(errs *fieldErrors, field, text string) int64 {
	if text == "" {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		errs.add(field, RuleInvalidFormat, "Name an account by its number or its e-mail address.").named("account_name", 0)
	case id < 1:
		errs.add(field, RuleOutOfRange, "Accounts are counted from 1.").named("account_number", 0)
	}
	return id
}

// readCursor reads what a list by number gave as its next page's cursor; 0 for "".
func readCursor(errs *fieldErrors, text string) int64 {
	if text == "" {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		errs.add("cursor", RuleInvalidFormat, "cursor is the next_cursor of the page before, as it came.")
	}
	return id
}

func readPageSize(errs *fieldErrors, text string, otherwise int) int {
	if text == "" {
		return otherwise
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 1 || size > maxPageSize {
		errs.add("page_size", RuleOutOfRange, "A page holds 1 to 100 lines.")
	}
	return size
}

// openEntry reads a row's open parts. One that can't be read (somebody wrote into the database) is shown as erased and
// told in the log; VerifyAudit says more.
func (a *Accounts) openEntry(row AuditRow) AuditEntry {
	e := AuditEntry{ID: row.ID, At: row.At, Action: row.Action, ActorKind: row.ActorKind, ActorID: row.ActorID, TargetID: row.TargetID}
	var who actorOpen
	var whom struct {
		Email   string          `json:"email"`
		Details json.RawMessage `json:"details"`
	}
	e.ActorErased = !a.openPart(row.ID, row.ActorOpen, &who)
	e.ActorName, e.IP, e.UserAgent = who.Name, who.IP, who.UserAgent
	e.TargetErased = !a.openPart(row.ID, row.TargetOpen, &whom)
	e.TargetEmail, e.Details = whom.Email, whom.Details
	if !e.TargetErased && e.Details == nil {
		e.Details = json.RawMessage("{}")
	}
	return e
}

func (a *Accounts) openPart(id int64, open []byte, into any) bool {
	if open == nil {
		return false
	}
	if err := json.Unmarshal(open, into); err != nil {
		a.log.Warn("an audit entry can't be read; doorward audit verify tells more", "entry", id, "error", err)
		return false
	}
	return true
}
