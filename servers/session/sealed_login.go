package session

import (
	"encoding/json"
	"errors"
	"time"

	"authlab/servers/api"
	"authlab/servers/user"
)

// login is what a sealed cookie holds, as JSON.
type login struct {
	User   string    `json:"user"` // account id
	Name   string    `json:"name"`
	Role   user.Role `json:"role"`
	Device string    `json:"device"`
	// Seen and End are when the idle time began and when the login ends, however busy it is: milliseconds since 1970.
	Seen int64 `json:"seen"`
	End  int64 `json:"end"`
}

func (l login) seen() time.Time { return time.UnixMilli(l.Seen) }
func (l login) end() time.Time  { return time.UnixMilli(l.End) }

func (l login) principal() api.Principal {
	return api.Principal{ID: l.User, Name: l.Name, Role: l.Role, Device: l.Device}
}

// loginKey is the one key of a sealed session's Values.
type loginKey struct{}

// sealing is a securecookie.Serializer for the Values of a session that holds a login. The library's own (gob) sends
// the description of its types with every cookie and reads any registered type.
type sealing struct{}

var errValues = errors.New("not the values of a session that holds a login")

// Serialize implements securecookie.Serializer.
func (sealing) Serialize(src any) ([]byte, error) {
	values, _ := src.(map[any]any)
	l, ok := values[loginKey{}].(login)
	if !ok {
		return nil, errValues
	}
	return json.Marshal(l)
}

// Deserialize implements securecookie.Serializer.
func (sealing) Deserialize(src []byte, dst any) error {
	values, ok := dst.(*map[any]any)
	if !ok {
		return errValues
	}
	var l login
	if err := json.Unmarshal(src, &l); err != nil {
		return err
	}
	if l.User == "" {
		return errValues
	}
	*values = map[any]any{loginKey{}: l}
	return nil
}
