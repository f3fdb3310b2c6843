package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"doorward/app"
)

// readAll reads a file: its rows, its bad rows as text, and why it could not be read on.
func readAll(t testing.TB, name, content string) (rows []app.AccountRow, bad []string, err error) {
	t.Helper()
	r, err := Read(name, strings.NewReader(content))
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := r.Next()
		var problem *app.BadRow
		switch {
		case errors.Is(err, io.EOF):
			return rows, bad, nil
		case errors.As(err, &problem):
			bad = append(bad, problem.Error())
		case err != nil:
			return rows, bad, err
		default:
			rows = append(rows, row)
		}
	}
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

var full = app.AccountRow{
	Email: "ada@example.org", Username: "ada", FirstName: "Ada, \"A\"", LastName: "Łove\nlace", Timezone: "Europe/Paris", Locale: "en-GB",
	IsActive: no(), ConfirmedAt: time.Date(2026, 1, 31, 12, 0, 0, 123_000, time.UTC), Roles: []string{"Owner", "Front Desk"},
	CustomFields: map[string]json.RawMessage{"phone": json.RawMessage(`"555,<1234>"`), "n": json.RawMessage(`12345678901234567890`)},
	PasswordHash: "$2a$04$abc",
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	bare := app.AccountRow{Email: "bob@example.org", IsActive: yes()}
	for _, name := range []string{"a.csv", "b.JSONL"} {
		for _, withHashes := range []bool{true, false} {
			var file bytes.Buffer
			w, err := Write(name, &file, withHashes)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write(full), w.Write(bare), w.Close()); err != nil {
				t.Fatal(err)
			}
			if !withHashes && strings.Contains(file.String(), "hash") {
				t.Errorf("%s: a hash, or room for one, is in %s", name, &file)
			}
			rows, bad, err := readAll(t, name, file.String())
			if err != nil || len(bad) > 0 || len(rows) != 2 {
				t.Fatalf("%s: %d rows, %v, %v: %s", name, len(rows), bad, err, &file)
			}
			want := full
			if !withHashes {
				want.PasswordHash = ""
			}
			for i, want := range []app.AccountRow{want, bare} {
				got := rows[i]
				got.Line = 0
				if len(got.Roles) == 0 {
					got.Roles = nil
				}
				if len(got.CustomFields) == 0 {
					got.CustomFields = nil
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: read %+v, wrote %+v", name, got, want)
				}
			}
		}
	}
}

func TestAFileThatCannotBeReadIsRefusedWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, content, part string }{
		"no ending":                {"accounts.txt", "email\n", ".csv or .jsonl"},
		"an empty CSV":             {"a.csv", "", "empty"},
		"an unknown column":        {"a.csv", "email,pasword\n", `no column "pasword"`},
		"a column twice":           {"a.csv", "email,email\n", "twice"},
		"no e-mail":                {"a.csv", "username\nada\n", "no column email"},
		"a header of another file": {"a.csv", "{\"email\":\"a@b\"}\n", "line 1"},
		"an open quote":            {"a.csv", "email,username\na@example.org,\"ada\nb@example.org,bob\n", "line 2: a quote"},
		"an endless quote":         {"a.csv", "email\n\"" + strings.Repeat("x", 5<<20), "over 1 MiB"},
		"a stray quote":            {"a.csv", "email\na\"b@example.org\n", "line 2: a quote"},
		"broken UTF-8":             {"a.csv", "email\na@example.org\n\xff@example.org\n", "line 3: the text is not UTF-8"},
		"a cut row":                {"a.csv", "email,username\na@example.org,ada\nb@exam", "line 3: the file ends"},
		"a long line":              {"a.jsonl", `{"email":"` + strings.Repeat("x", 2<<20) + `"}`, "line 1: the row is over 1 MiB"},
		"broken UTF-8 in a line":   {"a.jsonl", "{\"email\":\"\xff\"}\n", "line 1: the text is not UTF-8"},
		"a cut line":               {"a.jsonl", "{\"email\":\"a@example.org\"}\n{\"email\":\"b@ex", "line 2: the file ends"},
	} {
		if _, err := Check(c.file, strings.NewReader(c.content)); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: %v, want %q", name, err, c.part)
		}
	}
}

func TestABadRowHarmsNoOther(t *testing.T) {
	t.Parallel()
	rows, bad, err := readAll(t, "a.csv", strings.Join([]string{
		"\xef\xbb\xbfemail, is_active ,confirmed_at,roles,custom_fields",
		"a@example.org,True,2026-01-31T12:00:00+01:00,\"User, Staff\",\"{\"\"a\"\":1}\"",
		"b@example.org,perhaps,,,", "c@example.org,,yesterday,,", "d@example.org,,,,[1]", "e@example.org,,,", "f@example.org,,,,\"{\"\"a\"\":1,\"\"a\"\":2}\"",
		"", "g@example.org,f,,,",
	}, "\r\n")+"\r\n")
	if err != nil || len(rows) != 2 || len(bad) != 5 {
		t.Fatalf("%d rows, %q, %v", len(rows), bad, err)
	}
	first, last := rows[0], rows[1]
	if !*first.IsActive || first.ConfirmedAt.Hour() != 11 || !reflect.DeepEqual(first.Roles, []string{"User", "Staff"}) || string(first.CustomFields["a"]) != "1" || first.Line != 2 {
		t.Errorf("the first row is %+v", first)
	}
	if last.Email != "g@example.org" || *last.IsActive {
		t.Errorf("the last row is %+v", last)
	}
	rows, bad, err = readAll(t, "a.jsonl", strings.Join([]string{
		`{"email":"a@example.org","first_name":null}`, `{"email":1}`, `{"email":"b@example.org","Email":"x"}`, `{"email":"c@example.org","email":"d@example.org"}`,
		`[]`, `nonsense "$2a$secret"`, ``, `{"email":"e@example.org","custom_fields":[]}`, `{"email":"g@example.org","roles":["User"]}`,
	}, "\n"))
	if err != nil || len(rows) != 2 || len(bad) != 6 {
		t.Fatalf("%d rows, %q, %v", len(rows), bad, err)
	}
	if strings.Contains(strings.Join(bad, " "), "secret") {
		t.Errorf("a message repeats a value: %q", bad)
	}
	if rows[1].Line != 9 {
		t.Errorf("the last row says line %d", rows[1].Line)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(true, "email,username\na@example.org,\"a\"\"da\"\n")
	f.Add(false, `{"email":"a@example.org","custom_fields":{"a":[1]}}`+"\n")
	f.Fuzz(func(t *testing.T, csv bool, content string) {
		name := "a.jsonl"
		if csv {
			name = "a.csv"
		}
		rows, _, err := readAll(t, name, content)
		if err != nil {
			return
		}
		var file bytes.Buffer
		w, err := Write(name, &file, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if again, bad, err := readAll(t, name, file.String()); err != nil || len(again)+len(bad) != len(rows) {
			t.Fatalf("%d rows became %d and %q (%v): %q", len(rows), len(again), bad, err, &file)
		}
	})
}
