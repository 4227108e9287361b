// Package browser opens pages in a real Chromium, for tests: what a script does, what a reader sees, and what leaves
// the page, which no parser of HTML can tell. Only tests use it.
package browser

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"authlab/loadtest/chromium"
)

// patience bounds one action. It is far longer than any takes, even on a machine that is busy with other tests.
const patience = 2 * time.Minute

// Browser is one Chromium without a window and with a profile of its own, which ends with the test that started it.
type Browser struct{ ctx context.Context }

// Start starts a Chromium. Where there is none, the test is skipped; with CI=true it fails. With -short the test is
// skipped. A test of many pages shares one: the start costs more than a page.
func Start(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("Chromium is left out with -short")
	}
	ctx, end, err := chromium.Start(context.Background())
	switch {
	case errors.Is(err, chromium.ErrMissing) && os.Getenv("CI") != "true":
		t.Skip("chromium is not installed, and these pages need one")
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(end)
	return &Browser{ctx}
}

// View is how a page is looked at.
type View struct {
	Width, Height int // CSS pixels; a Height of 0 is 900
	Dark          bool
	NoScript      bool // takes effect when the page is opened
}

// Page is a tab with one page in it. Its methods end the test where an action fails.
type Page struct {
	t      testing.TB
	ctx    context.Context
	faults faults
}

// Open opens a file:// or http:// address in a tab of its own, and returns when it is loaded. The tab is closed with
// the test.
func (b *Browser) Open(t testing.TB, address string, v View) *Page {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	t.Cleanup(end)
	p := &Page{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.faults.see); err != nil {
		t.Fatalf("chromium opens no tab: %v", err)
	}
	p.View(v)
	p.Go(address)
	return p
}

// Private is the same Chromium with cookies and stores of its own, as another person's.
func (b *Browser) Private(t testing.TB) *Browser {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium opens no private window: %v", err)
	}
	return &Browser{ctx}
}

// Go opens another address in the same tab. What it requests from elsewhere is a fault.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.faults.at(address)
	p.do("open "+address, chromedp.Navigate(address))
}

// View looks at the page in another way, without opening it again.
func (p *Page) View(v View) {
	p.t.Helper()
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	if v.Height == 0 {
		v.Height = 900
	}
	p.do("show the page", chromedp.EmulateViewport(int64(v.Width), int64(v.Height)),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}))
}

// command is a command of Chromium's protocol as an action.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (p *Page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, what, chromedp.Steps(actions...))
}

func run[T any](p *Page, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatalf("cannot %s: %v", what, err)
	}
	return got
}
