// Package chromium starts a real Chromium: for attacks that need a browser, and for tests of pages. It takes a context
// and gives a first tab. It knows nothing of what is opened in it.
package chromium

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// ErrMissing says that no Chromium is installed.
var ErrMissing = errors.New("chromium is not installed")

// Start starts one without a window and with a profile of its own. It ends with end, or with ctx. Its errors are
// ErrMissing, or say that it does not start.
func Start(ctx context.Context) (tab context.Context, end func(), err error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil, ErrMissing
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU)
	allocator, kill := chromedp.NewExecAllocator(ctx, options...)
	tab, leave := chromedp.NewContext(allocator)
	end = func() { leave(); kill() }
	if err := chromedp.Do(tab); err != nil {
		end()
		return nil, nil, fmt.Errorf("chromium does not start: %w", err)
	}
	return tab, end, nil
}
