package app_test

import (
	"fmt"
	"io"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// BenchmarkImport imports ten thousand accounts with their hashes, each time into a new database.
func BenchmarkImport(b *testing.B) {
	hash := bcryptOf(b, "correct horse battery", 'a')
	for range b.N {
		w := apptest.Paused(b)
		made := 0
		report, err := w.Import(b.Context(), app.Shell(""), func() (app.AccountRow, error) {
			if made == 10_000 {
				return app.AccountRow{}, io.EOF
			}
			made++
			return app.AccountRow{
				Email: fmt.Sprintf("person%d@example.org", made), Username: fmt.Sprintf("person_%d", made), FirstName: "Person", LastName: fmt.Sprint("Number", made), PasswordHash: hash,
			}, nil
		}, app.ImportOptions{})
		if err != nil || report.Added != made {
			b.Fatalf("%+v, %v", report, err)
		}
	}
}
