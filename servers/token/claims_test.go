package token

import (
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authlab/servers/api"
)

// TestClaimsBytes: the claims have the requested size, and the token works as any other does, cached or not.
func TestClaimsBytes(t *testing.T) {
	for _, size := range []int{0, 1, 220, 1000, maxClaims} {
		for _, alg := range []string{"HS256", "EdDSA"} {
			w := newWorld(t, "", "--alg="+alg, "--claims-bytes="+fmt.Sprint(size), "--verified-cache=10")
			g := w.login("alice")
			payload, err := base64.RawURLEncoding.DecodeString(strings.Split(g.AccessToken, ".")[1])
			if err != nil {
				t.Fatal(err)
			}
			padded := size >= 220 // alice's own are a little less
			if padded && len(payload) != size || len(payload) < 150 || strings.Contains(string(payload), `"pad"`) != padded {
				t.Errorf("%s: claims of %d bytes, want %d: %.300s", alg, len(payload), size, payload)
			}
			for range 2 {
				if p, err := w.me(g.AccessToken); err != nil || p != g.Principal {
					t.Errorf("%s, %d bytes: %+v, %v", alg, size, p, err)
				}
			}
		}
	}
	refuses(t, "--claims-bytes", "--claims-bytes=-1")
	refuses(t, "--claims-bytes", "--claims-bytes=6145")
	refuses(t, "4096", "--carrier=cookie", fmt.Sprint("--claims-bytes=", maxCookieClaims+1))
}

// TestLargestToken has the largest claims and the longest key: it is still read.
func TestLargestToken(t *testing.T) {
	longest := maxClaims*4/3 + 120 + 2 + base64.RawURLEncoding.EncodedLen(maxModulus/8)
	if longest > maxToken || maxToken+2048 > 16<<10 {
		t.Errorf("a token may have %d bytes, and %d are read", longest, maxToken)
	}
}

// TestLargestCookie is one that browsers store.
func TestLargestCookie(t *testing.T) {
	for _, secure := range []bool{false, true} {
		raw := strings.Repeat("x", 120+1366+base64.RawURLEncoding.EncodedLen(maxCookieClaims))
		answer := httptest.NewRecorder()
		newCookies(secure).hand(answer, &api.Grant{AccessToken: raw}, 365*24*time.Hour)
		if line := answer.Header().Get("Set-Cookie"); len(line) > 4096 || len(line) < 3900 {
			t.Errorf("a cookie of %d bytes", len(line))
		}
	}
}
