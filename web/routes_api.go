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
		{"PUT", api + "/me/avatar", session, confirmed, putAvatar, docPutAvatar()},
		{"DELETE", api + "/me/avatar", session, confirmed, deleteAvatar, docDeleteAvatar()},
		{"GET", api + "/me/sessions", session, confirmed, getSessions, docGetSessions()},
		{"DELETE", api + "/me/sessions", session, confirmed, deleteSessions, docDeleteSessions()},
		{"DELETE", api + "/me/sessions/{id}", session, confirmed, deleteSessionByID, docDeleteSessionByID()},

		{"GET", api + "/me/events", session, confirmed, getOwnEvents, docGetOwnEvents()},

		{"GET", "/avatars/{id}/{variant}", anyone, open, getAvatar, docGetAvatar()},

		{"GET", api + "/users", admin, confirmed, getUsers, docGetUsers()},

		{"GET", api + "/events", admin, confirmed, getEvents, docGetEvents()},

		{"GET", api + "/openapi.json", anyone, open, getOpenAPI, docGetOpenAPI()},
	}
}
