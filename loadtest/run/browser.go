package run

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
)

// browser is a Chromium without a window and with a profile of its own.
type browser struct {
	tab context.Context
	end []context.CancelFunc
}

// tabPatience is how long Chromium may take to start, or for one action.
const tabPatience = 30 * time.Second

// newBrowser starts a Chromium, which ends with ctx at the latest.
func newBrowser(ctx context.Context) (experiment.Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, experiment.Unable{Why: message.New("exploit.void.browser")}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU)
	allocator, kill := chromedp.NewExecAllocator(ctx, options...)
	tab, end := chromedp.NewContext(allocator)
	b := &browser{tab, []context.CancelFunc{end, kill}}
	if err := chromedp.Do(tab); err != nil {
		b.Close()
		return nil, fmt.Errorf("chromium does not start: %w", err)
	}
	return b, nil
}

// Close implements experiment.Browser.
func (b *browser) Close() {
	for _, end := range b.end {
		end()
	}
}

// Open implements experiment.Browser.
func (b *browser) Open(ctx context.Context, address string) error {
	_, err := within(ctx, b, chromedp.Navigate(address))
	return err
}

// Run implements experiment.Browser.
func (b *browser) Run(ctx context.Context, expression string) (string, error) {
	return within(ctx, b, chromedp.Evaluate[string]("Promise.resolve("+expression+").then(String)",
		chromedp.EvalAwaitPromise))
}

// within does something in the tab, until ctx or patience ends.
func within[T any](ctx context.Context, b *browser, action chromedp.Action[T]) (T, error) {
	tab, cancel := context.WithTimeout(b.tab, tabPatience)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	return chromedp.Run(tab, action)
}
