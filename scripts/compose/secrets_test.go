package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// other is an account that is not root, as most of those who deploy have.
const other = 12345

// checkout is a copy of what secrets.sh needs, with an .env of that text; nil is none.
func checkout(t *testing.T, env *string) (root string) {
	t.Helper()
	root, err := os.MkdirTemp("", "authlab secrets-") // a path with a space in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	for _, folder := range []string{"compose", "kubernetes"} {
		text, err := os.ReadFile("../" + folder + "/secrets.sh")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, "scripts", folder, "secrets.sh")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if env != nil {
		if err := os.WriteFile(filepath.Join(root, ".env"), []byte(*env), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// draws runs a secrets.sh in a checkout, as root or as another, and returns what it says.
func draws(t *testing.T, root, folder string, uid int) (said string, err error) {
	t.Helper()
	cmd := exec.Command("/bin/sh", filepath.Join(root, "scripts", folder, "secrets.sh"))
	if uid != os.Getuid() {
		err := filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, uid, uid)
		})
		if err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		cmd.Dir = root
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("missing here, where everything must be there: root")
	}
	t.Skip("missing: root")
}

// TestSettingsOfAnyEditor has .env as editors and people write it. Root gives the secrets to whom it names; another
// account adds itself, on a line of its own, unless it names a user.
func TestSettingsOfAnyEditor(t *testing.T) {
	needsRoot(t)
	for name, test := range map[string]struct {
		env   string
		owner int // of the secrets, where root draws them
		names bool
	}{
		"empty":                    {"", 65532, false},
		"no end":                   {"AUTHLAB_SESSION_PORT=21080", 65532, false},
		"an end":                   {"AUTHLAB_SESSION_PORT=21080\n", 65532, false},
		"CR LF":                    {"AUTHLAB_SESSION_PORT=21080\r\n", 65532, false},
		"CR LF and no end":         {"A=1\r\nAUTHLAB_SESSION_PORT=21080", 65532, false},
		"a comment without an end": {"# mine", 65532, false},
		"another's name behind":    {"MY_AUTHLAB_USER=7:8\n", 65532, false},
		"a comment of it":          {"#AUTHLAB_USER=7:8\n", 65532, false},
		"no number":                {"AUTHLAB_USER=\n", 65532, false},
		"no number, quoted":        {"AUTHLAB_USER=\"\"", 65532, false},
		"a user":                   {"AUTHLAB_USER=7:8\n", 7, true},
		"a user without an end":    {"AUTHLAB_USER=7:8", 7, true},
		"a user in CR LF":          {"AUTHLAB_USER=7:8\r\nA=1\r\n", 7, true},
		"a user in double quotes":  {"AUTHLAB_USER=\"7:8\"\n", 7, true},
		"a user in single quotes":  {"AUTHLAB_USER='7:8' # me\r\n", 7, true},
		"a comment behind":         {"AUTHLAB_USER=7:8 # me\n", 7, true},
		"spaces":                   {"  AUTHLAB_USER = 7:8  \n", 7, true},
		"export":                   {"export AUTHLAB_USER=7:8\n", 7, true},
		"a byte order mark":        {"\ufeffAUTHLAB_USER=7:8\n", 7, true},
		"twice":                    {"AUTHLAB_USER=5:6\nAUTHLAB_USER=7:8\n", 7, true},
		"a number alone":           {"AUTHLAB_USER=7\n", 7, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkout(t, &test.env)
			said, err := draws(t, root, "compose", 0)
			if err != nil || said != "" {
				t.Fatalf("%v: %s", err, said)
			}
			for _, secret := range []string{"load_key", "redis_conf", "accounts_passfile"} {
				info, err := os.Stat(filepath.Join(root, "scripts/compose/secrets", secret))
				if err != nil {
					t.Fatal(err)
				}
				if s := info.Sys().(*syscall.Stat_t); int(s.Uid) != test.owner || info.Mode().Perm() != 0o600 {
					t.Errorf("%s belongs to %d, mode %04o, want %d", secret, s.Uid, info.Mode().Perm(), test.owner)
				}
			}
			if text := settings(t, root); text != test.env {
				t.Errorf("root's run changed .env to %q", text)
			}

			root = checkout(t, &test.env)
			for range 2 { // the second time it is there
				if said, err := draws(t, root, "compose", other); err != nil || said != "" {
					t.Fatalf("%v: %s", err, said)
				}
			}
			want := test.env
			if !test.names {
				if want != "" && !strings.HasSuffix(want, "\n") {
					want += "\n"
				}
				want += "AUTHLAB_USER=12345:12345\n"
			}
			if text := settings(t, root); text != want {
				t.Errorf(".env is %q, want %q", text, want)
			}
		})
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	needsRoot(t)
	for _, env := range []string{
		"AUTHLAB_USER=me:mine\n", "AUTHLAB_USER=7:8:9\n", "AUTHLAB_USER=:8\n", "AUTHLAB_USER=7:\n",
		"AUTHLAB_USER=7 8\n", "AUTHLAB_USER=-R\n",
		"AUTHLAB_USER=$(id -u)\n", "AUTHLAB_USER=7:8;id\n", "AUTHLAB_USER=\x1b[31m\n",
	} {
		for _, uid := range []int{0, other} {
			root := checkout(t, &env)
			said, err := draws(t, root, "compose", uid)
			if err == nil || strings.Count(said, "\n") != 1 ||
				!strings.Contains(said, "AUTHLAB_USER in .env must be the numbers UID:GID") ||
				strings.Contains(said, "\x1b") {
				t.Errorf("%q: %v: %s", env, err, said)
			}
			if text := settings(t, root); text != env {
				t.Errorf("%q became %q", env, text)
			}
		}
	}
}

// TestSecretsThatOthersRepeat: they stand in a configuration of Redis, in a passfile and in a URL, and mean nothing
// there.
func TestSecretsThatOthersRepeat(t *testing.T) {
	needsRoot(t)
	for _, folder := range []string{"compose", "kubernetes"} {
		secrets := "scripts/compose/secrets"
		if folder == "kubernetes" {
			secrets = "scripts/kubernetes/session/secrets"
		}
		for _, text := range []string{
			"a b\n", "a\r\n", "a:b\n", "a@b", "a/b", "a%b", "a\"b", "a#b", "a\\b", "a\nb\n",
			"\n", "ü",
		} {
			root := checkout(t, nil)
			if err := os.MkdirAll(filepath.Join(root, secrets), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, secrets, "redis_password"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			said, err := draws(t, root, folder, 0)
			if err == nil || strings.Count(said, "\n") != 1 ||
				!strings.Contains(said, "redis_password may hold letters, digits") {
				t.Errorf("%s, %q: %v: %s", folder, text, err, said)
			}
		}
		root := checkout(t, nil)
		if said, err := draws(t, root, folder, 0); err != nil || said != "" {
			t.Fatalf("%s: %v: %s", folder, err, said)
		}
		password := strings.TrimSpace(string(must(os.ReadFile(filepath.Join(root, secrets, "redis_password")))))
		conf := string(must(os.ReadFile(filepath.Join(root, secrets, "redis_conf"))))
		if conf != "requirepass "+password+"\n" || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(password) {
			t.Errorf("%s: %q of %q", folder, conf, password)
		}
	}
	root := checkout(t, nil)
	if said, err := draws(t, root, "kubernetes", other); err != nil || said != "" {
		t.Fatalf("%v: %s", err, said)
	}
	secrets := filepath.Join(root, "scripts/kubernetes/token/secrets")
	want := "redis://:" + strings.TrimSpace(string(must(os.ReadFile(secrets+"/redis_password")))) + "@redis:6379"
	if url := string(must(os.ReadFile(secrets + "/redis_url"))); url != want {
		t.Errorf("%q, want %q", url, want)
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

func settings(t *testing.T, root string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
