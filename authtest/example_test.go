package authtest_test

import (
	"fmt"
	"net/http"
	"time"

	"doorward/app"
	"doorward/authtest"
	"doorward/web"
)

// t stands for the *testing.T of a test, so that these examples run by themselves.
type t struct{ atEnd []func() }

func (*t) Helper()            {}
func (t *t) Cleanup(f func()) { t.atEnd = append(t.atEnd, f) }

func (*t) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *t) end() {
	for _, f := range t.atEnd {
		f()
	}
}

func Example() {
	t := &t{} // func TestWhoami(t *testing.T)
	defer t.end()

	accounts := authtest.Start(t)
	session := accounts.SignIn("user@example.test")

	var me struct{ User struct{ Username string } }
	status := accounts.Call("GET", "/api/v1/me", session.Token, nil, &me)
	fmt.Println(status, me.User.Username)
	// Output: 200 user
}

func ExampleServer_Mail() {
	t := &t{}
	defer t.end()

	accounts := authtest.Start(t)
	accounts.Call("POST", "/api/v1/registrations", "", map[string]string{
		"email": "ada@example.test", "password": "correct horse battery",
	}, nil)

	mail := accounts.Mail("ada@example.test")
	fmt.Println(mail.Subject)
	fmt.Println(accounts.Call("POST", "/api/v1/confirmations/"+mail.Token(), "", nil, nil))
	// Output:
	// Confirm your e-mail address for Doorward
	// 200
}

func ExampleServer_Advance() {
	t := &t{}
	defer t.end()

	accounts := authtest.Start(t)
	accounts.Call("POST", "/api/v1/password-resets", "", map[string]string{"email": "user@example.test"}, nil)
	link := "/api/v1/password-resets/" + accounts.Mail("user@example.test").Token()

	fmt.Println(accounts.Call("GET", link, "", nil, nil))
	accounts.Advance(61 * time.Minute) // a link to a new password is good for an hour
	fmt.Println(accounts.Call("GET", link, "", nil, nil))
	// Output:
	// 200
	// 404
}

func ExampleServer_FailMails() {
	t := &t{}
	defer t.end()

	accounts := authtest.Start(t)
	accounts.FailMails(authtest.TempFail, 1)
	accounts.Call("POST", "/api/v1/password-resets", "", map[string]string{"email": "user@example.test"}, nil)
	accounts.Advance(time.Minute) // by then it was tried in vain, and is tried again

	fmt.Println(accounts.Mail("user@example.test").Subject)
	// Output: Set a new password for Doorward
}

func ExampleServer_Key() {
	t := &t{}
	defer t.end()

	accounts := authtest.Start(t)
	key := accounts.Key("User") // what `doorward key add` prints
	session := accounts.SignIn("admin@example.test")

	var shown struct{ User struct{ Roles []string } }
	accounts.Call("POST", "/api/v1/sessions/verify", key, map[string]string{"token": session.Token}, &shown)
	fmt.Println(shown.User.Roles)
	// Output: [Admin]
}

func ExampleStartWith() {
	t := &t{}
	defer t.end()

	accounts := authtest.StartWith(t, authtest.Options{
		Users:  []authtest.User{{Email: "ada@example.test", Roles: []string{"Owner"}}, {Email: "bob@example.test", Unconfirmed: true}},
		Policy: func(p *app.Policy) { p.RegistrationOpen = false },
	})
	fmt.Println(accounts.SignIn("bob@example.test").UserID)
	fmt.Println(accounts.Call("POST", "/api/v1/registrations", "", map[string]string{"email": "eve@example.test", "password": "correct horse battery"}, nil))
	// Output:
	// 2
	// 403
}

// A program that has Doorward as a part of it is tested with its own pages around it.
func ExampleOptions_mount() {
	t := &t{}
	defer t.end()

	accounts := authtest.StartWith(t, authtest.Options{
		Path: "/auth",
		Mount: func(_ *app.Accounts, site *web.Server) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/auth/", site)
			mux.Handle("GET /hello", site.SignedIn(func(w http.ResponseWriter, _ *http.Request, user app.User) {
				fmt.Fprintf(w, "Hello, %s.", user.DisplayName())
			}))
			return mux
		},
	})
	request, _ := http.NewRequest("GET", accounts.Origin()+"/hello", nil)
	request.AddCookie(accounts.SignIn("user@example.test").Cookie)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	// Output: 200 OK
}

// One Doorward for all tests of a package: New in TestMain, In in each test.
func ExampleServer_In() {
	shared, err := authtest.New(authtest.Options{}) // func TestMain(m *testing.M)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer shared.Close()

	for range 2 { // each of these is a test
		t := &t{}
		accounts := shared.In(t)
		fmt.Println(accounts.Call("POST", "/api/v1/registrations", "", map[string]string{"email": "ada@example.test", "password": "correct horse battery"}, nil))
		t.end()
	}
	// Output:
	// 201
	// 201
}
