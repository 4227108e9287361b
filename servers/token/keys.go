package token

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// algorithm is a way to sign. A key belongs to exactly one, so that no token chooses how it is verified.
type algorithm struct {
	method  jwt.SigningMethod
	keys    func(file io.Reader) ([]key, error)
	random  func() key
	command string // what makes a key
}

// algorithms are those that --alg knows.
var algorithms = map[string]algorithm{
	"HS256": {method: jwt.SigningMethodHS256, keys: secrets, random: randomSecret, command: "openssl rand -hex 32"},
	"RS256": rs256.algorithm(), "ES256": es256.algorithm(), "EdDSA": eddsa.algorithm(),
}

// key signs and verifies under one algorithm.
type key struct {
	id        string // kid: a hash of the key, the same on every replica
	signs     any    // as golang-jwt wants it: for HMAC the secret, as verifies
	verifies  any
	signature int    // bytes of a signature
	public    *jwk   // the half that may be published, nil for a secret
	refresh   []byte // what refresh tokens are authenticated with: derived, so that neither can stand in for the other
}

const minSecret = 32 // bytes, RFC 7518 section 3.2

func secretKey(secret []byte) key {
	id := base64.RawURLEncoding.EncodeToString(derive(secret, "authlab key id")[:8])
	return key{
		id: id, signs: secret, verifies: secret, signature: sha256.Size, refresh: derive(secret, "authlab refresh token"),
	}
}

func derive(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

func randomSecret() key {
	secret := make([]byte, minSecret)
	rand.Read(secret) // never fails
	return secretKey(secret)
}

// secrets reads HMAC keys, one a line in hexadecimal. Errors name the line and never what is in it.
func secrets(file io.Reader) ([]key, error) {
	var keys []key
	seen := map[string]bool{}
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		secret, err := hex.DecodeString(line)
		if err != nil {
			return nil, fmt.Errorf("line %d is not hexadecimal", n)
		}
		if why := weak(secret); why != "" {
			return nil, fmt.Errorf("the key in line %d %s; `openssl rand -hex 32` makes a good one", n, why)
		}
		k := secretKey(secret)
		if seen[k.id] {
			return nil, fmt.Errorf("line %d repeats a key", n)
		}
		seen[k.id] = true
		keys = append(keys, k)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("it has no key; `openssl rand -hex 32` makes one")
	}
	return keys, nil
}

// weak says what is wrong with a secret that nobody drew at random, or "". A random one is refused by mistake less than
// once in 10¹² times.
func weak(secret []byte) string {
	if len(secret) < minSecret {
		return fmt.Sprintf("has %d bytes, and at least %d are needed", len(secret), minSecret)
	}
	counts := map[byte]int{}
	text, steady := true, true
	for i, b := range secret {
		counts[b]++
		text = text && b >= ' ' && b <= '~'
		steady = steady && (i < 2 || b-secret[i-1] == secret[1]-secret[0])
	}
	half := len(secret) / 2
	switch {
	case len(counts) < 16:
		return "has hardly any different bytes, so it was not drawn at random"
	case steady:
		return "counts, so it was not drawn at random"
	case text:
		return "is text, so it can be guessed"
	case bytes.Equal(secret[:half], secret[len(secret)-half:]):
		return "repeats itself"
	}
	return ""
}

// readKeys reads the keys of a file that only its owner may read. The first signs, all verify: to replace a key, put
// the new one behind it everywhere, then before it, then remove the old one when the last token of its time has expired.
func readKeys(path string, a algorithm) ([]key, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("it cannot be opened: %w", bare(err))
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: the path may name another one by now
	switch {
	case err != nil:
		return nil, fmt.Errorf("it cannot be read: %w", bare(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("it is not a regular file")
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read or write it (mode %04o): chmod 600 it, and make a new key if they may have",
			info.Mode().Perm())
	}
	return a.keys(io.LimitReader(file, 64<<10))
}

// bare is an error of package os without the path, which the caller names.
func bare(err error) error {
	if e, ok := err.(*os.PathError); ok {
		return e.Err
	}
	return err
}
