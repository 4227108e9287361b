package show

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"time"

	"authlab/loadtest/demo/play"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/message"
)

//go:embed page
var files embed.FS

// Config is all input of a Server.
type Config struct {
	Player   *player.Player
	Play     *play.Playground // nil for a lesson without one
	Root     string           // the repository, to show lines of code; "" where it is not here
	Audience string           // the address of the audience's page; "" where there is none
}

// Server shows a lesson.
type Server struct {
	config   Config
	secret   string
	mux      *http.ServeMux
	patterns []string // of what it answers, without the secret
}

// New returns a server with a secret of its own.
func New(c Config) *Server {
	s := &Server{config: c, secret: rand.Text(), mux: http.NewServeMux()}
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	s.handle("GET", "", http.StripPrefix("/"+s.secret, http.FileServerFS(page)))
	s.handle("GET", "lesson", http.HandlerFunc(s.lesson))
	s.handle("GET", "events", http.HandlerFunc(s.events))
	s.handle("GET", "noted", http.HandlerFunc(s.noted))
	s.handle("GET", "sheet", http.HandlerFunc(s.sheet))
	s.handle("GET", "report.html", reported(c.Root))
	if c.Audience != "" {
		s.handle("GET", "audience.svg", http.HandlerFunc(s.code))
	}
	same := http.NewCrossOriginProtection()
	for name, what := range map[string]func(command) error{"go": s.goTo, "bet": s.bet, "run": s.run, "plan": s.plan} {
		s.handle("POST", name, same.Handler(s.control(what)))
	}
	if c.Play != nil {
		s.playground(same)
	}
	return s
}

// handle answers requests of a method for a name below the secret; for "", for all other names too.
func (s *Server) handle(method, name string, by http.Handler) {
	s.patterns = append(s.patterns, method+" "+name)
	s.mux.Handle(method+" "+s.Path()+name, by)
}

// Path is where the presenter's page is: it has the secret in it.
func (s *Server) Path() string { return "/" + s.secret + "/" }

// policy lets the page load its own files, and nothing else: no inline script or style, and no other site.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guarded adds to an answer what keeps its page to itself.
func guarded(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address has the secret
	h.Set("Cache-Control", "no-store")
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guarded(w.Header())
	s.mux.ServeHTTP(w, r)
}

// Serve serves until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return serve(ctx, l, s) }

func serve(ctx context.Context, l net.Listener, by http.Handler) error {
	server := &http.Server{
		Handler: by, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	defer context.AfterFunc(ctx, func() { server.Close() })() // viewers keep their connections for ever
	err := server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// command is what the presenter's page sends.
type command struct {
	Scene  string `json:"scene"`
	Step   int    `json:"step"`
	Choice string `json:"choice"`
	Plan   int    `json:"plan"` // its minutes
}

func (s *Server) goTo(c command) error { return s.config.Player.Go(c.Scene, c.Step) }
func (s *Server) bet(c command) error  { return s.config.Player.Bet(c.Choice) }
func (s *Server) run(command) error    { return s.config.Player.Run() }
func (s *Server) plan(c command) error { return s.config.Player.Plan(c.Plan) }

// control carries out a command of the presenter's.
func (s *Server) control(what func(command) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c command
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<10)).Decode(&c); err != nil {
			http.Error(w, "the command is no JSON", http.StatusBadRequest)
			return
		}
		if err := what(c); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// language is that of a request.
func language(r *http.Request) message.Language {
	l, err := message.LanguageNamed(r.FormValue("language"))
	if err != nil {
		return message.English
	}
	return l
}

func (s *Server) lesson(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	o := outline(language(r), allLabels(), s.config.Root)
	o.Audience = s.config.Audience
	json.NewEncoder(w).Encode(o)
}

// beat is how often a silent connection is used, so that a viewer who has gone is noticed.
const beat = 15 * time.Second

// events tells a viewer every change of the state.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	stream(w, r, func() (any, <-chan struct{}) {
		state, changed := s.config.Player.State()
		return look(state, l, s.config.Root), changed
	})
}

// stream tells a viewer what there is to see, now and whenever it has changed, until the viewer goes.
func stream(w http.ResponseWriter, r *http.Request, see func() (any, <-chan struct{})) {
	w.Header().Set("Content-Type", "text/event-stream")
	to := http.NewResponseController(w)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		seen, changed := see()
		text, err := json.Marshal(seen)
		if err != nil {
			return // the view has no values that JSON lacks
		}
		to.SetWriteDeadline(time.Now().Add(beat))
		if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil {
			return
		}
		if to.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-ticker.C:
		case <-r.Context().Done():
			return
		}
	}
}
