package credential

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"authlab/keyfile"
)

// Account is a user whose password is not derived from the load users' key.
type Account struct{ Name, Password string }

// ReadAccounts reads a file that only its owner may read, with a name and a password on each line. It skips blank lines
// and lines that begin with #. Errors name the line, and never what is in it.
func ReadAccounts(path string) ([]Account, error) {
	text, err := keyfile.Read(path)
	if err != nil {
		return nil, err
	}
	if text = keyfile.Unmarked(text); !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("%s: it is not UTF-8 text: save it as UTF-8", path)
	}
	var all []Account
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, password, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("%s: line %d is not a name, a space and a password", path, n)
		}
		all = append(all, Account{name, strings.TrimSpace(password)})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: it has no users: a name, a space and a password on each line", path)
	}
	return all, nil
}

// minKey is the minimum length of the load users' key, in bytes.
const minKey = 32

// ReadKey reads the key that servers were started with as --load-key-file: raw, or in hexadecimal.
func ReadKey(path string) ([]byte, error) {
	text, err := keyfile.Read(path)
	if err != nil {
		return nil, err
	}
	if key, err := hex.DecodeString(string(bytes.TrimSpace(keyfile.Unmarked(text)))); err == nil {
		text = key
	}
	if len(text) < minKey {
		return nil, fmt.Errorf("%s: it must hold at least %d bytes, raw or in hex", path, minKey)
	}
	return text, nil
}
