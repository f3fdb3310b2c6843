package imaging

import (
	"fmt"

	"doorward/app"
)

// What is wrong with a picture, for people. The technical cause stays in the wrapping error, for the log.

func errNoPicture() *app.Error {
	return app.Refuse(app.KindUnsupported, app.CodeUnsupportedMediaType,
		"This is not a picture that can be read here. Use a JPEG, PNG, GIF or WebP file.").Named("no_picture")
}

func errTooManyPixels(limit int64) *app.Error {
	return app.Refuse(app.KindTooLarge, app.CodeTooLarge,
		fmt.Sprintf("This picture has more than the %d pixels that are taken. Make it smaller and try again.", limit)).Named("picture_pixels").Over(limit)
}

func errDamaged() *app.Error {
	return app.Invalid(app.FieldError{Field: "file", Rule: app.RuleNotValid,
		Message: "This picture is damaged or incomplete. Save it again, or choose another one.", Case: "picture_damaged"})
}

// damaged says that the picture is at fault, and why.
func damaged(operation string, cause error) error {
	return fmt.Errorf("%s: %v: %w", operation, cause, errDamaged())
}

// guard runs f and makes a panic in it the picture's fault: decoders are written against well-formed files, and one that
// stumbles over a crafted one must not take the process with it.
func guard(operation string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(operation, fmt.Errorf("panic: %v", p))
		}
	}()
	return f()
}
