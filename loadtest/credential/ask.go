package credential

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"authlab/loadtest/plan"
)

// Ask sends a request without a body, such as POST /v1/logout, on behalf of c, on a connection of its own. It returns
// the status.
func Ask(ctx context.Context, base, request string, c Credential) (status int, err error) {
	at, err := url.Parse(base)
	if err != nil {
		return 0, err
	}
	d := newLoginClient(Config{Base: base}, at)
	defer d.conn.Close()
	defer context.AfterFunc(ctx, d.conn.Interrupt)()
	return d.status(request, c)
}

// Try logs the user with index c.First in, once, on a connection of its own, and throws the login away. It returns 200,
// 503 where the servers are not ready, 0 where no answer came, and 500 for any other answer. The control has no logins:
// 200.
func Try(ctx context.Context, c Config) (status int) {
	if c.Scheme.Carrier == plan.ByName {
		return http.StatusOK
	}
	at, err := url.Parse(c.Base)
	if err != nil {
		return 0
	}
	d := newLoginClient(c, at)
	defer d.conn.Close()
	defer context.AfterFunc(ctx, d.conn.Interrupt)()
	_, _, err = d.logIn(c.account(0))
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, ErrBusy):
		return http.StatusServiceUnavailable
	case d.conn.In == 0:
		return 0
	default:
		return http.StatusInternalServerError
	}
}
