package wire

import (
	"errors"
	"slices"
	"syscall"

	"authlab/loadtest/message"
)

// lacks are errors of a process or a machine that ran out of something when it made a connection, by the word of package
// message for it. That is a failure of the side that asks, and not of the server.
var lacks = map[string][]syscall.Errno{
	"descriptors": {syscall.EMFILE, syscall.ENFILE},
	"ports":       {syscall.EADDRNOTAVAIL},
	"memory":      {syscall.ENOBUFS, syscall.ENOMEM},
}

// lackOf is the word for what was lacking; "" where that is not what went wrong.
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

// Lack says in a sentence what this process or machine ran out of, so that it could not even ask; "" where that is
// not what went wrong.
func Lack(err error) string { return message.Lack(lackOf(err)).String() }
