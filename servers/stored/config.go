package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/alicebob/miniredis/v2"

	"authlab/keyfile"
	"authlab/servers/stored/mini"
)

type config struct {
	listen       string
	passwordFile string
}

// serve listens until ctx ends.
func (c config) serve(ctx context.Context, stdout io.Writer) error {
	password, err := c.password()
	if err != nil {
		return err
	}
	if password == "" && !loopback(c.listen) {
		return fmt.Errorf("--listen %s can be reached from outside this machine: add --password-file", c.listen)
	}
	m := miniredis.NewMiniRedis()
	if password != "" {
		m.RequireAuth(password)
	}
	if err := m.StartAddr(c.listen); err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return fmt.Errorf("--listen %s: %w: choose another address, or port 0", c.listen, err)
	}
	defer mini.Stop(m)
	if _, err := fmt.Fprintf(stdout, "listening redis://%s\n", m.Addr()); err != nil {
		return err
	}
	drive(ctx, m)
	return nil
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err != nil || host == "localhost" || ip != nil && ip.IsLoopback() // Listen will refuse a wrong address
}

func (c config) password() (string, error) {
	if c.passwordFile == "" {
		return "", nil
	}
	text, err := keyfile.Read(c.passwordFile)
	if err != nil {
		return "", fmt.Errorf("--password-file %w", err)
	}
	password := strings.TrimRight(string(keyfile.Unmarked(text)), "\r\n")
	if password == "" {
		return "", fmt.Errorf("--password-file: %s is empty", c.passwordFile)
	}
	return password, nil
}
