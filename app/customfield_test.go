package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func TestCustomFieldsAreReadSetReplacedAndDeleted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, c := range map[string]struct {
		by    *apptest.Persona
		whose app.Whose
	}{
		"one's own":         {h.member, app.Own()},
		"another's":         {h.admin, app.UserOf(h.member.User().ID)},
		"an owner's by id":  {h.owner, app.UserOf(h.owner.User().ID)},
		"an owner's by key": {h.owner, app.Own()},
	} {
		all := func() string {
			fields, err := h.CustomFields(t.Context(), c.by.Actor(), c.whose)
			must(t, err)
			return fmt.Sprintf("%s", fields)
		}
		_, err := h.ReplaceCustomFields(t.Context(), c.by.Actor(), c.whose, changes("old", `1`, "plan", ` { "n" : 1.0e400 } `))
		must(t, err)
		value, err := h.SetCustomField(t.Context(), c.by.Actor(), c.whose, "a/b", raw(" null"))
		if must(t, err); string(value) != "null" {
			t.Errorf("%s: set to %s", name, value)
		}
		if got := all(); got != `map[a/b:null old:1 plan:{"n":1.0e400}]` {
			t.Errorf("%s: %s", name, got)
		}
		value, err = h.CustomField(t.Context(), c.by.Actor(), c.whose, "a/b") // null is a value
		if must(t, err); string(value) != "null" {
			t.Errorf("%s: reads %s", name, value)
		}
		for range 2 {
			must(t, h.DeleteCustomField(t.Context(), c.by.Actor(), c.whose, "a/b"))
		}
		_, err = h.CustomField(t.Context(), c.by.Actor(), c.whose, "a/b")
		wantCode(t, err, app.CodeNotFound)
		fields, err := h.ReplaceCustomFields(t.Context(), c.by.Actor(), c.whose, changes("new", `[]`))
		if must(t, err); fmt.Sprintf("%s", fields) != `map[new:[]]` || all() != `map[new:[]]` {
			t.Errorf("%s: replaced by %s", name, fields)
		}
		if fields, err = h.ReplaceCustomFields(t.Context(), c.by.Actor(), c.whose, nil); err != nil || fields == nil || len(fields) != 0 {
			t.Errorf("%s: emptied to %v, %v", name, fields, err)
		}
	}
}

func TestEveryWayToWriteACustomFieldHoldsItsRules(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	for _, c := range []struct{ key, value, alone, among string }{
		{"email", `"x@example.org"`, "email not_updatable", "email not_updatable"},
		{"username", `"x"`, "username not_updatable", "username not_updatable"},
		{"password_hash", `"x"`, "password_hash not_updatable", "password_hash not_updatable"},
		{"roles", `["Owner"]`, "roles not_updatable", "roles not_updatable"},
		{strings.Repeat("é", 101), `1`, "key too_long", "custom_fields too_long"},
		{"", `1`, "key required", "custom_fields required"},
		{"a\xff", `1`, "key invalid_format", "custom_fields invalid_format"},
		{"deep", deep, "deep out_of_range", "deep out_of_range"},
		{"big", `"` + strings.Repeat("x", 65<<10) + `"`, "custom_fields too_long", "custom_fields too_long"},
	} {
		for _, whose := range []app.Whose{app.Own(), app.UserOf(h.member.User().ID)} {
			_, err := h.SetCustomField(t.Context(), h.owner.Actor(), whose, c.key, raw(c.value))
			wantFields(t, err, c.alone)
			_, err = h.AddCustomField(t.Context(), h.owner.Actor(), whose, c.key, raw(c.value))
			wantFields(t, err, c.alone)
			_, err = h.ReplaceCustomFields(t.Context(), h.owner.Actor(), whose, changes("good", `1`, c.key, c.value))
			wantFields(t, err, c.among)
			if err = h.DeleteCustomField(t.Context(), h.owner.Actor(), whose, c.key); c.key != "deep" && c.key != "big" {
				wantFields(t, err, c.alone)
			}
		}
	}
	if fields := h.owner.User().CustomFields; len(fields) != 0 {
		t.Errorf("something was written: %s", fields)
	}
}

func TestAFieldThatIsThereIsNotAddedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	by := h.member.Actor()
	good, refused := count(t, together(20, func(i int) error {
		_, err := h.AddCustomField(t.Context(), by, app.Own(), "phone", raw(fmt.Sprint(i)))
		return err
	}), app.CodeValidationFailed)
	if good != 1 || refused != 19 {
		t.Errorf("%d added it, %d were refused", good, refused)
	}
	_, err := h.AddCustomField(t.Context(), by, app.Own(), "phone", raw(`"x"`))
	wantFields(t, err, "key taken")
}

func TestTheWholeStaysWithin64KiBFieldByField(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	part := raw(`"` + strings.Repeat("x", 30<<10) + `"`)
	for _, key := range []string{"a", "b"} {
		_, err := h.SetCustomField(t.Context(), h.member.Actor(), app.Own(), key, part)
		must(t, err)
	}
	_, err := h.SetCustomField(t.Context(), h.member.Actor(), app.Own(), "c", part)
	wantFields(t, err, "custom_fields too_long")
	_, err = h.SetCustomField(t.Context(), h.member.Actor(), app.Own(), "a", raw(`1`)) // in place of the old one
	must(t, err)
	_, err = h.SetCustomField(t.Context(), h.member.Actor(), app.Own(), "c", part)
	must(t, err)
}

func TestTheLogNamesCustomFieldsAndNotTheirValues(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wrote(t, h.World, func() {
		_, err := h.SetCustomField(t.Context(), h.admin.Actor(), app.UserOf(h.member.User().ID), "iban", raw(`"DE02-secret"`))
		must(t, err)
		_, err = h.SetCustomField(t.Context(), h.member.Actor(), app.Own(), "iban", raw(`"DE02-secret"`)) // as it is already
		must(t, err)
		_, err = h.ReplaceCustomFields(t.Context(), h.member.Actor(), app.Own(), changes("note", `1`))
		must(t, err)
		must(t, h.DeleteCustomField(t.Context(), h.member.Actor(), app.Own(), "nothing"))
	}, "user.updated", "user.updated")
	log := entries(t, h.World)
	for i, want := range []string{"map[changed:map[custom_fields:[iban]]]", "map[changed:map[custom_fields:[iban note]]]"} {
		if got := fmt.Sprint(log[len(log)-2+i].Details); got != want {
			t.Errorf("the entry says %s, want %s", got, want)
		}
	}
	if strings.Contains(h.Log.String(), "DE02") {
		t.Error("the log tells a value")
	}
}

func TestTwentyWhoWriteDifferentCustomFieldsAtOnceAllStay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.member.User().ID
	_, err := h.ReplaceCustomFields(t.Context(), h.member.Actor(), app.Own(), changes("gone0", `1`, "gone1", `1`, "gone2", `1`, "gone3", `1`))
	must(t, err)
	own, admin := h.member.Actor(), h.admin.Actor()
	for _, err := range together(20, func(i int) (err error) {
		key := fmt.Sprintf("field%d", i)
		switch i % 5 {
		case 0:
			_, err = h.SetCustomField(t.Context(), own, app.Own(), key, raw("1"))
		case 1:
			_, err = h.SetCustomField(t.Context(), admin, app.UserOf(id), key, raw("1"))
		case 2:
			_, err = h.UpdateProfile(t.Context(), own, changes(key, "1"))
		case 3:
			_, err = h.UpdateUsers(t.Context(), admin, []int64{id}, changes(key, "1"))
		case 4:
			err = h.DeleteCustomField(t.Context(), admin, app.UserOf(id), fmt.Sprintf("gone%d", i/5))
		}
		return err
	}) {
		must(t, err)
	}
	if fields := h.member.User().CustomFields; len(fields) != 16 || strings.Contains(fmt.Sprintf("%s", fields), "gone") {
		t.Errorf("%d fields stayed: %s", len(fields), fields)
	}
}

func TestAnAdminReadsTheCustomFieldsOfEveryRank(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.SetCustomField(t.Context(), h.owner.Actor(), app.Own(), "phone", raw(`"555"`))
	must(t, err)
	owner := app.UserOf(h.owner.User().ID)
	value, err := h.CustomField(t.Context(), h.admin.Actor(), owner, "phone")
	if must(t, err); string(value) != `"555"` {
		t.Errorf("reads %s", value)
	}
	for _, by := range []app.Actor{h.member.Actor(), apptest.Stranger(1), key(h.World, app.RankUser)} {
		_, err = h.CustomFields(t.Context(), by, owner)
		wantCode(t, err, app.CodeForbidden)
	}
	_, err = h.CustomFields(t.Context(), h.admin.Actor(), app.UserOf(999))
	wantCode(t, err, app.CodeNotFound)
	for _, by := range []app.Actor{apptest.Stranger(1), key(h.World, app.RankOwner)} { // who is no person has none of their own
		_, err = h.CustomFields(t.Context(), by, app.Own())
		wantCode(t, err, app.CodeUnauthenticated)
		_, err = h.SetCustomField(t.Context(), by, app.Own(), "a", raw("1"))
		wantCode(t, err, app.CodeUnauthenticated)
	}
}
