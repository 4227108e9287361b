package control

import (
	"testing"

	"authlab/servers/api/program/programtest"
)

func TestHelp(t *testing.T) { programtest.Help(t, "controld", "drain", Program().Run) }
