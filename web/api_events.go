package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"doorward/app"
)

const (
	// streamBeat is how often a stream says something although nothing happened, so that proxies keep the line open and a
	// client that went away is noticed.
	streamBeat = 15 * time.Second
	// streamPatience is how long a client may take none of what is sent.
	streamPatience = 5 * time.Second
	// streamParting is how long a stream that is to end at once may still take to say so.
	streamParting = 250 * time.Millisecond
)

var streamType = []string{"text/event-stream"}

// eventView is an event's `data`.
type eventView struct {
	At        time.Time `json:"at"`
	UserID    int64     `json:"user_id" doc:"The account that it concerns."`
	Actor     actorView `json:"actor"`
	SessionID *string   `json:"session_id" doc:"With session events."`
	AvatarID  *string   `json:"avatar_id" doc:"With avatar.ready."`
	Role      *string   `json:"role" doc:"With role events: the role's name."`
}

// actorView is who stands behind something.
type actorView struct {
	Kind string  `json:"kind" enum:"user,key,shell,system"`
	ID   *int64  `json:"id" doc:"Of the user or the key; null for shell and system."`
	Name *string `json:"name" doc:"The username, the key's name or the system's user."`
}

func viewActor(kind app.ActorKind, id int64, name string) actorView {
	v := actorView{Kind: string(kind), Name: text(name)}
	if id != 0 {
		v.ID = &id
	}
	return v
}

func viewEvent(e app.Event) eventView {
	return eventView{
		At: e.At.UTC(), UserID: e.UserID, Actor: viewActor(e.Actor.Kind, e.Actor.ID, e.Actor.Name),
		SessionID: text(e.SessionID), AvatarID: text(e.AvatarID), Role: text(e.Role),
	}
}

// eventStream stands for server-sent events as a body; names are those that it tells.
type eventStream struct{ names []string }

// getOwnEvents tells of one's own account.
func getOwnEvents(c *call) error {
	stream, err := c.s.accounts.StreamOwn(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.sendEvents(stream)
}

func docGetOwnEvents() *operation {
	return &operation{
		id: "streamOwnEvents", tag: "Events", summary: "What happens to one's own account", about: aboutStream,
		gives: []given{{http.StatusOK, "A stream that stays open.", eventStream{app.OwnEvents()}}},
	}
}

// getEvents tells of every account.
func getEvents(c *call) error {
	stream, err := c.s.accounts.StreamAll(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.sendEvents(stream)
}

func docGetEvents() *operation {
	return &operation{
		id: "streamEvents", tag: "Events", summary: "What happens to any account", about: aboutStream,
		gives: []given{{http.StatusOK, "A stream that stays open.", eventStream{app.Events()}}},
	}
}

const aboutStream = "Server-sent events, each told after it is durable; `data` is one line of JSON. The stream begins with its opening: " +
	"what happened before, or while a client was away, is not told again (events have no id, and `Last-Event-ID` is not looked at), so read the present state once it is open. " +
	"A comment comes every 15 seconds. It ends within a second of the session or key, the account or the rank that opened it, " +
	"when the server stops, and when its client does not keep up. An account has 16 of them at most."

// sendEvents writes a stream out until it is over or the client is gone. Once it has begun there is no status left to
// tell an error with: the stream just ends, and asking again tells why.
func (c *call) sendEvents(stream *app.Stream) error {
	defer stream.Close()
	header := c.w.Header()
	header["Content-Type"] = streamType
	header.Set("X-Accel-Buffering", "no") // nginx would gather
	if c.r.ProtoMajor == 1 {
		header.Set("Connection", "close") // its deadlines are not for another request
	}
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	line := eventLine{c.answer.ResponseWriter, http.NewResponseController(c.w)} // with times of its own
	defer line.part(stream.Gone())()
	err := line.send(": open\n\n")
	for err == nil {
		err = c.sendNext(stream, line)
	}
	return nil
}

// sendNext writes one event, or a comment when none comes for a while.
func (c *call) sendNext(stream *app.Stream, line eventLine) error {
	beat, cancel := context.WithTimeout(c.r.Context(), c.s.streamBeat)
	defer cancel()
	e, err := stream.Next(beat)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && c.r.Context().Err() == nil:
		return line.send(": still here\n\n")
	case err != nil:
		return err
	}
	text, err := eventText(e)
	if err != nil {
		return err
	}
	return line.send(text)
}

// eventText is an event as it is sent.
func eventText(e app.Event) (string, error) {
	data, err := encodeJSON(viewEvent(e))
	return "event: " + e.Name + "\ndata: " + string(data) + "\n\n", err
}

// eventLine is the connection that a stream is written to.
type eventLine struct {
	w       io.Writer
	control *http.ResponseController
}

// send writes text and lets it go out at once, or fails when the client takes nothing for streamPatience.
func (l eventLine) send(text string) error {
	l.within(streamPatience)
	if _, err := io.WriteString(l.w, text); err != nil {
		return err
	}
	return l.control.Flush()
}

// part makes a line give up soon once gone ends, also in the middle of a write. What it answers must be called before the
// handler returns: the line must not be touched after that.
func (l eventLine) part(gone context.Context) (done func()) {
	parted := make(chan struct{})
	stop := context.AfterFunc(gone, func() {
		defer close(parted)
		l.within(streamParting)
	})
	return func() {
		if !stop() {
			<-parted
		}
	}
}

// within bounds how long what is written may take from now: the machine's time, whatever the accounts' clock says. A
// writer that knows no deadline goes without.
func (l eventLine) within(d time.Duration) { _ = l.control.SetWriteDeadline(time.Now().Add(d)) }
