package app

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// maxStreams bounds how many streams are open at one time, each a connection that stays.
	maxStreams = 1000
	// maxStreamsEach bounds those of one account or key: a browser's tabs and windows, or the instances of an app.
	maxStreamsEach = 16
	// streamLook is how often a stream looks whether its time is up by the clock, which nothing else tells it.
	streamLook = 400 * time.Millisecond
)

var (
	errTooManyStreams = &Error{Kind: KindOverloaded, Code: CodeOverloaded, Message: "Too many streams are open. Close one, or try again in a moment.", RetryAfter: 5 * time.Second}
	errStopping       = &Error{Kind: KindOverloaded, Code: CodeOverloaded, Message: "The server is stopping. Try again in a moment.", RetryAfter: 2 * time.Second}
)

// ErrStreamOver ends a stream whose listener was too slow, or that was closed.
var ErrStreamOver = errors.New("the stream is over")

// Stream tells of events as they happen, from the moment it was opened; what happened before is not told again. It ends
// with what it rests on: the session (its end or expiry), the key, the account, the rank. It is used by one goroutine.
type Stream struct {
	a        *Accounts
	by       Actor
	own      bool
	listener *listener
	seen     Session // as of the last look: when its time is up
	over     error   // why it ends; nil while it goes on
}

// StreamOwn opens a stream of OwnEvents about the acting account.
func (a *Accounts) StreamOwn(ctx context.Context, by Actor) (*Stream, error) {
	if !by.IsUser() {
		return nil, errUnauthenticated
	}
	return a.stream(ctx, by, true, func(e Event) bool { return e.UserID == by.ID && slices.Contains(OwnEvents(), e.Name) })
}

// StreamAll opens a stream of Events about every account, for whoever manages accounts.
func (a *Accounts) StreamAll(ctx context.Context, by Actor) (*Stream, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	return a.stream(ctx, by, false, func(e Event) bool { return slices.Contains(Events(), e.Name) })
}

func (a *Accounts) stream(ctx context.Context, by Actor, own bool, wants func(Event) bool) (*Stream, error) {
	l, err := a.events.listenAs(streamOwner{by.Kind, by.ID}, wants)
	if err != nil {
		return nil, err
	}
	s := &Stream{a: a, by: by, own: own, listener: l}
	if err := s.look(ctx); err != nil { // what ended since by was found out is told to nobody who listens
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the stream. It must be called; twice is fine.
func (s *Stream) Close() { s.a.events.stop(s.listener) }

// Gone ends when the stream is to end at once, without what still waits: its listener is too slow, the server stops, or
// Close was called.
func (s *Stream) Gone() context.Context { return s.listener.gone }

// Next waits for the next event. When the stream is over it tells what waits for the account itself, such as the end of
// its session, and then why: an *Error, or ErrStreamOver. When ctx ends it answers ctx's error; the stream goes on.
func (s *Stream) Next(ctx context.Context) (Event, error) {
	tick := time.NewTicker(streamLook)
	defer tick.Stop()
	for {
		if s.listener.gone.Err() != nil {
			return Event{}, ErrStreamOver
		}
		if s.over == nil && s.by.IsUser() && s.a.isOver(&s.seen, s.a.clock()) {
			s.over = s.look(ctx)
		}
		if s.over == nil || s.own { // the right to hear of others goes at once
			if e, waits := s.listener.take(); waits {
				return e, nil
			}
		}
		if s.over != nil {
			return Event{}, s.over
		}
		select {
		case <-s.listener.arrived:
		case <-s.listener.doubt:
			s.over = s.look(ctx)
		case <-tick.C:
		case <-s.listener.gone.Done():
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// look reads again what the stream rests on, and answers why it can't go on.
func (s *Stream) look(ctx context.Context) error {
	if !s.by.IsUser() && s.by.Kind != ActorKey {
		return nil
	}
	return s.a.view(context.WithoutCancel(ctx), func(tx Tx) error { // half a look says nothing
		if s.by.Kind == ActorKey { // its rank is for good
			if _, err := tx.FindKey(s.by.ID); err != nil {
				return asUnauthenticated(err)
			}
			return nil
		}
		session, err := tx.FindSession(s.by.Session.ID)
		if err != nil {
			return asUnauthenticated(err)
		}
		user, err := tx.FindUser(s.by.ID)
		if err != nil {
			return asUnauthenticated(err)
		}
		if used := s.a.seen.session(session.ID); used.After(session.LastSeenAt) {
			session.LastSeenAt = used
		}
		s.seen = session
		switch {
		case !user.IsActive || s.a.isOver(&session, s.a.clock()):
			return errUnauthenticated
		case s.a.IsLimited(&user):
			return errUnconfirmed
		case !s.own && user.Rank() < RankAdmin:
			return errForbidden
		}
		return nil
	})
}

// EndStreams ends every stream at once and lets no more be opened: a server that stops would wait for them. It is what
// http.Server.RegisterOnShutdown takes.
func (a *Accounts) EndStreams() { a.events.end() }
