package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	if h, p, s, err := split("a.b.c"); err != nil || h+p+s != "abc" {
		t.Error(h, p, s, err)
	}
	for _, bad := range []string{
		"", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.", "..", "...", strings.Repeat("a", maxToken) + ".b.c",
	} {
		if _, _, _, err := split(bad); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
}

func TestDecode(t *testing.T) {
	for text, want := range map[string]string{"": "", "YQ": "a", "YWI": "ab", "YWJj": "abc", "_-8": "\xff\xef"} {
		if got, err := decode(nil, text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, bad := range []string{
		"A", "AAAAA", "YQ==", "YQ=", "YR", "YWJ", "YW\nI", "\nYWI", "YWI\r", "YW I", "+/8", "YWé", "YQ\x00",
	} {
		if got, err := decode(nil, bad); err == nil {
			t.Errorf("%q was taken, as %q", bad, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "YQ", "YR", "YW\nJj", "YQ==", "_-8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := decode(nil, s)
		if err != nil {
			return
		}
		want, err := base64.RawURLEncoding.Strict().DecodeString(s)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %q, the standard library says %q, %v", s, got, want, err)
		}
		if again := base64.RawURLEncoding.EncodeToString(got); again != s {
			t.Errorf("%q is a second text for %q", s, again)
		}
	})
}

func members(s string) (map[string]value, error) {
	m := map[string]value{}
	err := flat(s, func(name string, v value) error { m[name] = v; return nil })
	return m, err
}

func TestFlat(t *testing.T) {
	m, err := members(" {\"a\" : \"x\\u003c\\\"\\\\\\n\\u00e9é\" ,\r\n\t\"b\":12,\"c\":0,\"\":\"\"} ")
	want := map[string]value{"a": {"x<\"\\\né" + "é", false}, "b": {"12", true}, "c": {"0", true}, "": {"", false}}
	if err != nil || len(m) != len(want) {
		t.Fatal(m, err)
	}
	for name, v := range want {
		if m[name] != v {
			t.Errorf("%q: %v, want %v", name, m[name], v)
		}
	}
	if m, err := members("{}"); err != nil || len(m) != 0 {
		t.Error("empty: ", m, err)
	}
	var many []string
	for i := range 17 {
		many = append(many, `"`+strings.Repeat("k", i)+`":1`)
	}
	for _, bad := range []string{
		``, ` `, `{`, `}`, `[]`, `null`, `"a"`, `1`, `{"a"`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`,
		`{"a" 1}`, `{a:1}`, `{'a':1}`, `{"a":1}x`, `{"a":1}{}`, `{"a":1}]`, `{}}`, "{\"a\":1}\x00", "\ufeff{}",
		`{"a":1,"a":2}`, `{"a":1,"b":2,"a":1}`, `{"\u0061":1}`, `{"a\n":1}`,
		`{"a":true}`, `{"a":null}`, `{"a":[]}`, `{"a":{}}`, `{"a":["x"]}`,
		`{"a":-1}`, `{"a":+1}`, `{"a":1.0}`, `{"a":1e3}`, `{"a":1E308}`, `{"a":01}`, `{"a":0x1}`, `{"a":1_0}`, `{"a":.5}`,
		`{"a":1234567890123456}`, `{"a":NaN}`, `{"a":Infinity}`,
		`{"a":"x}`, `{"a":"\x"}`, `{"a":"\"}`, `{"a":"\u12"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", "{\"a\":\"\xff\"}",
		"{\"\xff\":1}", `{"a":"\ud800"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\\\uDFFF"}`,
		"{" + strings.Join(many, ",") + "}",
	} {
		if m, err := members(bad); err == nil {
			t.Errorf("%q was taken, as %v", bad, m)
		}
	}
}

// What the strict reader accepts, encoding/json accepts too, and reads the same in it.
func FuzzFlat(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":1,"b":"x"}`, `{"a":1,"a":2}`, `{"a":"\u003c\n\\"}`, "{\"a\":\"\xff\"}", `{"a":1e3}`, `{"a":"\\ud800"}`,
		`{"a":"\ud800"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\\\ud800"}`, `{"a":"\uFFFD"}`,
		"{\"a\":\"\xed\xa0\x80\"}", "{\"a\xff\":1}",
		"\ufeff{}", "{}\x00", "{\"a\":\"\x00\"}", `{"a":"\u0000"}`, `{"a\u0062":1}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := members(s)
		if err != nil {
			return
		}
		if !utf8.ValidString(s) {
			t.Fatalf("%q was taken, and is no text", s)
		}
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var want map[string]any
		if err := d.Decode(&want); err != nil || len(want) != len(m) {
			t.Fatalf("%q: %v, encoding/json says %v, %v", s, m, want, err)
		}
		for name, v := range m {
			switch w := want[name].(type) {
			case string:
				if v.number || v.text != w {
					t.Errorf("%q: %q, want %q", name, v.text, w)
				}
				sent := strings.Contains(s, "\ufffd") || strings.Contains(strings.ToLower(s), `\ufffd`)
				if strings.Contains(w, "\ufffd") && !sent {
					t.Errorf("%q was taken for %q", s, w)
				}
			case json.Number:
				if !v.number || v.text != w.String() {
					t.Errorf("%q: %q, want %v", name, v.text, w)
				}
			default:
				t.Errorf("%q: %v is a %T", name, w, w)
			}
		}
	})
}
