package credential

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// resealed is expiring for a session that is sealed in its cookie, which it seals again with the servers' own key.
func (c ProbeConfig) resealed(login Credential) (Credential, func(context.Context, Credential) error, error) {
	half := len(c.SealingKey) / 2
	codec := securecookie.New(c.SealingKey[:half], c.SealingKey[half:]).SetSerializer(securecookie.JSONEncoder{})
	name, value, _ := strings.Cut(login.Value, "=")
	session := map[string]any{}
	if err := codec.Decode(name, value, &session); err != nil {
		return login, nil, fmt.Errorf("the probe cannot open a session of %s: %w", c.Scheme.Name, err)
	}
	until := time.Now().Add(time.Second)
	session["end"] = until.UnixMilli()
	sealed, err := codec.Encode(name, session)
	if err != nil {
		return login, nil, fmt.Errorf("the probe cannot seal a session of %s: %w", c.Scheme.Name, err)
	}
	login.Value = name + "=" + sealed
	return login, func(ctx context.Context, _ Credential) error {
		return wait(ctx, time.Until(until)+time.Millisecond)
	}, nil
}
