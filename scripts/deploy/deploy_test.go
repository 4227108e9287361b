package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/scripts/deploy"
)

func TestACommandEndsWithAllThatItStarted(t *testing.T) {
	for name, ignore := range map[string]string{"it listens": "", "it ignores the signal": "trap '' TERM; "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &deploy.Operator{T: t, Ctx: t.Context()}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			file := filepath.Join(t.TempDir(), "child")
			go func() {
				o.Wait(10*time.Second, "the child to start", func() bool { text, _ := os.ReadFile(file); return len(text) > 0 })
				cancel()
			}()
			began := time.Now()
			if _, err := o.Execute(ctx, "sh", "-c", ignore+"sleep 60 & echo $! >"+file+"; wait"); err == nil {
				t.Error("a command that was cut short is said to have succeeded")
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v to end", took)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			child, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			o.Wait(5*time.Second, "the child to be gone", func() bool { return syscall.Kill(child, 0) != nil })
		})
	}
}
