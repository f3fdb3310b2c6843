package web

// api is what every JSON path begins with.
const api = "/api/v1"

// apiRoutes is the JSON API: who may ask what. `open` lines are what an unconfirmed, limited account may do.
func (s *Server) apiRoutes() []route {
	const open, confirmed = true, false
	return []route{
		{"POST", api + "/registrations", anyone, open, postRegistration, docPostRegistration()},
		{"POST", api + "/registrations/validate", anyone, open, postRegistrationCheck, docPostRegistrationCheck()},

		{"POST", api + "/sessions", anyone, open, postSession, docPostSession()},
		{"POST", api + "/sessions/verify", key, open, postSessionVerify, docPostSessionVerify()},
		{"GET", api + "/session", session, open, getSession, docGetSession()},
		{"DELETE", api + "/session", session, open, deleteSession, docDeleteSession()},

		{"POST", api + "/confirmations", anyone, open, postConfirmation, docPostConfirmation()},
		{"POST", api + "/confirmations/{token}", anyone, open, postConfirmationToken, docPostConfirmationToken()},
		{"DELETE", api + "/confirmations/{token}", anyone, open, deleteConfirmationToken, docDeleteConfirmationToken()},
		{"POST", api + "/me/confirmation", session, open, postOwnConfirmation, docPostOwnConfirmation()},

		{"POST", api + "/password-resets", anyone, open, postPasswordReset, docPostPasswordReset()},
		{"GET", api + "/password-resets/{token}", anyone, open, getPasswordReset, docGetPasswordReset()},
		{"PUT", api + "/password-resets/{token}", anyone, open, putPasswordReset, docPutPasswordReset()},

		{"GET", api + "/me", session, open, getMe, docGetMe()},
		{"PATCH", api + "/me", session, confirmed, patchMe, docPatchMe()},
		{"DELETE", api + "/me", session, open, deleteMe, docDeleteMe()},
		{"PUT", api + "/me/password", session, open, putPassword, docPutPassword()},
		{"POST", api + "/me/email", session, open, postEmail, docPostEmail()},
		{"POST", api + "/me/email/{token}", session, open, postEmailToken, docPostEmailToken()},
		{"PUT", api + "/me/locale", session, confirmed, putLocale, docPutLocale()},
		{"GET", api + "/me/custom-fields", session, confirmed, getCustomFields, docGetCustomFields()},
		{"PUT", api + "/me/custom-fields", session, confirmed, putCustomFields, docPutCustomFields()},
		{"GET", api + "/me/custom-fields/{key}", session, confirmed, getCustomField, docGetCustomField()},
		{"PUT", api + "/me/custom-fields/{key}", session, confirmed, putCustomField, docPutCustomField()},
		{"DELETE", api + "/me/custom-fields/{key}", session, confirmed, deleteCustomField, docDeleteCustomField()},
		{"PUT", api + "/me/avatar", session, confirmed, putAvatar, docPutAvatar()},
		{"DELETE", api + "/me/avatar", session, confirmed, deleteAvatar, docDeleteAvatar()},
		{"GET", api + "/me/sessions", session, confirmed, getSessions, docGetSessions()},
		{"DELETE", api + "/me/sessions", session, confirmed, deleteSessions, docDeleteSessions()},
		{"DELETE", api + "/me/sessions/{id}", session, confirmed, deleteSessionByID, docDeleteSessionByID()},

		{"GET", api + "/me/export", session, confirmed, getExport, docGetExport()},
		{"GET", api + "/me/events", session, confirmed, getOwnEvents, docGetOwnEvents()},

		{"GET", "/avatars/{id}/{variant}", anyone, open, getAvatar, docGetAvatar()},

		{"GET", api + "/users", admin, confirmed, getUsers, docGetUsers()},
		{"GET", api + "/users/search", admin, confirmed, getUserSearch, docGetUserSearch()},
		{"GET", api + "/users/first", admin, confirmed, getFirstUser, docGetFirstUser()},
		{"GET", api + "/users/first-admin", admin, confirmed, getFirstAdmin, docGetFirstAdmin()},
		{"GET", api + "/users/by-email", admin, confirmed, getUserByEmail, docGetUserByEmail()},
		{"GET", userRoutes, admin, confirmed, getUser, docGetUser()},
		{"PATCH", api + "/users", admin, confirmed, patchUsers, docPatchUsers()},
		{"PATCH", userRoutes, admin, confirmed, patchUser, docPatchUser()},
		{"PUT", userRoutes + "/locale", admin, confirmed, putLocale, docPutUserLocale()},
		{"GET", userRoutes + "/fields/{name}", admin, confirmed, getUserField, docGetUserField()},
		{"GET", userRoutes + "/custom-fields", admin, confirmed, getCustomFields, ofAnother(docGetCustomFields())},
		{"PUT", userRoutes + "/custom-fields", admin, confirmed, putCustomFields, ofAnother(docPutCustomFields())},
		{"GET", userRoutes + "/custom-fields/{key}", admin, confirmed, getCustomField, ofAnother(docGetCustomField())},
		{"PUT", userRoutes + "/custom-fields/{key}", admin, confirmed, putCustomField, ofAnother(docPutCustomField())},
		{"DELETE", userRoutes + "/custom-fields/{key}", admin, confirmed, deleteCustomField, ofAnother(docDeleteCustomField())},

		{"GET", api + "/events", admin, confirmed, getEvents, docGetEvents()},

		{"POST", api + "/users", admin, confirmed, postUser, docPostUser()},
		{"DELETE", userRoutes, admin, confirmed, deleteUser, docDeleteUser()},
		{"PUT", userRoutes + "/password", admin, confirmed, putUserPassword, docPutUserPassword()},
		{"PUT", userRoutes + "/status", admin, confirmed, putUserStatus, docPutUserStatus()},
		{"PUT", userRoutes + "/confirmation", admin, confirmed, putUserConfirmation, docPutUserConfirmation()},
		{"DELETE", userRoutes + "/confirmation", admin, confirmed, deleteUserConfirmation, docDeleteUserConfirmation()},
		{"POST", userRoutes + "/confirmation/toggle", admin, confirmed, postUserConfirmationToggle, docPostUserConfirmationToggle()},
		{"POST", userRoutes + "/confirmation/mail", admin, confirmed, postUserConfirmationMail, docPostUserConfirmationMail()},
		{"PUT", userRoutes + "/avatar", admin, confirmed, putUserAvatar, docPutUserAvatar()},
		{"DELETE", userRoutes + "/avatar", admin, confirmed, deleteUserAvatar, docDeleteUserAvatar()},
		{"GET", userRoutes + "/sessions", admin, confirmed, getUserSessions, docGetUserSessions()},
		{"DELETE", userRoutes + "/sessions", admin, confirmed, deleteUserSessions, docDeleteUserSessions()},
		{"DELETE", userRoutes + "/sessions/{sid}", admin, confirmed, deleteUserSession, docDeleteUserSession()},

		{"GET", api + "/roles", admin, confirmed, getRoles, docGetRoles()},
		{"POST", api + "/roles", admin, confirmed, postRole, docPostRole()},
		{"GET", api + "/roles/stats", admin, confirmed, getRoleStats, docGetRoleStats()},
		{"POST", api + "/roles/assign-missing", admin, confirmed, postMissingRoles, docPostMissingRoles()},
		{"PATCH", api + "/roles/{role}", admin, confirmed, patchRole, docPatchRole()},
		{"DELETE", api + "/roles/{role}", admin, confirmed, deleteRole, docDeleteRole()},
		{"GET", api + "/roles/{role}/users", admin, confirmed, getRoleUsers, docGetRoleUsers()},
		{"GET", userRoutes + "/roles", admin, confirmed, getUserRoles, docGetUserRoles()},
		{"PUT", userRoutes + "/roles/{role}", admin, confirmed, putUserRole, docPutUserRole()},
		{"DELETE", userRoutes + "/roles/{role}", admin, confirmed, deleteUserRole, docDeleteUserRole()},
		{"POST", userRoutes + "/promote", admin, confirmed, postPromotion, docPostPromotion()},
		{"POST", userRoutes + "/demote", admin, confirmed, postDemotion, docPostDemotion()},

		{"GET", api + "/sessions", admin, confirmed, getAllSessions, docGetAllSessions()},
		{"GET", api + "/sessions/stats", admin, confirmed, getSessionStats, docGetSessionStats()},

		{"GET", api + "/audit", admin, confirmed, getAudit, docGetAudit()},
		{"GET", api + "/jobs", admin, confirmed, getJobs, docGetJobs()},
		{"POST", jobRoutes + "/retry", admin, confirmed, postJobRetry, docPostJobRetry()},

		{"GET", api + "/keys", owner, confirmed, getKeys, docGetKeys()},
		{"POST", api + "/keys", owner, confirmed, postKey, docPostKey()},
		{"DELETE", api + "/keys/{id}", owner, confirmed, deleteKey, docDeleteKey()},

		{"GET", api + "/openapi.json", anyone, open, getOpenAPI, docGetOpenAPI()},
	}
}
