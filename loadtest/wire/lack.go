package wire

import (
	"errors"
	"slices"
	"syscall"

	"authlab/loadtest/message"
)

// lacks are errors of a process or machine that ran out of something when it made a connection, by package message's
// word for it. The client side failed, not the server.
var lacks = map[string][]syscall.Errno{
	"descriptors": {syscall.EMFILE, syscall.ENFILE},
	"ports":       {syscall.EADDRNOTAVAIL},
	"memory":      {syscall.ENOBUFS, syscall.ENOMEM},
}

// lackOf is the word for what ran out; "" if the error has another cause.
func lackOf(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return ""
	}
	for word, numbers := range lacks {
		if slices.Contains(numbers, number) {
			return word
		}
	}
	return ""
}

// Lack says in a sentence what this process or machine ran out of, so that it could not even ask; "" if the error has
// another cause.
func Lack(err error) string { return message.Lack(lackOf(err)).String() }
