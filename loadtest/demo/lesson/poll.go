package lesson

import (
	"context"
	"net/http"
	"time"

	"authlab/loadtest/message"
)

// Count sends GET /v1/me with a person's credentials again and again, until it is refused. The clock counts for how
// long it still worked, from the moment at which the act begins.
type Count struct {
	Who    string
	Every  time.Duration
	Limit  time.Duration // until it must have been refused
	Direct int           // see Ask
}

// Do implements Act.
func (c Count) Do(ctx context.Context, p *Place) error {
	if p.replaying { // it changes nothing
		return nil
	}
	began := time.Now()
	clock := &Clock{Running: true}
	p.evidence.Clock = clock
	ticker := time.NewTicker(c.Every)
	defer ticker.Stop()
	ask := Ask{Who: c.Who, Direct: c.Direct}
	for {
		x, err := p.send(ctx, c.Who, ask.request(p))
		if err != nil {
			return err
		}
		now := time.Since(began)
		clock.Asked++
		first, refused := clock.Asked == 1, x.Status() == http.StatusUnauthorized
		if x.Status() == http.StatusOK {
			clock.Worked++
			clock.Seconds = now.Seconds()
		}
		clock.Running = !refused
		switch {
		case first || refused:
			p.note(Deed{Exchange: &x})
		default:
			p.tell()
		}
		if refused {
			return nil
		}
		if now > c.Limit {
			return amiss{message.New("demo.amiss.not-refused", "limit", c.Limit.Seconds(), "got", x.Status())}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
