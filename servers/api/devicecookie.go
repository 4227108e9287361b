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

// deviceCookies knows the devices that have logged in as an account before, by a cookie that a login leaves there:
// OWASP's "Slow Down Online Guessing Attacks with Device Cookies". It lets nobody in. It only spares the password of
// its account, typed on that device, from waiting behind strangers.
//
// All that it says is signed with a key that replicas share through the accounts database, and nothing is remembered. A
// browser sends it to the login and nowhere else, so it is no part of any other request.
type deviceCookies struct {
	key    []byte
	secure bool
	now    func() time.Time
}

const (
	// The prefix makes browsers insist on Secure. __Host- would insist on Path=/ as well, and so on sending the cookie
	// with every request. What __Host- is for, a sibling host that plants a cookie, gains nothing here: of several the one
	// that was signed for the account counts.
	plainDevice  = "authlab_device"
	secureDevice = "__Secure-authlab_device"
	devicePath   = "/v1/login"
	deviceLife   = 90 * 24 * time.Hour

	deviceNonce = 16
	deviceSize  = deviceNonce + 8 + sha256.Size
	// maxDevices is how many cookies of the name are looked at.
	maxDevices = 8
)

func (d *deviceCookies) name() string {
	if d.secure {
		return secureDevice
	}
	return plainDevice
}

// known is the device that r comes from, if it has logged in as the account before; otherwise "".
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
