package tape

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strings"
)

// Dial opens a connection to the store, on which commands are accepted.
type Dial func(context.Context) (net.Conn, error)

// Tape is what a store was asked.
type Tape struct {
	commands []command
	requests uint64
}

type command struct {
	name string
	text []byte // as a client sends it
}

// seldom is the share of requests that must have sent a command, so that it is a request's.
const seldom = 0.01

// most is how many commands are kept: those after them repeat what users do.
const most = 1 << 18

// Record watches the store while work runs, which returns how many requests it made.
func Record(ctx context.Context, dial Dial, work func() (requests uint64, err error)) (*Tape, error) {
	watch, in, err := connect(ctx, dial)
	if err != nil {
		return nil, err
	}
	defer watch.Close()
	end, answers, err := connect(ctx, dial)
	if err != nil {
		return nil, err
	}
	defer end.Close()
	defer context.AfterFunc(ctx, func() { watch.Close(); end.Close() })()
	if err := say(watch, in, "MONITOR"); err != nil {
		return nil, err
	}
	mark := rand.Text()
	heard := make(chan error, 1)
	t := &Tape{}
	go func() { heard <- t.listen(in, mark) }()
	if t.requests, err = work(); err == nil {
		// The store executes in one order: what work has asked is on the tape when the mark is.
		err = say(end, answers, "ECHO", mark)
	}
	if err != nil {
		watch.Close()
		<-heard
	} else {
		err = <-heard
	}
	if err != nil || ctx.Err() != nil { // which may have ended a moment before its connections do
		return nil, reason(ctx, err)
	}
	t.thin()
	return t, nil
}

// reason is why the context ended, if it did: the error then only says that a connection was closed.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// listen keeps the commands that MONITOR tells until the mark.
func (t *Tape) listen(in *bufio.Reader, mark string) error {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("tape: MONITOR ended: %w", err)
		}
		if bytes.Contains(line, []byte(mark)) {
			return nil
		}
		all, err := words(line)
		if err != nil {
			return err
		}
		if len(all) > 0 && len(t.commands) < most {
			t.commands = append(t.commands, command{strings.ToUpper(string(all[0])), encode(all)})
		}
	}
}

// thin leaves out the commands that are no request's.
func (t *Tape) thin() {
	count := map[string]int{}
	for _, c := range t.commands {
		count[c.name]++
	}
	kept := t.commands[:0]
	for _, c := range t.commands {
		if float64(count[c.name]) >= max(1, seldom*float64(t.requests)) {
			kept = append(kept, c)
		}
	}
	t.commands = kept
}

// Requests is how many requests the tape holds.
func (t *Tape) Requests() uint64 { return t.requests }

// Commands is how many commands the tape holds.
func (t *Tape) Commands() uint64 { return uint64(len(t.commands)) }

// connect opens a connection that speaks the version of the protocol that pipelining clients speak.
func connect(ctx context.Context, dial Dial) (net.Conn, *bufio.Reader, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReaderSize(conn, buffer)
	if err := say(conn, in, "HELLO", "3"); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, in, nil
}

// buffer takes the answers to a batch.
const buffer = 64 << 10
