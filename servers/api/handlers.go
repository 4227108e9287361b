package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// me is the hot path: it says who asks, from the credential alone. Every measurement includes it, so it does little
// work.
func (s *Server) me(c *gin.Context) {
	p, err := s.who(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Writer.Header()["Content-Type"] = jsonType
	body := make([]byte, 0, 32+len(p.ID)+len(p.Name)+len(p.Role))
	_, _ = c.Writer.Write(appendPerson(body, p)) // a client that has left needs no answer
}

var jsonType = []string{"application/json; charset=utf-8"}

// person is a principal as the API shows it.
type person struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Role user.Role `json:"role"`
}

func personOf(p Principal) person { return person{p.ID, p.Name, p.Role} }

// appendPerson is json.Marshal of personOf(p) without reflection.
func appendPerson(b []byte, p Principal) []byte {
	if !plain(p.ID) || !plain(p.Name) || !plain(string(p.Role)) {
		text, _ := json.Marshal(personOf(p)) // three strings: cannot fail
		return append(b, text...)
	}
	b = append(append(b, `{"id":"`...), p.ID...)
	b = append(append(b, `","name":"`...), p.Name...)
	b = append(append(b, `","role":"`...), p.Role...)
	return append(b, `"}`...)
}

// plain reports whether JSON writes s unchanged.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

type loginAnswer struct {
	User         person `json:"user"`
	AccessToken  string `json:"access_token,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
}

func answerOf(g Grant, err error) (loginAnswer, error) {
	a := loginAnswer{
		User: personOf(g.Principal), AccessToken: g.AccessToken, ExpiresIn: int(g.ExpiresIn / time.Second),
		RefreshToken: g.RefreshToken,
	}
	if g.AccessToken != "" {
		a.TokenType = "Bearer"
	}
	return a, err
}

type loginRequest struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// login leaves a cookie on the device, which identifies it at the next login. Load users get none: their passwords
// cannot be guessed, and the cost of their logins is measured.
func (s *Server) login(c *gin.Context, in loginRequest) (loginAnswer, error) {
	var u user.User
	err := s.guarded(c.Request, in.Username, func(ctx context.Context) (err error) {
		u, err = s.accounts.Verify(ctx, in.Username, in.Password)
		return err
	})
	if err != nil {
		return loginAnswer{}, err
	}
	g, err := s.auth.Login(c.Writer, c.Request, u)
	if err == nil && !u.Load {
		s.cookies.hand(c.Writer, u.Name)
	}
	return answerOf(g, err)
}

// guarded runs check, which asks whether the password of a login is right, unless the attempt must wait.
func (s *Server) guarded(r *http.Request, account string, check func(context.Context) error) error {
	a := attempt{account: account, from: client(r, s.config.proxies), device: s.cookies.known(r, account)}
	ctx := r.Context()
	if a.device != "" {
		ctx = user.Ahead(ctx)
	}
	return s.throttle.guard(ctx, a, func() error { return check(ctx) })
}

func (s *Server) refresh(c *gin.Context) (loginAnswer, error) {
	return answerOf(s.auth.Refresh(c.Writer, c.Request))
}

func (s *Server) logout(c *gin.Context) error { return s.auth.Logout(c.Writer, c.Request) }

// logoutAll ends every login of the caller, and then this one as logout does, which also clears a cookie.
func (s *Server) logoutAll(c *gin.Context) error {
	if err := s.auth.EndUser(c.Request.Context(), principal(c).ID, ""); err != nil {
		return err
	}
	return s.logout(c)
}

type devicesAnswer struct {
	Sessions []Device `json:"sessions"`
	Next     string   `json:"next,omitempty"` // the after of the next page
}

func (s *Server) devices(c *gin.Context) (devicesAnswer, error) {
	lister, err := s.lister()
	if err != nil {
		return devicesAnswer{}, err
	}
	text, limit, err := asked(c)
	if err != nil {
		return devicesAnswer{}, err
	}
	after, err := placeBehind(text)
	if err != nil {
		return devicesAnswer{}, err
	}
	devices, err := lister.Devices(c.Request.Context(), principal(c).ID)
	shown, next := page(devices, after, limit)
	for i := range shown {
		shown[i].Current = shown[i].ID == principal(c).Device
	}
	return devicesAnswer{append([]Device{}, shown...), next}, err
}

func (s *Server) endDevice(c *gin.Context) error {
	lister, err := s.lister()
	if err != nil {
		return err
	}
	return lister.EndDevice(c.Request.Context(), principal(c).ID, c.Param("id"))
}

func (s *Server) lister() (DeviceLister, error) {
	if l, ok := s.auth.(DeviceLister); ok {
		return l, nil
	}
	return nil, problem(http.StatusNotImplemented,
		"this scheme has no list of devices, so it can neither show nor end one")
}

type balanceAnswer struct {
	Balance int64 `json:"balance"` // cents
}

func (s *Server) balance(c *gin.Context) (balanceAnswer, error) {
	cents, err := s.accounts.Balance(c.Request.Context(), principal(c).ID)
	return balanceAnswer{cents}, err
}

type transferRequest struct {
	To     string `json:"to"`
	Amount int64  `json:"amount"` // cents
}

func (s *Server) transfer(c *gin.Context, in transferRequest) (balanceAnswer, error) {
	cents, err := s.accounts.Transfer(c.Request.Context(), principal(c).ID, in.To, in.Amount)
	return balanceAnswer{cents}, err
}

type passwordRequest struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// password asks for the old password again: an open login must not suffice to take an account over. A count per login
// slows guessing down here, and no stranger can use it up. The other logins end before the change and after it;
// withLogins explains why.
func (s *Server) password(c *gin.Context, in passwordRequest) error {
	p := principal(c)
	endOthers := func() error { return s.auth.EndUser(c.Request.Context(), p.ID, p.Device) }
	a := attempt{account: p.ID, login: "of " + p.Device}
	err := s.throttle.guard(c.Request.Context(), a, func() error {
		return s.accounts.SetPassword(user.Ahead(c.Request.Context()), p.ID, in.Old, in.New, endOthers)
	})
	if errors.Is(err, user.ErrBadCredentials) {
		return problem(http.StatusForbidden, "the old password is wrong") // 401 would say that the login has ended
	}
	if err != nil {
		return err
	}
	return endOthers()
}

// withLogins changes an account and updates its logins, before and after. The update before ensures that no account
// changes while the logins are out of reach (a store that answers too late may still end them). The update after covers
// logins that begin meanwhile, which now read the changed account. If only the last step fails, the account is changed
// and the 503 promises nothing; asking again does the rest.
func withLogins(change, logins func() error) error {
	if err := logins(); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return logins()
}

type account struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Role     user.Role `json:"role"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`
}

type accountsAnswer struct {
	Users []account `json:"users"`
}

func (s *Server) users(c *gin.Context) (accountsAnswer, error) {
	after, limit, err := asked(c)
	if err != nil {
		return accountsAnswer{}, err
	}
	list, err := s.accounts.List(c.Request.Context(), after, limit)
	out := make([]account, len(list))
	for i, u := range list {
		out[i] = account{u.ID, u.Name, u.Role, u.Disabled, u.Created}
	}
	return accountsAnswer{out}, err
}

type roleRequest struct {
	Role user.Role `json:"role"`
}

// role updates the logins to the account's role twice: this completes an earlier half-made change even if the next one
// does not begin.
func (s *Server) role(c *gin.Context, in roleRequest) error {
	if err := notSelf(c); err != nil {
		return err
	}
	ctx, id := c.Request.Context(), c.Param("id")
	return withLogins(func() error { return s.accounts.SetRole(ctx, s.actor(c), id, in.Role) }, func() error {
		u, err := s.accounts.ByID(ctx, id)
		if err != nil {
			return err
		}
		return s.auth.SetRole(ctx, u.ID, u.Role)
	})
}

func (s *Server) disable(c *gin.Context) error {
	if err := notSelf(c); err != nil {
		return err
	}
	return withLogins(func() error {
		return s.accounts.Disable(c.Request.Context(), s.actor(c), c.Param("id"))
	}, func() error { return s.endUser(c) })
}

// notSelf refuses an admin who would lock themselves out. The accounts ensure that one admin remains.
func notSelf(c *gin.Context) error {
	if c.Param("id") == principal(c).ID {
		return problem(http.StatusConflict, "admins can neither disable nor demote themselves: ask another one")
	}
	return nil
}

func (s *Server) endUser(c *gin.Context) error {
	if _, err := s.accounts.ByID(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	return s.auth.EndUser(c.Request.Context(), c.Param("id"), "")
}

// health says that this process is serving, and which one it is.
func (s *Server) health(*gin.Context) (gin.H, error) {
	return gin.H{"status": "ok", "server": s.config.Server, "replica": s.config.Replica}, nil
}
