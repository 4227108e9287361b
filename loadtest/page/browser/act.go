package browser

import (
	"context"
	"os"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Eval is the value of an expression in the page; that of a promise once it is kept.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return run(p, "evaluate "+expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Await returns once an expression is true.
func (p *Page) Await(expression string) {
	p.t.Helper()
	run(p, "see that "+expression, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience)))
}

// Click clicks with the mouse on the first element that matches a CSS selector, once it is visible.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Press presses keys, one after the other, wherever the focus is. Special keys are in chromedp's package kb. As with a
// real keyboard a page that takes a key for itself keeps the browser from what it would do, such as to scroll.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press a key", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, r := range keys {
			for _, k := range whole(kb.Encode(r)) {
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *k); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// whole joins a key's going down with the text that comes of it: sent apart, the text comes even from a key that the
// page has taken.
func whole(events []*input.DispatchKeyEventParams) (joined []*input.DispatchKeyEventParams) {
	for _, e := range events {
		if last := len(joined) - 1; e.Type == kb.KeyChar && last >= 0 {
			joined[last].Type, joined[last].Text = kb.KeyDown, e.Text
			continue
		}
		joined = append(joined, e)
	}
	return joined
}

// Type replaces what stands in a field, as a person would: all of it is selected, then typed over.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.do("type into "+selector, chromedp.Focus(chromedp.CSS(selector)))
	Eval[chromedp.Void](p, "document.activeElement.select()")
	p.do("type into "+selector, chromedp.KeyEvent(text))
}

// Choose gives files to a field for files.
func (p *Page) Choose(selector string, files ...string) {
	p.t.Helper()
	p.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Text is what a reader sees of the first element that matches.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return run(p, "read "+selector, chromedp.Text(chromedp.CSS(selector)))
}

// Screenshot writes all of the page into a file, as PNG: for people who look at it.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	p.write(file, run(p, "take a picture", chromedp.FullScreenshot(100)))
}

// Snapshot writes what is in the window into a file, as WebP: for a page of documentation.
func (p *Page) Snapshot(file string) {
	p.t.Helper()
	quality := int64(60)
	var shot []byte
	p.do("take a picture", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		got, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatWebp, Quality: &quality,
		})
		shot = got.Data
		return err
	}))
	p.write(file, shot)
}

func (p *Page) write(file string, content []byte) {
	p.t.Helper()
	if err := os.WriteFile(file, content, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
