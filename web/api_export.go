package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorward/app"
)

// ownDataAnswer documents the file of GET /me/export, which is written piece by piece.
type ownDataAnswer struct {
	ExportedAt   time.Time           `json:"exported_at"`
	User         userView            `json:"user"`
	Registration ownRegistrationView `json:"registration"`
	LastLoginAt  *time.Time          `json:"last_login_at"`
	Password     ownPasswordView     `json:"password"`
	PendingLinks []pendingLinkView   `json:"pending_links" nullable:"false" doc:"Mailed and not used yet; what opens them is in the mail alone."`
	Avatars      []ownAvatarView     `json:"avatars" nullable:"false"`
	Sessions     []ownSessionView    `json:"sessions" nullable:"false"`
	Mails        []ownMailView       `json:"mails" nullable:"false" doc:"Waiting, failed or delivered within the last week."`
	Audit        []auditEntryView    `json:"audit" nullable:"false" doc:"What concerns the account, newest first. What is another's own is null."`
}

type ownRegistrationView struct {
	At             time.Time `json:"at"`
	SelfRegistered bool      `json:"self_registered" doc:"false: made by an administrator or an import."`
	IP             *string   `json:"ip"`
	UserAgent      *string   `json:"user_agent"`
	Country        *string   `json:"country"`
	Region         *string   `json:"region"`
	City           *string   `json:"city"`
}

type ownPasswordView struct {
	IsSet       bool `json:"is_set"`
	WrongInARow int  `json:"wrong_in_a_row" doc:"Wrong passwords since the last right one."`
}

type pendingLinkView struct {
	Purpose   string    `json:"purpose" enum:"confirmation,email_change,password_reset"`
	Email     string    `json:"email" doc:"Where it was sent."`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

type ownAvatarView struct {
	avatarView
	Format    *string      `json:"format"`
	Width     int          `json:"width"`
	Height    int          `json:"height"`
	Error     *string      `json:"error"`
	CreatedAt time.Time    `json:"created_at"`
	Original  *pictureView `json:"original" doc:"The picture itself, full size; null where there is none."` // the last member: see writeAvatar
}

type pictureView struct {
	MediaType string `json:"media_type"`
	Base64    string `json:"base64"`
}

type ownSessionView struct {
	sessionView
	UserAgent *string `json:"user_agent"`
}

type ownMailView struct {
	Kind       *string    `json:"kind" doc:"null once it was delivered, as are the members up to at."`
	To         *string    `json:"to"`
	Name       *string    `json:"name"`
	NewEmail   *string    `json:"new_email"`
	Device     *string    `json:"device" doc:"What caused it."`
	IP         *string    `json:"ip"`
	At         *time.Time `json:"at"`
	State      string     `json:"state" enum:"waiting,running,failed,done"`
	Attempts   int        `json:"attempts"`
	QueuedAt   time.Time  `json:"queued_at"`
	FinishedAt *time.Time `json:"finished_at"`
	LastError  *string    `json:"last_error"`
}

// getExport sends all that is kept about the account as a file, as it is read. An error on the way cuts the answer off.
func getExport(c *call) error {
	data, err := c.s.accounts.ExportOwnData(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	header := c.w.Header()
	header["Content-Type"] = jsonType
	header.Set("Content-Disposition", `attachment; filename="account-`+strconv.FormatInt(data.User.ID, 10)+`.json"`)
	out := newFileWriter(c.w)
	c.writeOwnData(out, data)
	return out.close()
}

func (c *call) writeOwnData(out *fileWriter, data *app.OwnData) {
	ctx, user := c.r.Context(), &data.User
	out.member("exported_at", data.At.UTC())
	out.member("user", c.s.viewUser(user, true))
	out.member("registration", viewOwnRegistration(user))
	out.member("last_login_at", moment(user.LoggedInAt))
	out.member("password", ownPasswordView{data.HasPassword, data.WrongPasswords})
	out.member("pending_links", viewLinks(data.Links))
	out.name("avatars")
	out.list(len(data.Avatars), func(i int) { c.writeAvatar(out, data, data.Avatars[i]) })
	writeAll(out, "sessions", data.Sessions(ctx), c.viewOwnSession)
	writeAll(out, "mails", data.Mails(ctx), viewOwnMail)
	writeAll(out, "audit", data.Audit(ctx), func(e *app.AuditEntry) auditEntryView { return viewEntry(e) })
}

func viewOwnRegistration(u *app.User) ownRegistrationView {
	return ownRegistrationView{
		At: u.CreatedAt.UTC(), SelfRegistered: u.SelfRegistered, IP: address(u.Registration.IP), UserAgent: text(u.Registration.UserAgent),
		Country: text(u.Registration.Country), Region: text(u.Registration.Region), City: text(u.Registration.City),
	}
}

func viewLinks(links []app.Token) []pendingLinkView {
	views := make([]pendingLinkView, len(links))
	for i, t := range links {
		views[i] = pendingLinkView{string(t.Purpose), t.Email, t.CreatedAt.UTC(), t.ExpiresAt.UTC()}
	}
	return views
}

func (c *call) viewOwnSession(s *app.Session) ownSessionView {
	current := s.ID == c.actor.Session.ID
	return ownSessionView{viewSession(s, current, c.s.accounts.SessionFingerprint(s, c.client)), text(s.UserAgent)}
}

func viewOwnMail(m *app.OwnMail) ownMailView {
	return ownMailView{
		Kind: text(string(m.Mail.Kind)), To: text(m.Mail.To), Name: text(m.Mail.Name), NewEmail: text(m.Mail.NewEmail),
		Device: text(m.Mail.Device), IP: text(m.Mail.IP), At: moment(m.Mail.At),
		State: string(m.Job.State), Attempts: m.Job.Attempts, QueuedAt: m.Job.CreatedAt.UTC(), FinishedAt: moment(m.Job.FinishedAt),
		LastError: text(m.Job.LastError),
	}
}

// writeAvatar writes a picture's row and, in the place of its last member, the picture.
func (c *call) writeAvatar(out *fileWriter, data *app.OwnData, avatar app.Avatar) {
	picture, err := data.OpenOriginal(avatar)
	if err != nil {
		out.fail(err)
		return
	}
	row, err := encodeJSON(ownAvatarView{
		avatarView: *c.s.viewAvatar(&avatar), Format: text(avatar.Format), Width: avatar.Width, Height: avatar.Height,
		Error: text(avatar.Error), CreatedAt: avatar.CreatedAt.UTC(),
	})
	if err != nil {
		out.fail(err)
		return
	}
	if picture == nil {
		out.text(string(row))
		return
	}
	defer picture.Close()
	out.text(strings.TrimSuffix(string(row), "null}") + `{"media_type":"image/` + avatar.Format + `","base64":"`)
	out.base64(picture)
	out.text(`"}}`)
}

func docGetExport() *operation {
	return &operation{
		id: "exportOwnData", tag: "Own account", summary: "All that is kept about one's account",
		about: "As one JSON file, pictures included. No password, token, or hash of one is in it.",
		gives: []given{{http.StatusOK, "The file.", ownDataAnswer{}}},
	}
}
