package app_test

import (
	"bytes"
	"encoding/json"
	"strings"
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

// TestWhoseSessionEndedMeanwhileActsNoMore: a body may take half a minute and an upload minutes, so that a request which
// was let in may come to its act after its session has ended. What ended the session then counts.
func TestWhoseSessionEndedMeanwhileActsNoMore(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	ctx, owner := t.Context(), w.Owner(ada).Actor()
	for name, end := range map[string]func(id int64) error{
		"revoked":     func(id int64) error { return w.EndUserSessions(ctx, owner, id) },
		"deactivated": func(id int64) error { _, err := w.SetUserStatus(ctx, owner, id, false); return err },
		"new password": func(id int64) error {
			return w.SetUserPassword(ctx, owner, id, app.PasswordInput{Password: "another horse"})
		},
	} {
		late := w.Member(strings.ReplaceAll(name, " ", "-") + "@example.org").Actor()
		must(t, w.RequestEmailChange(ctx, late, app.EmailInput{Email: "new-" + late.User.Email, Current: apptest.Password}))
		link := w.Mail(app.MailEmailChange, "new-"+late.User.Email).Token
		must(t, end(late.ID))
		for what, act := range map[string]func() error{
			"profile": func() error {
				_, err := w.UpdateProfile(ctx, late, app.Changes{"first_name": json.RawMessage(`"Eve"`)})
				return err
			},
			"language": func() error { _, err := w.SetLocale(ctx, late, app.Own(), "fr"); return err },
			"field":    func() error { _, err := w.SetCustomField(ctx, late, app.Own(), "a", json.RawMessage("1")); return err },
			"fields":   func() error { _, err := w.ReplaceCustomFields(ctx, late, app.Own(), nil); return err },
			"unfield":  func() error { return w.DeleteCustomField(ctx, late, app.Own(), "a") },
			"picture":  func() error { _, err := w.UploadAvatar(ctx, late, bytes.NewReader(picture(t, 1)), 0); return err },
			"none":     func() error { return w.RemoveAvatar(ctx, late) },
			"one":      func() error { return w.EndSession(ctx, late, late.Session.ID) },
			"others":   func() error { _, err := w.EndOtherSessions(ctx, late); return err },
			"logout":   func() error { return w.Logout(ctx, late) },
			"link":     func() error { _, err := w.ChangeEmail(ctx, late, link); return err },
		} {
			if err := act(); err == nil || app.AsError(err).Code != app.CodeUnauthenticated {
				t.Errorf("%s, then %s: %v", name, what, err)
			}
		}
	}
}
