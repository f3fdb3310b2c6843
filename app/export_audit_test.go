package app

import "context"

// WriteAudit writes n entries of an action in one transaction.
func (a *Accounts) WriteAudit(ctx context.Context, n int, by Actor, action string, target *User) error {
	return a.update(ctx, func(u *unit) error {
		for range n {
			if err := u.audit(by, action, target, details{"email": "private@example.org"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AuditMAC is the chain's next value.
func AuditMAC(key [32]byte, before Digest, r AuditRow) Digest { return auditMAC(key, before, r) }
