package incident_test

import (
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

	"authlab/loadtest/jar"
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

// send sends a request with what j holds, and reads its answer into told. It returns the jar after the answer.
func (s *real) send(what, path string, j jar.Jar, replica int, body string, told any) (after jar.Jar, status int) {
	request, err := http.NewRequest(what, s.base[replica]+path, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return j, 0
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	j.Show(request)
	answer, err := s.client.Do(request)
	if err != nil {
		return j, 0 // the replica was killed
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return j, 0
	}
	if told != nil {
		json.Unmarshal(text, told) // another answer than expected leaves it empty
	}
	return j.With(answer.StatusCode, answer.Header, text), answer.StatusCode
}

// object is a JSON object of texts.
func object(members map[string]string) string {
	text, _ := json.Marshal(members) // texts always have JSON
	return string(text)
}

func (s *real) logIn(a account, replica int) (jar.Jar, string, int) {
	var told struct{ User struct{ ID string } }
	body := object(map[string]string{"username": a.name, "password": a.password})
	j, status := s.send("POST", "/v1/login", jar.Jar{}, replica, body, &told)
	return j, told.User.ID, status
}

func (s *real) enter(user, replica int) (jar.Jar, int) {
	s.mu.Lock()
	a := account{fmt.Sprintf("load-%06d", s.next-users+user), s.passwords[user]}
	s.mu.Unlock()
	j, _, status := s.logIn(a, replica)
	return j, status
}

func (s *real) ask(j jar.Jar, replica int) (int, string) {
	var me struct{ Role string }
	_, status := s.send("GET", "/v1/me", j, replica, "", &me)
	return status, me.Role
}

func (s *real) renew(j jar.Jar, replica int) (jar.Jar, int) {
	return s.send("POST", "/v1/refresh", j, replica, j.Renewal(), nil)
}

func (s *real) leave(j jar.Jar, replica int) int {
	_, status := s.send("POST", "/v1/logout", j, replica, j.Renewal(), nil)
	return status
}

func (s *real) appoint(user int, role string, replica int) int {
	path, body := "/v1/admin/users/"+s.ids[user]+"/role", object(map[string]string{"role": role})
	_, status := s.send("PUT", path, s.admin, replica, body, nil)
	return status
}

func (s *real) password(j jar.Jar, user, replica int) int {
	s.mu.Lock()
	old := s.passwords[user]
	s.mu.Unlock()
	replacement := old[:32] + fmt.Sprint(time.Now().UnixNano())
	body := object(map[string]string{"old": old, "new": replacement})
	_, status := s.send("PUT", "/v1/password", j, replica, body, nil)
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
