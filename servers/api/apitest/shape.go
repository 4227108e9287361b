package apitest

import (
	"fmt"
	"net/http"
	"strings"
)

// shapeChecks cover the API as its document describes it. All other checks also compare each answer with the document.
var shapeChecks = []check{
	{"R00 every replica says who it is", nil, replicasAnswer},
	{"R00 an unknown call is a problem", nil, notCalls},
	{"R00 bodies are read strictly", nil, strictBodies},
	{"R00 money moves, and no more than there is", nil, moneyMoves},
	{"R00 admins see the accounts, others do not", nil, accountsListed},
}

func replicasAnswer(w *world) error {
	seen := map[string]bool{}
	for i := range w.urls {
		got, err := w.want(http.StatusOK, i, "GET", "/healthz", nil, nil)
		if err != nil {
			return err
		}
		health, err := decoded[struct{ Server, Replica string }](got)
		if err != nil {
			return err
		}
		if health.Server != w.scheme.Name || health.Replica != got.Header.Get("X-Replica") || seen[health.Replica] {
			return fmt.Errorf("replica %d says %s, and X-Replica is %s", i, got.body, got.Header.Get("X-Replica"))
		}
		seen[health.Replica] = true
		for _, path := range []string{"/readyz", "/metrics"} {
			if _, err := w.want(http.StatusOK, i, "GET", path, nil, nil); err != nil {
				return err
			}
		}
		got, err = w.do(i, "GET", "/.well-known/jwks.json", nil, nil)
		if err != nil || strings.Contains(string(got.body), `"k"`) || strings.Contains(string(got.body), `"d"`) {
			return fmt.Errorf("the page of public keys holds others: %v", err)
		}
	}
	return nil
}

func notCalls(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v1/me/", "/V1/me", "/v1//me", "/v1/me/../me", "/v1/nothing", "/debug/pprof/",
		"/openapi.yaml", "/v1/%6de/x",
	} {
		if _, err := w.want(http.StatusNotFound, 0, "GET", path, c.header, nil); err != nil {
			return err
		}
	}
	for _, call := range []call{
		{"POST", "/v1/me", nil},
		{"DELETE", "/v1/me", nil},
		{"GET", "/v1/login", nil},
		{"PATCH", "/v1/password", nil},
		{"OPTIONS", "/v1/me", nil},
		{"TRACE", "/v1/me", nil},
	} {
		got, err := w.want(http.StatusMethodNotAllowed, 0, call.method, call.path, c.header, nil)
		if err != nil {
			return err
		}
		if got.Header.Get("Allow") == "" {
			return fmt.Errorf("%s %s is not allowed, but nothing says what is", call.method, call.path)
		}
	}
	return nil
}

func strictBodies(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	const good = `{"to":"bob","amount":1}`
	for body, status := range map[string]int{
		good: 200, " \n" + good + "\n": 200, `{"amount":1,"to":"bob"}`: 200,
		"": 400, "null": 400, "[" + good + "]": 400, good + good: 400, good + "x": 400, good[:9]: 400,
		`{"to":"bob"}`: 400, `{"to":"bob","amount":"1"}`: 400, `{"to":"bob","amount":1.5}`: 400,
		`{"to":"bob","amount":null}`:             400,
		`{"to":"bob","amount":1,"from":"alice"}`: 400, `{"to":"bob","amount":1,"amount":2}`: 400,
		`{"To":"bob","amount":1}`:                    400,
		`{"to":"bob","amount":99999999999999999999}`: 400,
	} {
		if _, err := w.want(status, 0, "POST", "/v1/transfers", c.header, body); err != nil {
			return fmt.Errorf("%q: %w", body, err)
		}
	}
	for _, media := range []string{
		"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
	} {
		header := c.header.Clone()
		header.Set("Content-Type", media)
		if _, err := w.want(http.StatusUnsupportedMediaType, 0, "POST", "/v1/transfers", header, good); err != nil {
			return fmt.Errorf("%s: %w", media, err)
		}
	}
	return nil
}

func moneyMoves(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	other, err := w.login(0, "load-000002", nil)
	if err != nil {
		return err
	}
	had, err := w.balance(c)
	if err != nil {
		return err
	}
	theirs, err := w.balance(other)
	if err != nil {
		return err
	}
	for _, t := range []struct {
		to     string
		amount int64
		status int
	}{
		{"load-000002", had, 200},
		{"load-000002", 1, 409},
		{"load-000002", -1, 422},
		{"load-000002", 0, 422},
		{"load-000001", 1, 422},
		{"unknown", 1, 404},
	} {
		body := map[string]any{"to": t.to, "amount": t.amount}
		if _, err := w.want(t.status, len(w.urls)-1, "POST", "/v1/transfers", c.header, body); err != nil {
			return fmt.Errorf("%d to %s: %w", t.amount, t.to, err)
		}
	}
	left, err := w.balance(c)
	if err != nil {
		return err
	}
	if has, err := w.balance(other); err != nil || left != 0 || has != theirs+had {
		return fmt.Errorf("%d and %d became %d and %d: %v", had, theirs, left, has, err)
	}
	return nil
}

func accountsListed(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	if _, err := w.want(http.StatusForbidden, 0, "GET", "/v1/admin/users", c.header, nil); err != nil {
		return err
	}
	if w.scheme.Carrier != Name {
		if _, err := w.want(http.StatusUnauthorized, 0, "GET", "/v1/admin/users", nil, nil); err != nil {
			return err
		}
	}
	type page struct{ Users []struct{ Name string } }
	after, count := "", 0
	for {
		got, err := w.want(http.StatusOK, 0, "GET", "/v1/admin/users?limit=50&after="+after, admin.header, nil)
		if err != nil {
			return err
		}
		p, err := decoded[page](got)
		if err != nil {
			return err
		}
		if len(p.Users) == 0 {
			break
		}
		for _, u := range p.Users {
			if u.Name <= after {
				return fmt.Errorf("%s comes after %s", u.Name, after)
			}
			after = u.Name
		}
		count += len(p.Users)
	}
	if count != loadUsers+3 {
		return fmt.Errorf("%d accounts are listed, and there are %d", count, loadUsers+3)
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x"} {
		if _, err := w.want(http.StatusBadRequest, 0, "GET", "/v1/admin/users?"+query, admin.header, nil); err != nil {
			return err
		}
	}
	return nil
}
