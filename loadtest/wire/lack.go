package wire

import (
	"errors"
	"slices"
	"syscall"
)

// lack is what a process or a machine may run out of when it makes a connection. That is a failure of the side that asks,
// and not of the server.
type lack struct {
	errors []syscall.Errno
	word   string // as Word names it
	what   string // in a sentence
}

var lacks = []lack{
	{
		[]syscall.Errno{syscall.EMFILE, syscall.ENFILE},
		"descriptors",
		"no file descriptor was left to this process: raise its limit (ulimit -n), or ask for fewer connections",
	},
	{
		[]syscall.Errno{syscall.EADDRNOTAVAIL},
		"ports",
		"no port was left to this machine to connect from: ask for less, or widen net.ipv4.ip_local_port_range",
	},
	{
		[]syscall.Errno{syscall.ENOBUFS, syscall.ENOMEM},
		"memory",
		"no memory was left to this machine for a connection: ask for fewer",
	},
}

func lackOf(err error) (lack, bool) {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return lack{}, false
	}
	i := slices.IndexFunc(lacks, func(l lack) bool { return slices.Contains(l.errors, number) })
	if i < 0 {
		return lack{}, false
	}
	return lacks[i], true
}

// Lack says in a sentence what this process or machine ran out of, so that it could not even ask; "" where that is
// not what went wrong.
func Lack(err error) string {
	l, _ := lackOf(err)
	return l.what
}

// LackCalled is the sentence of a word of Word's; "" where the word is not of a lack.
func LackCalled(word string) string {
	if i := slices.IndexFunc(lacks, func(l lack) bool { return l.word == word }); i >= 0 {
		return lacks[i].what
	}
	return ""
}
