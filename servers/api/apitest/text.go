package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"
)

// textChecks cover what encoding/json forgives: bytes that two readers take for different things.
var textChecks = []check{
	{"R00 a body is the same text to every reader", ofServer, oneText},
	{"R00 different passwords are different, and blank ones refused", ofServer, passwordsDiffer},
}

// jsonCall is a call with a JSON body, in which @ stands for a text.
type jsonCall struct {
	method, path, body string
	header             http.Header
	status             int // with another text in the place of @
}

// jsonCalls are all calls that take a body. Those that change a user name one that does not exist.
func jsonCalls(caller, admin credential) []jsonCall {
	const unknown = "/v1/admin/users/AAAAAAAAAAAAAAAAAAAA"
	return []jsonCall{
		{"POST", "/v1/login", `{"username":"@","password":"x"}`, nil, 401},
		{"POST", "/v1/login", `{"username":"none","password":"@"}`, nil, 401},
		{"POST", "/v1/transfers", `{"to":"@","amount":1}`, caller.header, 404},
		{"PUT", "/v1/password", `{"old":"@","new":"a good password"}`, caller.header, 403},
		{"PUT", unknown + "/role", `{"role":"@"}`, admin.header, 404},
		{"POST", "/v1/refresh", `{"refresh_token":"@"}`, nil, 401},
		{"POST", "/v1/logout", `{"refresh_token":"@"}`, nil, 204},
		{"POST", "/v1/logout-all", `{"refresh_token":"@"}`, caller.header, 204}, // last, as it ends the caller's logins
	}
}

// noText are contents of a JSON string that are not text, or not the same to every reader.
var noText = map[string]string{
	"Latin-1":                           "p\xe4ssw\xf6rter",
	"a byte that is never UTF-8":        "\xff",
	"a sequence that is cut":            "\xc3",
	"a sequence that is cut, inside":    "\xc3(",
	"a stray continuation":              "\x80",
	"an overlong slash":                 "\xc0\xaf",
	"an overlong NUL":                   "\xc0\x80",
	"a surrogate in UTF-8":              "\xed\xa0\x80",
	"a pair in CESU-8":                  "\xed\xa0\xbd\xed\xb0\x8e",
	"beyond Unicode":                    "\xf4\x90\x80\x80",
	"the first half of a pair":          `\ud800`,
	"the first half, in capitals":       `\uD83D`,
	"the first half, and text":          `\ud83dx`,
	"the first half twice":              `\ud83d\ud83d\udc0e`,
	"the first half and another escape": `\ud83d\n`,
	"the first half and a cut escape":   `\ud83d\u`,
	"the second half":                   `\udc0e`,
	"the halves in the wrong order":     `\udc0e\ud83d`,
	"the half behind a backslash":       `\\\ud83d`,
	"a control character":               "\x01",
	"a NUL":                             "\x00",
	"a line end":                        "\n",
	"an unknown escape":                 `\x41`,
	"an escape of three digits":         `\u12`,
	"a quotation mark":                  `"`,
}

// misread are ways to spoil a complete body.
var misread = map[string]func(string) string{
	"a byte order mark":        func(s string) string { return "\ufeff" + s },
	"a NUL behind it":          func(s string) string { return s + "\x00" },
	"another object behind it": func(s string) string { return s + s },
	"a comma at its end":       func(s string) string { return strings.Replace(s, "}", ",}", 1) },
	"a comment":                func(s string) string { return s + "/**/" },
	"quotes of another kind":   func(s string) string { return strings.ReplaceAll(s, `"`, "'") },
	"a name twice": func(s string) string {
		return strings.Replace(s, "{", s[:strings.Index(s, ":")]+`:"x",`, 1)
	},
	"a name twice, escaped": func(s string) string {
		return strings.Replace(s, "{", fmt.Sprintf(`{"\u%04x%s:"x",`, s[2], s[3:strings.Index(s, ":")]), 1)
	},
	"a name in capitals":        func(s string) string { return s[:2] + strings.ToUpper(s[2:3]) + s[3:] },
	"a name with a long s":      func(s string) string { return strings.Replace(s, `":`, "\u017f\":", 1) },
	"a name that is not text":   func(s string) string { return strings.Replace(s, `":`, "\xff\":", 1) },
	"a name with half a pair":   func(s string) string { return strings.Replace(s, `":`, `\ud800":`, 1) },
	"a name that is more":       func(s string) string { return strings.Replace(s, "{", `{"more":1,`, 1) },
	"one more that is not text": func(s string) string { return strings.Replace(s, "{", "{\"more\":\"\xff\",", 1) },
	"deep nesting": func(s string) string {
		return strings.Replace(s, `"@"`, strings.Repeat("[", 50_000), 1)
	},
	"deep nesting that ends": func(s string) string {
		return strings.Replace(s, `"@"`, strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000), 1)
	},
	"null instead":   func(s string) string { return strings.Replace(s, `"@"`, "null", 1) },
	"a list instead": func(s string) string { return strings.Replace(s, `"@"`, `["@"]`, 1) },
	"in a list":      func(s string) string { return "[" + s + "]" },
	"in UTF-16":      utf16Text,
}

func utf16Text(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(unit >> 8))
		b.WriteByte(byte(unit))
	}
	return b.String()
}

// oneText sends each call a valid body, and then the same spoilt in each way.
func oneText(w *world) error {
	caller, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	for _, c := range jsonCalls(caller, admin) {
		for name, text := range noText {
			if _, e := w.want(400, 0, c.method, c.path, c.header, strings.Replace(c.body, "@", text, 1)); e != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", name, e))
			}
		}
		for name, spoil := range misread {
			if _, e := w.want(400, 0, c.method, c.path, c.header, spoil(c.body)); e != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", name, e))
			}
		}
		if c.path == "/v1/refresh" && w.scheme.Carrier == Name {
			continue // the control refuses callers without a name, and takes no token
		}
		w.advance(61e9) // the wrong passwords before this one are forgiven
		if got, e := w.want(c.status, 0, c.method, c.path, c.header, strings.Replace(c.body, "@", "plain", 1)); e != nil {
			err = errors.Join(err, fmt.Errorf("as it should be: %w", e))
		} else if c.status == 404 && strings.Contains(string(got.body), "at this path") {
			err = errors.Join(err, fmt.Errorf("%s %s is not a call", c.method, c.path))
		}
	}
	return err
}

// passwordsDiffer changes a password to invalid ones, and checks that nothing has changed; then to unusual ones, which
// let their owner in and no other password does.
func passwordsDiffer(w *world) error {
	const name = "load-000005"
	c, err := w.login(0, name, nil)
	if err != nil {
		return err
	}
	old := w.password(name)
	change := func(status int, text string) error {
		_, err := w.want(status, 0, "PUT", "/v1/password", c.header, fmt.Sprintf(`{"old":%s,"new":"%s"}`, quoted(old), text))
		return err
	}
	login := func(status int, text string) error {
		w.advance(61e9)
		_, err := w.want(status, 0, "POST", "/v1/login", nil, fmt.Sprintf(`{"username":%q,"password":"%s"}`, name, text))
		return err
	}
	for _, text := range []string{"p\xe4ssw\xf6rter", `\ud800\ud800\ud800`, "eight by\xff"} {
		if err := change(400, text); err != nil {
			return err
		}
	}
	for _, text := range []string{
		"        ", strings.Repeat(`\u0000`, 8), `\t\n\r\u007f    `, "\u3000\u3000\u3000\u3000", "\u200b\u200b\u200b",
	} {
		if err := change(422, text); err != nil {
			return fmt.Errorf("a blank password: %w", err)
		}
	}
	if err := login(200, old); err != nil {
		return fmt.Errorf("after refused changes: %w", err)
	}
	for _, p := range []struct{ taken, same, other string }{
		{"pässwörter", `p\u00e4ssw\u00f6rter`, "püsswérter"},
		{`\ud83d\udc0e correct`, "🐎 correct", `\ud83d\udc0f correct`},
		{`eight\u0000 x`, `eight\u0000\u0020x`, `eight`},
	} {
		err := errors.Join(change(204, p.taken), login(200, p.same), login(401, p.other), login(400, "p\xfcssw\xe9rter"))
		if err != nil {
			return err
		}
		old = unquoted(p.taken)
	}
	return nil
}

// unquoted returns what a JSON string with this content stands for.
func unquoted(content string) (text string) {
	_ = json.Unmarshal([]byte(`"`+content+`"`), &text)
	return text
}

// quoted returns text as a JSON string.
func quoted(text string) string {
	b, _ := json.Marshal(text) // a string: cannot fail
	return string(b)
}
