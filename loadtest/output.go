package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// output is the standard output. It remembers the first failed write, so that output which was cut short does not look
// complete. No single line needs its own check.
type output struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

// failed is the failed write, as a sentence; nil where all writes succeeded.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		return nil
	}
	err := o.err
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return failure{wentWrong, fmt.Errorf("cannot write to the standard output: %w; send it where it can be written",
		err)}
}

// Unwrap returns the underlying writer.
func (o *output) Unwrap() io.Writer { return o.Writer }
