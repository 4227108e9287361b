package cookie_test

import (
	"net/http"
	"strings"
	"testing"

	"authlab/servers/cookie"
)

func asking(lines ...string) *http.Request {
	return &http.Request{Header: http.Header{"Cookie": lines}}
}

func TestLone(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string
		ok    bool
	}{
		{"alone", []string{"id=aZ09-_."}, "aZ09-_.", true},
		{"first of two", []string{"id=a; theme=dark"}, "a", true},
		{"last of three", []string{"theme=\"dark\"; n=; id=a"}, "a", true},
		{"without a space", []string{"theme=dark;id=a"}, "a", true},
		{"none", nil, "", false},
		{"another", []string{"theme=dark"}, "", false},
		{"a longer name", []string{"xid=a; idx=b"}, "", false},
		{"another case", []string{"ID=a"}, "", false},
		{"twice", []string{"id=a; id=b"}, "", false},
		{"the same twice", []string{"id=a; id=a"}, "", false},
		{"twice, one in another spelling", []string{"id=a; id =b"}, "", false},
		{"twice, one in quotes", []string{"id=a; id=\"a\""}, "", false},
		{"two headers", []string{"id=a", "id=a"}, "", false},
		{"two headers, one without it", []string{"id=a", "theme=dark"}, "", false},
		{"in quotes", []string{`id="a"`}, "", false},
		{"empty", []string{"id="}, "", false},
		{"no value", []string{"id"}, "", false},
		{"a space after it", []string{"id=a "}, "", false},
		{"two values", []string{"id=a=b"}, "", false},
		{"not ASCII", []string{"id=ä"}, "", false},
		{"more cookies than net/http reads", []string{strings.Repeat(";", 3000) + "id=a"}, "", false},
	} {
		if got, ok := cookie.Lone(asking(c.lines...), "id"); got != c.want || ok != c.ok {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

// FuzzLone: where Lone answers, net/http finds that cookie and no other of its name.
func FuzzLone(f *testing.F) {
	for _, line := range []string{
		"id=a", "id=a; id=b", " id=a", "\tid =a;", "id=\"a\"", "id=a,b", "theme=dark; id=a", "id=a\r\n;id=b", "=id=a",
		"id;id=a",
	} {
		f.Add(line, "")
		f.Add("theme=dark", line)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		lines := []string{first, second}
		if second == "" {
			lines = lines[:1]
		}
		r := asking(lines...)
		got, ok := cookie.Lone(r, "id")
		if !ok {
			return
		}
		if all := r.CookiesNamed("id"); len(all) != 1 || all[0].Value != got || all[0].Quoted {
			t.Errorf("in %q it finds %q, net/http %+v", lines, got, all)
		}
	})
}

func BenchmarkLone(b *testing.B) {
	r := asking("theme=dark; id=0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cookie.Lone(r, "id")
		}
	})
	b.Run("net/http", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.CookiesNamed("id")
		}
	})
}
