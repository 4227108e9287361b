// Liard is sessiond with a lie in it, named by the file "lie" beside the program. The lab must catch each lie.
package main

import (
	"context"
	"os"
	"path/filepath"

	"authlab/servers/api"
	"authlab/servers/session"
)

var lie = func() string {
	program, _ := os.Executable()
	text, _ := os.ReadFile(filepath.Join(filepath.Dir(program), "lie"))
	return string(text)
}()

// lies wrap the authenticator of the real server.
var lies = map[string]func(api.Authenticator) api.Authenticator{
	"cache":   func(a api.Authenticator) api.Authenticator { return &cache{Authenticator: a} },
	"mix":     func(a api.Authenticator) api.Authenticator { return &mix{Authenticator: a, of: 1000} },
	"jumble":  func(a api.Authenticator) api.Authenticator { return &mix{Authenticator: a, of: 250} },
	"expire":  func(a api.Authenticator) api.Authenticator { return &expire{Authenticator: a} },
	"replace": func(a api.Authenticator) api.Authenticator { return &replace{Authenticator: a} },
}

// pretences take effect before the server starts.
var pretences = map[string]func() error{
	"stranger": rename,
	"escape":   escape,
}

func main() {
	if pretend := pretences[lie]; pretend != nil {
		if err := pretend(); err != nil {
			os.Stderr.WriteString("liard: " + err.Error() + "\n")
			os.Exit(1)
		}
	}
	os.Exit(api.Program{Name: "sessiond", Listen: "127.0.0.1:8080", Scheme: liar{session.NewScheme()}}.Main())
}

// liar is the session scheme with a lie around its authenticator.
type liar struct{ *session.Scheme }

// Open implements api.Scheme.
func (l liar) Open(ctx context.Context, env api.Env) (api.Authenticator, error) {
	a, err := l.Scheme.Open(ctx, env)
	if err != nil || pretences[lie] != nil {
		return a, err
	}
	if lies[lie] == nil {
		return nil, api.Usage{Sentence: "there is no lie " + lie}
	}
	return lies[lie](a), nil
}
