package sqlite

import "doorward/app"

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
			mac
		) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
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
	w := before(f.Before)
	if f.TargetID != 0 {
		w.and(`target_id <> 0 AND target_id = `, f.TargetID) // the first half is what the partial index asks for
	}
	if f.Action != "" {
		w.and(`action = `, f.Action)
	}
	if !f.Since.IsZero() {
		w.and(`at >= `, f.Since.UnixMicro())
	}
	return list(t, "list audit rows", scanAudit, selectAudit+w.newestFirst(f.Limit), w.args...)
}
