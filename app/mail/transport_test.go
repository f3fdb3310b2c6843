package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func TestAMailArrives(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mode TLSMode
		user string
	}{
		"in the clear":                             {TLSNone, ""},
		"in the clear where no TLS is offered":     {TLSWhenOffered, ""},
		"signed in, in the clear, to this machine": {TLSNone, "ada"},
		"by STARTTLS":                              {TLSRequired, ""},
		"by STARTTLS, signed in":                   {TLSRequired, "ada"},
		"by TLS from the start":                    {TLSImplicit, ""},
		"by TLS from the start, signed in":         {TLSImplicit, "ada"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &letterBox{user: tt.user, password: strings.Repeat(tt.user, 3)}
			o := box.serve(t, tt.mode, nil)
			reply, err := send(t, newTransport(t, o))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(reply, "250 ") {
				t.Errorf("reply %q", reply)
			}
			want := received{
				from: "no-reply@example.org", to: "ada@example.org", hello: "[127.0.0.1]", body: testBody,
				encrypted: tt.mode == TLSRequired || tt.mode == TLSImplicit,
			}
			if got := box.mails(); len(got) != 1 || got[0] != want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestSTARTTLSIsUsedWhereItIsOffered(t *testing.T) {
	t.Parallel()
	box := &letterBox{user: "ada", password: "correct horse"}
	o := box.serve(t, TLSRequired, nil)
	o.TLS, o.Hello = TLSWhenOffered, "accounts.example.org"
	mustSend(t, newTransport(t, o))
	if got := box.mails(); len(got) != 1 || !got[0].encrypted || got[0].hello != "accounts.example.org" {
		t.Errorf("got %+v", got)
	}
}

func TestLOGINIsSpokenWhereThereIsNoPLAIN(t *testing.T) {
	t.Parallel()
	s := newScript(t, TLSNone, func(c *talker) {
		c.say("220 ready")
		c.hear()
		c.say("250-mail.example.org\r\n250 AUTH LOGIN")
		c.hear()
		c.say("334 UGFzc3dvcmQ6")
		c.hear()
		c.say("235 welcome")
		for range 3 {
			if c.hear() == "DATA" {
				c.say("354 go on")
				continue
			}
			c.say("250 fine")
		}
		c.hearData()
		c.say("250 taken")
		c.hearOut()
	})
	s.settings.Username, s.settings.Password = "ada", "correct horse"
	transport := newTransport(t, s.settings)
	mustSend(t, transport)
	transport.Close()
	if heard := receive(t, s.heard); !strings.Contains(heard, "AUTH LOGIN YWRh\r\nY29ycmVjdCBob3JzZQ==\r\n") {
		t.Errorf("heard %q", heard)
	}
}

func TestWithoutTheTLSThatIsRequiredNothingIsTold(t *testing.T) {
	t.Parallel()
	stripped := func(c *talker) {
		c.say("220 ready")
		c.hear()
		c.say("250-mail.example.org\r\n250 AUTH PLAIN LOGIN")
		c.hearOut()
	}
	s := newScript(t, TLSRequired, stripped)
	s.settings.Username, s.settings.Password = "ada", "correct horse"
	_, err := send(t, newTransport(t, s.settings))
	mustFail(t, err, false, "does not offer STARTTLS")
	if heard := receive(t, s.heard); heard != "EHLO [127.0.0.1]\r\n" {
		t.Errorf("the server was told %q", heard)
	}
}

// elsewhere is a connection that seems to lead to another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 5), Port: 587}
}

func TestThePasswordIsNotSentInTheClearToAnotherMachine(t *testing.T) {
	t.Parallel()
	s := newScript(t, TLSWhenOffered, func(c *talker) { c.until("AUTH") })
	s.settings.Username, s.settings.Password = "ada", "correct horse"
	transport := newTransport(t, s.settings)
	dial := transport.dial
	transport.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return elsewhere{conn}, err
	}
	_, err := send(t, transport)
	mustFail(t, err, false, "only sent over TLS")
	if heard := receive(t, s.heard); strings.Contains(heard, "AUTH") {
		t.Errorf("the server was told %q", heard)
	}
}

func TestAServerWithAnUnknownCertificateIsToldNothing(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLSMode{TLSImplicit, TLSRequired, TLSWhenOffered} {
		box := &letterBox{user: "ada", password: "correct horse"}
		serving := mode
		if mode == TLSWhenOffered {
			serving = TLSRequired
		}
		o := box.serve(t, serving, nil)
		_, o.RootCAs = certificate(t)
		o.TLS = mode
		_, err := send(t, newTransport(t, o))
		mustFail(t, err, false, "certificate")
		if len(box.mails()) != 0 {
			t.Error("the mail went out")
		}
	}
}

func TestWhatIsSaidBeforeTLSDoesNotCountUnderIt(t *testing.T) {
	t.Parallel()
	s := newScript(t, TLSRequired, func(c *talker) {
		c.say("220 ready")
		c.hear()
		c.say("250 STARTTLS\r\n")
		c.hear()
		c.say("220 go on\r\n250 slipped in")
		c.hearOut()
	})
	_, err := send(t, newTransport(t, s.settings))
	mustFail(t, err, false, "TLS: ")
	if heard := receive(t, s.heard); strings.Contains(heard, "MAIL") {
		t.Errorf("the server was told %q", heard)
	}
}

func TestARefusalIsPermanentOnlyIfItIsAboutTheMail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		verb, reply string
		permanent   bool
		text        string
	}{
		{"", "554 go away", false, "greeting: 554 go away"},
		{"", "421 busy", false, "greeting: 421 busy"},
		{"EHLO", "421 busy", false, "greeting: 421 busy"},
		{"AUTH", "535 5.7.8 wrong password", false, "AUTH: 535 5.7.8 wrong password"},
		{"AUTH", "454 4.7.0 later", false, "AUTH: 454 4.7.0 later"},
		{"MAIL", "451 4.7.1 later", false, "MAIL: 451 4.7.1 later"},
		{"MAIL", "550 5.7.1 not from you", true, "MAIL: 550 5.7.1 not from you"},
		{"MAIL", "530 5.7.0 Authentication required", false, "MAIL: 530 5.7.0 Authentication required"},
		{"RCPT", "535 5.7.8 sign in first", false, "RCPT: 535 5.7.8 sign in first"},
		{"RCPT", "450 greylisted", false, "RCPT: 450 greylisted"},
		{"RCPT", "550-5.1.1 no such\r\n550 5.1.1 user", true, "RCPT: 550 5.1.1 no such user"},
		{"DATA", "452 4.3.1 no room", false, "DATA: 452 4.3.1 no room"},
		{"DATA", "554 no recipients", true, "DATA: 554 no recipients"},
		{".", "451 scanner is away", false, "end of DATA: 451 scanner is away"},
		{".", "552 5.3.4 too large", true, "end of DATA: 552 5.3.4 too large"},
		{".", "554 \x1b[31mred\x00\xff", true, `end of DATA: 554 \u001b[31mred\u0000\xff`},
	} {
		t.Run(tt.verb+" "+tt.reply[:3], func(t *testing.T) {
			t.Parallel()
			s := newScript(t, TLSNone, func(c *talker) {
				c.until(tt.verb)
				c.say(tt.reply)
				if tt.verb == "AUTH" {
					c.hear()
					c.say("501 given up")
				}
				c.hearOut()
			})
			s.settings.Username, s.settings.Password = "ada", "correct horse"
			_, err := send(t, newTransport(t, s.settings))
			failure := mustFail(t, err, tt.permanent, "")
			if failure.Error() != tt.text || fmt.Sprint(failure.Code) != tt.reply[:3] {
				t.Errorf("%d, %s; want %s", failure.Code, failure, tt.text)
			}
			if receive(t, s.heard); len(s.heard) > 0 {
				t.Error("it was tried more than once")
			}
		})
	}
}

func TestARealServersRefusalsAreToldApart(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"MAIL", "RCPT", "DATA"} {
		for code, permanent := range map[int]bool{450: false, 550: true} {
			box := &letterBox{refuse: func(at, _ string) error {
				if at != verb {
					return nil
				}
				return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "not now"}
			}}
			_, err := send(t, newTransport(t, box.serve(t, TLSNone, nil)))
			mustFail(t, err, permanent, fmt.Sprintf("%d %d.1.1 not now", code, code/100))
		}
	}
}

func TestAWrongPasswordInTheSettingsLosesNoMail(t *testing.T) {
	t.Parallel()
	box := &letterBox{user: "ada", password: "correct horse"}
	o := box.serve(t, TLSRequired, nil)
	o.Password = "wrong"
	_, err := send(t, newTransport(t, o))
	mustFail(t, err, false, "535")
}

func TestABrokenConversationIsTemporary(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		talk func(*talker)
		text string
	}{
		"hangs up at once":            {func(c *talker) {}, "greeting: the server closed the connection"},
		"hangs up before a command":   {func(c *talker) { c.until("MAIL") }, "MAIL: the server closed the connection"},
		"hangs up in the middle":      {func(c *talker) { c.until("RCPT"); c.say("25") }, "RCPT: "},
		"hangs up before DATA":        {func(c *talker) { c.until("DATA") }, "DATA: the server closed the connection"},
		"hangs up after the mail":     {func(c *talker) { c.until(".") }, "end of DATA: the server closed the connection"},
		"garbage greeting":            {func(c *talker) { c.say("HTTP/1.1 400 Bad Request"); c.hearOut() }, "greeting: "},
		"garbage in the conversation": {func(c *talker) { c.until("RCPT"); c.say("\x16\x03\x01\x00\xff"); c.hearOut() }, "RCPT: "},
		"a reply without an end": {func(c *talker) {
			c.until("RCPT")
			for {
				if _, err := fmt.Fprintf(c.Conn, "250-%s\r\n", strings.Repeat("x", 500)); err != nil {
					return
				}
			}
		}, "RCPT: the server says too much"},
		"a line without an end": {func(c *talker) {
			c.until("RCPT")
			for {
				if _, err := fmt.Fprint(c.Conn, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		}, "RCPT: "},
	} {
		for _, mode := range []TLSMode{TLSNone, TLSWhenOffered} {
			t.Run(fmt.Sprint(name, mode), func(t *testing.T) {
				t.Parallel()
				s := newScript(t, mode, tt.talk)
				_, err := send(t, newTransport(t, s.settings))
				mustFail(t, err, false, tt.text)
			})
		}
	}
}

func TestAServerThatIsNotThereIsTemporary(t *testing.T) {
	t.Parallel()
	l := listen(t)
	o := reach(SMTP{}, l)
	l.Close()
	_, err := send(t, newTransport(t, o))
	mustFail(t, err, false, "connect: ")
}

func TestASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"", "EHLO", "MAIL", "RCPT", "DATA"} {
		for _, mode := range []TLSMode{TLSNone, TLSWhenOffered, TLSImplicit} {
			if mode == TLSImplicit && verb != "" {
				continue
			}
			t.Run(fmt.Sprint(verb, mode), func(t *testing.T) {
				t.Parallel()
				s := newScript(t, mode, func(c *talker) {
					c.until(verb)
					c.hearOut()
				})
				s.settings.CommandTimeout = 20 * time.Millisecond
				_, err := send(t, newTransport(t, s.settings))
				mustFail(t, err, false, "the server did not answer in time")
				receive(t, s.heard)
			})
		}
	}
}

func TestAMailTakesNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	s := newScript(t, TLSNone, func(c *talker) {
		c.until(".")
		c.hearOut()
	})
	s.settings.MailTimeout = 50 * time.Millisecond
	_, err := send(t, newTransport(t, s.settings))
	mustFail(t, err, false, "longer than 50ms")
	receive(t, s.heard)
}

func TestAVeryLongReplyIsCutAndStillCounts(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"one line":   "550 " + strings.Repeat("é", 5000),
		"many lines": strings.Repeat("550-5.7.1 "+strings.Repeat("no ", 100)+"\r\n", 50) + "550 5.7.1 no",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, TLSNone, func(c *talker) {
				c.until("RCPT")
				c.say(reply)
				c.hearOut()
			})
			_, err := send(t, newTransport(t, s.settings))
			failure := mustFail(t, err, true, "RCPT: 550 ")
			if !strings.HasSuffix(failure.Error(), "…") {
				t.Errorf("not cut: %s", failure)
			}
		})
	}
}

func TestACancelledMailEndsAtOnceAndItsConnectionToo(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"", "EHLO", "MAIL", "RCPT", "DATA", "."} {
		for _, mode := range []TLSMode{TLSNone, TLSWhenOffered} {
			t.Run(fmt.Sprint(verb, mode), func(t *testing.T) {
				t.Parallel()
				reached := make(chan struct{})
				s := newScript(t, mode, func(c *talker) {
					c.until(verb)
					close(reached)
					c.hearOut()
				})
				ctx, cancel := context.WithCancel(context.Background())
				transport, answer := newTransport(t, s.settings), make(chan error, 1)
				go func() {
					_, err := transport.Send(ctx, "a@example.org", "b@example.org", []byte(testBody))
					answer <- err
				}()
				receive(t, reached)
				cancel()
				err := receive(t, answer)
				mustFail(t, err, false, "context canceled")
				if !errors.Is(err, context.Canceled) {
					t.Error("the cause is lost")
				}
				receive(t, s.heard)
			})
		}
	}
}

func TestAnAddressInAnotherScriptNeedsAServerThatTakesIt(t *testing.T) {
	t.Parallel()
	for _, offered := range []bool{true, false} {
		box := &letterBox{}
		o := box.serve(t, TLSNone, func(s *smtp.Server) { s.EnableSMTPUTF8 = offered })
		_, err := newTransport(t, o).Send(context.Background(), "a@example.org", "ädä@example.org", []byte(testBody))
		if !offered {
			mustFail(t, err, true, "SMTPUTF8")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := box.mails(); len(got) != 1 || !got[0].utf8 || got[0].to != "ädä@example.org" {
			t.Errorf("got %+v", got)
		}
	}
}

func TestAnAddressThatWouldBeACommandIsRefused(t *testing.T) {
	t.Parallel()
	box := &letterBox{}
	transport := newTransport(t, box.serve(t, TLSNone, nil))
	for _, address := range []string{"", "ada", "a@b\r\nRSET", "a@b> SIZE=1", "a @b", "a\x00@b"} {
		for _, pair := range [][2]string{{address, "a@b.example"}, {"a@b.example", address}} {
			_, err := transport.Send(context.Background(), pair[0], pair[1], []byte(testBody))
			mustFail(t, err, true, "envelope")
		}
	}
	if box.connections() != 0 {
		t.Error("the server was asked")
	}
}

func TestTheServersWordsNeverHoldThePassword(t *testing.T) {
	t.Parallel()
	s := newScript(t, TLSNone, func(c *talker) {
		c.until("AUTH")
		c.say("535 correct horse, AGFkYQBjb3JyZWN0IGhvcnNl is wrong")
		c.hear()
		c.say("501 given up")
		c.hearOut()
	})
	s.settings.Username, s.settings.Password = "ada", "correct horse"
	_, err := send(t, newTransport(t, s.settings))
	if failure := mustFail(t, err, false, "535 [redacted], [redacted] is wrong"); strings.Contains(failure.Error(), "horse") {
		t.Error(failure)
	}
}

func TestCheckSaysWhetherMailsCouldGoOut(t *testing.T) {
	t.Parallel()
	box := &letterBox{user: "ada", password: "correct horse"}
	o := box.serve(t, TLSRequired, nil)
	if err := newTransport(t, o).Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.Password = "wrong"
	mustFail(t, newTransport(t, o).Check(context.Background()), false, "535")
	if len(box.mails()) != 0 {
		t.Error("a mail went out")
	}
}
