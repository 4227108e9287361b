package main

import (
	"testing"

	"github.com/spf13/cobra"
)

// TestCommandsThatMeasureHaveALanguage: they end with words for people, which are in one.
func TestCommandsThatMeasureHaveALanguage(t *testing.T) {
	for name, c := range map[string]*cobra.Command{
		"bench": benchCommand(), "incident": incidentCommand(), "exploit": exploitCommand(),
		"selftest": selftestCommand(),
	} {
		if c.Flags().Lookup("lang") == nil {
			t.Errorf("authlab %s has no --lang, and cannot say what it found", name)
		}
	}
}
