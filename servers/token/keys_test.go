package token

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

const (
	goodHex  = "8f1d3c5a9b7e204166d0aa15e3c9724bfd08365197ce42b8a06f1e93d47b5c2a"
	otherHex = "c47a10e95b38d26f7e0491bb3ad85c6e12f7409da3e86b5510cf297e84d1b360"
)

func keyFile(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // despite the umask
		t.Fatal(err)
	}
	return path
}

func TestKeyFile(t *testing.T) {
	keys, err := readKeys(keyFile(t, goodHex+"\n\n  "+strings.ToUpper(otherHex)+"\r\n", 0o600), algorithms["HS256"])
	if err != nil || len(keys) != 2 || keys[0].id == keys[1].id || len(keys[0].id) != 11 {
		t.Fatal(keys, err)
	}
	if strings.Contains(goodHex, hex.EncodeToString([]byte(keys[0].id))) {
		t.Error("the id shows the key")
	}
	text := hex.EncodeToString([]byte("correct horse battery staple, says an attacker"))
	var counting []byte
	for i := range byte(32) {
		counting = append(counting, 3*i)
	}
	for says, file := range map[string]string{
		"no key":          "\n\n",
		"not hexadecimal": goodHex + "\ncorrect horse\n",
		"31 bytes":        goodHex[2:],
		"hardly any":      strings.Repeat("ab", 32),
		"counts":          hex.EncodeToString(counting),
		"text":            text,
		"repeats itself":  goodHex + goodHex,
		"line 2 repeats":  goodHex + "\n" + goodHex,
	} {
		_, err := readKeys(keyFile(t, file, 0o600), algorithms["HS256"])
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "8f1d3c") {
			t.Errorf("%q: %v", says, err)
		}
	}
}

func opened(t *testing.T, env api.Env, flags ...string) (*Authenticator, error) {
	t.Helper()
	if env.Accounts == nil {
		accounts, err := user.Open(t.Context(), user.Config{Now: env.Now, HashMemory: 64})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { accounts.Close() })
		env.Accounts = accounts
	}
	if env.Now == nil {
		env.Now = time.Now
	}
	env.Log, env.Metrics = slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	s := NewScheme()
	fs := pflag.NewFlagSet("tokend", pflag.ContinueOnError)
	s.Flags(fs)
	if err := fs.Parse(flags); err != nil {
		t.Fatal(err)
	}
	if fs.Changed("redis") && !fs.Changed("redis-timeout") {
		_ = fs.Set("redis-timeout", patient.String())
	}
	a, err := s.Open(context.WithoutCancel(t.Context()), env)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { a.Close() })
	if p, ok := a.(publisher); ok {
		return p.Authenticator, nil
	}
	return a.(*Authenticator), nil
}

// refuses checks that a server does not start with these flags, and says why in one sentence.
func refuses(t *testing.T, says string, flags ...string) {
	t.Helper()
	_, err := opened(t, api.Env{Loopback: true}, flags...)
	var u api.Usage
	if !errors.As(err, &u) || !strings.Contains(u.Sentence, says) || strings.Contains(u.Sentence, "\n") {
		t.Errorf("%v: %v does not say %q", flags, err, says)
	}
}

func TestSchemeRefuses(t *testing.T) {
	good := keyFile(t, goodHex, 0o600)
	for _, c := range []struct {
		flags []string
		says  string
	}{
		{[]string{"--alg=none"}, "HS256"},
		{[]string{"--alg=RS384"}, "HS256"},
		{[]string{"--issuer="}, "--issuer"},
		{[]string{"--access-ttl=0s"}, "--access-ttl"},
		{[]string{"--refresh-idle=0s"}, "--refresh-idle"},
		{[]string{"--refresh-absolute=1h"}, "--refresh-absolute"},
		{[]string{"--refresh-grace=-1s"}, "--refresh-grace"},
		{[]string{"--leeway=1h"}, "--leeway"},
		{[]string{"--verified-cache=-1"}, "--verified-cache"},
		{[]string{"--verified-cache=100000000"}, "--verified-cache"},
		{[]string{"--key-file=/no/such/file"}, "no such file"},
		{[]string{"--key-file=/dev/null"}, "regular"},
		{[]string{"--key-file=" + keyFile(t, goodHex, 0o640)}, "chmod 600"},
		{[]string{"--key-file=" + keyFile(t, goodHex, 0o604)}, "chmod 600"},
		{[]string{"--key-file=" + keyFile(t, "ab", 0o600)}, "1 bytes"},
	} {
		refuses(t, c.says, c.flags...)
	}
	if _, err := opened(t, api.Env{}); err == nil {
		t.Error("a random key off loopback")
	}
	for _, env := range []api.Env{{Loopback: true}, {DemoUsers: true}} {
		if _, err := opened(t, env); err != nil {
			t.Error(err)
		}
	}
	if _, err := opened(t, api.Env{}, "--key-file="+good); err != nil {
		t.Error(err)
	}
}
