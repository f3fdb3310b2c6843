package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/securecookie"

	"doorward/app"
)

// deviceLife is how long a browser stays known.
const deviceLife = 365 * 24 * time.Hour

// cookies seals what browsers keep. Under https the names begin with `__Host-`, which binds them to this host and path
// `/`, and the plain names are not read.
type cookies struct {
	sealer      *securecookie.SecureCookie
	sessionName string
	deviceName  string
	secure      bool
	domain      cookieDomain
}

// passName is the cookie that the hosts of a cookie domain see. It holds the session's token sealed under this name, so
// that what an app behind the proxy gets to see opens forward-auth and nothing else, for as long as its session lasts.
const passName = "__Secure-doorward_pass"

func newCookies(hashKey, blockKey [32]byte, secure bool, domain cookieDomain) cookies {
	sealer := securecookie.New(hashKey[:], blockKey[:])
	sealer.MaxAge(0) // sessions and devices carry their own ends, told by our clock
	sealer.SetSerializer(securecookie.NopEncoder{})
	prefix := ""
	if secure {
		prefix = "__Host-"
	}
	return cookies{sealer, prefix + "doorward_session", prefix + "doorward_device", secure, domain}
}

func (k *cookies) open(name, value string) ([]byte, error) {
	var opened []byte
	if err := k.sealer.Decode(name, value, &opened); err != nil {
		return nil, fmt.Errorf("open cookie: %w", err)
	}
	return opened, nil
}

func (k *cookies) seal(name, text string) (string, error) {
	sealed, err := k.sealer.Encode(name, []byte(text))
	if err != nil {
		return "", fmt.Errorf("seal cookie: %w", err)
	}
	return sealed, nil
}

// write sets a cookie; without a life it goes with the browser, with a negative one now.
func (k *cookies) write(w http.ResponseWriter, name, value string, life time.Duration) {
	k.writeTo("", w, name, value, life)
}

// writeTo is write for all hosts of a domain.
func (k *cookies) writeTo(domain cookieDomain, w http.ResponseWriter, name, value string, life time.Duration) {
	cookie := http.Cookie{Name: name, Value: value, Domain: string(domain), Path: "/", HttpOnly: true, Secure: k.secure, SameSite: http.SameSiteLaxMode}
	switch {
	case life < 0:
		cookie.MaxAge = -1
	case life > 0:
		cookie.MaxAge = int(life / time.Second)
	}
	http.SetCookie(w, &cookie)
}

// setSession gives the browser the session of a grant, and makes it a known device of the account.
func (c *call) setSession(g app.Grant) error {
	sealed, err := c.s.cookies.seal(c.s.cookies.sessionName, g.Token.Reveal())
	if err != nil {
		return err
	}
	life := c.cookieLife(&g.Session)
	c.s.cookies.write(c.w, c.s.cookies.sessionName, sealed, life)
	if err := c.setPass(g.Token, life); err != nil {
		return err
	}
	return c.setDevice(g.Device)
}

// renewPass gives a browser that is signed in by its cookie the pass that goes with it: one from before --cookie-domain was
// set has none, and would be led here and back for good.
func (c *call) renewPass() error {
	k := &c.s.cookies
	if k.domain == "" || c.identify() != nil || !c.viaCookie {
		return nil
	}
	value, _ := c.cookie(k.sessionName)
	token, err := k.open(k.sessionName, value)
	if err != nil {
		return err
	}
	return c.setPass(app.Secret(token), c.cookieLife(&c.checked.Session))
}

// setPass gives the browser a pass for the cookie domain, if there is one.
func (c *call) setPass(token app.Secret, life time.Duration) error {
	k := &c.s.cookies
	if k.domain == "" {
		return nil
	}
	pass, err := k.seal(passName, token.Reveal())
	if err == nil {
		k.writeTo(k.domain, c.w, passName, pass, life)
	}
	return err
}

// cookieLife is how long a browser keeps a session's cookies: 0 as long as it is open.
func (c *call) cookieLife(s *app.Session) time.Duration {
	if !s.Remember {
		return 0
	}
	return s.ExpiresAt.Sub(c.s.accounts.Now())
}

// clearSession takes the session cookie, and the pass that came with it, from the browser.
func (c *call) clearSession() {
	k := &c.s.cookies
	k.write(c.w, k.sessionName, "", -1)
	if k.domain != "" {
		k.writeTo(k.domain, c.w, passName, "", -1)
	}
}

// setDevice makes the browser known to the account for a year from now, or until the account has another password. One
// that is known already stays the same device.
func (c *call) setDevice(device app.KnownDevice) error {
	if c.cors { // it neither shows cookies nor gets them
		return nil
	}
	if known := c.device(); known.UserID == device.UserID {
		device.ID = known.ID
	}
	ends := c.s.accounts.Now().Add(deviceLife).Unix()
	sealed, err := c.s.cookies.seal(c.s.cookies.deviceName, fmt.Sprintf("%d %s %s %d", device.UserID, device.ID, device.Password, ends))
	if err != nil {
		return err
	}
	c.s.cookies.write(c.w, c.s.cookies.deviceName, sealed, deviceLife)
	return nil
}

// device is the account that this browser logged in to before, as its cookie says; the zero one without a good cookie.
func (c *call) device() app.KnownDevice {
	value, found := c.cookie(c.s.cookies.deviceName)
	if !found || c.cors {
		return app.KnownDevice{}
	}
	text, err := c.s.cookies.open(c.s.cookies.deviceName, value)
	if err != nil {
		return app.KnownDevice{}
	}
	parts := strings.Split(string(text), " ")
	if len(parts) != 4 {
		return app.KnownDevice{}
	}
	user, err := strconv.ParseInt(parts[0], 10, 64)
	ends, err2 := strconv.ParseInt(parts[3], 10, 64)
	if err != nil || err2 != nil || c.s.accounts.Now().Unix() >= ends {
		return app.KnownDevice{}
	}
	return app.KnownDevice{UserID: user, ID: parts[1], Password: parts[2]}
}

// cookie finds the one cookie of a name. Two of them are none: one may have been planted from a neighbouring host.
// net/http's own parser makes a slice of all cookies first, which the session check is asked too often for.
func (c *call) cookie(name string) (value string, found bool) {
	for _, line := range c.r.Header["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			key, val, ok := strings.Cut(strings.TrimLeft(pair, " \t"), "=")
			if !ok || key != name {
				continue
			}
			if found {
				return "", false
			}
			value, found = strings.TrimRight(val, " \t"), true
		}
	}
	return value, found
}
