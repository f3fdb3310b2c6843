package web

import (
	"encoding/json"
	"net/netip"
	"time"

	"doorward/app"
)

// What goes out as JSON. Every member always stands there; what is absent is null.

// userView is an account as it is shown.
type userView struct {
	ID              int64                      `json:"id"`
	Email           string                     `json:"email"`
	Username        *string                    `json:"username" doc:"null until the address is confirmed, where accounts are concealed."`
	FirstName       *string                    `json:"first_name"`
	LastName        *string                    `json:"last_name"`
	FullName        *string                    `json:"full_name"`
	IsActive        bool                       `json:"is_active"`
	ConfirmedAt     *time.Time                 `json:"confirmed_at"`
	UserTimezone    *string                    `json:"user_timezone" doc:"An IANA name, or an offset in whole hours."`
	PreferredLocale *string                    `json:"preferred_locale"`
	Roles           []string                   `json:"roles" nullable:"false" doc:"By rank, then name."`
	CustomFields    map[string]json.RawMessage `json:"custom_fields"`
	Avatar          *avatarView                `json:"avatar"`
	Registration    *registrationView          `json:"registration" doc:"Shown to the account itself and to admins."`
	LastSeenAt      *time.Time                 `json:"last_seen_at" doc:"May be a minute old. Shown to the account itself and to admins."`
	CreatedAt       time.Time                  `json:"created_at"`
	UpdatedAt       time.Time                  `json:"updated_at"`
}

type avatarView struct {
	ID       string        `json:"id"`
	Status   string        `json:"status" enum:"processing,ready,failed"`
	SHA256   string        `json:"sha256" doc:"Of the upload, hexadecimal."`
	Variants *variantsView `json:"variants" doc:"Paths on this host; while processing they answer 404 with Retry-After. null when the picture could not be made."`
}

type variantsView struct {
	Original  string `json:"original"`
	Large     string `json:"large" doc:"800 pixels square."`
	Medium    string `json:"medium" doc:"400 pixels square."`
	Small     string `json:"small" doc:"200 pixels square."`
	Thumbnail string `json:"thumbnail" doc:"100 pixels square."`
}

type registrationView struct {
	IP      *string `json:"ip"`
	Country *string `json:"country"`
	Region  *string `json:"region"`
	City    *string `json:"city"`
}

// sessionView is a session, never with its token.
type sessionView struct {
	ID          string    `json:"id"`
	Current     bool      `json:"current" doc:"It is the one that asks."`
	CreatedAt   time.Time `json:"created_at"`
	LastSeenAt  time.Time `json:"last_seen_at" doc:"May be a minute old."`
	ExpiresAt   time.Time `json:"expires_at"`
	IP          *string   `json:"ip" doc:"Where it was opened from."`
	Device      string    `json:"device" doc:"As people say it: Firefox on Linux."`
	Remember    bool      `json:"remember"`
	Fingerprint *string   `json:"fingerprint" enum:"ok,ip_mismatch,user_agent_mismatch,fingerprint_mismatch" doc:"How the client compares with the one that opened the session."`
}

// verifiedSessionView is a session as an app's server sees it: with a null fingerprint where it named no client.
type verifiedSessionView sessionView

type userAnswer struct {
	User userView `json:"user"`
}

// viewUser shows an account; full to itself and to admins.
func (s *Server) viewUser(u *app.User, full bool) userView {
	v := userView{
		ID: u.ID, Email: u.Email, Username: text(u.Username),
		FirstName: text(u.FirstName), LastName: text(u.LastName), FullName: text(u.FullName()),
		IsActive: u.IsActive, ConfirmedAt: moment(u.ConfirmedAt),
		UserTimezone: text(u.Timezone), PreferredLocale: text(u.Locale),
		Roles: u.Roles, CustomFields: u.CustomFields, Avatar: s.viewAvatar(u.Avatar),
		CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(),
	}
	if v.Roles == nil {
		v.Roles = []string{}
	}
	if full {
		v.Registration = &registrationView{
			IP: address(u.Registration.IP), Country: text(u.Registration.Country),
			Region: text(u.Registration.Region), City: text(u.Registration.City),
		}
		v.LastSeenAt = moment(u.LastSeenAt)
	}
	return v
}

func (s *Server) viewAvatar(a *app.Avatar) *avatarView {
	if a == nil {
		return nil
	}
	v := &avatarView{ID: a.ID, Status: string(a.Status), SHA256: a.SHA256}
	if a.Status != app.AvatarFailed {
		at := s.path("/avatars/" + a.ID + "/")
		v.Variants = &variantsView{
			Original: at + app.VariantOriginal, Large: at + app.VariantLarge, Medium: at + app.VariantMedium,
			Small: at + app.VariantSmall, Thumbnail: at + app.VariantThumbnail,
		}
	}
	return v
}

func viewSession(session *app.Session, current bool, f app.Fingerprint) sessionView {
	return sessionView{
		ID: session.ID, Current: current,
		CreatedAt: session.CreatedAt.UTC(), LastSeenAt: session.LastSeenAt.UTC(), ExpiresAt: session.ExpiresAt.UTC(),
		IP: address(session.IP), Device: app.DeviceName(session.UserAgent), Remember: session.Remember, Fingerprint: text(f.String()),
	}
}

// text is null for none.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// moment is null for never, and UTC.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// address is null when it is not known.
func address(ip netip.Addr) *string {
	if !ip.IsValid() {
		return nil
	}
	return text(ip.String())
}
