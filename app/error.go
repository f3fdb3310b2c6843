package app

import (
	"errors"
	"fmt"
	"time"
)

// Kind sorts errors by what the caller can do about them. The web room maps each to one status.
type Kind int

// The kinds, from "the request makes no sense" to "we are at fault".
const (
	KindMalformed       Kind = iota + 1 // the request can't be read
	KindUnauthenticated                 // who are you
	KindForbidden                       // known, but may not
	KindNotFound                        // not there, or not yours to see
	KindConflict                        // not in the present state
	KindTooLarge                        // more than is taken in
	KindUnsupported                     // not a media type that is read
	KindInvalid                         // readable, but against the rules; Fields says where
	KindLimited                         // too often; RetryAfter says when
	KindInternal                        // a bug or a broken part; the cause is for the log only
	KindOverloaded                      // too much at once; RetryAfter says when
)

// Code is the published name of an error. A code never changes its meaning; its sentence may.
type Code string

// The published codes.
const (
	CodeMalformed            Code = "malformed_request"
	CodeUnauthenticated      Code = "unauthenticated"
	CodeInvalidCredentials   Code = "invalid_credentials"
	CodeFingerprintMismatch  Code = "fingerprint_mismatch"
	CodeForbidden            Code = "forbidden"
	CodeAccountInactive      Code = "account_inactive"
	CodeAccountUnconfirmed   Code = "account_unconfirmed"
	CodeOwnerRoleProtected   Code = "owner_role_protected"
	CodeRankTooLow           Code = "rank_too_low"
	CodeRegistrationClosed   Code = "registration_closed"
	CodeSetupCodeRequired    Code = "setup_code_required"
	CodeCrossOrigin          Code = "cross_origin"
	CodeNotFound             Code = "not_found"
	CodeInvalidToken         Code = "invalid_token"
	CodeRoleNotFound         Code = "role_not_found"
	CodeAssignmentNotFound   Code = "assignment_not_found"
	CodeAlreadyConfirmed     Code = "already_confirmed"
	CodeLastOwnerDeactivate  Code = "cannot_deactivate_last_owner"
	CodeLastOwnerDemote      Code = "cannot_demote_last_owner"
	CodeLastOwnerDelete      Code = "cannot_delete_last_owner"
	CodeLastOwnerRemove      Code = "cannot_remove_last_owner"
	CodeNoRoleToDemote       Code = "no_role_to_demote"
	CodeRoleInUse            Code = "role_in_use"
	CodeTooLarge             Code = "too_large"
	CodeUnsupportedMediaType Code = "unsupported_media_type"
	CodeValidationFailed     Code = "validation_failed"
	CodeRateLimitExceeded    Code = "rate_limit_exceeded"
	CodeInternal             Code = "internal"
	CodeOverloaded           Code = "overloaded"
)

// Rule is the published name of what is wrong with one field.
type Rule string

// The published field rules.
const (
	RuleRequired      Rule = "required"
	RuleInvalidFormat Rule = "invalid_format"
	RuleTooShort      Rule = "too_short"
	RuleTooLong       Rule = "too_long"
	RuleTaken         Rule = "taken"
	RuleTooCommon     Rule = "too_common"
	RuleDoesNotMatch  Rule = "does_not_match"
	RuleMustDiffer    Rule = "must_differ"
	RuleDidNotChange  Rule = "did_not_change"
	RuleNotValid      Rule = "not_valid"
	RuleUnknown       Rule = "unknown"
	RuleNotUpdatable  Rule = "not_updatable"
	RuleOutOfRange    Rule = "out_of_range"
)

// FieldError says what is wrong with one field, in a sentence that can stand beside it. It never repeats the value.
type FieldError struct {
	Field   string
	Rule    Rule
	Message string // in English; who shows another language has a sentence for Case, or else for Field and Rule
	Case    string // names the sentence where field and rule have several; "" for the usual one
	Limit   int64  // the figure in the sentence, where it has one
}

// Error is the only error that people and programs outside see. Message is a whole sentence that says what to do;
// anything secret or internal belongs in the cause, which goes to the log alone.
type Error struct {
	Kind       Kind
	Code       Code
	Message    string // in English; who shows another language has a sentence for Case, or else for Code
	Case       string // names the sentence where the code has several; "" for the usual one
	Limit      int64  // the figure in the sentence, where it has one
	Fields     []FieldError
	RetryAfter time.Duration // with KindLimited and KindOverloaded; rounded up to whole seconds by whoever prints it
	cause      error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.cause)
	}
	if len(e.Fields) > 0 {
		return fmt.Sprintf("%s: %s %s", e.Code, e.Fields[0].Field, e.Fields[0].Rule)
	}
	return string(e.Code) + ": " + e.Message
}

// Unwrap gives the cause, for the log.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare published codes, so that a test can ask for one.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Refuse makes an Error. Rooms outside app use it for what they find themselves (size, origin, shape).
func Refuse(kind Kind, code Code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Named names the sentence of an error whose code has several.
func (e *Error) Named(name string) *Error {
	e.Case = name
	return e
}

// Over tells the figure that is in the sentence of an error.
func (e *Error) Over(limit int64) *Error {
	e.Limit = limit
	return e
}

// Invalid makes a validation_failed from field errors.
func Invalid(fields ...FieldError) *Error {
	return &Error{Kind: KindInvalid, Code: CodeValidationFailed, Message: "Some fields need another look.", Fields: fields}
}

// AsError finds the published error in err; anything else becomes `internal` with err as its cause.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindInternal, Code: CodeInternal, Message: "Something went wrong on our side. The log has the details under this request's id.", cause: err}
}

// fieldErrors gathers what is wrong with an input, so that all of it is told at once.
type fieldErrors []FieldError

// named names the sentence of a field's error, with the figure that is in it; 0 for none.
func (e *FieldError) named(name string, limit int64) { e.Case, e.Limit = name, limit }

// add answers what it added, for its Case and Limit.
func (f *fieldErrors) add(field string, rule Rule, message string) *FieldError {
	*f = append(*f, FieldError{Field: field, Rule: rule, Message: message})
	return &(*f)[len(*f)-1]
}

// gather takes over the fields of a validation error. Any other error is answered.
func (f *fieldErrors) gather(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code == CodeValidationFailed {
		*f = append(*f, e.Fields...)
		return nil
	}
	return err
}

// err is nil when nothing was added.
func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return Invalid(f...)
}

// The refusals that several flows share.
var (
	errUnauthenticated    = Refuse(KindUnauthenticated, CodeUnauthenticated, "Sign in first.")
	errInvalidCredentials = Refuse(KindUnauthenticated, CodeInvalidCredentials, "That e-mail or username and password don't go together.")
	errForbidden          = Refuse(KindForbidden, CodeForbidden, "You may not do that.")
	errRankTooLow         = Refuse(KindForbidden, CodeRankTooLow, "That account's rank is not below yours.")
	errUnconfirmed        = Refuse(KindForbidden, CodeAccountUnconfirmed, "Confirm your e-mail address first. The link is in the mail we sent.")
	errInactive           = Refuse(KindForbidden, CodeAccountInactive, "This account is deactivated. Ask whoever runs this site.")
	errNotFound           = Refuse(KindNotFound, CodeNotFound, "There is nothing here by that name or number.")
	errInvalidToken       = Refuse(KindNotFound, CodeInvalidToken, "This link is used up, expired or incomplete. Ask for a new one.")
	errAlreadyConfirmed   = Refuse(KindConflict, CodeAlreadyConfirmed, "That address is confirmed already.")
	errOverloaded         = &Error{Kind: KindOverloaded, Code: CodeOverloaded, Message: "Too many people at once. Try again in a moment.", RetryAfter: 2 * time.Second}
)
