package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAccountsComeFromAFileOfTheirOwners(t *testing.T) {
	file := func(text string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), "users")
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got, err := ReadAccounts(file("# who\nalice correct horse\n\n bob  geheim \n", 0o600))
	if want := []Account{{"alice", "correct horse"}, {"bob", "geheim"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, test := range []struct{ name, path, want string }{
		{"readable by others", file("alice geheim\n", 0o644), "(mode 0644): chmod 600 it"},
		{"no password", file("alice geheim\nbob\n", 0o600), "line 2 is not a name, a space and a password"},
		{"no users", file("# none\n", 0o600), "it has no users"},
		{"no file", filepath.Join(t.TempDir(), "gone"), "cannot be opened: no such file"},
		{"a folder", t.TempDir(), "is not a regular file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadAccounts(test.path)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v, want %q and no password", err, test.want)
			}
		})
	}
	if key, err := ReadKey(file(strings.Repeat("0f", 32)+"\n", 0o600)); err != nil || len(key) != 32 || key[0] != 0x0f {
		t.Errorf("a key in hexadecimal: %x, %v", key, err)
	}
	if _, err := ReadKey(file("short\n", 0o600)); err == nil || !strings.Contains(err.Error(), "at least 32 bytes") {
		t.Errorf("a short key: %v", err)
	}
}

// A changed character in the padding bits of base64 would change nothing, and a server that accepts it would wrongly be
// called a liar.
func TestAForgedProofIsAnotherProof(t *testing.T) {
	signature := base64.RawURLEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	for _, value := range []string{
		"Bearer aaaa.bbbb." + signature, "authlab_token=aaaa.bbbb." + signature + "; route=r1",
		"authlab_session=" + signature,
	} {
		got := forge(Credential{Value: value}).Value
		i := strings.LastIndex(value, signature)
		before, _ := base64.RawURLEncoding.DecodeString(signature)
		after, err := base64.RawURLEncoding.DecodeString(got[i : i+len(signature)])
		if err != nil || slices.Equal(before, after) || got[:i] != value[:i] ||
			got[i+len(signature):] != value[i+len(signature):] {
			t.Errorf("%s became %s: %v", value, got, err)
		}
	}
}

// A file of users can come from any editor, on any system.
func TestFormsOfFilesOfUsers(t *testing.T) {
	long := strings.Repeat("p", 80_000)
	for what, text := range map[string]string{
		"CR LF":                "alice secret of alice\r\nbob " + long + "\r\n",
		"no end":               "alice secret of alice\nbob " + long,
		"a byte order mark":    "\ufeffalice secret of alice\nbob " + long + "\n",
		"a mark and a comment": "\ufeff# users\r\nalice secret of alice\r\nbob " + long,
	} {
		got, err := ReadAccounts(private(t, text))
		if err != nil || len(got) != 2 || got[0] != (Account{"alice", "secret of alice"}) ||
			got[1] != (Account{"bob", long}) {
			t.Errorf("%s: %d users, %v", what, len(got), err)
		}
	}
	for what, text := range map[string]string{
		"UTF-16": "\xff\xfea\x00 \x00b\x00", "NUL": "alice se\x00cret", "Latin-1": "alice f\xfcr",
		"a mark alone": "\ufeff", "nothing": "",
	} {
		if _, err := ReadAccounts(private(t, text)); err == nil || strings.ContainsAny(err.Error(), "\n\x00") ||
			strings.Contains(err.Error(), "cret") {
			t.Errorf("%s: %v", what, err)
		}
	}
	hexadecimal := strings.Repeat("0123456789abcdef", 4)
	want, _ := hex.DecodeString(hexadecimal)
	for _, text := range []string{hexadecimal, hexadecimal + "\r\n", "\ufeff" + hexadecimal + "\n"} {
		if key, err := ReadKey(private(t, text)); err != nil || !bytes.Equal(key, want) {
			t.Errorf("%q: %x, %v", text, key, err)
		}
	}
}

func private(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
