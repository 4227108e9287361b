// Package store holds sessions for gorilla/sessions: one sessions.Store over small backends (memory, Redis, Redis with
// a local cache, and PostgreSQL).
//
// It exists because of defects in existing stores. They write unconditionally (a slow request's Save brings back a
// session that logout deleted), adopt ids that a client invented, cannot change an id, or answer an outage with an
// empty session, which is a logout. Here
//
//   - the cookie holds 32 random bytes and the backend's key is their SHA-256;
//   - an id that no login issued is never adopted: a session without a record gets a fresh id when it is saved;
//   - creating needs the key to be free, updating needs it to be taken, so nothing comes back from the dead;
//   - reading and sliding the idle lifetime is one round trip, or none (Near);
//   - Regenerate moves a session to a new id in one step; for some seconds a logout with the old id still ends it, a
//     renewal with the old id gets the new one again, and no other call finds it;
//   - a session is ended by its id, and not only through the list of its user's sessions, which may have been lost;
//   - the store's clock, which all replicas share, decides when a session began and when it ends;
//   - an error is returned as an error, with an empty session that must not be trusted, and never sets a cookie.
//
// A request that only asks who sent it gets the Record (Read), without a sessions.Session around it. It allocates
// nothing.
package store

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"authlab/servers/cookie"
)

// Options describe the cookie and the lifetimes of a store's sessions.
type Options struct {
	Lifetimes
	// Secure limits the cookie to TLS.
	Secure bool
}

// Store is a sessions.Store. Its sessions hold one value, a Record, which RecordOf and SetRecord reach.
type Store struct {
	backend Backend
	cookie  sessions.Options
}

var _ sessions.Store = (*Store)(nil)

// New makes a store that uses the backend b.
func New(b Backend, o Options) *Store {
	return &Store{
		backend: b,
		cookie: sessions.Options{
			Path:     "/",
			MaxAge:   int(o.Absolute / time.Second),
			HttpOnly: true,
			Secure:   o.Secure,
			SameSite: http.SameSiteLaxMode,
		},
	}
}

// recordKey is the one key of a session's Values.
type recordKey struct{}

// RecordOf returns what the session holds, and false if it holds nothing: no user is logged in.
func RecordOf(s *sessions.Session) (Record, bool) {
	rec, ok := s.Values[recordKey{}].(Record)
	return rec, ok
}

// SetRecord puts rec into the session.
func SetRecord(s *sessions.Session, rec Record) { s.Values[recordKey{}] = rec }

// Get returns the session in the request's registry, or New's.
func (st *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(st, name)
}

// New returns the session that the request's cookie names, with its idle lifetime restarted; or an empty one with IsNew
// set if there is none. With an error the session is empty too and means nothing: ErrAmbiguous or the backend's.
func (st *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	s := st.Empty(name)
	id, rec, err := st.touch(r, name)
	if errors.Is(err, ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.ID, s.IsNew = id, false
	SetRecord(s, rec)
	return s, nil
}

// Read is New for a request that only needs to know what the session holds. A sessions.Session, which could be saved,
// would cost five allocations and 600 bytes. The error is ErrNotFound if there is no session.
func (st *Store) Read(r *http.Request, name string) (Record, error) {
	_, rec, err := st.touch(r, name)
	return rec, err
}

func (st *Store) touch(r *http.Request, name string) (id string, rec Record, err error) {
	if id, err = presented(r, name); err != nil {
		return "", rec, err
	}
	key, ok := keyOf(id)
	if !ok {
		return "", rec, ErrNotFound
	}
	rec, err = st.backend.Touch(r.Context(), key)
	return id, rec, err
}

// Empty is a session without a user.
func (st *Store) Empty(name string) *sessions.Session {
	s := sessions.NewSession(st, name)
	*s.Options = st.cookie
	s.IsNew = true
	return s
}

// presented returns the id in the request's cookie, or "".
func presented(r *http.Request, name string) (string, error) {
	if id, ok := cookie.Lone(r, name); ok {
		return id, nil
	}
	cookies := r.CookiesNamed(name)
	if len(cookies) == 0 {
		return "", nil
	}
	for _, c := range cookies[1:] {
		if c.Value != cookies[0].Value {
			return "", ErrAmbiguous
		}
	}
	if cookies[0].Quoted {
		return "", nil // a second spelling of the same id
	}
	return cookies[0].Value, nil
}

// Save creates a session without an id, updates one with an id, ends one with a negative MaxAge, and then, only if that
// succeeded, sets the cookie. Updating a session that has ended meanwhile is ErrNotFound.
func (st *Store) Save(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	if err := st.save(r.Context(), s); err != nil {
		return err
	}
	st.SetCookie(w, s)
	return nil
}

func (st *Store) save(ctx context.Context, s *sessions.Session) error {
	switch {
	case s.Options.MaxAge < 0:
		return st.End(ctx, s)
	case s.ID == "":
		return st.Create(ctx, s)
	}
	key, rec, err := st.parts(s)
	if err != nil {
		return err
	}
	return st.backend.Update(ctx, key, rec)
}

// SetCookie hands the session's id to the client. It is separate from Create for callers that must check something
// between the two: a cookie, once in the header, is a promise.
func (st *Store) SetCookie(w http.ResponseWriter, s *sessions.Session) {
	http.SetCookie(w, sessions.NewCookie(s.Name(), s.ID, s.Options))
}

// Create stores a new session under a fresh id and sets no cookie. The lifetime starts now.
func (st *Store) Create(ctx context.Context, s *sessions.Session) error {
	rec, ok := RecordOf(s)
	if !ok {
		return errRecord
	}
	id, key := newID()
	rec, err := st.backend.Create(ctx, key, rec)
	if err != nil {
		return err
	}
	SetRecord(s, rec)
	s.ID, s.IsNew = id, false
	return nil
}

// Regenerate gives the session a new id and sets the cookie; its content and its end stay. It returns ErrNotFound if
// the session has ended or moved meanwhile.
func (st *Store) Regenerate(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	from, rec, err := st.parts(s)
	if err != nil {
		return err
	}
	id, to := newID()
	left, err := st.backend.Move(r.Context(), from, to, rec, veiled(s.ID, id))
	if err != nil {
		return err
	}
	st.renewed(w, s, id, left)
	return nil
}

func (st *Store) renewed(w http.ResponseWriter, s *sessions.Session, id string, left time.Duration) {
	s.ID = id
	s.Options.MaxAge = max(1, int(left/time.Second))
	st.SetCookie(w, s)
}

// Rejoin returns the session that a renewal has just taken away from the id in the request's cookie, and sets its
// cookie: two tabs that renew at once both continue, with one id. It does so for TraceFor, and only while the session
// still has the id from that renewal, so the client gets only what it got already. Otherwise it returns ErrNotFound.
func (st *Store) Rejoin(r *http.Request, w http.ResponseWriter, name string) (*sessions.Session, error) {
	s := st.Empty(name)
	id, err := presented(r, name)
	if err != nil {
		return s, err
	}
	key, ok := keyOf(id)
	if !ok {
		return s, ErrNotFound
	}
	moved, err := st.backend.Moved(r.Context(), key)
	if err != nil {
		return s, err
	}
	s.IsNew = false
	SetRecord(s, moved.Record)
	st.renewed(w, s, moved.Veil.unveil(id), moved.Left)
	return s, nil
}

// End ends the session and marks it so that its cookie is cleared. It is idempotent. It ends the session that the id
// names, and the device's login whatever its id is now: a renewal cannot outrun a logout.
func (st *Store) End(ctx context.Context, s *sessions.Session) error {
	if rec, ok := RecordOf(s); ok {
		key, _ := keyOf(s.ID)
		if err := st.backend.End(ctx, key, rec); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	s.ID, s.Options.MaxAge = "", -1
	delete(s.Values, recordKey{})
	return nil
}

// EndMoved ends the session that a renewal has just taken away from the id in the request's cookie: a logout that was
// in flight while another tab renewed the session means the session and not the id. Like End it is idempotent.
func (st *Store) EndMoved(r *http.Request, name string) error {
	id, err := presented(r, name)
	if err != nil {
		return err
	}
	key, ok := keyOf(id)
	if !ok {
		return nil
	}
	if err := st.backend.End(r.Context(), key, Record{}); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

func (st *Store) parts(s *sessions.Session) (Key, Record, error) {
	rec, ok := RecordOf(s)
	if !ok {
		return Key{}, rec, errRecord
	}
	key, ok := keyOf(s.ID)
	if !ok {
		return key, rec, ErrNotFound
	}
	return key, rec, nil
}
