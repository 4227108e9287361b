package apitest

import (
	"strings"
	"testing"
)

// A sound scheme passes. Without this the tests of defects below would show nothing.
func TestASoundSchemePasses(t *testing.T) { Run(t, (&toy{}).describe()) }

func TestWholeOfAnUnknownCheckIsRefused(t *testing.T) {
	s := (&toy{}).describe()
	s.Whole = []string{"R01", "R32"}
	if err := s.known(); err == nil || !strings.Contains(err.Error(), "repeated check R32") {
		t.Error(err)
	}
}

// The check for each defect catches it.
func TestDefectsAreCaught(t *testing.T) {
	skipShort(t)
	for _, c := range []struct{ defect, check, because string }{
		{"counts its ids", "R01 session ids", "bit "},
		{"adopts ids", "R02 an id that", "adopted"},
		{"keeps the old one", "R02 login makes", "has ended"},
		{"has no idle time", "R03 a login ends when", "after the idle time"},
		{"has no end", "R03 a login has an absolute", "older than"},
		{"ends early", "R03 a login ends when", "a second before"},
		{"goes by its own clock", "R03 a login lasts", "refuses a valid credential"},
		{"clears the cookie only", "R04 logout ends", "has ended"},
		{"forgets elsewhere", "R04 logout ends", "on replica 1"},
		{"forgets what it renewed", "R04 logout with", "1 renewals old"},
		{"remembers one renewal", "R04 logout with", "3 renewals old"},
		{"forgets what it renewed", "R04 a login that races", "race"},
		{"takes what it renewed", "R04 logout with", "what a refresh replaced"},
		{"lets strangers in", "R04 every call", "want 401"},
		{"logs out once", "R04 logout ends", "status 401, want 204"},
		{"writes back what it read", "R04 requests in flight", "race"},
		{"logs out the second tab", "R12 tabs", "was logged out"},
		{"forks a login", "R12 tabs", "two ids"},
		{"never forgets", "R12 a replaced id", "after the grace"},
		{"promises less", "R04 logout ends", "Authlab-Effective-Within"},
		{"ends no login", "R05 a disabled", "has ended"},
		{"ends no login", "R05 a new password", "has ended"},
		{"ends no login", "R05 an admin", "has ended"},
		{"ends no login", "R05 logout-all", "has ended"},
		{"ends its own device", "R05 a new password", "the device that changed"},
		{"loses a device", "R06 users see", "five devices"},
		{"ends others' devices", "R06 users see", "another user's device"},
		{"keeps rights", "R07 a right", `the role is "admin"`},
		{"believes its callers", "R07 the account", "status 200, want 403"},
		{"takes any of two", "R14 a session", "want 400"},
		{"lets scripts read", "R15 cookies", "HttpOnly"},
		{"is sent by every site", "R15 cookies", "SameSite"},
		{"is for a whole domain", "R15 cookies", "domain"},
		{"is never secure", "R15 cookies", "behind a proxy"},
		{"lets any caller call", "R16 a page", "want 403"},
		{"lets any caller call", "R17 only", "evil.example"},
		{"tells every page", "R17 only", "Access-Control-Allow-Origin"},
		{"logs ids", "R18 no credential", "the log holds a secret"},
		{"hashes for its users only", "R19 a refusal", "tells whether a name exists"},
		{"checks every password", "R19 an account is not", "400 checked"},
		{"checks every password", "R19 a burst", "200 were checked, want"},
		{"sees no device", "R19 an account's owner", "gets 429, want"},
		{"sees no device", "R19 a device", "her own the password was checked: false"},
		{"hears no proxy", "R20 a client is one", "is taken for another client"},
		{"believes every header", "R20 forwarded", "not slowed down"},
		{"logs out in an outage", "R21 an outage of the store", "status 401, want 503"},
		{"fails open", "R21 an outage of the store", "status 200, want 503"},
		{"says it logged out", "R21 an outage of the store", "status 204, want 503"},
		{"asks the accounts", "R21 an outage of the accounts", "status 503, want 200"},
		{"mixes users up", "R23 one user's", "want {"},
		{"crowns", "R03 a login ends when", "openapi.yaml says otherwise"},
	} {
		t.Run(c.defect, func(t *testing.T) {
			t.Parallel()
			s := (&toy{defect: c.defect}).describe()
			err := named(t, c.check).hold(t, s)
			if err == nil || !strings.Contains(err.Error(), c.because) {
				t.Errorf("%s: %v, want something with %q", c.check, err, c.because)
			}
		})
	}
}

// skipShort skips a table of defects, each of which needs servers of its own.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a table of defects is skipped with -short")
	}
}

func named(t *testing.T, prefix string) check {
	t.Helper()
	for _, c := range checks {
		if strings.HasPrefix(c.name, prefix) {
			return c
		}
	}
	t.Fatalf("there is no check %q", prefix)
	return check{}
}
