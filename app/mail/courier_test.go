package mail

import (
	"context"
	"strings"
	"testing"

	"doorward/app"
)

func TestACourierBringsTheComposedMail(t *testing.T) {
	t.Parallel()
	box := &letterBox{}
	courier := NewCourier(newComposer(t, nil), newTransport(t, box.serve(t, TLSNone, nil)))
	ids := map[string]bool{}
	for range 2 { // a second attempt is the same mail
		if err := courier.Deliver(context.Background(), sample(app.MailConfirmation)); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range box.mails() {
		w := readWire(t, []byte(got.body))
		ids[w.header.Get("Message-Id")] = true
		if got.from != "no-reply@example.org" || got.to != "ada@example.org" || !strings.Contains(w.text, "/confirm/"+testToken) {
			t.Errorf("got %+v", got)
		}
	}
	if len(box.mails()) != 2 || len(ids) != 1 {
		t.Errorf("%d mails, ids %v", len(box.mails()), ids)
	}
}

func TestATestMailAnswersWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	s := newScript(t, TLSNone, func(c *talker) {
		c.until(".")
		c.say("250 2.0.0 queued as 4XyZ\x1b[2J")
		c.hearOut()
	})
	composer := newComposer(t, nil)
	message, err := composer.ComposeTest("ada@example.org", "id", sample(app.MailConfirmation).At)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := NewCourier(composer, newTransport(t, s.settings)).SendTest(context.Background(), message)
	if err != nil || reply != `250 2.0.0 queued as 4XyZ\u001b[2J` {
		t.Errorf("%q, %v", reply, err)
	}
}

func TestAMailThatCannotBeComposedFailsForGood(t *testing.T) {
	t.Parallel()
	box := &letterBox{}
	courier := NewCourier(newComposer(t, nil), newTransport(t, box.serve(t, TLSNone, nil)))
	m := sample(app.MailConfirmation)
	m.To = "nowhere"
	err := courier.Deliver(context.Background(), m)
	if permanent, ok := err.(interface{ Permanent() bool }); !ok || !permanent.Permanent() || box.connections() != 0 {
		t.Errorf("%v", err)
	}
}

func TestTheServersWordsNeverHoldTheToken(t *testing.T) {
	t.Parallel()
	for name, quoted := range map[string]string{
		"whole":     "https://accounts.example.org/confirm/" + testToken,
		"cut short": "…" + testToken[:20] + "…",
		"its end":   testToken[15:],
		"in half":   testToken[:21] + " " + testToken[21:],
		"far back":  strings.Repeat("x", 230) + testToken,
	} {
		s := newScript(t, TLSNone, func(c *talker) {
			c.until(".")
			c.say("554 5.7.1 suspicious link " + quoted)
			c.hearOut()
		})
		courier := NewCourier(newComposer(t, nil), newTransport(t, s.settings))
		failure := mustFail(t, courier.Deliver(context.Background(), sample(app.MailConfirmation)), true, "554 5.7.1 suspicious link")
		for i := range len(testToken) - 11 {
			if strings.Contains(failure.Error(), testToken[i:i+12]) {
				t.Fatalf("%s: %s", name, failure)
			}
		}
		if !strings.Contains(failure.Error(), "[redacted]") {
			t.Errorf("%s: nothing was hidden: %s", name, failure)
		}
	}
}
