package plan_test

import (
	"strings"
	"testing"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/experiment/delays"
	"authlab/loadtest/experiment/logins"
	"authlab/loadtest/plan"
)

// TestFormsOfParts: a part is a mapping in the file like any other.
func TestFormsOfParts(t *testing.T) {
	const head = "name: mine\nschemes: [session-redis]\n"
	for name, text := range map[string]string{
		"plain":     head + "delays: {replicas: 2, logins: 5}\n",
		"quoted":    head + "\"delays\": {replicas: 2, logins: 5}\n",
		"an anchor": head + "users: &n 5\ndelays: {replicas: 2, logins: *n}\n",
		"the other": head + "delays: {replicas: 2, logins: &n 5}\nusers: *n\n",
		"two parts": head + "users: 5\nlogins: {starts: 1, logins: &n 5, passwords: 1, rate: 1, storm: 1, window: 1s}\n" +
			"delays: {replicas: 2, logins: *n}\n",
		"one absent": head + "memory:\nlogins: null\ndelays: {replicas: 2, logins: 5}\n",
	} {
		p, err := plan.Parse("mine.yaml", []byte(text), all.Parts()...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d, ok := plan.PartOf[*delays.Part](p); !ok || d.Logins != 5 || d.Replicas != 2 {
			t.Errorf("%s: %+v", name, d)
		}
		if _, ok := plan.PartOf[*logins.Part](p); ok != (name == "two parts") {
			t.Errorf("%s: it has logins: %v", name, ok)
		}
	}
	for text, want := range map[string]string{
		"delays: {replicas: 2, lgins: 5}\n":                                    `mine.yaml:3: unknown field "lgins"`,
		"delays: {replicas: 2.5, logins: 5}\n":                                 `mine.yaml:3: "2.5" is not a whole number`,
		"dleays: {}\n":                                                         `mine.yaml:3: unknown field "dleays"`,
		"delays: {replicas: 2, logins: 5}\n---\nname: b\n":                     "mine.yaml has 2 documents",
		"delays: {replicas: 2, logins: 5}\ndelays: {replicas: 3, logins: 5}\n": "mine.yaml:4: ",
	} {
		_, err := plan.Parse("mine.yaml", []byte(head+text), all.Parts()...)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
