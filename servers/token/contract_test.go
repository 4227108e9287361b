package token

import (
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/api/apitest"
)

func TestContract(t *testing.T) {
	path := keyFile(t, goodHex, 0o600)
	keys, err := readKeys(path, algorithms["HS256"])
	if err != nil {
		t.Fatal(err)
	}
	apitest.Run(t, apitest.Scheme{
		Name: "tokend", Carrier: apitest.Bearer, New: func() api.Scheme { return NewScheme() },
		Args: []string{"--key-file=" + path}, Lists: true,
		Within: 15*time.Minute + 30*time.Second, Idle: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour,
		Grace: 10 * time.Second,
		Sign:  func(header, payload string) string { return forge(keys[0], header, payload) },
	})
}
