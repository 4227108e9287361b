package wire

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"authlab/loadtest/message"
)

func TestWhatTheProcessItselfLacks(t *testing.T) {
	dial := func(number syscall.Errno) error {
		return &url.Error{
			Op: "Get", URL: "http://x",
			Err: &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", number)},
		}
	}
	for number, want := range map[syscall.Errno]string{
		syscall.EMFILE: "descriptors", syscall.ENFILE: "descriptors", syscall.EADDRNOTAVAIL: "ports",
		syscall.ENOBUFS: "memory", syscall.ENOMEM: "memory",
		syscall.ECONNREFUSED: "refused", syscall.ECONNRESET: "reset", syscall.EHOSTUNREACH: "network",
	} {
		err := fmt.Errorf("around it: %w", dial(number))
		own := !strings.Contains("refused reset network", want)
		if got := Word(err); got != want || (Lack(err) != "") != own || !message.Lack(want).IsZero() != own {
			t.Errorf("%v is %q, and lacks %q, want %s", err, got, Lack(err), want)
		}
	}
	if Lack(nil) != "" || !message.Lack("").IsZero() {
		t.Error("nothing lacks something")
	}
}
