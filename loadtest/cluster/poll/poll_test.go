package poll

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestUntil(t *testing.T) {
	tries := 0
	if err := Until(t.Context(), func() error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	}); err != nil || tries != 3 {
		t.Errorf("after %d tries: %v", tries, err)
	}
	never := func() error { return errors.New("nothing answers") }
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := Until(late, never); err == nil || !strings.Contains(err.Error(), "nothing answers") {
		t.Errorf("the last try is not reported: %v", err)
	}
	why := errors.New("interrupted")
	ended, end := context.WithCancelCause(t.Context())
	end(why)
	if err := Until(ended, never); !errors.Is(err, why) {
		t.Errorf("the cause is not reported: %v", err)
	}
}
