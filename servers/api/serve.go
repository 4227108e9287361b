package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// A call is one thought: what comes in, what goes out, or the error. The four adapters below make handlers of calls.

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

// change makes a handler of a call that changes what credentials are worth. Its answer says what remains: for how many
// seconds the old ones may still be honoured somewhere.
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

// decode reads the one JSON object of a request's body, strictly.
func decode(r *http.Request, into any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case err != nil:
		return problem(http.StatusBadRequest, "the body could not be read to its end")
	}
	if err := strict(body, into); err != nil {
		return problem(http.StatusBadRequest, "the body is not the JSON object that this call takes: "+err.Error())
	}
	return nil
}

var (
	errObject  = errors.New("it must be exactly one object")
	errMember  = errors.New("a member is unknown, or not in its exact case")
	errTwice   = errors.New("a member occurs twice")
	errMissing = errors.New("a member is missing")
	errType    = errors.New("a member has the wrong type")
)

// strict decodes the object that body is into the struct that into points to: each member exactly once. What
// encoding/json forgives (other case, the last of two, nothing at all, null) is an error here, so that whatever stands
// in front of this server cannot read another body than it does. The errors repeat nothing of the body, which may hold
// a password.
func strict(body []byte, into any) error {
	given, err := members(body)
	if err != nil {
		return err
	}
	var wanted []string
	for t, i := reflect.TypeOf(into).Elem(), 0; i < t.NumField(); i++ {
		wanted = append(wanted, t.Field(i).Tag.Get("json"))
	}
	for _, name := range given {
		if !slices.Contains(wanted, name) {
			return errMember
		}
	}
	if len(given) != len(wanted) {
		return errMissing
	}
	if err := json.Unmarshal(body, into); err != nil {
		return errType
	}
	return nil
}

// members returns the names in a JSON object, in order. A null value is refused like a missing one.
func members(body []byte) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errObject
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errObject
		}
		if slices.Contains(names, name.(string)) {
			return nil, errTwice
		}
		names = append(names, strings.Clone(name.(string)))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errObject
		}
		if string(value) == "null" {
			return nil, errType
		}
		if len(names) > 16 {
			return nil, errMember
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errObject
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errObject
	}
	return names, nil
}
