package session

import (
	"crypto/rand"

	"authlab/keyfile"
	"authlab/servers/api"
)

// sealingKeys returns the keys of --store cookie. To replace a key, put the new key after it on every replica, then
// before it. Remove the old one when the last login sealed with it has ended.
func (s *Scheme) sealingKeys(env api.Env) ([][]byte, error) {
	const command = "openssl rand -hex 64"
	if s.keys == "" {
		if !env.Loopback && !env.DemoUsers {
			return nil, usage("--session-keys is needed on an address that others can reach: `%s` makes a key", command)
		}
		env.Log.Warn("no --session-keys: sessions are sealed with a random key, unknown to others, gone with this " +
			"process")
		key := make([]byte, SealingKey)
		rand.Read(key) // never fails
		return [][]byte{key}, nil
	}
	file, err := keyfile.Open(s.keys)
	if err != nil {
		return nil, usage("--session-keys %s: %v", s.keys, err)
	}
	defer file.Close()
	keys, err := keyfile.Secrets(file, SealingKey, command)
	if err != nil {
		return nil, usage("--session-keys %s: %v", s.keys, err)
	}
	for i, key := range keys {
		if len(key) != SealingKey { // a reader that assumes another length would split it in the wrong place
			return nil, usage("--session-keys %s: the key number %d has %d bytes, and %d are needed; `%s` makes a good one",
				s.keys, i+1, len(key), SealingKey, command)
		}
		for _, half := range [][]byte{key[:SealingKey/2], key[SealingKey/2:]} { // each is a key of its own
			if why := keyfile.Weak(half, SealingKey/2); why != "" {
				return nil, usage("--session-keys %s: one half of the key number %d %s; `%s` makes a good one", s.keys, i+1, why,
					command)
			}
		}
	}
	return keys, nil
}
