package demo

import (
	"context"
	"fmt"
	"io"
	"net"

	"golang.org/x/sync/errgroup"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/play"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/demo/stand"
)

// Page is a lesson in a browser.
type Page struct {
	Stand    *stand.Stand
	Courier  lesson.Courier
	Root     string // the repository, to show lines of code; "" where it is not here
	Plan     lesson.Plan
	Listener net.Listener
	// Audience is where the class reads and votes, on a network that others use too; nil without that. Its page is for
	// browsers at AudienceHost, a host with its port.
	Audience     net.Listener
	AudienceHost string
	Out          io.Writer
}

// Recorded shows the recorded run of the repository at root until ctx ends. It prints the page's address once it
// answers.
func Recorded(ctx context.Context, root string, p lesson.Plan, l net.Listener, out io.Writer) error {
	if _, err := fmt.Fprintf(out, "listening http://%s/demo/%s\n", l.Addr(), chosen(p)); err != nil {
		return err
	}
	return show.ServeRecorded(ctx, root, l)
}

// chosen is a plan at the end of a page's address.
func chosen(p lesson.Plan) string {
	if p.Minutes == 0 {
		return ""
	}
	return fmt.Sprintf("#?plan=%d", p.Minutes)
}

// Serve shows the lesson until ctx ends. It prints the page's address, which has a secret in it, once it answers, and
// then the address of the audience's page, which has none.
func (p Page) Serve(ctx context.Context) error {
	lessons := player.New(ctx, p.Stand, p.Courier)
	defer lessons.Close()
	ground := play.New(ctx, p.Stand)
	defer ground.Close()
	config := show.Config{Player: lessons, Play: ground, Root: p.Root}
	audience := func() error { return nil }
	if p.Audience != nil {
		class := show.NewAudience(ctx, config)
		config.Audience = "http://" + p.AudienceHost + class.Path()
		audience = func() error { return class.Serve(ctx, p.Audience) }
	}
	server := show.New(config)
	if err := lessons.Go(lesson.Scenes[0].Name, 0); err != nil {
		return err
	}
	at := server.Path() + chosen(p.Plan)
	if _, err := fmt.Fprintf(p.Out, "listening http://%s%s\n", p.Listener.Addr(), at); err != nil {
		return err
	}
	if p.Audience != nil {
		if _, err := fmt.Fprintf(p.Out, "audience %s\n", config.Audience); err != nil {
			return err
		}
	}
	var both errgroup.Group
	both.Go(audience)
	both.Go(func() error { return server.Serve(ctx, p.Listener) })
	return both.Wait()
}
