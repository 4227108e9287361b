package browser

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// Faults are the errors of the page's console, what its scripts threw, and every request that left the page: for a file
// any other address, for a page of a server any other server.
func (p *Page) Faults() []string {
	p.t.Helper()
	Eval[int](p, "0") // its answer comes after all that Chromium had reported
	return p.faults.all()
}

// faults collects what a page does wrong. Chromium's messages arrive on another goroutine.
type faults struct {
	mu    sync.Mutex
	home  *url.URL
	found []string
}

// at says which page is open, so that its own requests are none of its faults.
func (f *faults) at(address string) {
	home, err := url.Parse(address)
	if err != nil {
		home = &url.URL{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.home = home
}

func (f *faults) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.found)
}

func (f *faults) add(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, fmt.Sprintf(format, args...))
}

func (f *faults) see(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			f.add("console: %s", strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		what := e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			what += " " + thrown.Description
		}
		f.add("exception: %s", what)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			f.add("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if f.leaves(e.Request.URL) {
			f.add("request: %s", e.Request.URL)
		}
	}
}

// leaves reports whether a request goes elsewhere than to the open page.
func (f *faults) leaves(address string) bool {
	to, err := url.Parse(address)
	if err != nil {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case to.Scheme == "data" || to.Scheme == "blob" || f.home == nil:
		return false
	case f.home.Scheme == "file":
		return to.Scheme != "file" || to.Path != f.home.Path
	default:
		return to.Scheme != f.home.Scheme || to.Host != f.home.Host
	}
}
