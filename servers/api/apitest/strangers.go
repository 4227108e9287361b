package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"authlab/servers/api"
)

// strangerChecks cover guesses from a practically unlimited number of addresses, and the owner meanwhile.
var strangerChecks = []check{
	{"R15 the cookie of a device is as safe as it can be", ofServer, safeDevice},
	{"R19 an account is not guessed from many addresses", ofServer, strangersAreFew},
	{"R19 a burst gets no more than what is free", ofServer, burstsAreHeld},
	{"R19 an account's owner gets in while strangers guess", ofServer, ownersGetIn},
	{"R19 a device that logged in is recognised for its account alone", ofServer, devicesAreTheirs},
	{"R20 a client is one, however a proxy writes its address", ofServer, oneClientOneSpelling},
}

// behindProxy starts a replica that trusts this check as its proxy, and returns its index.
func (w *world) behindProxy() int {
	w.config = func(c *api.Config) { c.TrustProxies = []string{"127.0.0.0/8"} }
	w.urls = append(w.urls, w.serve(len(w.urls)))
	return len(w.urls) - 1
}

// at is a client at an address, which shows the cookies of its devices.
func at(address string, devices ...*http.Cookie) http.Header {
	h := http.Header{"X-Forwarded-For": {address}}
	for _, d := range devices {
		h.Add("Cookie", d.Name+"="+d.Value)
	}
	return h
}

// checked reports whether a guess was checked. One that was not is told to wait.
func (w *world) checked(replica int, name, password string, header http.Header) (bool, int, error) {
	got, err := w.guess(replica, name, password, header)
	if err != nil {
		return false, 0, err
	}
	switch got.StatusCode {
	case http.StatusOK, http.StatusUnauthorized:
		return true, 0, nil
	case http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(got.Header.Get("Retry-After"))
		return false, seconds, err
	}
	return false, 0, fmt.Errorf("a guess was answered %d %s, want 401, or 429 with Retry-After", got.StatusCode, got.body)
}

// crowd lists addresses of one attacker, by what they have in common.
var crowd = map[string]func(i int) string{
	"IPv4":        func(i int) string { return fmt.Sprintf("100.%d.%d.%d", 64+i>>8&63, i&255, i>>14+1) },
	"an IPv6 /48": func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i) },
	"an IPv6 /32": func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i) },
}

func strangersAreFew(w *world) error {
	replica := w.behindProxy()
	names := map[string]string{"IPv4": "alice", "an IPv6 /48": "load-000003", "an IPv6 /32": "unknown"}
	for who, address := range crowd {
		n := 0
		for i := range 400 {
			checked, _, err := w.checked(replica, names[who], "wrong", at(address(i)))
			if err != nil {
				return err
			}
			if checked {
				n++
			}
		}
		if n < 5 || n > 100 {
			return fmt.Errorf("from addresses of %s 400 passwords of %s were tried and %d checked, want at most 100",
				who, names[who], n)
		}
	}
	if _, err := w.login(replica, "bob", at("192.0.2.1")); err != nil {
		return fmt.Errorf("after guesses at other accounts: %w", err)
	}
	return nil
}

// burstsAreHeld sends guesses together, at one name and at many.
func burstsAreHeld(w *world) error {
	replica := w.behindProxy()
	for what, c := range map[string]struct {
		name    func(i int) string
		address string
		most    int
	}{
		"one name":   {func(int) string { return "alice" }, "198.51.100.1", 5},
		"many names": {func(i int) string { return fmt.Sprintf("none-%03d", i) }, "198.51.100.2", 50},
	} {
		const all = 200
		checked := make(chan bool, all)
		failed := make(chan error, all)
		for i := range all {
			go func() {
				ok, _, err := w.checked(replica, c.name(i), "wrong", at(c.address))
				checked <- ok
				failed <- err
			}()
		}
		n := 0
		var errs []error
		for range all {
			if <-checked {
				n++
			}
			errs = append(errs, <-failed)
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if n != c.most {
			return fmt.Errorf("of %d guesses at %s that were sent together %d were checked, want %d", all, what, n, c.most)
		}
	}
	return nil
}

// spellings are the forms in which gateways write one address; # is its last part.
var spellings = map[string][]string{
	"IPv4": {
		"203.0.113.#", "203.0.113.#:50001", " 203.0.113.# ", "203.0.113.#,", "203.0.113.#, ,", "::ffff:203.0.113.#",
		"[::ffff:203.0.113.#]:443", "198.51.100.7, 203.0.113.#", "<script>,203.0.113.#:1", "64:ff9b::203.0.113.#",
	},
	"IPv6": {
		"2001:db8:0:#::1", "[2001:db8:0:#::1]", "[2001:db8:0:#::1]:443", `"[2001:db8:0:#::1]:80"`, "2001:DB8:0:#:0:0:0:1",
		"2001:db8:0:#::1%eth0", "2001:db8:0:#::2", "2001:db8:0:#::1,", "unknown, 2001:db8:0:#::1",
	},
}

// oneClientOneSpelling: clients that a proxy tells apart are separate here, and one client is the same in every
// spelling.
func oneClientOneSpelling(w *world) error {
	replica := w.behindProxy()
	for family, all := range spellings {
		name := map[string]string{"IPv4": "load-000003", "IPv6": "load-000004"}[family]
		guesses := 0
		for ; guesses < 5; guesses++ {
			spelling := strings.ReplaceAll(all[guesses%len(all)], "#", "1")
			if checked, _, err := w.checked(replica, name, "wrong", at(spelling)); err != nil || !checked {
				return fmt.Errorf("guess %d, from %q, was not checked: %v", guesses, spelling, err)
			}
		}
		for i, spelling := range all {
			same, other := strings.ReplaceAll(spelling, "#", "1"), strings.ReplaceAll(spelling, "#", fmt.Sprint(2+i))
			if checked, _, err := w.checked(replica, name, "wrong", at(same)); err != nil || checked {
				return fmt.Errorf("a client that guessed five times continues as %q: %v", same, err)
			}
			if checked, _, err := w.checked(replica, name, "wrong", at(other)); err != nil || !checked {
				return fmt.Errorf("%q is taken for another client: %v", other, err)
			}
		}
	}
	twice := http.Header{"X-Forwarded-For": {"198.51.100.7", "203.0.113.1"}}
	if checked, _, err := w.checked(replica, "load-000003", "wrong", twice); err != nil || checked {
		return fmt.Errorf("a client continues behind a header of its own: %v", err)
	}
	return nil
}
