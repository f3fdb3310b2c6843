package web

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// selectionView is an account as a list to choose from shows it.
type selectionView struct {
	ID        int64   `json:"id"`
	Email     string  `json:"email"`
	Username  *string `json:"username" doc:"null until the address is confirmed, where accounts are concealed."`
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
}

type selectionAnswer struct {
	User selectionView `json:"user"`
}

func viewSelection(u *app.User) selectionView {
	return selectionView{ID: u.ID, Email: u.Email, Username: text(u.Username), FirstName: text(u.FirstName), LastName: text(u.LastName)}
}

type selectionsAnswer struct {
	Users []selectionView `json:"users" nullable:"false"`
}

func getUserSearch(c *call) error {
	found, err := c.s.accounts.SearchUsers(c.r.Context(), c.actor, c.r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	answer := selectionsAnswer{make([]selectionView, len(found))}
	for i := range found {
		answer.Users[i] = viewSelection(&found[i])
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetUserSearch() *operation {
	return &operation{
		id: "searchUsers", tag: "Directory", summary: "Find accounts to choose from", about: "At most 10, by e-mail.",
		query: []parameter{{"q", huma.TypeString, "Part of an e-mail, username, first or last name, without regard to case. Under 2 letters find nothing."}},
		gives: []given{{http.StatusOK, "Who was found.", selectionsAnswer{}}},
	}
}

// sendUser answers an account that was looked up or acted on.
func (c *call) sendUser(user app.User, err error) error {
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, userAnswer{c.s.viewUser(&user, true)})
}

func getUser(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	view := c.r.URL.Query().Get("view")
	if view != "" && view != "selection" {
		return app.Invalid(app.FieldError{Field: "view", Rule: app.RuleUnknown, Message: "view is selection, or left out."})
	}
	user, err := c.s.accounts.GetUser(c.r.Context(), c.actor, id)
	if err != nil || view == "" {
		return c.sendUser(user, err)
	}
	return c.sendJSON(http.StatusOK, selectionAnswer{viewSelection(&user)})
}

func docGetUser() *operation {
	return &operation{
		id: "getUser", tag: "Directory", summary: "Read an account",
		query:   []parameter{{"view", huma.TypeString, "`selection`: only id, e-mail, username, first and last name."}},
		gives:   []given{{http.StatusOK, "The account.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound, app.CodeValidationFailed},
	}
}

func getUserByEmail(c *call) error {
	return c.sendUser(c.s.accounts.GetUserByEmail(c.r.Context(), c.actor, c.r.URL.Query().Get("email")))
}

func docGetUserByEmail() *operation {
	return &operation{
		id: "getUserByEmail", tag: "Directory", summary: "Read the account that an address belongs to",
		about:   "Letter case and the form of the domain don't matter. What is no address belongs to nobody.",
		query:   []parameter{{"email", huma.TypeString, "The address; a + in it as %2B."}},
		gives:   []given{{http.StatusOK, "The account.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}

func getFirstUser(c *call) error {
	return c.sendUser(c.s.accounts.GetFirstUser(c.r.Context(), c.actor))
}

func docGetFirstUser() *operation {
	return &operation{
		id: "getFirstUser", tag: "Directory", summary: "Read the oldest account", about: "The one of the lowest id.",
		gives:   []given{{http.StatusOK, "The account.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}

func getFirstAdmin(c *call) error {
	return c.sendUser(c.s.accounts.GetFirstAdmin(c.r.Context(), c.actor))
}

func docGetFirstAdmin() *operation {
	return &operation{
		id: "getFirstAdmin", tag: "Directory", summary: "Read the first Owner, or else the first Admin", about: "By id, active or not.",
		gives:   []given{{http.StatusOK, "The account.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}
