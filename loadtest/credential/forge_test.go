package credential

import "testing"

// FuzzForge: whatever a server uses as a credential, the forged one differs, and the probe does not fail.
func FuzzForge(f *testing.F) {
	for _, value := range []string{
		"Bearer a.b.c", "Bearer tok-alice.", "Bearer eyJhbGciOiJub25lIn0.e30.", "sid=tok-alice.", "sid=", "sid=A; other=AAAA",
		"A", "=", ".", "..",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if forged := forge(Credential{Value: value}).Value; forged == value && len(value) > 0 && value != " " {
			for _, r := range value {
				if r > ' ' && r < 0x7f {
					t.Fatalf("%q is forged as itself", value)
				}
			}
		}
	})
}
