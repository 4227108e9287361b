package apitest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

// toy is the smallest session scheme that keeps the contract, and many that do not: each defect is a mistake made in
// practice. Replicas share its store.
type toy struct {
	defect string

	mu       sync.Mutex
	sessions map[string]*toySession
	moved    map[string]string // from a replaced id to the next
	down     bool
	count    uint64
	last     atomic.Pointer[api.Principal]
	requests atomic.Int64
}

type toySession struct {
	api.Principal
	api.Device
	used    time.Time
	renewed time.Time
}

const toyIdle, toyAbsolute, toyGrace = 10 * time.Minute, time.Hour, 10 * time.Second

// describe returns the Scheme as a scheme's own contract test describes it.
func (t *toy) describe() Scheme {
	t.sessions, t.moved = map[string]*toySession{}, map[string]string{}
	stop := func(down bool) func() {
		return func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.down = down
		}
	}
	s := Scheme{
		Name: "toyd", Carrier: Cookie, New: func() api.Scheme { return &replica{toy: t} }, Lists: true,
		Idle: toyIdle, Absolute: toyAbsolute, Grace: toyGrace, StopStore: stop(true), StartStore: stop(false),
		Server: true,
	}
	switch t.defect {
	case "lets any caller call":
		s.misconfigure = func(c *api.Config) { c.AllowOrigins = append(c.AllowOrigins, "https://evil.example") }
	case "hashes for its users only":
		s.front = strangersGoFirst
	case "checks every password":
		s.front = guessesGoFirst
	case "sees no device":
		s.front = devicesAreHidden
	case "hears no proxy":
		s.misconfigure = func(c *api.Config) { c.TrustProxies = nil }
	case "believes every header":
		s.misconfigure = func(c *api.Config) { c.TrustProxies = []string{"127.0.0.0/8"} }
	}
	return s
}

// strangersGoFirst refuses an unknown name without the work that a password costs, with the very same answer.
func strangersGoFirst(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte(`"none-`)) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
	})
}

// guessesGoFirst refuses wrong passwords as often as they come.
func guessesGoFirst(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte(`"password":"wrong"`)) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
	})
}

// devicesAreHidden lets no cookie reach the login.
func devicesAreHidden(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/login" {
			r.Header.Del("Cookie")
		}
		server.ServeHTTP(w, r)
	})
}

// replica is one server's view of the toy.
type replica struct {
	*toy
	accounts *user.Accounts
	secure   bool
	now      func() time.Time
	log      *slog.Logger
	ended    map[string]bool // with the defect "forgets elsewhere": what was logged out here
	cached   map[string]api.Principal
}

func (r *replica) Flags(*pflag.FlagSet) {}

func (r *replica) Open(_ context.Context, env api.Env) (_ api.Authenticator, err error) {
	r.accounts = env.Accounts
	r.now, r.log, r.ended, r.cached = env.Now, env.Log, map[string]bool{}, map[string]api.Principal{}
	if r.defect != "goes by its own clock" {
		r.now = func() time.Time {
			at, err := env.Accounts.DB().Now(context.Background())
			if err != nil {
				return env.Now()
			}
			return at
		}
	}
	if r.secure, err = env.SecureCookies(); r.defect == "is never secure" {
		r.secure = false
	}
	if r.defect == "believes its callers" {
		return believing{r}, err
	}
	return r, err
}

// believing trusts a credential's claim of what its user may do.
type believing struct{ *replica }

func (believing) Believes() {}

func (r *replica) name() string {
	if r.secure {
		return "__Host-toy"
	}
	return "toy"
}

// lock returns the store's error.
func (r *replica) lock() error {
	r.mu.Lock()
	if r.down {
		if r.defect == "logs out in an outage" {
			return api.ErrUnauthenticated
		}
		return api.ErrUnavailable
	}
	return nil
}

func (r *replica) id(h *http.Request) (string, error) {
	cookies := h.CookiesNamed(r.name())
	if r.defect != "takes any of two" && (len(cookies) > 1 || len(cookies) == 1 && h.Header.Get("Authorization") != "") {
		return "", api.ErrAmbiguous
	}
	if len(cookies) == 0 {
		return "", nil
	}
	return cookies[0].Value, nil
}

// find is called with the lock held.
func (r *replica) find(id string) *toySession {
	s := r.sessions[id]
	if s == nil || r.ended[id] {
		return nil
	}
	now := r.now()
	idle := now.Sub(s.used) > toyIdle && r.defect != "has no idle time"
	if r.defect == "ends early" {
		idle = now.Sub(s.used) > toyIdle-2*time.Second
	}
	if idle || now.Sub(s.Created) > toyAbsolute && r.defect != "has no end" {
		delete(r.sessions, id)
		return nil
	}
	s.used = now
	return s
}

func (r *replica) newID() string {
	b := make([]byte, 32)
	rand.Read(b)
	if r.count++; r.defect == "counts its ids" {
		binary.BigEndian.PutUint64(b, r.count)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (r *replica) set(w http.ResponseWriter, id string) {
	c := &http.Cookie{
		Name: r.name(), Value: id, Path: "/", Secure: r.secure, HttpOnly: r.defect != "lets scripts read",
		SameSite: http.SameSiteLaxMode,
	}
	if id == "" {
		c.MaxAge = -1
	}
	switch r.defect {
	case "is sent by every site":
		c.SameSite = http.SameSiteNoneMode
	case "is for a whole domain":
		c.Domain = "example.com"
	}
	http.SetCookie(w, c)
}

func (r *replica) Login(w http.ResponseWriter, h *http.Request, u user.User) (api.Grant, error) {
	old, err := r.id(h)
	if err != nil {
		return api.Grant{}, err
	}
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		return api.Grant{}, err
	}
	if r.defect != "keeps the old one" {
		delete(r.sessions, old)
	}
	id := r.newID()
	if r.defect == "adopts ids" && old != "" {
		id = old
	}
	if r.defect == "logs ids" {
		r.log.Info("login", "session", id)
	}
	p := api.Principal{ID: u.ID, Name: u.Name, Role: u.Role, Device: r.newID()}
	now := r.now()
	r.sessions[id] = &toySession{p, api.Device{ID: p.Device, Created: now, LastSeen: now}, now, time.Time{}}
	r.set(w, id)
	return api.Grant{Principal: p, ExpiresIn: toyIdle}, nil
}

func (r *replica) Authenticate(w http.ResponseWriter, h *http.Request) (api.Principal, error) {
	id, err := r.id(h)
	if err != nil {
		return api.Principal{}, err
	}
	if id == "" && r.defect == "lets strangers in" {
		return api.Principal{ID: "1", Name: "stranger", Role: user.RoleAdmin}, nil
	}
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		if p, ok := r.cached[id]; ok && r.defect == "fails open" {
			return p, nil
		}
		return api.Principal{}, err
	}
	s := r.find(id)
	if s == nil {
		return api.Principal{}, api.ErrUnauthenticated
	}
	p := s.Principal
	r.cached[id] = p
	switch r.defect {
	case "writes back what it read":
		r.mu.Unlock()
		time.Sleep(time.Millisecond)
		r.mu.Lock()
		r.sessions[id] = s
	case "asks the accounts":
		if _, err := r.accounts.ByID(h.Context(), p.ID); err != nil {
			return api.Principal{}, err
		}
	case "tells every page":
		w.Header().Set("Access-Control-Allow-Origin", h.Header.Get("Origin"))
	case "crowns":
		p.Role = "king"
	}
	if last := r.last.Swap(&p); last != nil && r.requests.Add(1)%50 == 0 && r.defect == "mixes users up" {
		p = *last
	}
	return p, nil
}

func (r *replica) Refresh(w http.ResponseWriter, h *http.Request) (api.Grant, error) {
	id, err := r.id(h)
	if err != nil {
		return api.Grant{}, err
	}
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		return api.Grant{}, err
	}
	s := r.find(id)
	if next := r.moved[id]; s == nil && r.find(next) != nil && r.defect != "logs out the second tab" {
		if s = r.find(next); r.defect != "forks a login" {
			if r.now().Sub(s.renewed) > toyGrace && r.defect != "never forgets" {
				return api.Grant{}, api.ErrUnauthenticated
			}
			r.set(w, next)
			return api.Grant{Principal: s.Principal, ExpiresIn: toyIdle}, nil
		}
	}
	if s == nil {
		return api.Grant{}, api.ErrUnauthenticated
	}
	s.renewed = r.now()
	if r.defect != "takes what it renewed" {
		delete(r.sessions, id)
	}
	old := id
	id = r.newID()
	r.sessions[id] = s
	if r.defect != "forgets what it renewed" {
		r.moved[old] = id
	}
	r.set(w, id)
	return api.Grant{Principal: s.Principal, ExpiresIn: toyIdle}, nil
}

func (r *replica) Logout(w http.ResponseWriter, h *http.Request) error {
	id, err := r.id(h)
	if err != nil {
		return err
	}
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		if r.defect == "says it logged out" {
			return nil
		}
		return err
	}
	if r.defect == "logs out once" && r.find(id) == nil {
		return api.ErrUnauthenticated
	}
	for r.moved[id] != "" {
		if id = r.moved[id]; r.defect == "remembers one renewal" {
			break
		}
	}
	switch r.defect {
	case "clears the cookie only":
	case "forgets elsewhere":
		r.ended[id] = true
	default:
		delete(r.sessions, id)
	}
	r.set(w, "")
	return nil
}

func (r *replica) EndUser(_ context.Context, userID, keep string) error {
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		return err
	}
	for id, s := range r.sessions {
		mine := s.Principal.Device == keep && r.defect != "ends its own device"
		if s.Principal.ID == userID && !mine && r.defect != "ends no login" {
			delete(r.sessions, id)
		}
	}
	return nil
}

func (r *replica) SetRole(_ context.Context, userID string, role user.Role) error {
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		return err
	}
	for _, s := range r.sessions {
		if s.Principal.ID == userID && r.defect != "keeps rights" && r.defect != "believes its callers" {
			s.Role = role
		}
	}
	return nil
}

func (r *replica) EffectiveWithin() time.Duration {
	if r.defect == "promises less" {
		return time.Minute
	}
	return 0
}

func (r *replica) Ready(context.Context) error {
	defer r.mu.Unlock()
	return r.lock()
}

func (r *replica) Close() error { return nil }

func (r *replica) Devices(_ context.Context, userID string) (all []api.Device, err error) {
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		return nil, err
	}
	for _, s := range r.sessions {
		if s.Principal.ID == userID {
			all = append(all, s.Device)
		}
	}
	if r.defect == "loses a device" {
		all = all[1:]
	}
	return all, nil
}

func (r *replica) EndDevice(_ context.Context, userID, device string) error {
	defer r.mu.Unlock()
	if err := r.lock(); err != nil {
		return err
	}
	for id, s := range r.sessions {
		if s.Device.ID == device && (s.Principal.ID == userID || r.defect == "ends others' devices") {
			delete(r.sessions, id)
			return nil
		}
	}
	return user.ErrNotFound
}
