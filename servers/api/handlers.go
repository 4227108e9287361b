package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// me is the hot path: who asks, from the credential alone.
func (s *Server) me(c *gin.Context) {
	p, err := s.auth.Authenticate(c.Writer, c.Request)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, personOf(p))
}

// person is a principal as the API tells it.
type person struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Role user.Role `json:"role"`
}

func personOf(p Principal) person { return person{p.ID, p.Name, p.Role} }

type loginAnswer struct {
	User         person `json:"user"`
	AccessToken  string `json:"access_token,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
}

func answerOf(g Grant) loginAnswer {
	a := loginAnswer{
		User: personOf(g.Principal), AccessToken: g.AccessToken, ExpiresIn: int(g.ExpiresIn / time.Second), RefreshToken: g.RefreshToken,
	}
	if g.AccessToken != "" {
		a.TokenType = "Bearer"
	}
	return a
}

func (s *Server) login(c *gin.Context) {
	var in struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := decode(c, &in); err != nil {
		s.fail(c, err)
		return
	}
	who := attempt{account: in.Username, address: c.ClientIP()}
	if wait := s.throttle.wait(who); wait > 0 {
		p := problem(http.StatusTooManyRequests, "too many failed logins; try again later")
		p.retryAfter = int(wait/time.Second) + 1
		s.fail(c, p)
		return
	}
	u, err := s.accounts.Verify(c.Request.Context(), in.Username, in.Password)
	if err != nil {
		if errors.Is(err, user.ErrBadCredentials) {
			s.throttle.failed(who)
		}
		s.fail(c, err)
		return
	}
	s.throttle.succeeded(who)
	g, err := s.auth.Login(c.Writer, c.Request, u)
	s.answer(c, err, func() any { return answerOf(g) })
}

func (s *Server) refresh(c *gin.Context) {
	g, err := s.auth.Refresh(c.Writer, c.Request)
	s.answer(c, err, func() any { return answerOf(g) })
}

func (s *Server) logout(c *gin.Context) { s.changed(c, s.auth.Logout(c.Writer, c.Request)) }

func (s *Server) logoutAll(c *gin.Context) {
	s.changed(c, s.auth.EndUser(c.Request.Context(), principal(c).ID, ""))
}

func (s *Server) devices(c *gin.Context) {
	lister, err := s.lister()
	var devices []Device
	if err == nil {
		devices, err = lister.Devices(c.Request.Context(), principal(c).ID)
	}
	for i := range devices {
		devices[i].Current = devices[i].ID == principal(c).Device
	}
	if devices == nil {
		devices = []Device{}
	}
	s.answer(c, err, func() any { return map[string]any{"sessions": devices} })
}

func (s *Server) endDevice(c *gin.Context) {
	lister, err := s.lister()
	if err == nil {
		err = lister.EndDevice(c.Request.Context(), principal(c).ID, c.Param("id"))
	}
	s.changed(c, err)
}

func (s *Server) lister() (DeviceLister, error) {
	if l, ok := s.auth.(DeviceLister); ok {
		return l, nil
	}
	return nil, problem(http.StatusNotImplemented, "this scheme keeps no list of devices, so it can neither show nor end one")
}

func (s *Server) balance(c *gin.Context) {
	cents, err := s.accounts.Balance(c.Request.Context(), principal(c).ID)
	s.answer(c, err, func() any { return balanceAnswer{cents} })
}

type balanceAnswer struct {
	Balance int64 `json:"balance"` // cents
}

func (s *Server) transfer(c *gin.Context) {
	var in struct {
		To     string `json:"to"`
		Amount int64  `json:"amount"` // cents
	}
	err := decode(c, &in)
	var left int64
	if err == nil {
		left, err = s.accounts.Transfer(c.Request.Context(), principal(c).ID, in.To, in.Amount)
	}
	s.answer(c, err, func() any { return balanceAnswer{left} })
}

func (s *Server) password(c *gin.Context) {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if err := decode(c, &in); err != nil {
		s.fail(c, err)
		return
	}
	p := principal(c)
	who := attempt{account: p.Name, address: c.ClientIP()}
	if wait := s.throttle.wait(who); wait > 0 {
		limited := problem(http.StatusTooManyRequests, "too many wrong passwords; try again later")
		limited.retryAfter = int(wait/time.Second) + 1
		s.fail(c, limited)
		return
	}
	err := s.accounts.SetPassword(c.Request.Context(), p.ID, in.Old, in.New)
	if errors.Is(err, user.ErrBadCredentials) {
		s.throttle.failed(who)
		err = problem(http.StatusForbidden, "the old password is wrong")
	}
	if err == nil {
		err = s.auth.EndUser(c.Request.Context(), p.ID, p.Device)
	}
	s.changed(c, err)
}

func (s *Server) users(c *gin.Context) {
	limit := 100
	if text := c.Query("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			s.fail(c, problem(http.StatusBadRequest, "limit must be between 1 and 1000"))
			return
		}
		limit = n
	}
	list, err := s.accounts.List(c.Request.Context(), c.Query("after"), limit)
	s.answer(c, err, func() any {
		out := make([]account, len(list))
		for i, u := range list {
			out[i] = account{u.ID, u.Name, u.Role, u.Disabled, u.Created}
		}
		return map[string]any{"users": out}
	})
}

type account struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Role     user.Role `json:"role"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`
}

// role changes the account first and the logins after it: a login that starts in between reads the new role.
func (s *Server) role(c *gin.Context) {
	var in struct {
		Role user.Role `json:"role"`
	}
	err := decode(c, &in)
	if err == nil && c.Param("id") == principal(c).ID {
		err = problem(http.StatusConflict, "an admin cannot change their own role: ask another one")
	}
	if err == nil {
		err = s.accounts.SetRole(c.Request.Context(), c.Param("id"), in.Role)
	}
	if err == nil {
		err = s.auth.SetRole(c.Request.Context(), c.Param("id"), in.Role)
	}
	s.changed(c, err)
}

func (s *Server) disable(c *gin.Context) {
	var err error
	if c.Param("id") == principal(c).ID {
		err = problem(http.StatusConflict, "an admin cannot disable their own account: ask another one")
	}
	if err == nil {
		err = s.accounts.Disable(c.Request.Context(), c.Param("id"))
	}
	if err == nil {
		err = s.auth.EndUser(c.Request.Context(), c.Param("id"), "")
	}
	s.changed(c, err)
}

func (s *Server) endUser(c *gin.Context) {
	_, err := s.accounts.ByID(c.Request.Context(), c.Param("id"))
	if err == nil {
		err = s.auth.EndUser(c.Request.Context(), c.Param("id"), "")
	}
	s.changed(c, err)
}

// answer sends 200 with what body makes, or err's problem.
func (s *Server) answer(c *gin.Context, err error, body func() any) {
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, body())
}

// changed sends 204 and says how long the old credentials may still be honoured, or err's problem.
func (s *Server) changed(c *gin.Context, err error) {
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Authlab-Effective-Within", strconv.Itoa(int(s.auth.EffectiveWithin()/time.Second)))
	c.Status(http.StatusNoContent)
}

// decode reads the one JSON object of a request's body, strictly.
func decode(c *gin.Context, into any) error {
	media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	d := json.NewDecoder(c.Request.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return problem(http.StatusBadRequest, "the body is not the JSON object that this call takes: "+strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return problem(http.StatusBadRequest, "the body goes on after its JSON object")
	}
	return nil
}
