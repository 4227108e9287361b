package credential

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"authlab/loadtest/jar"
	"authlab/loadtest/wire"
)

// device is a client that keeps what servers give it. Its copies share nothing that changes. Each of its requests has a
// connection of its own.
type device struct {
	Config
	jar.Jar
	client *http.Client
}

// reply is an answer to a device; its status is 0 where none came.
type reply struct {
	status int
	body   []byte
}

// slowest is how long a device waits for an answer.
const slowest = 10 * time.Second

func newDevice(c Config) device {
	client := wire.Client(c.Pins)
	client.Timeout = slowest
	return device{Config: c, client: client}
}

// logIn returns the device with a login of the user with that index.
func (v device) logIn(ctx context.Context, user int) (device, error) {
	v.First = user
	a := v.account(0)
	body, err := json.Marshal(map[string]string{"username": a.Name, "password": a.Password})
	if err != nil {
		return v, err
	}
	v, told := v.send(ctx, "POST", "/v1/login", bytes.NewReader(body))
	if told.status != http.StatusOK {
		return v, fmt.Errorf("a login answers %d: %.200s", told.status, told.body)
	}
	return v, nil
}

// renew returns the device with a renewed login.
func (v device) renew(ctx context.Context) (device, int) {
	now, told := v.send(ctx, "POST", "/v1/refresh", strings.NewReader(v.renewing()))
	return now, told.status
}

// renewing is the body of a renewal, which is never empty, so that it can be sent late.
func (v device) renewing() string { return cmp.Or(v.Renewal(), "{}") }

// status asks without a body.
func (v device) status(ctx context.Context, method, path string) int {
	_, told := v.send(ctx, method, path, nil)
	return told.status
}

// logins is how many logins the servers list for the user; 0 where they list none.
func (v device) logins(ctx context.Context) int {
	_, told := v.send(ctx, "GET", "/v1/sessions", nil)
	var list struct{ Sessions []struct{} }
	if told.status != http.StatusOK || json.Unmarshal(told.body, &list) != nil {
		return 0
	}
	return len(list.Sessions)
}

// send sends a request, and returns the device with what the answer gave it.
func (v device) send(ctx context.Context, method, path string, body io.Reader) (device, reply) {
	request, err := http.NewRequestWithContext(ctx, method, v.Base+path, body)
	if err != nil {
		return v, reply{}
	}
	v.sign(request)
	answer, err := v.client.Do(request)
	if err != nil {
		return v, reply{}
	}
	defer answer.Body.Close()
	return v.read(answer)
}

// sign adds the credential.
func (v device) sign(r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Header.Set("Content-Type", "application/json")
	}
	v.Show(r)
}

func (v device) read(answer *http.Response) (device, reply) {
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return v, reply{}
	}
	v.Jar = v.With(answer.StatusCode, answer.Header, text)
	return v, reply{answer.StatusCode, text}
}
