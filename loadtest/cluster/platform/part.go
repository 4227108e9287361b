package platform

import (
	"regexp"
	"strings"
)

// Part is something that stands around the replicas.
type Part struct {
	Role     string // "store", "balancer", "accounts"
	Name     string // "redis-server", "stored", …
	Version  string
	Embedded bool   // it stands in for a real one
	Instead  string // the command that would provide the real one, when none was found
}

// Wanted is a part that a lab looks for.
type Wanted struct {
	Role     string
	Real     []string // programs that play it, the preferred one first; each tells its version when it is asked with -v
	Embedded string   // the project's own program, which stands in for them
	Stand    bool     // the embedded one is wanted, whatever else is there
}

// Lack says that something is missing or of no use at a place, which costs the rows that need it.
type Lack struct {
	What    string // is missing, one sentence
	Provide string // what would provide it
}

func (l Lack) Error() string { return l.What }

var number = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// VersionIn finds the version in what a program said of itself when it was asked, "" where there is none.
func VersionIn(said string) string { return number.FindString(said) }

// Complaint is what went wrong when a program was run, in one line.
func Complaint(said string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	if err != nil {
		line = strings.TrimSpace(err.Error() + " " + line)
	}
	return line
}
