package api

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// The key of load users comes from any editor, on any system, and raw keys are used unchanged.
func TestFormsOfLoadKeys(t *testing.T) {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i*i*7 + 11*i + 0xe0)
	}
	text := hex.EncodeToString(key)
	raw := append([]byte("\xef\xbb\xbf"), key...)
	for what, c := range map[string]struct{ file, want []byte }{
		"a line":            {[]byte(text + "\n"), key},
		"CR LF":             {[]byte(text + "\r\n"), key},
		"no end":            {[]byte(text), key},
		"a byte order mark": {[]byte("\ufeff" + text + "\n"), key},
		"raw":               {key, key},
		"raw, and its first bytes look like a mark": {raw, raw},
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		config := Config{LoadUsers: 1, LoadKeyFile: path}
		if err := config.readLoadKey(); err != nil || !bytes.Equal(config.LoadKey, c.want) {
			t.Errorf("%s: %x, %v", what, config.LoadKey, err)
		}
	}
}
