package api

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// timing sums where an answer's time goes, for Server-Timing (with --demo only).
type timing struct {
	began time.Time
	spent [2]atomic.Int64 // nanoseconds by part; a store may be asked by several goroutines
}

const (
	authTime  = iota // authentication, including the store's time
	storeTime        // waiting for a store that replicas share; a look into their own memory is none
)

type timingKey struct{}

// timingOf returns nil, on which spend does nothing, if times are not requested.
func timingOf(ctx context.Context) *timing {
	t, _ := ctx.Value(timingKey{}).(*timing)
	return t
}

func (t *timing) spend(part int, since time.Time) {
	if t != nil {
		t.spent[part].Add(int64(time.Since(since)))
	}
}

// Wait is a request's wait for a store that replicas share. Where no times are requested it reads no clock, since all
// requests would pay for it.
type Wait struct {
	timing *timing
	began  time.Time
}

// AskStore begins the wait of ctx's request, for Server-Timing:
//
//	defer api.AskStore(ctx).Answered()
func AskStore(ctx context.Context) (w Wait) {
	if w.timing = timingOf(ctx); w.timing != nil {
		w.began = time.Now()
	}
	return w
}

// Answered ends the wait.
func (w Wait) Answered() { w.timing.spend(storeTime, w.began) }

// timed adds Server-Timing to an answer. The header must precede the body, so it is set with the first byte.
func timed(c *gin.Context) {
	t := &timing{began: time.Now()}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), timingKey{}, t))
	c.Writer = &timingWriter{ResponseWriter: c.Writer, timing: t}
}

type timingWriter struct {
	gin.ResponseWriter
	timing *timing
}

func (w *timingWriter) tell() {
	if w.Written() {
		return
	}
	value := ""
	for part, name := range []string{authTime: "auth", storeTime: "store"} {
		if spent := time.Duration(w.timing.spent[part].Load()); spent > 0 {
			value += name + ";dur=" + millis(spent) + ", "
		}
	}
	w.Header().Set("Server-Timing", value+"total;dur="+millis(time.Since(w.timing.began)))
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 3, 64)
}

func (w *timingWriter) Write(b []byte) (int, error) {
	w.tell()
	return w.ResponseWriter.Write(b)
}

func (w *timingWriter) WriteString(s string) (int, error) {
	w.tell()
	return w.ResponseWriter.WriteString(s)
}

func (w *timingWriter) WriteHeader(status int) {
	if status == http.StatusNoContent {
		w.tell() // no byte will follow
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *timingWriter) WriteHeaderNow() {
	w.tell()
	w.ResponseWriter.WriteHeaderNow()
}
