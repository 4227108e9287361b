package api

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// A call does one thing: it takes an input and returns an output or an error. The four adapters below make handlers of
// calls.

// answer makes a handler of a call that reads.
func answer[Out any](s *Server, call func(*gin.Context) (Out, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		out, err := call(c)
		if err != nil {
			s.fail(c, err)
			return
		}
		c.JSON(http.StatusOK, out)
	}
}

// answerTo makes a handler of a call that takes a body.
func answerTo[In, Out any](s *Server, call func(*gin.Context, In) (Out, error)) gin.HandlerFunc {
	return answer(s, func(c *gin.Context) (out Out, err error) {
		var in In
		if err := decode(c.Request, &in); err != nil {
			return out, err
		}
		return call(c, in)
	})
}

// change makes a handler of a call that changes the validity of credentials. Its answer says for how many seconds some
// replica may still accept the old ones.
func change(s *Server, call func(*gin.Context) error) gin.HandlerFunc {
	within := strconv.Itoa(int(s.auth.EffectiveWithin() / time.Second))
	return func(c *gin.Context) {
		if err := call(c); err != nil {
			s.fail(c, err)
			return
		}
		c.Header("Authlab-Effective-Within", within)
		c.Status(http.StatusNoContent)
	}
}

// changeTo is change for a call that takes a body.
func changeTo[In any](s *Server, call func(*gin.Context, In) error) gin.HandlerFunc {
	return change(s, func(c *gin.Context) error {
		var in In
		if err := decode(c.Request, &in); err != nil {
			return err
		}
		return call(c, in)
	})
}

// optional checks, before anything is done, the body of a call that takes a refresh token or nothing. The body must be
// as documented, even if the scheme does not need it. The scheme reads the same body.
func (s *Server) optional(c *gin.Context) {
	body, err := ReadBody(c.Request)
	switch {
	case err != nil || len(bytes.TrimSpace(body)) == 0:
	case !IsJSON(c.Request):
		if err = ErrNotJSON; carriesToken(c.Request, body) {
			err = ErrAmbiguous
		}
	default:
		err = refreshes(body)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	c.Next()
}

// carriesToken reports whether a body is a form with an access token in it (RFC 6750 section 2.2), which this server
// does not accept.
func carriesToken(r *http.Request, body []byte) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, _ := url.ParseQuery(string(body))
	return media == "application/x-www-form-urlencoded" && form.Has("access_token")
}

// refreshes checks that body is an object with a refresh token, or an empty one.
func refreshes(body []byte) error {
	given, err := members(body)
	switch {
	case err != nil:
	case len(given) > 1 || len(given) == 1 && given[0] != "refresh_token":
		err = errMember
	case json.Unmarshal(body, new(struct {
		Token string `json:"refresh_token"`
	})) != nil:
		err = errType
	}
	if err != nil {
		return notTaken(err)
	}
	return nil
}

// IsJSON reports whether r says exactly once that its body is JSON, which is UTF-8 (RFC 8259 section 8.1). With another
// charset or type, another reader would read something else.
func IsJSON(r *http.Request) bool {
	types := r.Header["Content-Type"]
	if len(types) != 1 {
		return false
	}
	media, parameters, err := mime.ParseMediaType(types[0])
	charset := parameters["charset"]
	return err == nil && media == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

func notTaken(why error) error {
	return problem(http.StatusBadRequest, "the body is not the JSON object that this call takes: "+why.Error())
}

// decode strictly reads the one JSON object of a request's body.
func decode(r *http.Request, into any) error {
	if !IsJSON(r) {
		return ErrNotJSON
	}
	body, err := ReadBody(r)
	if err != nil {
		return err
	}
	if err := strict(body, into); err != nil {
		return notTaken(err)
	}
	return nil
}
