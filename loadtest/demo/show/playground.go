package show

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"authlab/loadtest/demo/play"
	"authlab/loadtest/message"
)

// playground adds the addresses of the playground, below the secret like all controls.
func (s *Server) playground(same *http.CrossOriginProtection) {
	s.handle("GET", "playing", http.HandlerFunc(s.playing))
	s.handle("POST", "setup", same.Handler(http.HandlerFunc(s.setup)))
	for name, what := range map[string]func(){"login-again": s.config.Play.Login, "off": s.config.Play.Stop} {
		s.handle("POST", name, same.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			what()
			w.WriteHeader(http.StatusNoContent)
		})))
	}
}

// setup has the playground made as the page says.
func (s *Server) setup(w http.ResponseWriter, r *http.Request) {
	var want play.Setup
	from := json.NewDecoder(io.LimitReader(r.Body, 1<<12))
	from.DisallowUnknownFields()
	if err := from.Decode(&want); err != nil {
		http.Error(w, "the setup is no JSON of the form that is needed", http.StatusBadRequest)
		return
	}
	if err := s.config.Play.Set(want); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// known are what a playground offers, in one language.
type known struct {
	Schemes []offered `json:"schemes"`
	Small   bool      `json:"small"` // its computers have CPU budgets
}

type offered struct {
	Name  string `json:"name"`
	Words string `json:"words"`
}

// playing tells a viewer every change of the playground. The first event says what there is.
func (s *Server) playing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	defer s.config.Play.Watch()()
	to := http.NewResponseController(w)
	tell := func(event string, what any) bool {
		text, err := json.Marshal(what)
		if err != nil {
			return false // a state has no values that JSON lacks
		}
		to.SetWriteDeadline(time.Now().Add(beat))
		_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, text)
		return err == nil && to.Flush() == nil
	}
	k := known{Small: s.config.Play.Small()}
	for _, name := range s.config.Play.Offers(r.Context()) {
		k.Schemes = append(k.Schemes, offered{name, said(schemes[name], language(r))})
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for ok := tell("known", k); ok; {
		state, changed := s.config.Play.State()
		ok = tell("state", grounded(state, language(r)))
		select {
		case <-changed:
		case <-ticker.C:
		case <-r.Context().Done():
			return
		}
	}
}

// ground is the state of a playground as a page shows it, in one language.
type ground struct {
	play.State
	Sides [2]groundSide `json:"sides"` // in place of the state's
}

type groundSide struct {
	play.Side
	Failure string `json:"failure"`
}

func grounded(s play.State, l message.Language) ground {
	g := ground{State: s}
	for i, side := range s.Sides {
		var why []string
		for _, m := range side.Failures {
			why = append(why, said(m, l))
		}
		g.Sides[i] = groundSide{side, strings.Join(why, " ")}
	}
	return g
}

// schemes are the names of what a column may have.
var schemes = map[string]message.Message{
	"session-memory": message.New("demo.play.session-memory"),
	"session-sticky": message.New("demo.play.session-sticky"),
	"session-redis":  message.New("demo.play.session-redis"),
	"session-near":   message.New("demo.play.session-near"),
	"session-cookie": message.New("demo.play.session-cookie"),
	"token-hs256":    message.New("demo.play.token-hs256"),
	"token-es256":    message.New("demo.play.token-es256"),
	"token-cookie":   message.New("demo.play.token-cookie"),
	"token-denylist": message.New("demo.play.token-denylist"),
	"token-push":     message.New("demo.play.token-push"),
}

// played are the words of the playground.
var played = map[string]message.Message{
	"playground": message.New("demo.play.title"),
	"about":      message.New("demo.play.about"),
	"lesson":     message.New("demo.play.lesson"),
	"controls":   message.New("demo.play.controls"),
	"scheme":     message.New("demo.play.scheme"),
	"size":       message.New("demo.play.size"),
	"rate":       message.New("demo.play.rate"),
	"persecond":  message.New("demo.play.per-second"),
	"faults":     message.New("demo.play.faults"),
	"kill":       message.New("demo.play.kill"),
	"pause":      message.New("demo.play.pause"),
	"stopstore":  message.New("demo.play.stop-store"),
	"slowstore":  message.New("demo.play.slow-store"),
	"clockof":    message.New("demo.play.clock-of"),
	"keyis":      message.New("demo.play.key-is"),
	"firstkey":   message.New("demo.play.first-key"),
	"newkey":     message.New("demo.play.new-key"),
	"onlykey":    message.New("demo.play.only-key"),
	"again":      message.New("demo.play.log-in-again"),
	"repair":     message.New("demo.play.repair"),
	"stop":       message.New("demo.play.stop"),
	"start":      message.New("demo.play.start"),
	"share":      message.New("demo.play.share"),
	"shared":     message.New("demo.play.shared"),
	"off":        message.New("demo.play.off"),
	"changing":   message.New("demo.play.changing"),
	"steady":     message.New("demo.play.steady"),
	"unmade":     message.New("demo.play.unmade"),
	"runs":       message.New("demo.play.runs"),
	"spare":      message.New("demo.play.spare"),
	"paused":     message.New("demo.play.paused"),
	"gone":       message.New("demo.play.gone"),
	"small":      message.New("demo.play.small"),
	"unlimited":  message.New("demo.play.unlimited"),
	"refused":    message.New("demo.play.refused"),
}
