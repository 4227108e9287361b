package session_test

import (
	"testing"

	"authlab/servers/user/usertest"
)

func TestMain(m *testing.M) { usertest.Main(m) }
