package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

const (
	// maxWait is the longest that an upload's answer waits for its picture.
	maxWait = 30 * time.Second
	// formOverhead is what a multipart form may take beside its file.
	formOverhead = 64 << 10
	// maxParts bounds the fields before the file.
	maxParts = 16
)

type avatarAnswer struct {
	Avatar *avatarView `json:"avatar"`
}

// putAvatar takes a picture, as the body or as a form's `file`. Its type is told by its content alone.
func putAvatar(c *call) error {
	picture, err := c.upload()
	if err != nil {
		return err
	}
	wait, asked := preferredWait(c.r.Header)
	avatar, err := c.s.accounts.UploadAvatar(c.r.Context(), c.actor, picture, wait)
	if err != nil {
		return err
	}
	return c.sendAvatar(&avatar, wait, asked)
}

// sendAvatar answers an upload: done, or in the making.
func (c *call) sendAvatar(avatar *app.Avatar, wait time.Duration, asked bool) error {
	if asked {
		c.w.Header().Set("Preference-Applied", "wait="+strconv.Itoa(int(wait/time.Second)))
	}
	status := http.StatusAccepted
	if avatar.Status == app.AvatarReady {
		status = http.StatusOK
	}
	return c.sendJSON(status, avatarAnswer{c.s.viewAvatar(avatar)})
}

// upload finds the picture in the body, which is read as it comes: within its size, and never stalling for long.
func (c *call) upload() (io.Reader, error) {
	most := c.s.accounts.Policy().AvatarMaxBytes
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		if c.r.ContentLength > most {
			return nil, errPictureTooLarge
		}
		return c.patient(http.MaxBytesReader(c.answer.ResponseWriter, c.r.Body, most+1)), nil
	}
	if c.r.ContentLength > most+formOverhead {
		return nil, errPictureTooLarge
	}
	if params["boundary"] == "" {
		return nil, malformed("The form's Content-Type names no boundary.")
	}
	body := c.patient(http.MaxBytesReader(c.answer.ResponseWriter, c.r.Body, most+formOverhead))
	return fileOf(multipart.NewReader(body, params["boundary"]))
}

var errPictureTooLarge = app.Refuse(app.KindTooLarge, app.CodeTooLarge, "That picture is larger than this site takes.").Named("picture_too_large")

// fileOf is the part `file` of a form.
func fileOf(form *multipart.Reader) (io.Reader, error) {
	for range maxParts {
		part, err := form.NextPart()
		switch {
		case err == io.EOF: // bare at the form's end, wrapped where there is no boundary at all
			return nil, app.Invalid(app.FieldError{Field: "file", Rule: app.RuleRequired, Message: "Choose a picture."})
		case err != nil:
			return nil, malformed("The form can't be read, or ended early.")
		case part.FormName() == "file":
			return part, nil
		}
	}
	return nil, malformed("The form has too many fields before its file.")
}

// preferredWait reads `Prefer: wait=N` (RFC 7240), at most maxWait.
func preferredWait(h http.Header) (wait time.Duration, asked bool) {
	for _, line := range h["Prefer"] {
		for preference := range strings.SplitSeq(line, ",") {
			preference, _, _ = strings.Cut(preference, ";") // parameters mean nothing here
			name, value, _ := strings.Cut(preference, "=")
			seconds, err := strconv.ParseUint(strings.Trim(value, " \t\""), 10, 31) // of more the most, with an error
			if strings.EqualFold(strings.TrimSpace(name), "wait") && (err == nil || errors.Is(err, strconv.ErrRange)) {
				return min(time.Duration(seconds)*time.Second, maxWait), true
			}
		}
	}
	return 0, false
}

func docPutAvatar() *operation {
	return &operation{
		id: "setAvatar", tag: "Own account", summary: "Set one's picture",
		about:  "JPEG, PNG, GIF (its first frame) or WebP, told by content. The present picture stays until the new one is ready.",
		header: []parameter{{"Prefer", huma.TypeString, "`wait=N`: the answer waits up to N seconds, at most 30, until the picture is ready."}},
		file:   true,
		gives: []given{
			{http.StatusAccepted, "The picture is being made.", avatarAnswer{}},
			{http.StatusOK, "The picture is ready.", avatarAnswer{}},
		},
		refuses: []app.Code{app.CodeMalformed, app.CodeTooLarge, app.CodeUnsupportedMediaType, app.CodeValidationFailed},
	}
}

func deleteAvatar(c *call) error {
	if err := c.s.accounts.RemoveAvatar(c.r.Context(), c.actor); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteAvatar() *operation {
	return &operation{
		id: "removeAvatar", tag: "Own account", summary: "Remove one's picture",
		gives: []given{{http.StatusNoContent, "There is none now.", nil}},
	}
}

// getAvatar serves a picture to whoever has its unguessable address. What an address serves never changes.
func getAvatar(c *call) error {
	variant := c.r.PathValue("variant")
	file, avatar, err := c.s.accounts.OpenAvatar(c.r.Context(), c.r.PathValue("id"), variant)
	if err != nil {
		return err
	}
	defer file.Close()
	header := c.w.Header()
	header.Set("Content-Type", "image/"+avatar.Format)
	header.Set("Cache-Control", "private, max-age=31536000, immutable")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Etag", `"`+avatar.ID+"-"+variant+`"`)
	http.ServeContent(c.w, c.r, "", file.ModTime(), file)
	return nil
}

func docGetAvatar() *operation {
	return &operation{
		id: "getAvatar", tag: "Avatars", summary: "A picture",
		about:   "`variant` is original, large, medium, small or thumbnail. Immutable, with an ETag; ranges are served.",
		gives:   []given{{http.StatusOK, "The image.", picture{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}
