package lesson

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"authlab/loadtest/message"
)

// Forge gives Mallory a person's credential, changed in one way.
type Forge struct {
	From string
	How  Forgery
}

// Forgery is a way to change a credential.
type Forgery string

// The forgeries. The last three are of a token alone.
const (
	OneLetter Forgery = "letter" // of the session's id, or of the token's payload, is another
	Promoted  Forgery = "admin"  // the payload says that its owner is an admin; the signature is the old one
	WrongKey  Forgery = "key"    // the same, and signed anew with a key that Mallory made
	NoKey     Forgery = "none"   // the same, and the header says that there is no signature
)

// Do implements Act.
func (f Forge) Do(_ context.Context, p *Place) error {
	copied := p.person(f.From).copy()
	switch c := copied.session(); {
	case c != nil:
		c.Value = otherLetter(c.Value)
	case copied.Access != "":
		forged, err := forge(copied.Access, f.How)
		if err != nil {
			return err
		}
		copied.Access, copied.Refresh = forged, ""
	default:
		return amiss{message.New("demo.amiss.no-credential")}
	}
	p.people[Mallory] = copied
	p.say(message.New("demo.deed.forged-" + string(f.How)))
	return nil
}

// forge changes a token.
func forge(token string, how Forgery) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", amiss{message.New("demo.amiss.no-token")}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	if how == OneLetter {
		parts[1] = otherLetter(parts[1])
		return strings.Join(parts, "."), nil
	}
	promoted := strings.Replace(string(payload), `"role":"user"`, `"role":"admin"`, 1)
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(promoted))
	switch how {
	case WrongKey:
		key := make([]byte, 32)
		rand.Read(key)
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(parts[0] + "." + parts[1]))
		parts[2] = base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	case NoKey:
		parts[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`))
		parts[2] = ""
	}
	return strings.Join(parts, "."), nil
}

// otherLetter changes a letter in the middle.
func otherLetter(text string) string {
	letters := []byte(text)
	middle := len(letters) / 2
	if letters[middle] == 'A' {
		letters[middle] = 'B'
	} else {
		letters[middle] = 'A'
	}
	return string(letters)
}
