package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Alone has defences of a Server outside of one, so that what each adds to a request can be measured. They are the code
// that every Server runs. A Server always has them: none of this takes one away.
type Alone struct{ server *Server }

// NewAlone returns them as a Server has them that listens at a loopback address and trusts no origin and no proxy.
func NewAlone() *Alone {
	return &Alone{&Server{
		throttle: newThrottle(time.Now), sameOrigin: http.NewCrossOriginProtection(),
		cookies: &deviceCookies{key: make([]byte, deviceSize), now: time.Now},
	}}
}

// SameOrigin is what every route asks about a request first. It reports whether a page of another site did not send it;
// else it has answered.
func (a *Alone) SameOrigin(c *gin.Context) bool { return a.server.allowed(c) }

// Guarded runs check, which asks whether the password of a login is right, unless the attempt must wait.
func (a *Alone) Guarded(r *http.Request, account string, check func(context.Context) error) error {
	return a.server.guarded(r, account, check)
}
