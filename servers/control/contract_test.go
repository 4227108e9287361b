package control_test

import (
	"testing"

	"authlab/servers/api"
	"authlab/servers/api/apitest"
	"authlab/servers/control"
)

// TestContract checks the control against the requirements that need no authentication.
func TestContract(t *testing.T) {
	apitest.Run(t, apitest.Scheme{
		Name: "control", Carrier: apitest.Name, New: func() api.Scheme { return control.NewScheme() }, Whole: []string{"R23"},
		Server: true,
	})
}
