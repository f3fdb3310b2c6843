package authtest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/authtest"
)

// failing is a test that keeps what it failed with, and goes on.
type failing struct {
	t    *testing.T
	mu   sync.Mutex
	says []string
}

func (*failing) Helper()             {}
func (f *failing) Cleanup(fn func()) { f.t.Cleanup(fn) }

func (f *failing) Fatalf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.says = append(f.says, fmt.Sprintf(format, args...))
}

func register(email string) map[string]string {
	return map[string]string{"email": email, "password": "correct horse battery"}
}

func TestAResetBringsBackTheBeginningAndKeepsKeys(t *testing.T) {
	t.Parallel()
	d := authtest.Start(t)
	key, session := d.Key("Admin"), d.SignIn("owner@example.test")
	d.Call("POST", "/api/v1/registrations", "", register("new@example.test"), nil)
	d.Mail("new@example.test")
	d.Advance(48 * time.Hour)
	d.FailMails(authtest.PermFail, 5)
	d.Reset()

	if status := d.Call("GET", "/api/v1/me", session.Token, nil, nil); status != 401 {
		t.Errorf("a session from before answers %d", status)
	}
	if ahead := time.Until(d.Now()); ahead > time.Minute {
		t.Errorf("the clock is still %v ahead", ahead)
	}
	if left := d.Mails(""); len(left) != 0 {
		t.Errorf("%d mails are left", len(left))
	}
	var list struct{ Users []struct{ ID int64 } }
	if status := d.Call("GET", "/api/v1/users?sort=created_at", key, nil, &list); status != 200 || len(list.Users) != 3 {
		t.Errorf("by its key an app is told %d, %v", status, list)
	}
	d.Call("POST", "/api/v1/registrations", "", register("new@example.test"), nil)
	if m := d.Mail("NEW@example.test"); m.Link() != d.URL+"/confirm/"+m.Token() {
		t.Errorf("the mail leads to %q", m.Link())
	}
	d.Reset(authtest.User{Email: "only@example.test", CustomFields: map[string]any{"plan": "gold"}, Inactive: true})
	var only struct {
		Users []struct {
			ID           int64
			IsActive     bool           `json:"is_active"`
			CustomFields map[string]any `json:"custom_fields"`
		}
	}
	d.Call("GET", "/api/v1/users", key, nil, &only)
	if len(only.Users) != 1 || only.Users[0].ID != 1 || only.Users[0].IsActive || only.Users[0].CustomFields["plan"] != "gold" {
		t.Errorf("a reset to one account leaves %+v", only.Users)
	}
}

func TestMailsAreTakenOneByOneAndRetriedByTheClock(t *testing.T) {
	t.Parallel()
	d := authtest.Start(t)
	ask := func() {
		d.Call("POST", "/api/v1/password-resets", "", map[string]string{"email": "user@example.test"}, nil)
	}
	ask()
	first := d.Mail("user@example.test")
	ask()
	if second := d.Mail("user@example.test"); second.Token() == first.Token() || len(d.Mails("user@example.test")) != 2 {
		t.Errorf("the second mail is the first: %v", second)
	}
	d.FailMails(authtest.TempFail, 1)
	ask()
	d.Advance(time.Minute) // after the delivery that failed
	d.Mail("user@example.test")
}

func TestWhatCannotBeDoneFailsTheTest(t *testing.T) {
	t.Parallel()
	f := &failing{t: t}
	d := authtest.Start(f)
	d.SignIn("nobody@example.test")
	d.Advance(-time.Hour)
	d.FailMails("sometimes", 1)
	d.Key("Cook")
	d.Reset(authtest.User{Email: "no address"})
	d.Reset(authtest.User{Email: "a@example.test"}, authtest.User{Email: "A@example.test"})
	wants := []string{"sign in as nobody@example.test: 404", "clock moves forward", `not by "sometimes"`, "Owner, Admin or User", "users.0.email", "has an account"}
	if len(f.says) != len(wants) {
		t.Fatalf("it failed with %q", f.says)
	}
	for i, want := range wants {
		if !strings.Contains(f.says[i], want) {
			t.Errorf("%q does not say %q", f.says[i], want)
		}
	}
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "404") {
			t.Errorf("outside a test it panics with %q", text)
		}
	}()
	alone, err := authtest.New(authtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	alone.SignIn("nobody@example.test")
}

func TestRolesOfOnesOwnOutlastAReset(t *testing.T) {
	t.Parallel()
	d := authtest.StartWith(t, authtest.Options{Roles: []string{"Editor"}})
	d.Reset(authtest.User{Email: "ada@example.test", Roles: []string{"Editor"}})
	var me struct{ User struct{ Roles []string } }
	if d.Call("GET", "/api/v1/me", d.SignIn("ada@example.test").Token, nil, &me); len(me.User.Roles) != 1 || me.User.Roles[0] != "Editor" {
		t.Errorf("the account holds %v", me.User.Roles)
	}
}

func TestABadBeginningStartsNothing(t *testing.T) {
	t.Parallel()
	if _, err := authtest.New(authtest.Options{Users: []authtest.User{{Email: "x"}}}); err == nil {
		t.Error("an account without an address starts")
	}
	if _, err := authtest.New(authtest.Options{Roles: []string{""}}); err == nil {
		t.Error("a role without a name starts")
	}
	if _, err := authtest.New(authtest.Options{Users: []authtest.User{{Email: "a@example.test", CustomFields: map[string]any{"f": func() {}}}}}); err == nil {
		t.Error("a field that is no JSON starts")
	}
}

func TestManyDoorwardsRunBesideEachOther(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			d := authtest.Start(t)
			if status := d.Call("POST", "/api/v1/registrations", "", register("same@example.test"), nil); status != 201 {
				t.Errorf("registering answers %d", status)
			}
		})
	}
}
