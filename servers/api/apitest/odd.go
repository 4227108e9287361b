package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// oddIDs are invalid ids, each in its own way.
var oddIDs = []string{
	"%00", "a%00b", anID + "%00", "%FF%FE", "%C3%28", "%C3", "%ED%A0%80", "%C0%80", "%F4%90%80%80",
	"%EF%BF%BF", "%01", "%7F", "%0D%0A", "%2F", "..%2F", "%2e%2e", ".", "..", "%25", "%2500", "%5C", "+", "*", "'",
	"%27%20OR%201=1--", "%22", "$1", "{id}",
	"%E2%80%AE", "%F0%9F%90%8E", "0", "-1", "99999999999999999999", strings.Repeat("a", 129), strings.Repeat("a", 8000),
	strings.Repeat("%00", 2000), "%zz", "%",
}

func oddNames(w *world) error {
	_, admin, err := w.every()
	if err != nil {
		return err
	}
	ways, err := w.ways()
	if err != nil {
		return err
	}
	agents := [...]string{"\xff\xfe", "a\x80b", strings.Repeat("\xc3", 250), strings.Repeat("é", 150)}
	for way, to := range ways {
		var texts []string
		for _, id := range oddIDs {
			role := http.Header{"Content-Type": {"application/json"}, "Content-Length": {"15"}}
			texts = append(texts,
				head("PUT /v1/admin/users/"+id+"/role", admin, role)+"\r\n"+`{"role":"user"}`,
				head("POST /v1/admin/users/"+id+"/disable", admin)+"\r\n",
				head("DELETE /v1/admin/users/"+id+"/sessions", admin)+"\r\n")
			allowed := []int{400, 404}
			if !w.scheme.Lists {
				allowed = append(allowed, 501)
			}
			err = errors.Join(err, blamed(to, head("DELETE /v1/sessions/"+id, admin)+"\r\n", false, allowed...))
		}
		for _, query := range []string{
			"after=%00", "after=a%00", "after=%FF", "after=%C3%28", "after=%ED%A0%80",
			"after=" + strings.Repeat("a", 5000), "after=%zz", "after=a;limit=1", "after=a&after=b", "limit=1&limit=2",
			"limit=%00", "limit=0", "limit=-1", "limit=1001", "limit=1e3",
			"limit=99999999999999999999", "limit=%EF%BC%91", "limit=+1", "limit=0x10",
		} {
			texts = append(texts, head("GET /v1/admin/users?"+query, admin)+"\r\n")
		}
		for _, header := range []http.Header{
			{"Cookie": {"authlab_session=\xff; authlab_token=\xff"}},
			{"Cookie": {"authlab_session=" + strings.Repeat("A", 43) + "\x80"}},
			{"Authorization": {"Bearer \xff\xfe"}},
			{"Authorization": {"Bearer \xff.\xff.\xff"}},
			{"Authorization": {"\xff"}},
			{"Authlab-User": {"1;\xff;user"}},
			{"Authlab-User": {"\xc3(;alice;user"}},
			{"Authlab-User": {"1;alice;us\xffer"}},
		} {
			texts = append(texts, head("GET /v1/me", header)+"\r\n", head("POST /v1/refresh", header)+"\r\n")
		}
		for _, text := range texts {
			err = errors.Join(err, blamed(to, text, false))
		}
		body := fmt.Sprintf(`{"username":"load-000001","password":%q}`, w.password("load-000001"))
		for _, agent := range agents {
			login := http.Header{
				"User-Agent": {agent}, "Content-Type": {"application/json"}, "Content-Length": {fmt.Sprint(len(body))},
				"X-Forwarded-For": {"\xff"}, "Accept-Language": {agent}, "Referer": {agent},
			}
			err = errors.Join(err, blamed(to, head("POST /v1/login", login)+"\r\n"+body, false, 200))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
	}
	return nil
}
