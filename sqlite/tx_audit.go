package sqlite

import (
	"time"

	"doorward/app"
)

const selectAudit = `
	SELECT
		id,
		at,
		action,
		actor_kind,
		actor_id,
		target_id,
		actor_open,
		actor_salt,
		actor_digest,
		target_open,
		target_salt,
		target_digest,
		mac
	FROM audit_log`

func scanAudit(row scanner) (app.AuditRow, error) {
	var r app.AuditRow
	err := row.Scan(
		&r.ID,
		(*timeColumn)(&r.At),
		&r.Action,
		&r.ActorKind,
		&r.ActorID,
		&r.TargetID,
		&r.ActorOpen,
		&r.ActorSalt,
		(*digestColumn)(&r.ActorDigest),
		&r.TargetOpen,
		&r.TargetSalt,
		(*digestColumn)(&r.TargetDigest),
		(*digestColumn)(&r.MAC),
	)
	return r, err
}

// LastAudit reads the newest row.
func (t *tx) LastAudit() (app.AuditRow, error) {
	return one(t, "read last audit row", scanAudit, selectAudit+` WHERE id = (SELECT max(id) FROM audit_log)`)
}

// InsertAudit adds a row under the id it carries.
func (t *tx) InsertAudit(r app.AuditRow) error {
	_, err := t.exec("insert audit row", `
		INSERT INTO audit_log (
			id,
			at,
			action,
			actor_kind,
			actor_id,
			target_id,
			actor_open,
			actor_salt,
			actor_digest,
			target_open,
			target_salt,
			target_digest,
			mac,
			latest_at
		) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
			max($2, coalesce((SELECT latest_at FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT 1), 0)))`,
		r.ID,
		r.At.UnixMicro(),
		r.Action,
		string(r.ActorKind),
		r.ActorID,
		r.TargetID,
		bytesOrNull(r.ActorOpen),
		bytesOrNull(r.ActorSalt),
		r.ActorDigest[:],
		bytesOrNull(r.TargetOpen),
		bytesOrNull(r.TargetSalt),
		r.TargetDigest[:],
		r.MAC[:])
	return err
}

// ListAudit reads newest first.
func (t *tx) ListAudit(f app.AuditFilter) ([]app.AuditRow, error) {
	query, args := auditQuery(f)
	return list(t, "list audit rows", scanAudit, query, args...)
}

// role is how a row concerns an account. The condition's first half is what the partial indexes ask for.
type role struct{ condition, index string }

var (
	asTarget = role{`target_id <> 0 AND target_id = `, `audit_by_target`}
	asActor  = role{`actor_kind = 'user' AND actor_id = `, `audit_by_actor`}
)

// auditQuery makes every set of conditions one range of ids in one index: `since` is turned into the id from which on
// rows can be as young as that. Which index is said, since SQLite without statistics takes a range of ids for so few rows
// that it passes over the second column.
func auditQuery(f app.AuditFilter) (query string, args []any) {
	w := before(f.Before)
	limit := w.limit(f.Limit)
	rest, kind := ``, ``
	if f.Action != "" {
		rest, kind = ` AND action = `+w.bind(f.Action), `_and_action`
	}
	if !f.Since.IsZero() {
		since := w.bind(f.Since.UnixMicro())
		rest += ` AND id >= (SELECT id FROM audit_log WHERE latest_at >= ` + since + ` ORDER BY latest_at, id LIMIT 1) AND at >= ` + since
	}
	of := func(r role, id string) string {
		return ` INDEXED BY ` + r.index + kind + w.text.String() + ` AND ` + r.condition + id + rest
	}
	newest := ` ORDER BY id DESC LIMIT ` + limit
	switch {
	case f.UserID != 0: // each role has its index, and of each no more rows are looked at than are asked for
		if f.TargetID != 0 {
			rest += ` AND target_id = ` + w.bind(f.TargetID)
		}
		user := w.bind(f.UserID)
		return selectAudit + ` WHERE id IN (
			SELECT id FROM (SELECT id FROM audit_log` + of(asTarget, user) + newest + `)
			UNION
			SELECT id FROM (SELECT id FROM audit_log` + of(asActor, user) + newest + `))` + newest, w.args
	case f.TargetID != 0:
		return selectAudit + of(asTarget, w.bind(f.TargetID)) + newest, w.args
	case f.Action != "":
		return selectAudit + ` INDEXED BY audit_by_action` + w.text.String() + rest + newest, w.args
	}
	return selectAudit + ` NOT INDEXED` + w.text.String() + rest + newest, w.args
}

// AuditAfter reads oldest first.
func (t *tx) AuditAfter(id int64, limit int) ([]app.AuditRow, error) {
	return list(t, "read audit rows", scanAudit, selectAudit+` WHERE id > $1 ORDER BY id LIMIT $2`, id, limit)
}

// EraseAudit removes open parts of a row.
func (t *tx) EraseAudit(id int64, actor, target bool) error {
	return t.execOne("erase audit row", `
		UPDATE audit_log SET
			actor_open = iif($2, NULL, actor_open),
			actor_salt = iif($2, NULL, actor_salt),
			target_open = iif($3, NULL, target_open),
			target_salt = iif($3, NULL, target_salt)
		WHERE id = $1`,
		id, actor, target)
}

// DeleteAudit removes the oldest rows up to an id.
func (t *tx) DeleteAudit(through int64, limit int) (int, error) {
	return t.exec("delete audit rows", `
		DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE id <= $1 ORDER BY id LIMIT $2)`,
		through, limit)
}

// NoteDeleted remembers that an account is gone.
func (t *tx) NoteDeleted(userID int64) error {
	_, err := t.exec("note deleted user", `
		INSERT INTO deleted_users (user_id, deleted_at) VALUES ($1, $2)
		ON CONFLICT (user_id) DO UPDATE SET deleted_at = excluded.deleted_at`,
		userID, t.now.UnixMicro())
	return err
}

// DeletedUsers lists those gone longest.
func (t *tx) DeletedUsers(goneBefore time.Time, limit int) ([]int64, error) {
	return list(t, "list deleted users", value[int64], `
		SELECT user_id FROM deleted_users WHERE deleted_at <= $1 ORDER BY deleted_at, user_id LIMIT $2`,
		goneBefore.UnixMicro(), limit)
}

// ForgetDeleted drops what NoteDeleted remembered.
func (t *tx) ForgetDeleted(userID int64) error {
	_, err := t.exec("forget deleted user", `DELETE FROM deleted_users WHERE user_id = $1`, userID)
	return err
}

// SetAuditMAC writes a row's value.
func (t *tx) SetAuditMAC(id int64, mac app.Digest) error {
	return t.execOne("set audit value", `UPDATE audit_log SET mac = $2 WHERE id = $1`, id, mac[:])
}
