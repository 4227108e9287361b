package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// connectors are the files that open connections themselves, with what they use. Everything else goes through package
// wire, which follows no redirect, uses no proxy from the environment, and reaches a host only at the addresses that
// were checked.
var connectors = map[string][]string{
	"wire/pins.go":    {"http.Client", "http.Transport", "net.Dialer"},
	"wire/secure.go":  {"http.Transport"},
	"load/open.go":    {"http.Client"}, // Vegeta's: its transport is package wire
	"cluster/lock.go": {"net.Dial"},    // the lab's own lock, a Unix socket
	// The lab's own store, on the address that it was started with: bytes are passed on, and none of them is a request.
	"cluster/relay/relay.go": {"net.DialTimeout"},
}

func TestWhatConnectsGoesThroughOnePlace(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if _, pointer := n.(*ast.StarExpr); pointer {
				return false // the type of a client that was made elsewhere
			}
			name := connects(n)
			switch {
			case name == "":
			case slices.Contains(connectors[path], name):
				found[path+" "+name] = true
			default:
				t.Errorf("%s uses %s: a client for servers is made by wire.Client, wire.New or wire.NewSecure", path,
					name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, names := range connectors {
		for _, name := range names {
			if !found[path+" "+name] {
				t.Errorf("%s no longer uses %s: take it out of the list", path, name)
			}
		}
	}
}

// connects is the name from net or net/http in a node that opens a connection, or "".
func connects(n ast.Node) string {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	name := pkg.Name + "." + s.Sel.Name
	switch {
	case pkg.Name == "http" && slices.Contains([]string{
		"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm",
		"ProxyFromEnvironment",
	}, s.Sel.Name):
		return name
	case (pkg.Name == "net" || pkg.Name == "tls") && strings.HasPrefix(s.Sel.Name, "Dial"):
		return name
	}
	return ""
}
