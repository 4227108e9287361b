package session_test

import (
	"testing"

	"authlab/servers/api/program/programtest"
	"authlab/servers/session"
)

func TestHelp(t *testing.T) { programtest.Help(t, "sessiond", "drain", session.Program().Run) }
