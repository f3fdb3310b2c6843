package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"doorward/app"
)

func TestAnAccountIsNamedByItsNumberAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "42": 42, "9223372036854775807": 1<<63 - 1,
		"": 0, "0": 0, "-1": 0, "+1": 0, "007": 0, "1.0": 0, "1e3": 0, "0x1": 0, "1 ": 0, " 1": 0, "1_000": 0, "abc": 0, "\x00": 0, "１": 0, "١": 0,
		"9223372036854775808": 0, "1" + strings.Repeat("0", 30): 0, "-1" + strings.Repeat("0", 30): 0, strings.Repeat("9", 5000): 0,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetPathValue("id", text)
		id, err := (&call{r: r}).userID()
		if id != want || (err == nil) != (want > 0) || err != nil && !errors.Is(err, app.Refuse(app.KindNotFound, app.CodeNotFound, "")) {
			t.Errorf("%q names %d, %v; want %d", text, id, err, want)
		}
	}
}

func TestOnlyTheIDsOfAccountsAndKeysAreDescribedAsNumbers(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		userRoutes: "integer", userRoutes + "/status": "integer", api + "/me/sessions/{id}": "string", "/avatars/{id}/{variant}": "string", api + "/keys/{id}": "integer",
	} {
		if got := idSchema(path).Type; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
