package lesson

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Token are the parts of a JWT, as anyone who holds it can read them. Whether it is genuine they do not say: only a
// server that has the key can.
type Token struct {
	Raw       [3]string `json:"raw"` // header, payload and signature, as they travel
	Header    string    `json:"header"`
	Claims    []Claim   `json:"claims"`
	Signature int       `json:"signature"` // bytes
}

// Claim is one claim of the payload.
type Claim struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Date is the value as a time of the day, where it is a date.
	Date string `json:"date,omitempty"`
}

// decode takes a token apart; nil for what is no token. It verifies nothing.
func decode(raw string) *Token {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil
	}
	t := &Token{Raw: [3]string(parts)}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return nil
	}
	t.Header = string(header)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	if t.Claims, err = claims(payload); err != nil {
		return nil
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil
	}
	t.Signature = len(signature)
	return t
}

// claims lists the members of a JSON object, in their order.
func claims(payload []byte) (all []Claim, err error) {
	in := json.NewDecoder(strings.NewReader(string(payload)))
	in.UseNumber()
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		c := Claim{Name: name.(string)}
		switch v := value.(type) {
		case string:
			c.Value = v
		case json.Number:
			c.Value = v.String()
			if seconds, err := v.Int64(); err == nil && (c.Name == "exp" || c.Name == "iat" || c.Name == "nbf") {
				c.Date = time.Unix(seconds, 0).Format(time.TimeOnly)
			}
		default:
			text, _ := json.Marshal(v)
			c.Value = string(text)
		}
		all = append(all, c)
	}
	return all, nil
}
