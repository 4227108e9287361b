// Package deploy is what the tests of deployments have in common: commands, waiting, images and requests.
package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/scripts/trickle"
)

// Root is the root of the source tree, from the folder of a test in scripts.
const Root = "../.."

// Operator runs the commands of a test, which fails when one of them does.
type Operator struct {
	T   *testing.T
	Ctx context.Context // why it ended is said where a command or a wait fails
	Env []string        // on top of the test's own
}

// New is an operator whose test ends with Ctrl-C, and limit after the images are built.
func New(t *testing.T, limit time.Duration) *Operator {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM) // so that what was made is removed, too
	t.Cleanup(stop)
	context.AfterFunc(ctx, stop)
	o := &Operator{T: t, Ctx: ctx}
	o.Build()
	var cancel context.CancelFunc
	o.Ctx, cancel = context.WithTimeoutCause(ctx, limit, errors.New("it took too long"))
	t.Cleanup(cancel)
	return o
}

// Execute runs a command at the root of the tree and returns what it wrote to stdout. The error has all that it wrote.
// When ctx ends, all that the command started is asked to end, so that scripts remove what they made, and then has to.
func (o *Operator) Execute(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = Root
	cmd.Env = append(os.Environ(), o.Env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil && cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // "no such process" is the best answer
		}
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(command, " "), errors.Join(err, context.Cause(ctx)), &stdout,
			&stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// Run is Execute for what must succeed.
func (o *Operator) Run(command ...string) string {
	o.T.Helper()
	out, err := o.Execute(o.Ctx, command...)
	if err != nil {
		o.T.Fatal(err)
	}
	return out
}

// Wait waits until done says true, for limit at most.
func (o *Operator) Wait(limit time.Duration, what string, done func() bool) {
	o.T.Helper()
	for end := time.Now().Add(limit); !done(); {
		if o.Ctx.Err() != nil || time.Now().After(end) {
			o.T.Fatalf("waited for %s, in vain: %v", what, context.Cause(o.Ctx))
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// Settle waits until steady says true for two seconds on end, for limit at most.
func (o *Operator) Settle(limit time.Duration, what string, steady func() bool) {
	o.T.Helper()
	settled := time.Now()
	o.Wait(limit, what, func() bool {
		if !steady() {
			settled = time.Now()
		}
		return time.Since(settled) > 2*time.Second
	})
}

// Trickle logs in at a frontend as soon as a replica serves there. The file has the key of the load users' passwords.
func (o *Operator) Trickle(base, keyFile string) (tr *trickle.Trickle) {
	o.T.Helper()
	err := errors.New("not tried")
	o.Wait(2*time.Minute, "a login at "+base, func() bool {
		tr, err = trickle.New(base, filepath.Join(Root, keyFile))
		return err == nil
	})
	return tr
}

var imagePattern = regexp.MustCompile(`(?:target: (\w+) }\n +)?image: (\S+)`)

// Images are those that docker-compose.yml names, each with the target of Dockerfile that it is, or "".
func (o *Operator) Images() map[string]string {
	o.T.Helper()
	text, err := os.ReadFile(filepath.Join(Root, "docker-compose.yml"))
	if err != nil {
		o.T.Fatal(err)
	}
	targets := map[string]string{}
	for _, match := range imagePattern.FindAllStringSubmatch(string(text), -1) {
		targets[match[2]] = match[1]
	}
	return targets
}

// Build builds the images that are the project's own, and gets the others.
func (o *Operator) Build() {
	o.T.Helper()
	ctx, cancel := context.WithTimeoutCause(o.Ctx, 10*time.Minute, errors.New("it took too long"))
	defer cancel()
	for image, target := range o.Images() {
		command := []string{"docker", "build", "--target", target, "--tag", image, "."}
		if target == "" {
			if _, err := o.Execute(ctx, "docker", "image", "inspect", image); err == nil {
				continue
			}
			command = []string{"docker", "pull", image}
		}
		if _, err := o.Execute(ctx, command...); err != nil {
			o.T.Fatalf("%v\nthere is no image %s: where no registry is in reach, scripts/images/standins.sh makes the bases",
				err, image)
		}
	}
}
