package cli

import (
	"log/slog"
	"time"

	"doorward/app"
)

// Settings are everything that an operator can set. Each field is a flag, an environment variable and a key of the
// configuration file (source.go); its tag holds the default and what help says. They are read once, at the start, and
// every value in them is one that can be used.
type Settings struct {
	Config string `help:"A TOML file with settings: the names below without dashes in front." placeholder:"FILE" group:"basic"`
	Data   string `help:"The folder with database, avatars and keys; made if missing." default:"doorward-data" placeholder:"FOLDER" group:"basic"`

	Listen         Address `help:"Where to listen: host:port or unix:PATH. Without it, systemd's socket if there is one. Default: 127.0.0.1:8080." placeholder:"ADDRESS" group:"basic"`
	BaseURL        BaseURL `name:"base-url" help:"What links begin with, as people's browsers see this server. Default: made from --listen." placeholder:"URL" group:"basic"`
	TrustedProxies Proxies `help:"Networks of reverse proxies whose word about the client's address counts; unix for the socket's peer." placeholder:"CIDR,..." group:"basic"`
	CORSOrigins    Origins `name:"cors-origins" help:"Origins whose scripts may call the JSON API with a bearer token." placeholder:"URL" group:"basic"`

	CookieDomain string `help:"Lets forward-auth cover the hosts of this domain; --base-url is an https address in it." placeholder:"DOMAIN" group:"basic"`

	ACMEDomain    Domains `name:"acme-domain" help:"Get and renew certificates for these names, and listen on 443 and 80 in place of --listen; agrees to the authority's terms." placeholder:"NAME,..." group:"basic"`
	ACMEDirectory string  `name:"acme-directory" type:"directory" help:"The authority that --acme-domain asks. Default: Let's Encrypt." default:"https://acme-v02.api.letsencrypt.org/directory" placeholder:"URL" group:"basic"`

	SMTPURL  app.Secret `name:"smtp-url" help:"The mail server: smtp://[user:pass@]host:port or smtps://... Without it, mails are kept and shown at /mailbox." placeholder:"URL" group:"mail"`
	MailFrom string     `type:"sender" help:"The sender of mails." default:"Doorward <no-reply@localhost>" placeholder:"ADDRESS" group:"mail"`

	Locales Locales `help:"The languages of pages and mails; the first is for those who ask for none of them. Default: en,de,fr,es,uk,ja,ar." placeholder:"TAG,..." group:"brand"`

	SiteName string `type:"site-name" help:"What pages and mails call this site." default:"Doorward" placeholder:"NAME" group:"brand"`
	SiteLogo string `type:"picture" help:"A picture file to show: PNG, JPEG, SVG, WebP or GIF." placeholder:"FILE" group:"brand"`
	Accent   string `type:"colour" help:"The colour of buttons and links, as #rgb or #rrggbb." placeholder:"COLOUR" group:"brand"`

	Registration    string                `help:"Who may register: open (anyone) or closed (admins make accounts)." enum:"open,closed" default:"open" placeholder:"WORD" group:"accounts"`
	DefaultRole     string                `help:"The role of a new account." default:"User" placeholder:"ROLE" group:"accounts"`
	DefaultStatus   string                `help:"The status of a new account: active or inactive." enum:"active,inactive" default:"active" placeholder:"WORD" group:"accounts"`
	Unconfirmed     app.UnconfirmedPolicy `help:"What an account may do before its address is confirmed: limited, refused (no login) or allowed (everything)." enum:"limited,refused,allowed" default:"limited" placeholder:"WORD" group:"accounts"`
	UnconfirmedKeep time.Duration         `help:"When unconfirmed accounts that never came back go, or none." none:"" default:"30d" placeholder:"TIME" group:"accounts"`
	ConcealAccounts bool                  `help:"Let nobody learn whether an address has an account." group:"accounts"`
	PasswordMin     int                   `help:"The fewest characters of a password." min:"1" max:"72" default:"8" placeholder:"N" group:"accounts"`
	PasswordRequire []app.CharClass       `help:"What a password must hold: any of upper,lower,digit,special." placeholder:"WORD" group:"accounts"`
	BcryptCost      int                   `help:"The cost of a password's hash, 4 to 15; each step doubles it." min:"4" max:"15" default:"12" placeholder:"N" group:"accounts"`

	SessionLifetime time.Duration         `help:"When a session ends in any case." default:"60d" placeholder:"TIME" group:"sessions"`
	SessionIdle     time.Duration         `help:"When a session that is not used ends, or none." none:"" default:"none" placeholder:"TIME" group:"sessions"`
	Fingerprint     app.FingerprintPolicy `help:"A session used from elsewhere: off, warn, or strict (it ends)." enum:"off,warn,strict" default:"warn" placeholder:"WORD" group:"sessions"`

	LimitLogin          app.Limit `help:"Logins for an e-mail; an IP may three times that." default:"5/1m" placeholder:"N/TIME" group:"limits"`
	LimitRegistration   app.Limit `help:"Registrations for an e-mail." default:"3/1h" placeholder:"N/TIME" group:"limits"`
	LimitRegistrationIP app.Limit `name:"limit-registration-ip" help:"Registrations from an IP." default:"10/1h" placeholder:"N/TIME" group:"limits"`
	LimitReset          app.Limit `help:"Password resets for an e-mail." default:"3/5m" placeholder:"N/TIME" group:"limits"`
	LimitConfirmation   app.Limit `help:"Confirmation mails and e-mail changes." default:"3/5m" placeholder:"N/TIME" group:"limits"`
	LimitMailIP         app.Limit `name:"limit-mail-ip" help:"Resets and confirmations from an IP." default:"30/5m" placeholder:"N/TIME" group:"limits"`

	AvatarMaxBytes  Size  `help:"The largest upload." default:"10MiB" placeholder:"SIZE" group:"running"`
	AvatarMaxPixels int64 `help:"The largest picture, and the pixels worked on at one time." min:"1" max:"10000000000" default:"50000000" placeholder:"N" group:"running"`
	Workers         int   `help:"Background workers for each kind of job. Default: one a core." min:"1" max:"1024" placeholder:"N" group:"running"`

	AuditKeep time.Duration `help:"How long the audit log keeps an entry (it goes within a day after that), or none for good." none:"" default:"none" placeholder:"TIME" group:"running"`

	GeoIPDB string `name:"geoip-db" help:"A MaxMind-format file (City or Country) that tells where registrations come from." placeholder:"FILE" group:"running"`

	MetricsListen Address `help:"Where to serve GET /metrics without a key, and nothing else." placeholder:"ADDRESS" group:"running"`

	LogFormat string `help:"The log on standard error: text or json." enum:"text,json" default:"text" placeholder:"WORD" group:"running"`
	LogLevel  string `help:"The least that is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" placeholder:"WORD" group:"running"`
}

// Policy is what the settings decide about accounts.
func (s Settings) Policy() app.Policy {
	limits := app.DefaultLimits() // some have no setting
	limits.Login = s.LimitLogin
	limits.Registration = s.LimitRegistration
	limits.RegistrationIP = s.LimitRegistrationIP
	limits.Reset = s.LimitReset
	limits.Confirmation = s.LimitConfirmation
	limits.MailIP = s.LimitMailIP
	return app.Policy{
		RegistrationOpen: s.Registration == "open",
		DefaultRole:      s.DefaultRole,
		DefaultActive:    s.DefaultStatus == "active",
		Unconfirmed:      s.Unconfirmed,
		UnconfirmedKeep:  s.UnconfirmedKeep,
		ConcealAccounts:  s.ConcealAccounts,
		SessionLifetime:  s.SessionLifetime,
		SessionIdle:      s.SessionIdle,
		Fingerprint:      s.Fingerprint,
		BcryptCost:       s.BcryptCost,
		PasswordMin:      s.PasswordMin,
		PasswordRequire:  s.PasswordRequire,
		Limits:           limits,
		AvatarMaxBytes:   int64(s.AvatarMaxBytes),
		AuditKeep:        s.AuditKeep,
	}
}

// level is the least level that is logged.
func (s Settings) level() slog.Level {
	return map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[s.LogLevel]
}
