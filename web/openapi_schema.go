package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// orNull lets a member that refers to an object be null, which huma leaves out.
func orNull(s *huma.Schema, members ...string) *huma.Schema {
	for _, name := range members {
		refers := s.Properties[name]
		s.Properties[name] = &huma.Schema{
			Description: refers.Description,
			OneOf:       []*huma.Schema{{Ref: refers.Ref}, {Type: "null"}},
		}
	}
	return s
}

// TransformSchema says which members may be null.
func (userView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "avatar", "registration")
}

// TransformSchema says which members may be null.
func (avatarView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "variants")
}

// embedding adds the members of an embedded T, which huma passes over.
func embedding[T any](r huma.Registry, s *huma.Schema) *huma.Schema {
	inner := r.SchemaFromRef(r.Schema(reflect.TypeFor[T](), true, "").Ref)
	maps.Copy(s.Properties, inner.Properties)
	s.Required = append(slices.Clone(inner.Required), s.Required...)
	return s
}

// TransformSchema adds the members of a session.
func (userSessionView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedding[sessionView](r, s)
}

// TransformSchema adds the members of a session.
func (ownSessionView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedding[sessionView](r, s)
}

// TransformSchema adds the members of an avatar, and says which may be null.
func (ownAvatarView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedding[avatarView](r, orNull(s, "original"))
}

// TransformSchema says which members may be null, and what the raw value is.
func (auditEntryView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["details"] = &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Description: s.Properties["details"].Description, AdditionalProperties: true,
	}
	return orNull(s, "target")
}

// TransformSchema says that there always is a fingerprint, but in a verifiedSessionView.
func (sessionView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["fingerprint"].Nullable = false
	return s
}

// TransformSchema says that null is one of the fingerprint's values.
func (verifiedSessionView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	fingerprint := s.Properties["fingerprint"]
	fingerprint.Enum = append(fingerprint.Enum, nil)
	return s
}

// TransformSchema says what the raw value is.
func (localeBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["preferred_locale"] = &huma.Schema{
		Type: huma.TypeString, Nullable: true, Description: "`ll` or `ll-CC`; null or empty clears.",
	}
	return s
}

// TransformSchema says what the raw value is.
func (roleChangesBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	most := 500
	s.Properties["description"] = &huma.Schema{Type: huma.TypeString, Nullable: true, MaxLength: &most, Description: "null or empty clears."}
	return s
}

// sample is an answer's example, through the same functions that make the answers.
func sample(v any) any {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	ip := netip.AddrFrom4([4]byte{203, 0, 113, 9})
	avatar := app.Avatar{
		ID: "mJ3xV0n2QeKkq7yN5tB1Zw", Status: app.AvatarReady,
		SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
	ada := app.User{
		ID: 1, Email: "ada@example.org", Username: "ada", FirstName: "Ada", IsActive: true, ConfirmedAt: at,
		Timezone: "Europe/Paris", Locale: "en-GB", Roles: []string{app.RoleOwner},
		CustomFields: map[string]json.RawMessage{"phone": json.RawMessage(`"555-1234"`)}, Avatar: &avatar,
		Registration: app.Origin{IP: ip, Country: "France"}, LastSeenAt: at, CreatedAt: at, UpdatedAt: at,
	}
	session := viewSession(&app.Session{
		ID: "7hQ2m0XcR4uVbY8nLs3aKe", CreatedAt: at, LastSeenAt: at, ExpiresAt: at.AddDate(0, 0, 60), IP: ip,
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	}, true, app.FingerprintOK)
	key := app.Key{ID: 1, Name: "shop", Role: app.RoleUser, CreatedAt: at, LastUsedAt: at}
	s := &Server{}
	user := s.viewUser(&ada, true)
	failedMail := app.Job{ID: 7, Kind: app.JobMail, State: app.JobFailed, Attempts: 1, LastError: "RCPT: 550 5.1.1 no such mailbox", UserID: 1}
	const token = "3q2-7wQdYp0mKzXvB8sR1tNcUfGhJkLaEoIiVuTySxM"
	switch v.(type) {
	case map[string]any:
		return map[string]any{"openapi": "3.1.0"} // the description is no example of itself
	case userAnswer:
		return userAnswer{user}
	case sessionAnswer:
		return sessionAnswer{session, user}
	case grantAnswer:
		return grantAnswer{token, session, user}
	case verifiedAnswer:
		return verifiedAnswer{verifiedSessionView(session), user}
	case keysAnswer:
		return keysAnswer{[]keyView{viewKey(key)}}
	case newKeyAnswer:
		return newKeyAnswer{viewKey(key), app.KeyPrefix + token}
	case tokenAnswer:
		return tokenAnswer{token, session}
	case sessionsAnswer:
		return sessionsAnswer{[]sessionView{session}}
	case confirmedAnswer:
		return confirmedAnswer{user, registeredView{at, text("Firefox on Linux"), text("203.0.113.9")}}
	case resetAnswer:
		return resetAnswer{app.MaskEmail(ada.Email)}
	case avatarAnswer:
		return avatarAnswer{s.viewAvatar(&avatar)}
	case rolesAnswer:
		return rolesAnswer{[]roleView{
			{app.RoleOwner, text("Runs this site and may do everything"), true, 1}, {"Editor", text("Edits what others wrote"), false, 12},
		}}
	case roleAnswer:
		return roleAnswer{roleView{"Editor", text("Edits what others wrote"), false, 12}}
	case userRolesAnswer:
		return userRolesAnswer{[]string{app.RoleAdmin, app.RoleUser}}
	case roleUsersAnswer:
		return roleUsersAnswer{[]userView{user}}
	case roleStatsAnswer:
		return roleStatsAnswer{TotalUsers: 120, OwnerCount: 1, AdminCount: 3, UserCount: 118}
	case missingRolesAnswer:
		return missingRolesAnswer{AssignedUsers: 7, TotalProcessed: 7}
	case customFieldsAnswer:
		return customFieldsAnswer{ada.CustomFields}
	case valueAnswer:
		return valueAnswer{ada.CustomFields["phone"]}
	case bulkAnswer:
		lower := app.Refuse(app.KindForbidden, app.CodeRankTooLow, "That account's rank is not below yours.")
		return bulkAnswer{[]bulkView{s.viewBulk(&app.BulkResult{ID: ada.ID, User: ada}), s.viewBulk(&app.BulkResult{ID: 2, Err: lower})}}
	case jobsAnswer:
		return jobsAnswer{Jobs: []jobView{viewJob(&failedMail)}}
	case jobAnswer:
		failedMail.State, failedMail.NextAt, failedMail.Attempts = app.JobWaiting, at, 0
		return jobAnswer{viewJob(&failedMail)}
	case allSessionsAnswer:
		return allSessionsAnswer{Sessions: []userSessionView{{session, user}}, TotalCount: 1, TotalPages: 1, Page: 1, PageSize: defaultPageSize}
	case sessionStatsAnswer:
		return sessionStatsAnswer{Active: 312, Users: 245, Today: 18}
	case ownDataAnswer:
		return sampleOwnData(user, ada, session, *s.viewAvatar(&avatar))
	case auditAnswer:
		return auditAnswer{Entries: []auditEntryView{viewEntry(&app.AuditEntry{
			ID: 42, At: at, Action: "user.updated", ActorKind: app.ActorUser, ActorID: 1, ActorName: "ada", IP: ip.String(), UserAgent: "curl/8.14.1",
			TargetID: 1, TargetEmail: ada.Email, Details: json.RawMessage(`{"changed":{"first_name":{"from":"","to":"Ada"}}}`),
		})}}
	case usersAnswer:
		return usersAnswer{Users: []userView{user}, TotalCount: 1, TotalPages: 1, Page: new(1), PageSize: defaultPageSize}
	case selectionsAnswer:
		return selectionsAnswer{[]selectionView{viewSelection(&ada)}}
	}
	return nil
}

// sampleEvent is what a stream says of an event.
func sampleEvent(name string) string {
	e := app.Event{
		Name: name, At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), UserID: 1,
		Actor: app.EventActor{Kind: app.ActorUser, ID: 1, Name: "ada"},
	}
	if name == app.EventSessionDeleted {
		e.SessionID = "7hQ2m0XcR4uVbY8nLs3aKe"
	}
	text, err := eventText(e)
	if err != nil {
		panic(err) // an event holds nothing but text and numbers
	}
	return text
}

func sampleProblem(status int, code app.Code) problem {
	p := problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: "A sentence that says what to do.",
		Code: string(code), Errors: []fieldProblem{}, RequestID: "8k2v0c7m1xqd",
	}
	if code == app.CodeValidationFailed {
		p.Errors = append(p.Errors, fieldProblem{"email", string(app.RuleInvalidFormat), "Enter an e-mail address."})
	}
	return p
}

func sampleOwnData(user userView, u app.User, session sessionView, avatar avatarView) ownDataAnswer {
	at := u.CreatedAt
	u.Registration.UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	agent := text(u.Registration.UserAgent)
	mail := app.OwnMail{
		Job:  app.Job{State: app.JobWaiting, CreatedAt: at},
		Mail: app.Mail{Kind: app.MailEmailChange, To: "ada@example.net", NewEmail: "ada@example.net", Device: session.Device, IP: "203.0.113.9", At: at},
	}
	entry := app.AuditEntry{
		ID: 1, At: at, Action: "user.registered", ActorKind: app.ActorUser, ActorID: u.ID, ActorName: u.Username, IP: "203.0.113.9",
		UserAgent: *agent, TargetID: u.ID, TargetEmail: u.Email, Details: json.RawMessage(`{"roles":["Owner"],"username":"ada"}`),
	}
	return ownDataAnswer{
		ExportedAt: at, User: user, Registration: viewOwnRegistration(&u), LastLoginAt: moment(at), Password: ownPasswordView{IsSet: true},
		PendingLinks: viewLinks([]app.Token{{Purpose: app.TokenEmailChange, Email: "ada@example.net", CreatedAt: at, ExpiresAt: at.AddDate(0, 0, 7)}}),
		Avatars: []ownAvatarView{{
			avatarView: avatar, Format: text("jpeg"), Width: 1200, Height: 900, CreatedAt: at, Original: &pictureView{"image/jpeg", "/9j/4AAQSkZJRgAB…"},
		}},
		Sessions: []ownSessionView{{session, agent}},
		Mails:    []ownMailView{viewOwnMail(&mail)},
		Audit:    []auditEntryView{viewEntry(&entry)},
	}
}
