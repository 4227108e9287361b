package apitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// notTexts and notDates are values of other types, and numbers beyond what every reader represents exactly.
var (
	notTexts = []string{"", `""`, `null`, `0`, `1`, `-1`, `1e308`, `true`, `[]`, `{}`}
	notDates = []string{
		`0`, `-0`, `-1`, `-1e308`, `1e308`, `1e309`, `1e-308`, `9223372036854775807`, `9223372036854775808`,
		`18446744073709551616`,
		`null`, `true`, `false`, `""`, `"never"`, `[]`, `{}`, `NaN`, `Infinity`, `+1`, `0x7fffffff`,
	}
)

// wrongDates alters exp and nbf, and the type of iat.
func wrongDates(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	past, future := seconds(w.clock.Now().Add(-time.Hour)), seconds(w.clock.Now().Add(time.Hour))
	for name, value := range map[string]string{"nbf": past, "exp": future} {
		good := t.sign(object(changed(t.members, name, value)))
		_, err := w.want(http.StatusOK, 0, "GET", "/v1/me", w.present(t.from, good), nil)
		if err != nil {
			return fmt.Errorf("%s of the right kind: %w", name, err)
		}
	}
	all := []forgery{
		{"exp missing", t.sign(object(changed(t.members, "exp", "")))},
		{"exp in the past", t.sign(object(changed(t.members, "exp", past)))},
		{"nbf in the future", t.sign(object(changed(t.members, "nbf", future)))},
		{"EXP for exp", t.sign(suffixed(object(changed(t.members, "exp", "")), "EXP", future))},
		{"exp past, Exp to come", t.sign(suffixed(object(changed(t.members, "exp", past)), "Exp", future))},
		{"exp past, then to come", t.sign(suffixed(object(changed(t.members, "exp", past)), "exp", future))},
		{"exp to come, then past", t.sign(prefixed(object(changed(t.members, "exp", past)), "exp", future))},
		{"exp twice, alike", t.sign(suffixed(object(changed(t.members, "exp", future)), "exp", future))},
		{"exp twice, escaped", t.sign(suffixed(object(changed(t.members, "exp", past)), `e\u0078p`, future))},
		{"nbf twice, the first to come", t.sign(suffixed(object(changed(t.members, "nbf", future)), "nbf", past))},
		{"nbf twice, the last to come", t.sign(suffixed(object(changed(t.members, "nbf", past)), "nbf", future))},
	}
	for _, name := range []string{"exp", "nbf", "iat"} {
		rest := object(changed(t.members, name, ""))
		for _, value := range append(notDates, `"`+future+`"`, `[`+future+`]`, future+`000000000000`) {
			all = append(all, forgery{name + " " + value, t.sign(suffixed(rest, name, value))})
		}
	}
	return t.refuse(all)
}

// wrongTexts alters who issued a token, for whom, and about whom.
func wrongTexts(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	var all []forgery
	for _, name := range []string{"iss", "aud", "sub"} {
		genuine, rest := string(t.members[name]), object(changed(t.members, name, ""))
		values := append(notTexts, `["another issuer"]`, `{"0":`+genuine+`}`, `["`+strings.Repeat("a", 2000)+`"]`)
		if name != "sub" { // any text may name a user, and the holder of the key may name any
			inside := genuine[1 : len(genuine)-1]
			values = append(values, `"another issuer"`, `"`+inside+` "`, `" `+inside+`"`, `"`+inside+`/"`,
				`"`+inside[:len(inside)-1]+`"`,
				`"`+inside+`\u0000"`, `"`+strings.ToUpper(inside)+`"`, `".*"`, `"*"`, `["another issuer","and another"]`)
		}
		for _, value := range values {
			forged := rest
			if value != "" {
				forged = suffixed(rest, name, value)
			}
			all = append(all, forgery{name + " " + value, t.sign(forged)})
		}
		all = append(all,
			forgery{name + " in another case", t.sign(suffixed(rest, strings.ToUpper(name), genuine))},
			forgery{
				name + " wrong, and right in another case",
				t.sign(suffixed(suffixed(rest, name, `["another issuer"]`), strings.ToUpper(name), genuine)),
			},
			forgery{name + " twice, the first wrong", t.sign(prefixed(object(t.members), name, `"another issuer"`))},
			forgery{name + " twice, the last wrong", t.sign(suffixed(object(t.members), name, `"another issuer"`))},
			forgery{name + " twice, alike", t.sign(suffixed(object(t.members), name, genuine))},
		)
	}
	for _, role := range append(notTexts, `"Admin"`, `"root"`, `["admin"]`) {
		all = append(all, forgery{"role " + role, t.sign(object(changed(t.members, "role", role)))})
	}
	return t.refuse(append(all,
		forgery{"role user, ROLE admin", t.sign(suffixed(object(t.members), "ROLE", `"admin"`))},
		forgery{"role user, then admin", t.sign(suffixed(object(t.members), "role", `"admin"`))},
		forgery{"sub with half a character", t.sign(suffixed(object(changed(t.members, "sub", "")), "sub", `"\ud800"`))},
		forgery{"sub not in UTF-8", t.sign(suffixed(object(changed(t.members, "sub", "")), "sub", "\"\xff\""))},
	))
}

// wrongTypes alters typ and adds critical conditions unknown to these servers (RFC 7515 section 4.1.11).
func wrongTypes(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	var all []forgery
	others := []string{`"JWT"`, `"jwt"`, `"rt+jwt"`, `"id+jwt"`, `"logout+jwt"`, `"at"`, `"at+jwt "`, `["at+jwt"]`}
	for _, typ := range append(others, notTexts...) {
		all = append(all, forgery{"typ " + typ, t.signHeader(object(changed(t.heads, "typ", typ)))})
	}
	header, genuine := object(t.heads), string(t.heads["typ"])
	for _, crit := range []string{`["x"]`, `["exp"]`, `["alg"]`, `["b64"]`, `[]`, `"x"`, `null`, `{}`, `[1]`} {
		crit := suffixed(header, "crit", crit)
		all = append(all, forgery{"unknown condition " + crit, t.signHeader(crit)})
		all = append(all, forgery{"unknown condition with its member " + crit, t.signHeader(suffixed(crit, "x", "true"))})
	}
	return t.refuse(append(all,
		forgery{"typ twice, the first wrong", t.signHeader(prefixed(header, "typ", `"JWT"`))},
		forgery{"typ twice, the last wrong", t.signHeader(suffixed(header, "typ", `"JWT"`))},
		forgery{"typ in another case", t.signHeader(suffixed(object(changed(t.heads, "typ", "")), "Typ", genuine))},
		forgery{"claims not encoded", t.signHeader(suffixed(suffixed(header, "b64", "false"), "crit", `["b64"]`))},
		forgery{"claims compressed", t.signHeader(suffixed(header, "zip", `"DEF"`))},
		forgery{"a token within", t.signHeader(suffixed(header, "cty", `"JWT"`))},
	))
}

// wrongObjects signs something that is not an object, or more than one, or is nested to exhaust the reader.
func wrongObjects(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	var all []forgery
	for _, whole := range []struct {
		what    string
		genuine string
		sign    func(string) string
	}{{"claims", t.payload, t.sign}, {"header", t.header, t.signHeader}} {
		for _, text := range []string{
			"", " ", "null", "true", "0", `""`, "[]", "{}", "[" + whole.genuine + "]", whole.genuine + whole.genuine,
			whole.genuine + "x", whole.genuine + "\x00", whole.genuine + "//", "\xef\xbb\xbf" + whole.genuine,
			"\x00" + whole.genuine,
			whole.genuine[:len(whole.genuine)-1], whole.genuine[1:], whole.genuine[:len(whole.genuine)-1] + ",}",
			strings.Replace(whole.genuine, `"`, `'`, -1), strings.Replace(whole.genuine, `:`, `=`, 1), strings.Repeat("[", 5000),
			strings.Repeat(`{"x":`, 1000) + "1" + strings.Repeat("}", 1000),
			suffixed(whole.genuine, "x", strings.Repeat("[", 2000)+strings.Repeat("]", 2000)),
		} {
			all = append(all, forgery{fmt.Sprintf("%s %.60q", whole.what, text), whole.sign(text)})
		}
	}
	return t.refuse(all)
}

// wrongUse presents a refresh token as an access token, and an access token as a refresh token.
func wrongUse(w *world) error {
	t, err := w.genuine()
	if err != nil {
		return err
	}
	if err := t.refuse([]forgery{
		{"the refresh token", t.from.refresh}, {"the refresh token, in segments", t.from.refresh + ".."},
	}); err != nil {
		return err
	}
	if _, err := w.refresh(0, t.raw, http.StatusUnauthorized); err != nil {
		return fmt.Errorf("an access token as refresh token: %w", err)
	}
	_, err = w.refresh(0, t.from.refresh, http.StatusOK)
	return err
}

// refresh presents a refresh token at a replica and expects a status. It returns the new credential, if that is 200.
func (w *world) refresh(replica int, token string, status int) (credential, error) {
	body, err := json.Marshal(map[string]string{"refresh_token": token})
	if err != nil {
		return credential{}, err
	}
	got, err := w.want(status, replica, "POST", "/v1/refresh", nil, string(body))
	if err != nil || status != http.StatusOK {
		return credential{}, err
	}
	return w.credentialOf(got)
}
