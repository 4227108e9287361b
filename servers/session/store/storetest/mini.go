package storetest

import (
	"testing"

	"github.com/alicebob/miniredis/v2"

	"authlab/servers/stored/mini"
)

// Mini starts a Redis in memory, which ends with the test.
func Mini(t testing.TB) *miniredis.Miniredis {
	t.Helper()
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mini.Stop(m) })
	return m
}
