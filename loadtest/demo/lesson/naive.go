package lesson

import (
	"net/http"
	"time"
)

// algNaive lets the token choose how it is checked.
var algNaive = &Puzzle{Bad: 8, Tempting: []int{1, 5}, Lines: []string{
	`func whoIs(token string) (Claims, error) {`,
	`    parts := strings.Split(token, ".")`,
	`    header, claims, err := read(parts)`,
	`    if err != nil {`,
	`        return Claims{}, err`,
	`    } else if time.Now().After(claims.Expires) {`,
	`        return Claims{}, errRefused`,
	`    }`,
	`    check := algorithms[header.Alg]`,
	`    return claims, check(parts, key)`,
	`}`,
}}

// logoutNaive forgets the session in the browser alone.
var logoutNaive = &Puzzle{Bad: 7, Tempting: []int{3, 8}, Lines: []string{
	`func logout(w http.ResponseWriter, r *http.Request) {`,
	`    cookie, err := r.Cookie("session")`,
	`    if err != nil {`,
	`        w.WriteHeader(http.StatusNoContent)`,
	`        return`,
	`    }`,
	`    cookie.Value, cookie.Path = "", "/"`,
	`    cookie.MaxAge = -1 // that ends the session`,
	`    http.SetCookie(w, cookie)`,
	`    w.WriteHeader(http.StatusNoContent)`,
	`}`,
}}

// roleNaive believes a role that is as old as the token.
var roleNaive = &Puzzle{Bad: 6, Tempting: []int{1, 10}, Lines: []string{
	`func listUsers(w http.ResponseWriter, r *http.Request) {`,
	`    claims, err := verify(bearerToken(r))`,
	`    if err != nil {`,
	`        http.Error(w, "log in", http.StatusUnauthorized)`,
	`        return`,
	`    }`,
	`    if claims.Role != "admin" {`,
	`        http.Error(w, "admins only", http.StatusForbidden)`,
	`        return`,
	`    }`,
	`    writeJSON(w, accounts.All(r.Context()))`,
	`}`,
}}

// cookieNaive lets every site send the cookie.
var cookieNaive = &Puzzle{Bad: 7, Tempting: []int{4, 5}, Lines: []string{
	`func setSession(w http.ResponseWriter, id string) {`,
	`    http.SetCookie(w, &http.Cookie{`,
	`        Name:     "session",`,
	`        Value:    id,`,
	`        Path:     "/",`,
	`        MaxAge:   43200,`,
	`        HttpOnly: true,`,
	`        SameSite: http.SameSiteNoneMode,`,
	`        Secure:   true,`,
	`    })`,
	`}`,
}}

// refreshNaive lets the thief keep what he has got.
var refreshNaive = &Puzzle{Bad: 6, Tempting: []int{1, 8}, Lines: []string{
	`func refresh(old string) (Pair, error) {`,
	`    row, err := db.ByHash(sha256.Sum256([]byte(old)))`,
	`    if err != nil || row.Expires.Before(time.Now()) {`,
	`        return Pair{}, errRefused`,
	`    }`,
	`    if row.Used {`,
	`        return Pair{}, errRefused // it works once only`,
	`    }`,
	`    if !db.MarkUsed(row) {`,
	`        return Pair{}, errRefused // another request was faster`,
	`    }`,
	`    return db.NewPair(row.Login), nil`,
	`}`,
}}

// The steps of the puzzles: the same attacks on the servers of this repository.
var (
	algPuzzle = puzzled(algNaive, Step{
		Acts: both(Forge{Alice, NoKey}, Ask{Who: Mallory}), Expect: each(answers(401)),
		Code: []Code{{"servers/token/verifier.go", "func (v *verifier) keyOf("}},
	})
	logoutPuzzle = puzzled(logoutNaive, Step{
		Acts:   both(Login{Alice}, Steal{Alice}, logout(Alice), Ask{Who: Mallory}),
		Expect: [2][]Expect{{answers(200, 204, 401)}, {answers(200, 204, 200)}},
		Code:   []Code{{"servers/session/session.go", "func (a *Authenticator) Logout("}},
	})
	rolePuzzle = puzzled(roleNaive, Step{
		Acts: both(setRole("admin"), Login{Alice}, setRole("user"),
			Ask{Who: Alice, Path: "/v1/admin/users"}),
		Expect: each(answers(204, 200, 204, http.StatusForbidden)),
		Code: []Code{
			{"servers/api/middleware.go", "func (s *Server) entitled("},
			{"servers/user/actor.go", "func (a *Accounts) May("},
		},
	})
	cookiePuzzle = puzzled(cookieNaive, Step{
		Acts:   both(Login{Alice}, fromForm(withOrigin(transfer(Alice), crossSite...))),
		Expect: each(answers(200, http.StatusForbidden)),
		Code:   []Code{{"servers/session/store/store.go", "func (st *Store) SetCookie("}},
	})
	refreshPuzzle = puzzled(refreshNaive, Step{
		Acts: then(then(then(both(Login{Alice}, Steal{Alice}), renew(Mallory)),
			then(both(Wait{grace + time.Second}), renew(Alice))), renew(Mallory)),
		Expect: [2][]Expect{{answers(200, 200, 401, 200)}, {answers(200, 200, 401, 401)}},
		Code:   []Code{{"servers/token/token.go", "func (a *Authenticator) Refresh("}},
	})
)
