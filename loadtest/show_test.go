package main

import "testing"

const remembering = `
name: near
question: What does it cost to know without asking?
users: 300
schemes: [session-memory, session-near]
demand: {slice: 50ms, rounds: 4, launches: 1, connections: 4}
`

// TestLoginsAreShown: a replica that remembers logins does not ask the store about them during the measurement, and
// drops a login that was ended.
func TestLoginsAreShown(t *testing.T) {
	t.Setenv("AUTHLAB_REDIS_URL", "redis://"+store(t))
	report := honest(t, remembering)
	says(t, report, `\| session-near +\|`)
	silent(t, report, `the store was asked [0-9]`, `demand of session-near, replica.*TREATMENT-MISSING`)
}

// TestNearIsLeftOut: the lab's own store does not tell its clients what has changed.
func TestNearIsLeftOut(t *testing.T) {
	says(t, honest(t, remembering, "--embedded"),
		`session-near was left out: stored cannot tell replicas what has changed, as Redis can since version 6 \(CLIENT `+
			`TRACKING\)`)
}
