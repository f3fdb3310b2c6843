package web

// pageRoutes is the table of the pages: who may ask what. `open` lines are what an unconfirmed, limited account may do.
// What a stranger may not ask leads to /login, what an unconfirmed account may not to /account (Server.pageError).
func (s *Server) pageRoutes() []route {
	const open, confirmed = true, false
	table := []route{
		{"GET", "/{$}", anyone, open, getRoot, nil},

		{"GET", "/register", anyone, open, getRegister, nil},
		{"POST", "/register", anyone, open, postRegister, nil},
		{"GET", "/register/sent", anyone, open, getRegisterSent, nil},

		{"GET", "/login", anyone, open, getLogin, nil},
		{"POST", "/login", anyone, open, postLogin, nil},
		{"POST", "/language", anyone, open, postStrangerLanguage, nil},
		{"GET", "/logout", anyone, open, getLogout, nil},
		{"POST", "/logout", anyone, open, postLogout, nil},

		{"GET", "/confirm", anyone, open, getConfirmAsk, nil},
		{"POST", "/confirm", anyone, open, postConfirmAsk, nil},
		{"GET", "/confirm/sent", anyone, open, getConfirmSent, nil},
		{"GET", "/confirm/{token}", anyone, open, getConfirm, nil},
		{"POST", "/confirm/{token}", anyone, open, postConfirm, nil},

		{"GET", "/reset-password", anyone, open, getResetAsk, nil},
		{"POST", "/reset-password", anyone, open, postResetAsk, nil},
		{"GET", "/reset-password/sent", anyone, open, getResetSent, nil},
		{"GET", "/reset-password/{token}", anyone, open, getReset, nil},
		{"POST", "/reset-password/{token}", anyone, open, postReset, nil},

		{"GET", "/account", session, open, getAccount, nil},
		{"POST", "/account", session, confirmed, postProfile, nil},
		{"POST", "/account/language", session, confirmed, postLanguage, nil},
		{"POST", "/account/picture", session, confirmed, postPicture, nil},
		{"POST", "/account/picture/remove", session, confirmed, postPictureRemove, nil},
		{"POST", "/account/fields", session, confirmed, postField, nil},
		{"POST", "/account/fields/add", session, confirmed, postFieldAdd, nil},
		{"POST", "/account/fields/remove", session, confirmed, postFieldRemove, nil},
		{"POST", "/account/confirmation", session, open, postAccountConfirmation, nil},

		{"GET", "/account/security", session, open, getSecurity, nil},
		{"POST", "/account/security/password", session, open, postSecurityPassword, nil},
		{"POST", "/account/security/email", session, open, postSecurityEmail, nil},
		{"POST", "/account/security/delete", session, open, postSecurityDelete, nil},

		{"GET", "/account/export", session, confirmed, getExport, nil},

		{"GET", "/account/sessions", session, confirmed, getAccountSessions, nil},
		{"POST", "/account/sessions", session, confirmed, postAccountSessions, nil},
		{"POST", "/account/sessions/{id}", session, confirmed, postAccountSession, nil},

		{"GET", "/account/email/{token}", session, open, getEmailChange, nil},
		{"POST", "/account/email/{token}", session, open, postEmailChange, nil},

		{"GET", "/admin", admin, confirmed, getAdmin, nil},
		{"GET", "/admin/welcome", owner, confirmed, getWelcome, nil},
		{"GET", "/admin/users", admin, confirmed, getAdminUsers, nil},
		{"POST", "/admin/users/columns", admin, confirmed, postAdminColumns, nil},
		{"POST", "/admin/users/bulk", admin, confirmed, postAdminBulk, nil},
		{"POST", "/admin/users/bulk/done", admin, confirmed, postAdminBulkDone, nil},
		{"GET", "/admin/users/new", admin, confirmed, getAdminUserNew, nil},
		{"POST", "/admin/users/new", admin, confirmed, postAdminUserNew, nil},
		{"GET", "/admin/users/{id}", admin, confirmed, getAdminUser, nil},
		{"POST", "/admin/users/{id}", admin, confirmed, postAdminUser, nil},
		{"POST", "/admin/users/{id}/language", admin, confirmed, postAdminUserLanguage, nil},
		{"POST", "/admin/users/{id}/email", admin, confirmed, postAdminUserEmail, nil},
		{"POST", "/admin/users/{id}/confirm", admin, confirmed, postAdminUserConfirm, nil},
		{"POST", "/admin/users/{id}/unconfirm", admin, confirmed, postAdminUserUnconfirm, nil},
		{"POST", "/admin/users/{id}/confirmation", admin, confirmed, postAdminUserConfirmation, nil},
		{"POST", "/admin/users/{id}/roles/give", admin, confirmed, postAdminUserRoleGive, nil},
		{"POST", "/admin/users/{id}/roles/take", admin, confirmed, postAdminUserRoleTake, nil},
		{"POST", "/admin/users/{id}/activate", admin, confirmed, postAdminUserActivate, nil},
		{"POST", "/admin/users/{id}/deactivate", admin, confirmed, postAdminUserDeactivate, nil},
		{"POST", "/admin/users/{id}/password", admin, confirmed, postAdminUserPassword, nil},
		{"POST", "/admin/users/{id}/sessions", admin, confirmed, postAdminUserSessions, nil},
		{"POST", "/admin/users/{id}/sessions/{session}", admin, confirmed, postAdminUserSession, nil},
		{"POST", "/admin/users/{id}/picture", admin, confirmed, postAdminUserPicture, nil},
		{"POST", "/admin/users/{id}/picture/remove", admin, confirmed, postAdminUserPictureRemove, nil},
		{"POST", "/admin/users/{id}/fields", admin, confirmed, postAdminUserField, nil},
		{"POST", "/admin/users/{id}/fields/add", admin, confirmed, postAdminUserFieldAdd, nil},
		{"POST", "/admin/users/{id}/fields/remove", admin, confirmed, postAdminUserFieldRemove, nil},
		{"GET", "/admin/users/{id}/delete", admin, confirmed, getAdminUserDelete, nil},
		{"POST", "/admin/users/{id}/delete", admin, confirmed, postAdminUserDelete, nil},

		{"GET", "/admin/roles", admin, confirmed, getAdminRoles, nil},
		{"POST", "/admin/roles", admin, confirmed, postAdminRoles, nil},
		{"POST", "/admin/missing-roles", admin, confirmed, postAdminMissingRoles, nil},
		{"GET", "/admin/roles/{role}", admin, confirmed, getAdminRole, nil},
		{"POST", "/admin/roles/{role}", admin, confirmed, postRoleEdit, nil},
		{"POST", "/admin/roles/{role}/give", admin, confirmed, postRoleGive, nil},
		{"POST", "/admin/roles/{role}/delete", admin, confirmed, postRoleDelete, nil},

		{"GET", "/admin/sessions", admin, confirmed, getAdminSessions, nil},
		{"POST", "/admin/sessions", admin, confirmed, postAdminSessions, nil},
		{"GET", "/admin/audit", admin, confirmed, getAdminAudit, nil},
		{"GET", "/admin/jobs", admin, confirmed, getAdminJobs, nil},
		{"POST", "/admin/jobs/{id}", admin, confirmed, postAdminJob, nil},
		{"GET", "/admin/keys", owner, confirmed, getAdminKeys, nil},
		{"POST", "/admin/keys", owner, confirmed, postAdminKeys, nil},
		{"POST", "/admin/keys/{id}", owner, confirmed, postAdminKey, nil},

		{"GET", "/mailbox", anyone, open, getMailbox, nil},
		{"GET", "/mailbox/{id}", anyone, open, getMail, nil},
		{"GET", "/mailbox/{id}/html", anyone, open, getMailHTML, nil},

		{"GET", forwardPath, anyone, open, getForwardAuth, nil},

		{"GET", "/.well-known/change-password", anyone, open, toSecurity, nil},
		{"GET", referencePath, anyone, open, getReference, nil},
		{"GET", "/static/{name}", anyone, open, getStatic, nil},
		{"GET", "/favicon.ico", anyone, open, getFavicon, nil},
	}
	// A form that was refused stays under the address that it was sent to. Asked for again, that leads to the form's page.
	table = append(table,
		route{"GET", "/language", anyone, open, getRoot, nil},
		route{"GET", "/account/language", anyone, open, toAccount, nil},
		route{"GET", "/account/picture", anyone, open, toAccount, nil},
		route{"GET", "/account/picture/remove", anyone, open, toAccount, nil},
		route{"GET", "/account/fields", anyone, open, toAccount, nil},
		route{"GET", "/account/fields/add", anyone, open, toAccount, nil},
		route{"GET", "/account/fields/remove", anyone, open, toAccount, nil},
		route{"GET", "/account/confirmation", anyone, open, toAccount, nil},
		route{"GET", "/account/security/password", anyone, open, toSecurity, nil},
		route{"GET", "/account/security/email", anyone, open, toSecurity, nil},
		route{"GET", "/account/security/delete", anyone, open, toSecurity, nil},
		route{"GET", "/account/sessions/{id}", anyone, open, toSessions, nil},
		route{"GET", "/admin/users/columns", anyone, open, toUsers, nil},
		route{"GET", "/admin/users/bulk", anyone, open, toUsers, nil},
		route{"GET", "/admin/users/bulk/done", anyone, open, toUsers, nil},
		route{"GET", "/admin/users/{id}/{act}", anyone, open, toUser, nil},
		route{"GET", "/admin/users/{id}/{act}/{more}", anyone, open, toUser, nil},
		route{"GET", "/admin/jobs/{id}", anyone, open, toJobs, nil},
		route{"GET", "/admin/keys/{id}", anyone, open, toKeys, nil},
		route{"GET", "/admin/missing-roles", anyone, open, toRoles, nil},
		route{"GET", "/admin/roles/{role}/give", anyone, open, toRole, nil},
		route{"GET", "/admin/roles/{role}/delete", anyone, open, toRole, nil},
	)
	if s.prefix != "" {
		table = append(table, route{"GET", "", anyone, open, getRoot, nil})
	}
	return table
}
