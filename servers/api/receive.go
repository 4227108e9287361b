package api

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/api/connections"
)

// received reads the complete body before anything is done for the request, and reports whether the request continues.
// This is the only place that waits for a client to send. Everything after it reads memory, whatever the route and the
// scheme, so a broken, cut or stalled body is always the client's fault. A request without a body costs nothing here.
func (s *Server) received(c *gin.Context) bool {
	r := c.Request
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	body, err := receive(c.Writer, r)
	if err != nil {
		c.Header("Connection", "close") // where the next request would begin is unknown
		// net/http reads on once the answer is sent, but must not wait for what does not come.
		_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Unix(1, 0))
		s.fail(c, err)
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return true
}

// receive reads the body of r. A body that will be refused is not requested (Expect).
func receive(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	expected := r.Header.Get("Expect") != ""
	if expected && r.ContentLength > maxBody {
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	encoded := coded(r.Header["Content-Encoding"])
	if expected && encoded {
		return nil, errCoding
	}
	r.Body = http.MaxBytesReader(unwrapped(w), connections.Body(r.Context(), r.Body), maxBody)
	body, err := ReadBody(r)
	if err == nil && encoded {
		err = errCoding
	}
	return body, err
}

// coded reports whether a Content-Encoding says more than identity.
func coded(headers []string) bool {
	for _, header := range headers {
		for coding := range strings.SplitSeq(header, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
				return true
			}
		}
	}
	return false
}

// unwrapped is net/http's own writer, which MaxBytesReader tells to close the connection.
func unwrapped(w http.ResponseWriter) http.ResponseWriter {
	for {
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = inner.Unwrap()
	}
}

// ReadBody returns the complete body of r. An error is the client's, and says what is wrong.
func ReadBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	var late net.Error
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, err
	case errors.As(err, &late) && late.Timeout():
		return nil, problem(http.StatusRequestTimeout, "the body did not come in time; send the request again")
	}
	return nil, problem(http.StatusBadRequest, "the body is incomplete or malformed")
}
