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
}

func newCookies(hashKey, blockKey [32]byte, secure bool) cookies {
	sealer := securecookie.New(hashKey[:], blockKey[:])
	sealer.MaxAge(0) // sessions and devices carry their own ends, told by our clock
	sealer.SetSerializer(securecookie.NopEncoder{})
	prefix := ""
	if secure {
		prefix = "__Host-"
	}
	return cookies{sealer, prefix + "doorward_session", prefix + "doorward_device", secure}
}

// openSession is the token in a session cookie's value. It costs as much as a whole cached request: ask on a miss only.
func (k *cookies) openSession(value string) (app.Secret, error) {
	token, err := k.open(k.sessionName, value)
	return app.Secret(token), err
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
	cookie := http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: k.secure, SameSite: http.SameSiteLaxMode}
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
	var life time.Duration
	if g.Session.Remember {
		life = g.Session.ExpiresAt.Sub(c.s.accounts.Now())
	}
	c.s.cookies.write(c.w, c.s.cookies.sessionName, sealed, life)
	return c.setDevice(g)
}

// clearSession takes the session cookie from the browser.
func (c *call) clearSession() { c.s.cookies.write(c.w, c.s.cookies.sessionName, "", -1) }

// setDevice makes the browser known to the account for a year from now. One that is known already stays the same device.
func (c *call) setDevice(g app.Grant) error {
	device := g.Device
	if known := c.device(); known.UserID == g.User.ID {
		device = known
	}
	ends := c.s.accounts.Now().Add(deviceLife).Unix()
	sealed, err := c.s.cookies.seal(c.s.cookies.deviceName, fmt.Sprintf("%d %s %d", device.UserID, device.ID, ends))
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
	if len(parts) != 3 {
		return app.KnownDevice{}
	}
	user, err := strconv.ParseInt(parts[0], 10, 64)
	ends, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || err2 != nil || c.s.accounts.Now().Unix() >= ends {
		return app.KnownDevice{}
	}
	return app.KnownDevice{UserID: user, ID: parts[1]}
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
