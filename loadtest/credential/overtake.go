package credential

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// errand is a request with a body, and whether a scheme promises to refuse it once its user has logged out.
type errand struct {
	path    string
	body    func(device) string
	refused func(plan.Scheme) bool
}

// errands are requests that change something. A token that ends by expiry alone may still send money. Its renewal must
// fail, because the servers keep that; of a sealed session they keep nothing.
var errands = []errand{
	{
		"/v1/transfers", func(device) string { return `{"to":"load-000000","amount":1}` },
		func(s plan.Scheme) bool { return s.Guarantee != plan.AtExpiry },
	},
	{"/v1/refresh", device.renewing, func(s plan.Scheme) bool { return !s.Sealed }},
}

// Overtake logs the user with index c.First in, begins a request, logs the user out, and only then, when the scheme's
// promise is due, sends the body of the request: one request of each kind, one after the other.
func Overtake(ctx context.Context, c Config) (told experiment.Overtaken, err error) {
	if c.Scheme.Carrier == plan.ByName {
		return told, nil
	}
	for _, e := range errands {
		d, err := newDevice(c).logIn(ctx, c.First)
		if err == nil {
			err = d.overtaken(ctx, e, &told)
		}
		if err != nil {
			return told, fmt.Errorf("%s: %w", e.path, err)
		}
	}
	return told, nil
}

func (v device) overtaken(ctx context.Context, e errand, told *experiment.Overtaken) error {
	slow := v.begin(ctx, e)
	defer slow.body.Close()
	told.Tried++
	begun := false
	select {
	case <-slow.read:
		begun = true
	case <-slow.answered:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if status := v.status(ctx, "POST", "/v1/logout"); status != http.StatusNoContent {
		told.Failed++
		return ctx.Err()
	}
	if err := wait(ctx, v.Scheme.Push); err != nil {
		return err
	}
	select {
	case <-slow.answered:
		begun = false
	default:
	}
	if begun {
		told.Begun++
	}
	after, status := slow.finish(e.body(v))
	promised := e.refused(v.Scheme)
	switch status {
	case 0, http.StatusServiceUnavailable, http.StatusInternalServerError, http.StatusBadRequest:
		told.Failed++
	case http.StatusUnauthorized, http.StatusForbidden:
		told.Refused++
	default:
		if promised {
			told.Admitted++
		}
	}
	if after.lives(ctx) {
		told.Revived++
	}
	return ctx.Err()
}

// lives reports whether a login goes on in spite of its logout, by what the scheme promises.
func (v device) lives(ctx context.Context) bool {
	switch {
	case v.Scheme.Guarantee != plan.AtExpiry:
		return v.status(ctx, "GET", "/v1/me") == http.StatusOK
	case v.Scheme.Sealed:
		return false
	default:
		_, status := v.renew(ctx)
		return status == http.StatusOK
	}
}

// unfinished is a request without its body.
type unfinished struct {
	body     *io.PipeWriter
	read     chan struct{} // is closed when a replica begins to read the body
	answered chan struct{} // is closed with the answer
	device   device
	status   int
}

// begin sends the head of a request. The replica that begins to read its body says so, because it is asked to (Expect).
func (v device) begin(ctx context.Context, e errand) *unfinished {
	body, write := io.Pipe()
	u := &unfinished{body: write, read: make(chan struct{}), answered: make(chan struct{}), device: v}
	client := *v.client
	transport := client.Transport.(*http.Transport).Clone()
	transport.ExpectContinueTimeout = slowest
	client.Transport = transport
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { close(u.read) }})
	request, err := http.NewRequestWithContext(ctx, "POST", v.Base+e.path, body)
	if err != nil {
		close(u.answered)
		return u
	}
	request.ContentLength = int64(len(e.body(v)))
	request.Header.Set("Expect", "100-continue")
	v.sign(request)
	go func() {
		defer close(u.answered)
		defer body.Close()
		answer, err := client.Do(request)
		if err != nil {
			return
		}
		defer answer.Body.Close()
		var told reply
		u.device, told = v.read(answer)
		u.status = told.status
	}()
	return u
}

// finish sends the body, and returns the device with what the answer gave it. The status is 0 where none came.
func (u *unfinished) finish(body string) (device, int) {
	io.WriteString(u.body, body) // fails where it was answered before, or never
	u.body.Close()
	<-u.answered
	return u.device, u.status
}
