package app

import (
	"context"
	"io"
	"net/netip"
	"time"
)

// What app needs from other rooms, one or two methods each. main wires them.

// Courier takes one mail to where it goes. app/mail's transport is one.
type Courier interface {
	// Deliver composes and sends m. A returned error counts as temporary (4xx, no connection, a timeout) unless it is or
	// wraps an error with `Permanent() bool` that answers true (5xx). Its text is shown to admins and holds no token.
	// Calling it again with the same mail sends the same Message-ID.
	Deliver(ctx context.Context, m Mail) error
}

// MailKind is the typed name of a mail.
type MailKind string

// The mails that are sent.
const (
	MailConfirmation    MailKind = "confirmation"     // to the account's address; Token
	MailPasswordReset   MailKind = "password_reset"   // to the account's address; Token
	MailSetPassword     MailKind = "set_password"     // to an account made by an admin; Token
	MailEmailChange     MailKind = "email_change"     // to the new address; Token
	MailEmailChanging   MailKind = "email_changing"   // notice to the old address: somebody asked; NewEmail
	MailEmailChanged    MailKind = "email_changed"    // notice to the old address: it was changed; NewEmail
	MailPasswordChanged MailKind = "password_changed" // notice
	MailAccountExists   MailKind = "account_exists"   // somebody registered an address that has an account (concealed)
)

// Mail is what a mail says, before it is composed into text and HTML. Everything but Token is kept open in the job.
type Mail struct {
	ID       string    `json:"id"` // unguessable; the local part of the Message-ID
	Kind     MailKind  `json:"kind"`
	To       string    `json:"to"`
	Name     string    `json:"name,omitempty"`   // "" when the address is not confirmed: then no name stands in the mail
	Locale   string    `json:"locale,omitempty"` // the receiver's; "" for the site's first
	Timezone string    `json:"timezone,omitempty"`
	NewEmail string    `json:"new_email,omitempty"`
	Device   string    `json:"device,omitempty"` // "Firefox on Linux": what caused it
	IP       string    `json:"ip,omitempty"`
	At       time.Time `json:"at"`      // when it was caused
	Expires  time.Time `json:"expires"` // how long the token is good; zero without one
	TokenID  int64     `json:"token_id,omitempty"`
	Token    Secret    `json:"-"` // sealed beside it in the job's payload
}

// Picture is what an upload says of itself in its first bytes.
type Picture struct {
	Format string // "jpeg", "png", "gif" or "webp", told by content
	Width  int
	Height int
}

// Imager makes avatars from uploads. The imaging room is one.
type Imager interface {
	// Inspect reads only the head of an upload. *Error with CodeUnsupportedMediaType when it is no image that is taken,
	// CodeTooLarge when it claims more pixels than allowed.
	Inspect(r io.Reader) (Picture, error)
	// Make decodes the upload once and writes each variant by calling create with its name, and closes or aborts what it gives; all are of one
	// media format ("jpeg" or "png"). It waits while too many pixels are being worked on. An *Error means the picture is at
	// fault and trying again is no use.
	Make(ctx context.Context, upload io.ReadSeeker, create func(variant string) (BlobWriter, error)) (Made, error)
}

// Made tells what Make made.
type Made struct {
	Format string // "jpeg" or "png"
	Width  int    // of `original`, after orientation
	Height int
}

// The names of an avatar's variants, largest first.
const (
	VariantOriginal  = "original"
	VariantLarge     = "large"
	VariantMedium    = "medium"
	VariantSmall     = "small"
	VariantThumbnail = "thumbnail"
)

// Variants lists the variants, largest first.
func Variants() []string {
	return []string{VariantOriginal, VariantLarge, VariantMedium, VariantSmall, VariantThumbnail}
}

// Blobs keeps picture files: a folder for each avatar, files in it by name. Names are checked by the caller to be an
// avatar id and a variant (or "upload"); a Blobs refuses anything that would leave its root all the same.
type Blobs interface {
	// Create opens a new file, which appears whole and durable at Close, or not at all after Abort.
	Create(folder, name string) (BlobWriter, error)
	// Open opens a file for reading; an error that is fs.ErrNotExist when there is none.
	Open(folder, name string) (BlobReader, error)
	// Remove removes one file; none there is no error.
	Remove(folder, name string) error
	// RemoveFolder removes a folder and all in it; none there is no error.
	RemoveFolder(folder string) error
	// Folders calls fn with each folder's name and when it was last changed, until fn answers false.
	Folders(fn func(name string, changed time.Time) bool) error
}

// BlobWriter writes one file. Exactly one of Close and Abort ends it; Abort after Close does nothing.
type BlobWriter interface {
	io.Writer
	Close() error
	Abort()
}

// BlobReader reads one file.
type BlobReader interface {
	io.ReadSeekCloser
	Size() int64
	ModTime() time.Time
}

// Locator tells where an address is. The zero Place and no error when it is not known.
type Locator interface {
	Locate(ip netip.Addr) (Place, error)
}

// Place is where an address is, in English names; "" for what is not known.
type Place struct{ Country, Region, City string }
