package platform

import (
	"regexp"
	"strings"
)

// Part is a component around the replicas.
type Part struct {
	Role     string // "store", "balancer", "accounts"
	Name     string // "redis-server", "stored", …
	Version  string
	Embedded bool   // it stands in for the real one
	Instead  string // the command that would provide the real one, when it was not found
}

// Wanted is a part that a lab looks for.
type Wanted struct {
	Role     string
	Real     []string // programs that can fill the role, the preferred one first; each prints its version with -v
	Embedded string   // the project's own program, which stands in for them
	Stand    bool     // use the embedded program, whatever else exists
}

// Lack says that something is missing or unusable at a place, which costs the schemes that need it.
type Lack struct {
	What    string // what is missing, in one sentence
	Provide string // what would provide it
}

func (l Lack) Error() string { return l.What }

var number = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// VersionIn finds the version in a program's own output; "" where there is none.
func VersionIn(said string) string { return number.FindString(said) }

// Complaint says in one line what went wrong when a program was run.
func Complaint(said string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	if err != nil {
		line = strings.TrimSpace(err.Error() + " " + line)
	}
	return line
}
