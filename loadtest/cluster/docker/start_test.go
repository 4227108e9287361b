package docker

import (
	"encoding/csv"
	"strings"
	"testing"
)

// The engine reads a mount as a line of CSV.
func TestMountsOfFoldersOfAnyName(t *testing.T) {
	for _, name := range []string{
		"a b", `a"b`, "a'b", `a\b`, "a,b", "a:b", "a=b", "a\tb", "über",
		`every one: "'\#%?$*[],;&=ü` + "`",
	} {
		fields, err := csv.NewReader(strings.NewReader(mount("/tmp/" + name))).Read()
		if err != nil || len(fields) != 3 || fields[1] != "source=/tmp/"+name || fields[2] != "target=/tmp/"+name {
			t.Errorf("%q: %q, %v", name, fields, err)
		}
	}
}
