package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// Problem is an error as RFC 9457 describes it. Detail never holds anything that the caller did not already know.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`

	retryAfter int // seconds, 0 for no Retry-After
	challenge  bool
	plain      bool // Accept-Encoding: identity
}

func (p *Problem) Error() string { return p.Detail }

func problem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

var errNotAdmin = problem(http.StatusForbidden, "only an admin may do this")

// errCoding reports a body with a Content-Encoding. The answer says what would have been accepted (RFC 9110 section
// 15.5.16).
var errCoding = &Problem{
	Type: "about:blank", Title: http.StatusText(http.StatusUnsupportedMediaType), Status: http.StatusUnsupportedMediaType,
	Detail: "the body must not be encoded: leave out Content-Encoding", plain: true,
}

// ErrNotJSON reports a body that is not JSON, the only type that the calls take.
var ErrNotJSON = problem(http.StatusUnsupportedMediaType, "the body must be application/json, in UTF-8")

// errLeft is for a client that closed its side of the connection but may still read.
var errLeft = problem(http.StatusBadRequest, "the connection was closed before the answer")

// problemOf is the one place where errors become statuses.
func problemOf(err error) *Problem {
	var p *Problem
	var tooLarge *http.MaxBytesError
	unavailable := func(detail string) *Problem {
		p := problem(http.StatusServiceUnavailable, detail)
		p.retryAfter = 1
		return p
	}
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return problem(http.StatusRequestEntityTooLarge, "the body is larger than "+strconv.Itoa(maxBody)+" bytes")
	case errors.Is(err, ErrUnavailable), errors.Is(err, user.ErrUnavailable):
		// Check this first: an outage is never "not logged in".
		return unavailable("a service that this request needs does not answer; try again")
	case errors.Is(err, user.ErrBusy):
		return unavailable("too many logins at once; try again")
	case errors.Is(err, ErrAmbiguous):
		return problem(http.StatusBadRequest, "the request carries more than one credential; send exactly one")
	case errors.Is(err, ErrUnauthenticated), errors.Is(err, user.ErrGone):
		// A disabled account has no login: the answer is the same whether or not the credential already says so.
		p := problem(http.StatusUnauthorized, "not logged in")
		p.challenge = true
		return p
	case errors.Is(err, user.ErrBadCredentials):
		p := problem(http.StatusUnauthorized, "wrong name or password")
		p.challenge = true
		return p
	case errors.Is(err, user.ErrNotAdmin):
		return errNotAdmin
	case errors.Is(err, user.ErrNotFound):
		return problem(http.StatusNotFound, "not found")
	case errors.Is(err, user.ErrInsufficient):
		return problem(http.StatusConflict, "the balance is too low")
	case errors.Is(err, user.ErrLastAdmin):
		return problem(http.StatusConflict, "this is the last enabled admin: make another user admin first")
	case errors.Is(err, user.ErrInvalid):
		detail := strings.TrimPrefix(err.Error(), user.ErrInvalid.Error()+": ")
		return problem(http.StatusUnprocessableEntity, detail)
	default:
		return problem(http.StatusInternalServerError, "")
	}
}

// fail answers with err's problem and ends the chain of handlers.
func (s *Server) fail(c *gin.Context, err error) {
	p := problemOf(err)
	if p.Status >= 500 && c.Request.Context().Err() == context.Canceled {
		p = errLeft
	}
	h := c.Writer.Header()
	if p.Status >= 500 {
		h.Del("Set-Cookie") // a credential never travels with an outage
		s.complain(c, p, err)
	}
	if p.challenge {
		h.Set("WWW-Authenticate", s.challenge(c))
	}
	if p.plain {
		h.Set("Accept-Encoding", "identity")
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	body, _ := json.Marshal(p) // JSON can represent every Problem
	c.Abort()
	c.Data(p.Status, "application/problem+json", body)
}

// complain logs a server error, at most one a second: an outage under load must not fill the disk as well. 501 is not
// an error.
func (s *Server) complain(c *gin.Context, p *Problem, err error) {
	if p.Status == http.StatusNotImplemented {
		return
	}
	now, last := time.Now().UnixNano(), s.complained.Load()
	if now-last < int64(time.Second) || !s.complained.CompareAndSwap(last, now) {
		s.silent.Add(1)
		return
	}
	s.log.Warn("answered with an error", "route", c.FullPath(), "status", p.Status, "error", redact(err.Error()),
		"silent", s.silent.Swap(0))
}

// challenge is the header that RFC 9110 requires with a 401.
func (s *Server) challenge(c *gin.Context) string {
	if own, ok := s.auth.(Challenger); ok {
		return own.Challenge(c.Request)
	}
	return CookieChallenge
}

// redact limits what a text reveals in a log: it is cut, and on one line.
func redact(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
	return text[:min(len(text), 300)]
}
