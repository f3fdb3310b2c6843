package view

// Note names what just happened. Its sentence is the text `CODE` of notes.toml: a browser keeps only the code,
// so nobody can put words of their own at the top of a page.
type Note string

// The notes.
const (
	NoteRegistered         Note = "registered"
	NoteRegisteredInactive Note = "registered-inactive"
	NoteOwner              Note = "owner"
	NoteSignedOut          Note = "signed-out"
	NoteSessionOver        Note = "session-over"
	NoteConfirmed          Note = "confirmed"
	NoteConfirmationSent   Note = "confirmation-sent"
	NoteAlreadyConfirmed   Note = "already-confirmed"
	NoteDenied             Note = "denied"
	NotePasswordReset      Note = "password-reset"
	NotePasswordChanged    Note = "password-changed"
	NoteEmailAsked         Note = "email-asked"
	NoteEmailChanged       Note = "email-changed"
	NoteProfileSaved       Note = "profile-saved"
	NoteLanguageSaved      Note = "language-saved"
	NotePictureChanged     Note = "picture-changed"
	NotePictureReceived    Note = "picture-received"
	NotePictureRemoved     Note = "picture-removed"
	NoteFieldAdded         Note = "field-added"
	NoteFieldSaved         Note = "field-saved"
	NoteFieldRemoved       Note = "field-removed"
	NoteSessionEnded       Note = "session-ended"
	NoteOtherSessionsEnded Note = "other-sessions-ended"
	NoteAccountDeleted     Note = "account-deleted"

	// Of another's account, to whoever manages it.
	NoteUserMade            Note = "user-made"
	NoteUserInvited         Note = "user-invited"
	NoteUserInvitedKept     Note = "user-invited-kept" // and mails are kept
	NoteUserSaved           Note = "user-saved"
	NoteUserLanguageSaved   Note = "user-language-saved"
	NoteUserEmailSaved      Note = "user-email-saved"
	NoteUserConfirmed       Note = "user-confirmed"
	NoteUserUnconfirmed     Note = "user-unconfirmed"
	NoteUserMailed          Note = "user-mailed"
	NoteUserActivated       Note = "user-activated"
	NoteUserDeactivated     Note = "user-deactivated"
	NoteUserPasswordSet     Note = "user-password-set"
	NoteUserPictureChanged  Note = "user-picture-changed"
	NoteUserPictureReceived Note = "user-picture-received"
	NoteUserPictureRemoved  Note = "user-picture-removed"
	NoteUserFieldAdded      Note = "user-field-added"
	NoteUserFieldSaved      Note = "user-field-saved"
	NoteUserFieldRemoved    Note = "user-field-removed"
	NoteUserRoleGiven       Note = "user-role-given"
	NoteUserRoleTaken       Note = "user-role-taken"
	NoteUserSessionsEnded   Note = "user-sessions-ended"
	NoteUserDeleted         Note = "user-deleted"

	// Of administration besides.
	NoteRoleMade       Note = "role-made"
	NoteRoleSaved      Note = "role-saved"
	NoteRoleDeleted    Note = "role-deleted"
	NoteRolesCompleted Note = "roles-completed"
	NoteJobRetried     Note = "job-retried"
	NoteKeyRevoked     Note = "key-revoked"
)

// Notes lists the notes there are.
func Notes() []Note {
	return []Note{
		NoteRegistered, NoteRegisteredInactive, NoteOwner, NoteSignedOut, NoteSessionOver, NoteConfirmed,
		NoteConfirmationSent, NoteAlreadyConfirmed, NoteDenied, NotePasswordReset, NotePasswordChanged, NoteEmailAsked,
		NoteEmailChanged, NoteProfileSaved, NoteLanguageSaved, NotePictureChanged, NotePictureReceived, NotePictureRemoved,
		NoteFieldAdded, NoteFieldSaved, NoteFieldRemoved,
		NoteSessionEnded, NoteOtherSessionsEnded, NoteAccountDeleted,

		NoteUserMade, NoteUserInvited, NoteUserInvitedKept, NoteUserSaved, NoteUserLanguageSaved, NoteUserEmailSaved, NoteUserConfirmed,
		NoteUserUnconfirmed, NoteUserMailed, NoteUserActivated, NoteUserDeactivated, NoteUserPasswordSet, NoteUserPictureChanged,
		NoteUserPictureReceived, NoteUserPictureRemoved, NoteUserFieldAdded, NoteUserFieldSaved, NoteUserFieldRemoved, NoteUserRoleGiven,
		NoteUserRoleTaken, NoteUserSessionsEnded, NoteUserDeleted,

		NoteRoleMade, NoteRoleSaved, NoteRoleDeleted, NoteRolesCompleted, NoteJobRetried, NoteKeyRevoked,
	}
}

// ParseNote reads what a browser kept; "" for anything that is no note.
func ParseNote(code string) Note {
	for _, n := range Notes() {
		if string(n) == code {
			return n
		}
	}
	return ""
}
