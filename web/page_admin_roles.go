package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doorward/app"
	"doorward/web/view"
)

const rolesPath = "/admin/roles"

func toRoles(c *call) error { return c.redirect(rolesPath, "") }

func getAdminRoles(c *call) error {
	page, err := c.rolesPage()
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

func (c *call) rolesPage() (*view.Roles, error) {
	roles, err := c.s.accounts.ListRoles(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	stats, err := c.s.accounts.RoleStats(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	return view.NewRolesPage(c.frame(rolesPath), roles, stats), nil
}

// rolesRefused shows the list of roles with why something was not done.
func (c *call) rolesRefused(err error, put func(*view.Roles, refusal)) error {
	refused, err := c.refuse(err, "name", "description")
	if err != nil {
		return err
	}
	page, err := c.rolesPage()
	if err != nil {
		return err
	}
	put(page, refused)
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}

func postAdminRoles(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	in := app.RoleInput{Name: form.Get("name"), Description: lines(form, "description")}
	if _, err := c.s.accounts.CreateRole(c.r.Context(), c.actor, in); err != nil {
		return c.rolesRefused(err, func(page *view.Roles, r refusal) {
			page.Name, page.Description, page.Errors = in.Name, in.Description, r.errors
		})
	}
	return c.redirect(rolesPath, view.NoteRoleMade)
}

// postAdminMissingRoles gives a role to accounts without any. Who asks is an active Owner or below: nobody becomes Owner by it.
func postAdminMissingRoles(c *call) error {
	if _, err := c.s.accounts.AssignMissingRoles(c.r.Context(), c.actor, false); err != nil {
		return c.rolesRefused(err, func(*view.Roles, refusal) {})
	}
	return c.redirect(rolesPath, view.NoteRolesCompleted)
}

func getAdminRole(c *call) error {
	page, err := c.rolePage()
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

// rolePage is the page of the role that the path names.
func (c *call) rolePage() (*view.Role, error) {
	roles, err := c.s.accounts.ListRoles(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(roles, func(r app.Role) bool { return r.Name == c.r.PathValue("role") })
	if i < 0 {
		return nil, errNotFound
	}
	return view.NewRolePage(c.frame(rolesPath), roles[i], c.actor), nil
}

// roleAct is a form of a role's page: what it does, and how what was typed is shown again.
type roleAct struct {
	do     func(c *call, role string, form url.Values) error
	fields []string
	put    func(page *view.Role, form url.Values, r refusal)
	done   func(c *call, form url.Values) error
}

func (act roleAct) post(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if err := act.do(c, c.r.PathValue("role"), form); err != nil {
		refused, err := c.refuse(err, act.fields...)
		if err != nil {
			return err
		}
		page, err := c.rolePage()
		if err != nil {
			return err
		}
		act.put(page, form, refused)
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return act.done(c, form)
}

// postRoleEdit sends a name only for roles that have one to change.
var postRoleEdit = roleAct{
	do: func(c *call, role string, form url.Values) error {
		description := lines(form, "description")
		changes := app.RoleChanges{Description: &description}
		if form.Has("name") {
			changes.Name = new(string)
			*changes.Name = form.Get("name")
		}
		_, err := c.s.accounts.UpdateRole(c.r.Context(), c.actor, role, changes)
		return err
	},
	fields: []string{"name", "description"},
	put: func(page *view.Role, form url.Values, r refusal) {
		page.Name, page.Description, page.Errors = form.Get("name"), lines(form, "description"), r.errors
	},
	done: func(c *call, form url.Values) error {
		name := c.r.PathValue("role")
		if form.Has("name") {
			name = strings.TrimSpace(form.Get("name"))
		}
		return c.redirect(view.RolePath(name), view.NoteRoleSaved)
	},
}.post

var postRoleGive = roleAct{
	do: func(c *call, role string, form url.Values) error {
		_, err := c.s.accounts.AssignRoleByEmail(c.r.Context(), c.actor, form.Get("email"), role)
		return err
	},
	fields: []string{"email"},
	put: func(page *view.Role, form url.Values, r refusal) {
		page.Email, page.GiveErrors = form.Get("email"), r.errors
	},
	done: func(c *call, _ url.Values) error {
		return c.redirect(view.RolePath(c.r.PathValue("role")), view.NoteUserRoleGiven)
	},
}.post

var postRoleDelete = roleAct{
	do: func(c *call, role string, _ url.Values) error {
		return c.s.accounts.DeleteRole(c.r.Context(), c.actor, role)
	},
	put:  func(*view.Role, url.Values, refusal) {},
	done: func(c *call, _ url.Values) error { return c.redirect(rolesPath, view.NoteRoleDeleted) },
}.post

// toRole leads from where a form of a role's page was sent to that page.
func toRole(c *call) error { return c.redirect(view.RolePath(c.r.PathValue("role")), "") }

// lines is a field of several lines, whose ends browsers send as two characters.
func lines(form url.Values, field string) string {
	return strings.ReplaceAll(form.Get(field), "\r\n", "\n")
}
