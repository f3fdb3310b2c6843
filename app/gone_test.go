package app_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// TestWhoIsGoneMeanwhileIsAskedToSignIn: a request that was let in acts on its account in a transaction, before which
// another may have deleted it. Not the thing that was asked for is missing then, but who asked.
func TestWhoIsGoneMeanwhileIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	p := w.Newcomer(eve)
	gone := p.Actor()
	must(t, w.DeleteOwnAccount(t.Context(), gone, apptest.Password))
	ctx := t.Context()
	for name, act := range map[string]func() error{
		"profile": func() error {
			_, err := w.UpdateProfile(ctx, gone, app.Changes{"first_name": json.RawMessage(`"Eve"`)})
			return err
		},
		"language": func() error { _, err := w.SetLocale(ctx, gone, app.Own(), "fr"); return err },
		"field":    func() error { _, err := w.SetCustomField(ctx, gone, app.Own(), "a", json.RawMessage("1")); return err },
		"fields":   func() error { _, err := w.ReplaceCustomFields(ctx, gone, app.Own(), nil); return err },
		"unfield":  func() error { return w.DeleteCustomField(ctx, gone, app.Own(), "a") },
		"picture":  func() error { _, err := w.UploadAvatar(ctx, gone, bytes.NewReader(picture(t, 1)), 0); return err },
		"none":     func() error { return w.RemoveAvatar(ctx, gone) },
		"mail":     func() error { return w.RequestOwnConfirmation(ctx, gone) },
		"sessions": func() error { _, err := w.ListSessions(ctx, gone); return err },
		"export":   func() error { _, err := w.ExportOwnData(ctx, gone); return err },
		"logout":   func() error { return w.Logout(ctx, gone) },
		"delete":   func() error { return w.DeleteOwnAccount(ctx, gone, apptest.Password) },
		"password": func() error {
			_, err := w.ChangePassword(ctx, gone, app.PasswordInput{Current: apptest.Password, Password: "another horse"})
			return err
		},
		"address": func() error {
			return w.RequestEmailChange(ctx, gone, app.EmailInput{Email: "new@example.org", Current: apptest.Password})
		},
	} {
		if err := act(); err == nil || app.AsError(err).Code != app.CodeUnauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}
