package keyfile

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A key file comes from any editor, on any system.
func TestFormsOfFiles(t *testing.T) {
	first, second, long := random(64), random(64), random(40_000)
	a, b := hex.EncodeToString(first), hex.EncodeToString(second)
	for what, text := range map[string]string{
		"lines":                      a + "\n" + b + "\n",
		"CR LF":                      a + "\r\n" + b + "\r\n",
		"no end of the last line":    a + "\n" + b,
		"no end of the last CR LF":   a + "\r\n" + b + "\r",
		"a byte order mark":          "\ufeff" + a + "\n" + b + "\n",
		"a mark, spaces and CR LF":   "\ufeff\r\n \t" + a + " \r\n\r\n" + b + "\t",
		"spaces, and many lines":     strings.Repeat("\n", 100_000) + a + strings.Repeat(" ", 100_000) + "\n" + b,
		"a page of nothing between ": a + "\n\f\n" + b,
	} {
		got, err := Secrets(strings.NewReader(text), 64, "make one")
		if err != nil || len(got) != 2 || !slices.Equal(got[0], first) || !slices.Equal(got[1], second) {
			t.Errorf("%s: %d keys, %v", what, len(got), err)
		}
	}
	if got, err := Secrets(strings.NewReader(hex.EncodeToString(long)), 64, "make one"); err != nil || len(got) != 1 ||
		!slices.Equal(got[0], long) {
		t.Errorf("a line of 80,000 characters: %d keys, %v", len(got), err)
	}
	for what, text := range map[string]string{
		"nothing":                              "",
		"a mark alone":                         "\ufeff",
		"a mark in the middle":                 a + "\n\ufeff" + b,
		"NUL":                                  a + "\x00\n",
		"UTF-16":                               "\xff\xfe" + strings.Join(strings.Split(a, ""), "\x00") + "\x00",
		"80,000 characters that are not a key": strings.Repeat("x", 80_000),
		"80,000 zeros":                         strings.Repeat("0", 80_000),
		"old line ends":                        a + "\r" + b,
	} {
		_, err := Secrets(strings.NewReader(text), 64, "make one")
		if err == nil || strings.ContainsAny(err.Error(), "\n\x00") || len(err.Error()) > 200 ||
			strings.Contains(err.Error(), "token too long") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What a path may name that is not a file.
func TestWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := os.WriteFile(good, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"link": good, "loop": filepath.Join(dir, "loop"),
		"dangling": filepath.Join(dir, "nothing"), "device": "/dev/zero", "folder": dir,
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxBytes+1); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		"loop": "too many levels of symbolic links", "dangling": "no such file", "device": "not a regular file",
		"folder": "not a regular file",
		"large":  "larger than 8 MiB", "a\x00b": "invalid argument", "good/": "not a directory",
	} {
		path = dir + "/" + path
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", path, err, says)
		}
	}
	if text, err := Read(filepath.Join(dir, "link")); err != nil || string(text) != "text" {
		t.Errorf("a link to a private file, as Kubernetes makes them: %q, %v", text, err)
	}
}
