package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// customOf is what an account's custom fields are in the end.
func (s *site) customOf(p *apptest.Persona) string {
	s.T.Helper()
	return fmt.Sprintf("%s", p.User().CustomFields)
}

func TestPeopleAddChangeAndRemoveTheirCustomFields(t *testing.T) {
	t.Parallel()
	s := owned(t)
	ada := s.SignIn("ada@example.org", apptest.Browser(7))
	b := s.browser(t, 9).signIn("ada@example.org")
	b.press("Add field", "name", " phone ", "value", "<555>").on("/account", http.StatusOK).told("status", "Your custom field was added.")
	if b.value("field-1") != "<555>" || s.customOf(ada) != `map[phone:"<555>"]` {
		t.Errorf("added %s", s.customOf(ada))
	}
	b.press("Save: phone", "value", "556").on("/account", http.StatusOK).told("status", "Your custom field was saved.")
	if s.customOf(ada) != `map[phone:"556"]` {
		t.Errorf("saved %s", s.customOf(ada))
	}
	b.press("Remove: phone").on("/account", http.StatusOK).told("status", "Your custom field was removed.").lacks("556")
	if s.customOf(ada) != `map[]` {
		t.Errorf("removed to %s", s.customOf(ada))
	}
	for _, path := range []string{"/account/fields", "/account/fields/add", "/account/fields/remove"} {
		b.visit(path).on("/account", http.StatusOK)
	}
}

func TestAValueSavedAsItIsShownIsAsItWas(t *testing.T) {
	t.Parallel()
	s := owned(t)
	ada := s.SignIn("ada@example.org", apptest.Browser(7))
	const kept = `{"about":"\nTwo lines,\nand \"quotes\" & <b>é</b>\n","blank":"","long":"%s","of a program":{"a":[1.0]},"spaces":"  x  "}`
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(fmt.Sprintf(kept, strings.Repeat("long ", 50))), &fields); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReplaceCustomFields(t.Context(), ada.Actor(), app.Own(), fields); err != nil {
		t.Fatal(err)
	}
	before := s.customOf(ada)
	b := s.browser(t, 9).signIn("ada@example.org").reads(`{"a":[1.0]}`)
	for _, name := range []string{"about", "blank", "long", "spaces"} {
		b.press("Save: "+name).on("/account", http.StatusOK)
	}
	if after := s.customOf(ada); after != before {
		t.Errorf("became %s\nwas    %s", after, before)
	}
	b.press("Remove: of a program").on("/account", http.StatusOK).lacks("[1.0]")
}

func TestWhatIsWrongWithACustomFieldIsSaidBesideIt(t *testing.T) {
	t.Parallel()
	s := owned(t)
	ada := s.SignIn("ada@example.org", apptest.Browser(7))
	b := s.browser(t, 9).signIn("ada@example.org").press("Add field", "name", "phone", "value", "555")
	for name, words := range map[string]string{
		"": "needs a name", strings.Repeat("n", 101): "at most 100", "email": "belongs to the account itself", "roles": "belongs to the account itself",
		"phone": "There is a field of that name already",
	} {
		b.press("Add field", "name", name, "value", "kept").on("/account/fields/add", http.StatusUnprocessableEntity).wrong("field-name", words)
		if b.value("field-name") != name || b.value("field-value") != "kept" {
			t.Errorf("%q: what was typed is gone", name)
		}
	}
	big := strings.Repeat("x", 65<<10)
	b.press("Add field", "name", "big", "value", big).on("/account/fields/add", http.StatusUnprocessableEntity).wrong("field-value", "64 KiB")
	b.press("Save: phone", "value", big).on("/account/fields", http.StatusUnprocessableEntity).wrong("field-1", "64 KiB")
	if s.customOf(ada) != `map[phone:"555"]` {
		t.Errorf("what was refused left %.200s", s.customOf(ada))
	}
	for path, body := range map[string]string{
		"/account/fields/add":    "name=a&value=%ff",
		"/account/fields":        "name=%ff&value=a",
		"/account/fields/remove": "name=%ff",
	} {
		b.request("POST", path, []byte(body), "application/x-www-form-urlencoded").is(http.StatusBadRequest)
	}
	b.request("POST", "/account/fields/remove", []byte("name=email"), "application/x-www-form-urlencoded").is(http.StatusUnprocessableEntity)
	b.request("POST", "/account/fields/add", []byte("name=a&value="+strings.Repeat("x", 129<<10)), "application/x-www-form-urlencoded").is(http.StatusRequestEntityTooLarge)
}
