package app

import (
	"context"
	"errors"
)

var errNoSession = Refuse(KindNotFound, CodeInvalidToken, "That token opens no session: it is over, or never was one.")

// VerifySession tells an app's server, by its key, whose session a token opens that somebody showed it. It is
// CheckSession for another: the use counts as one of the session. Without the person, no fingerprint is compared; with
// them it is, and treated as the policy says, so that a strict one may end the session. Whatever is wrong with the token
// is `invalid_token`. What an unconfirmed account may do is the app's to decide.
func (a *Accounts) VerifySession(ctx context.Context, by Actor, p Presented, person *SpokenFor) (*Checked, Fingerprint, error) {
	if by.Kind != ActorKey {
		return nil, 0, errForbidden
	}
	var client *Client
	if person != nil {
		spoken, err := by.speakingFor(person)
		if err != nil {
			return nil, 0, err
		}
		client = &spoken.Client
	}
	checked, found, err := a.checkSession(ctx, p, client)
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == KindUnauthenticated {
		return nil, 0, errNoSession
	}
	return checked, found, err
}
