// Package mini ends a miniredis, the Redis in memory, while clients still ask it.
package mini

import "github.com/alicebob/miniredis/v2"

// Stop ends m when the commands under way are done. Its own Close forgets its server first, so that a command which is
// under way meanwhile, such as INFO, finds none and ends the whole program (miniredis 2.40.0). A second Stop does
// nothing, and m.Restart starts it again.
func Stop(m *miniredis.Miniredis) {
	if server := m.Server(); server != nil {
		m.CtxCancel() // commands that wait for something wait no longer
		server.Close()
	}
	m.Close()
}
