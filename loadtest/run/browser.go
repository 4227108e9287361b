package run

import (
	"context"
	"errors"
	"time"

	"github.com/chromedp/chromedp"

	"authlab/loadtest/chromium"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
)

// browser is a Chromium without a window and with a profile of its own.
type browser struct {
	tab context.Context
	end func()
}

// tabPatience is how long Chromium may take to start, or for one action.
const tabPatience = 30 * time.Second

// newBrowser starts a Chromium, which ends with ctx at the latest.
func newBrowser(ctx context.Context) (experiment.Browser, error) {
	tab, end, err := chromium.Start(ctx)
	if errors.Is(err, chromium.ErrMissing) {
		return nil, experiment.Unable{Why: message.New("exploit.void.browser")}
	}
	if err != nil {
		return nil, err
	}
	return &browser{tab, end}, nil
}

// Close implements experiment.Browser.
func (b *browser) Close() { b.end() }

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
