package token

import (
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
)

// TestOtherSignature: the second signature that ES256 accepts for the same content says the same, and ends with the
// login.
func TestOtherSignature(t *testing.T) {
	w := shared(t, storetest.Mini(t), "--alg=ES256", "--verified-cache=16")
	g := w.login("alice")
	cut := strings.LastIndexByte(g.AccessToken, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(g.AccessToken[cut:])
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).SetBytes(signature[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(signature[32:])
	other := g.AccessToken[:cut] + base64.RawURLEncoding.EncodeToString(signature)
	if p, err := w.me(other); err != nil || p != g.Principal || other == g.AccessToken {
		t.Errorf("%+v, %v", p, err)
	}
	if err := w.Logout(nil, request(g.AccessToken, "")); err != nil {
		t.Fatal(err)
	}
	w.want("after the logout", g.AccessToken, api.ErrUnauthenticated)
	w.want("after the logout, with the other signature", other, api.ErrUnauthenticated)
}
