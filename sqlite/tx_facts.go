package sqlite

// Fact reads what is stored under a name.
func (t *tx) Fact(name string) (string, error) {
	return one(t, "read fact", value[string], `SELECT value FROM facts WHERE name = $1`, name)
}

// SetFact stores a value under a name, in place of the one that was there.
func (t *tx) SetFact(name, v string) error {
	_, err := t.exec("set fact", `
		INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		name, v)
	return err
}
