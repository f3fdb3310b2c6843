package sqlite

import (
	"maps"
	"slices"
	"strings"
	"time"

	"doorward/app"
)

// keyNameKey is what makes a key's name unique.
func keyNameKey(name string) string { return strings.ToLower(name) }

// selectKey reads keys that work.
const selectKey = `
	SELECT
		k.id,
		k.name,
		r.name,
		k.created_at,
		k.last_used_at
	FROM api_keys k
	CROSS JOIN roles r
	WHERE r.id = k.role_id AND k.revoked_at IS NULL`

func scanKey(row scanner) (app.Key, error) {
	var k app.Key
	err := row.Scan(
		&k.ID,
		&k.Name,
		&k.Role,
		(*timeColumn)(&k.CreatedAt),
		(*timeColumn)(&k.LastUsedAt),
	)
	return k, err
}

// InsertKey stores a key under its secret's digest. A missing role is app.ErrNoRow.
func (t *tx) InsertKey(k app.Key, d app.Digest) (int64, error) {
	return one(t, "insert key", value[int64], `
		INSERT INTO api_keys (name, name_key, digest, role_id, created_at, last_used_at)
		SELECT $1, $2, $3, r.id, $4, $5 FROM roles r WHERE r.name_key = $6 AND r.name = $7
		RETURNING id`,
		k.Name, keyNameKey(k.Name), d[:], k.CreatedAt.UnixMicro(), micros(k.LastUsedAt), roleKey(k.Role), k.Role)
}

// FindKey reads a key by id.
func (t *tx) FindKey(id int64) (app.Key, error) {
	return one(t, "find key", scanKey, selectKey+` AND k.id = $1`, id)
}

// FindKeyByName reads a key by name, without regard to case.
func (t *tx) FindKeyByName(name string) (app.Key, error) {
	return one(t, "find key by name", scanKey, selectKey+` AND k.name_key = $1`, keyNameKey(name))
}

// KeyByDigest reads a key by its secret's digest.
func (t *tx) KeyByDigest(d app.Digest) (app.Key, error) {
	return one(t, "find key by digest", scanKey, selectKey+` AND k.digest = $1`, d[:])
}

// ListKeys reads all keys that work, newest first. They are few, and so are the revoked ones between them.
func (t *tx) ListKeys() ([]app.Key, error) {
	return list(t, "list keys", scanKey, selectKey+` ORDER BY k.id DESC`)
}

// RevokeKey ends a key.
func (t *tx) RevokeKey(id int64) error {
	return t.execOne("revoke key", `
		UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`,
		id, t.now.UnixMicro())
}

// TouchKeys moves last_used_at forward.
func (t *tx) TouchKeys(used map[int64]time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(used)) {
		_, err := t.exec("touch key", `
			UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)`,
			id, used[id].UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}
