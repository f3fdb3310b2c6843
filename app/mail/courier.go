package mail

import (
	"context"
	"errors"

	"doorward/app"
)

// Courier composes mails and brings them to the server. It is an app.Courier.
type Courier struct {
	composer  *Composer
	transport *Transport
}

var _ app.Courier = (*Courier)(nil)

// NewCourier joins a Composer and a Transport; closing the Transport is left to whoever made it.
func NewCourier(c *Composer, t *Transport) *Courier { return &Courier{c, t} }

// Deliver composes and sends m. Errors are as app.Courier asks: permanent ones answer true to `Permanent() bool`, and no
// error holds m's token, even if the server repeats it.
func (c *Courier) Deliver(ctx context.Context, m app.Mail) error {
	message, err := c.composer.Compose(m)
	if err != nil {
		return err
	}
	if _, err = c.send(ctx, message); err == nil {
		return nil
	}
	var failure *DeliveryError
	if errors.As(err, &failure) {
		return failure.without(m.Token.Reveal())
	}
	return err
}

// SendTest sends the mail of `doorward mail test` and answers what the server said.
func (c *Courier) SendTest(ctx context.Context, message Message) (reply string, err error) {
	return c.send(ctx, message)
}

func (c *Courier) send(ctx context.Context, message Message) (string, error) {
	wire, err := message.Bytes()
	if err != nil {
		return "", err
	}
	return c.transport.Send(ctx, message.From, message.To, wire)
}
