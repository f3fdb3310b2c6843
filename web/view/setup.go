package view

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// SetUp is how a site was set up, as far as administration tells of it.
type SetUp struct {
	BaseURL    *url.URL
	MailIsKept bool      // there is no mail server
	Untrusted  []string  // peers whose forwarding headers were ignored
	BackedUpAt time.Time // zero for never
	BackupDue  bool      // never, or too long ago
}

// Secure tells whether people reach the site under https.
func (s SetUp) Secure() bool { return s.BaseURL.Scheme == "https" }

// Local tells whether the address is one that only this machine reaches.
func (s SetUp) Local() bool {
	host := s.BaseURL.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Missing counts the steps of the set-up that are still to be done.
func (s SetUp) Missing() int {
	missing := 0
	for _, done := range []bool{!s.MailIsKept, s.Secure(), !s.BackupDue} {
		if !done {
			missing++
		}
	}
	return missing
}

// What to run for each step. What stands in capitals is the operator's to fill in.
const (
	mailCommand    = "doorward serve --smtp-url smtps://USER:PASSWORD@MAIL-SERVER"
	addressCommand = "doorward serve --base-url https://YOUR-ADDRESS"
	backupCommand  = "doorward backup doorward-backup.tar"
	restoreCommand = "doorward restore --force BACKUP-FILE"
)

// Address is the base URL as text.
func (s SetUp) Address() string { return s.BaseURL.String() }
