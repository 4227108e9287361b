package credential

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
)

// Tabs logs the user with index c.First in, and renews that login from n tabs of one browser at the same moment. Then
// it asks with what every tab was given, and logs one tab out. The control has no logins: all is 0.
func Tabs(ctx context.Context, c Config, n int) (told experiment.Tabs, err error) {
	if c.Scheme.Carrier == plan.ByName {
		return told, nil
	}
	first, err := newDevice(c).logIn(ctx, c.First)
	if err != nil {
		return told, err
	}
	before := first.logins(ctx)
	tabs := renewed(ctx, first, n)
	told.Tried, told.Together = n, together(tabs)
	for _, t := range tabs {
		status := t.status
		if status == http.StatusOK {
			status = t.device.status(ctx, "GET", "/v1/me")
		}
		switch {
		case status == http.StatusOK:
			told.In++
		case status == http.StatusUnauthorized || status == http.StatusForbidden:
			told.Out++
		default:
			told.Failed++
		}
	}
	last := first.with(tabs)
	told.Listed, told.More = before > 0, max(0, last.logins(ctx)-before)
	told.Kept, err = kept(ctx, last, tabs)
	return told, err
}

// kept logs one tab out, and counts the tabs that are still served after the time in which the scheme promises to end
// all of them. A scheme whose logins end only by themselves promises nothing.
func kept(ctx context.Context, one device, tabs []tab) (n int, err error) {
	if one.Scheme.Guarantee == plan.AtExpiry || one.status(ctx, "POST", "/v1/logout") != http.StatusNoContent {
		return 0, ctx.Err()
	}
	if err := wait(ctx, one.Scheme.Push); err != nil {
		return 0, err
	}
	for _, t := range tabs {
		if t.device.status(ctx, "GET", "/v1/me") == http.StatusOK {
			n++
		}
	}
	return n, nil
}

// tab is one tab's renewal.
type tab struct {
	device      device
	status      int
	sent, heard time.Time
}

func renewed(ctx context.Context, d device, n int) []tab {
	tabs := make([]tab, n)
	begin := make(chan struct{})
	var renewing sync.WaitGroup
	for i := range tabs {
		renewing.Go(func() {
			<-begin
			t := tab{sent: time.Now()}
			t.device, t.status = d.renew(ctx)
			t.heard = time.Now()
			tabs[i] = t
		})
	}
	close(begin)
	renewing.Wait()
	return tabs
}

// together counts the renewals that were sent before another was answered, and answered after that was sent.
func together(tabs []tab) (n int) {
	for i, t := range tabs {
		if slices.ContainsFunc(slices.Concat(tabs[:i], tabs[i+1:]), func(o tab) bool {
			return t.sent.Before(o.heard) && o.sent.Before(t.heard)
		}) {
			n++
		}
	}
	return n
}

// with is the device of a tab that is still logged in, else the first.
func (v device) with(tabs []tab) device {
	for _, t := range tabs {
		if t.status == http.StatusOK {
			return t.device
		}
	}
	return v
}
