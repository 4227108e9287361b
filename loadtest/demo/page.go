package demo

import (
	"context"
	"fmt"
	"io"
	"net"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/demo/stand"
)

// Page is a lesson in a browser.
type Page struct {
	Stand    *stand.Stand
	Courier  lesson.Courier
	Root     string // the repository, to show lines of code; "" where it is not here
	Listener net.Listener
	Out      io.Writer
}

// Serve shows the lesson until ctx ends. It prints the page's address, which has a secret in it, once it answers.
func (p Page) Serve(ctx context.Context) error {
	play := player.New(ctx, p.Stand, p.Courier)
	defer play.Close()
	server := show.New(show.Config{Player: play, Root: p.Root})
	if err := play.Go(lesson.Scenes[0].Name, 0); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.Out, "listening http://%s%s\n", p.Listener.Addr(), server.Path()); err != nil {
		return err
	}
	return server.Serve(ctx, p.Listener)
}
