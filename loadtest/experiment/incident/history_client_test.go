package incident_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

type account struct{ name, password string }

// fresh gives the next history users of its own.
func (s *real) fresh(t *testing.T) {
	for i := range users {
		name := fmt.Sprintf("load-%06d", s.next+i)
		mac := hmac.New(sha256.New, s.key)
		mac.Write([]byte(name))
		s.passwords[i] = hex.EncodeToString(mac.Sum(nil))
		var status int
		if _, s.ids[i], status = s.logIn(account{name, s.passwords[i]}, 0); status != http.StatusOK {
			t.Fatalf("%s cannot log in: %d", name, status)
		}
	}
	s.next += users
}

// send sends a request with a credential, and reads its answer into told.
func (s *real) send(what, path string, c credential, replica int, body, told any) (status int, cookies []*http.Cookie) {
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Error(err)
		return 0, nil
	}
	request, err := http.NewRequest(what, s.base[replica]+path, bytes.NewReader(text))
	if err != nil {
		s.t.Error(err)
		return 0, nil
	}
	if body == nil {
		request.Body, request.ContentLength = http.NoBody, 0
	} else {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.access != "" {
		request.Header.Set(map[plan.Carrier]string{plan.ByCookie: "Cookie", plan.ByBearer: "Authorization"}[s.scheme.Carrier],
			c.access)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, nil // the replica was killed
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err != nil {
		return 0, nil
	}
	if told != nil {
		json.Unmarshal(text, told) // another answer than expected leaves it empty
	}
	return answer.StatusCode, answer.Cookies()
}

// login is the answer to a login, and to a renewal.
type login struct {
	User    struct{ ID, Role string }
	Access  string `json:"access_token"`
	Renewal string `json:"refresh_token"`
}

func (l login) credential(cookies []*http.Cookie) (c credential) {
	c = credential{renewal: l.Renewal}
	if l.Access != "" {
		c.access = "Bearer " + l.Access
		return c
	}
	for _, cookie := range cookies {
		if cookie.Path == "/" {
			c.access = cookie.Name + "=" + cookie.Value
		}
	}
	return c
}

func (s *real) logIn(a account, replica int) (credential, string, int) {
	var l login
	body := map[string]string{"username": a.name, "password": a.password}
	status, cookies := s.send("POST", "/v1/login", credential{}, replica, body, &l)
	return l.credential(cookies), l.User.ID, status
}

func (s *real) enter(user, replica int) (credential, int) {
	s.mu.Lock()
	a := account{fmt.Sprintf("load-%06d", s.next-users+user), s.passwords[user]}
	s.mu.Unlock()
	c, _, status := s.logIn(a, replica)
	return c, status
}

func (s *real) ask(c credential, replica int) (int, string) {
	var me struct{ Role string }
	status, _ := s.send("GET", "/v1/me", c, replica, nil, &me)
	return status, me.Role
}

// renewal is the body that a scheme with refresh tokens needs.
func (c credential) body() any {
	if c.renewal == "" {
		return nil
	}
	return map[string]string{"refresh_token": c.renewal}
}

func (s *real) renew(c credential, replica int) (credential, int) {
	var l login
	status, cookies := s.send("POST", "/v1/refresh", c, replica, c.body(), &l)
	return l.credential(cookies), status
}

func (s *real) leave(c credential, replica int) int {
	status, _ := s.send("POST", "/v1/logout", c, replica, c.body(), nil)
	return status
}

func (s *real) appoint(user int, role string, replica int) int {
	path, body := "/v1/admin/users/"+s.ids[user]+"/role", map[string]string{"role": role}
	status, _ := s.send("PUT", path, s.admin, replica, body, nil)
	return status
}

func (s *real) password(c credential, user, replica int) int {
	s.mu.Lock()
	old := s.passwords[user]
	s.mu.Unlock()
	replacement := old[:32] + fmt.Sprint(time.Now().UnixNano())
	status, _ := s.send("PUT", "/v1/password", c, replica, map[string]string{"old": old, "new": replacement}, nil)
	if status == http.StatusNoContent {
		s.mu.Lock()
		s.passwords[user] = replacement
		s.mu.Unlock()
	}
	return status
}

func (s *real) crash(replica int) {
	c := s.replica[replica]
	c.Process.Kill()
	c.Wait()
	_, at, _ := strings.Cut(s.base[replica], "://")
	s.start(replica, at)
}
