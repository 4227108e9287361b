package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"authlab/loadtest/cluster/platform"
)

// launch starts the process's program and watches it until it ends. After a failure nothing of the program is left.
func (p *Process) launch(l *Lab, launch platform.Launch) error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the log of %s: %w", p, err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		log.Close()
		return fmt.Errorf("%s cannot be started: %w", p, err)
	}
	defer write.Close()
	launch.Stdout, launch.Log = write, log
	if p.instance, err = l.place.Start(launch); err != nil {
		log.Close()
		read.Close()
		return fmt.Errorf("%s cannot be started: %w", p, err)
	}
	go p.watch(read, log, l.report)
	return nil
}

// settle waits until the process has an address, where a platform takes a while to assign one.
func (p *Process) settle() error {
	settler, ok := p.instance.(platform.Settler)
	if !ok {
		return nil
	}
	late := fmt.Errorf("given up after %s", startTimeout)
	ctx, cancel := context.WithTimeoutCause(context.Background(), startTimeout, late)
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case <-p.done:
			end(errors.New("it ended before it served"))
		case <-ctx.Done():
		}
	}()
	if err := settler.Settle(ctx); err != nil {
		return p.explain(err)
	}
	return nil
}

// watch waits for the process, and calls died if nothing asked it to end. It writes the program's output to its log,
// and its lines to announced while the start may wait for them.
func (p *Process) watch(stdout, log *os.File, died func(Death)) {
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(log, lines.Text())
			select {
			case p.output <- lines.Text():
			default: // nothing waits for it any more
			}
		}
		io.Copy(log, stdout) // if a line was too long to scan
	}()
	p.state = p.instance.Wait()
	stdout.SetReadDeadline(time.Now().Add(time.Second)) // a grandchild may hold the other end open
	<-copied
	stdout.Close()
	log.Close()
	close(p.done) // before expected is read: Start sets it and then asks whether the process ended, so no death is missed
	if !p.expected.Load() {
		died(Death{Process: p.String(), State: p.state, Tail: tail(p.log)})
	}
	close(p.output) // all output has arrived
}
