package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/boj/redistore"
	redigo "github.com/gomodule/redigo/redis"
	"github.com/gorilla/sessions"
	"github.com/rbcervilla/redisstore/v9"
	"github.com/redis/go-redis/v9"

	"authlab/servers/api"
	"authlab/servers/user"
)

// cookie is the name of the sessions' cookie, and lifetime how long they last.
const (
	cookie   = "authlab_session"
	lifetime = 12 * time.Hour
)

// gorilla is a session of gorilla/sessions in a library's store. It asks the store's New and not gorilla's registry,
// which would remember the session for the rest of the request at the price of copying it: the library's best case, and
// what sessiond does.
type gorilla struct {
	measured
	store sessions.Store
}

func openRedisstore(s scheme, _ api.Env) (api.Authenticator, error) {
	address, password, err := s.store()
	if err != nil {
		return nil, err
	}
	store, err := redisstore.NewRedisStore(context.Background(),
		redis.NewClient(&redis.Options{Addr: address, Password: password}))
	if err != nil {
		return nil, usage("--redis: %v", err)
	}
	store.Options(options())
	return gorilla{store: store}, nil
}

// openRedistore signs the cookie, because the store has no other way, and does not encrypt it. Its own pool, which
// gin-contrib/sessions takes, sends a PING before each use of a connection and so asks the store twice a request; this
// one does not.
func openRedistore(s scheme, _ api.Env) (api.Authenticator, error) {
	address, password, err := s.store()
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	pool := &redigo.Pool{MaxIdle: 64, Dial: func() (redigo.Conn, error) {
		return redigo.Dial("tcp", address, redigo.DialPassword(password))
	}}
	store, err := redistore.NewRediStoreWithPool(pool, key)
	if err != nil {
		return nil, usage("--redis: %v", err)
	}
	o := options()
	store.Options = &o
	store.SetMaxAge(o.MaxAge)
	return gorilla{store: store}, nil
}

func options() sessions.Options {
	return sessions.Options{Path: "/", MaxAge: int(lifetime.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func (g gorilla) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	s, err := g.store.New(r, cookie)
	if err != nil {
		return api.Principal{}, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return principal(func(key string) string { v, _ := s.Values[key].(string); return v })
}

func (g gorilla) Login(w http.ResponseWriter, r *http.Request, u user.User) (api.Grant, error) {
	s, err := g.store.New(r, cookie)
	if err != nil {
		return api.Grant{}, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	s.ID = "" // a new one: it cannot have been planted
	s.Values["id"], s.Values["name"], s.Values["role"] = u.ID, u.Name, string(u.Role)
	if err := s.Save(r, w); err != nil {
		return api.Grant{}, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return api.Grant{Principal: of(u), ExpiresIn: lifetime}, nil
}

func (gorilla) Refresh(http.ResponseWriter, *http.Request) (api.Grant, error) {
	return api.Grant{}, errNotMeasured
}

func (g gorilla) Logout(w http.ResponseWriter, r *http.Request) error {
	s, err := g.store.New(r, cookie)
	if err != nil {
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	s.Options.MaxAge = -1
	return s.Save(r, w)
}

// manager is a session of scs, loaded as its middleware does but without the middleware's wrapper around the response:
// the library's best case.
type manager struct {
	measured
	*scs.SessionManager
}

func openSCS(s scheme, _ api.Env) (api.Authenticator, error) {
	address, password, err := s.store()
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(&redis.Options{Addr: address, Password: password})
	if err := client.Ping(context.Background()).Err(); err != nil {
		return nil, usage("--redis: %v", err)
	}
	m := scs.New()
	m.Store, m.Lifetime, m.Cookie.Name = goredisstore.New(client), lifetime, cookie
	return manager{SessionManager: m}, nil
}

func (m manager) load(r *http.Request) (context.Context, error) {
	token := ""
	if c, err := r.Cookie(cookie); err == nil {
		token = c.Value
	}
	ctx, err := m.Load(r.Context(), token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return ctx, nil
}

func (m manager) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	ctx, err := m.load(r)
	if err != nil {
		return api.Principal{}, err
	}
	return principal(func(key string) string { return m.GetString(ctx, key) })
}

func (m manager) Login(w http.ResponseWriter, r *http.Request, u user.User) (api.Grant, error) {
	ctx, err := m.Load(r.Context(), "")
	if err != nil {
		return api.Grant{}, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	m.Put(ctx, "id", u.ID)
	m.Put(ctx, "name", u.Name)
	m.Put(ctx, "role", string(u.Role))
	token, expiry, err := m.Commit(ctx)
	if err != nil {
		return api.Grant{}, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	m.WriteSessionCookie(ctx, w, token, expiry)
	return api.Grant{Principal: of(u), ExpiresIn: lifetime}, nil
}

func (manager) Refresh(http.ResponseWriter, *http.Request) (api.Grant, error) {
	return api.Grant{}, errNotMeasured
}

func (m manager) Logout(w http.ResponseWriter, r *http.Request) error {
	ctx, err := m.load(r)
	if err != nil {
		return err
	}
	if err := m.Destroy(ctx); err != nil {
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	m.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}
