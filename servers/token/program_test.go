package token

import (
	"testing"

	"authlab/servers/api/program/programtest"
)

func TestHelp(t *testing.T) { programtest.Help(t, "tokend", "drain", Program().Run) }
