package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"
)

// deviceCookies recognises devices that have logged in as an account before, by a cookie that a login leaves there:
// OWASP's "Slow Down Online Guessing Attacks with Device Cookies". The cookie grants no access. On that device, the
// password of its account merely need not wait behind strangers.
//
// The cookie is signed with a key that replicas share through the accounts database, and the server stores nothing. A
// browser sends it only to the login, so no other request carries it.
type deviceCookies struct {
	key    []byte
	secure bool
	now    func() time.Time
}

const (
	// The prefix makes browsers insist on Secure. __Host- would also insist on Path=/, and so on sending the cookie with
	// every request. The attack that __Host- prevents, a sibling host that plants a cookie, gains nothing here: of several
	// cookies, the one signed for the account counts.
	plainDevice  = "authlab_device"
	secureDevice = "__Secure-authlab_device"
	devicePath   = "/v1/login"
	deviceLife   = 90 * 24 * time.Hour

	deviceNonce = 16
	deviceSize  = deviceNonce + 8 + sha256.Size
	// maxDevices is how many cookies of this name are examined.
	maxDevices = 8
)

func (d *deviceCookies) name() string {
	if d.secure {
		return secureDevice
	}
	return plainDevice
}

// known returns the device that r comes from, if it has logged in as the account before; otherwise "".
func (d *deviceCookies) known(r *http.Request, account string) string {
	for i, c := range r.CookiesNamed(d.name()) {
		if i == maxDevices {
			break
		}
		raw, err := base64.RawURLEncoding.Strict().DecodeString(c.Value)
		if err != nil || len(raw) != deviceSize {
			continue
		}
		said, mac := raw[:deviceNonce+8], raw[deviceNonce+8:]
		ends := time.Unix(int64(binary.BigEndian.Uint64(said[deviceNonce:])), 0)
		if hmac.Equal(mac, d.sign(said, account)) && d.now().Before(ends) {
			return string(said[:deviceNonce])
		}
	}
	return ""
}

// hand leaves a cookie on a device that has just logged in.
func (d *deviceCookies) hand(w http.ResponseWriter, account string) {
	raw := make([]byte, deviceNonce, deviceSize)
	rand.Read(raw)
	raw = binary.BigEndian.AppendUint64(raw, uint64(d.now().Add(deviceLife).Unix()))
	raw = append(raw, d.sign(raw, account)...)
	http.SetCookie(w, &http.Cookie{
		Name: d.name(), Value: base64.RawURLEncoding.EncodeToString(raw), Path: devicePath,
		MaxAge: int(deviceLife / time.Second), HttpOnly: true, Secure: d.secure, SameSite: http.SameSiteStrictMode,
	})
}

func (d *deviceCookies) sign(said []byte, account string) []byte {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte("authlab device\x00"))
	mac.Write(said)
	mac.Write([]byte(account))
	return mac.Sum(nil)
}
