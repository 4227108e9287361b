package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/message"
)

// patience is how long the engine may take for one command.
const patience = 60 * time.Second

// command is the docker command of this machine.
type command string

// run runs a docker command and returns its output; the error is the last line of its error output.
func (c command) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, string(c), args...)
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the lab, which may still need this command
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		last := errors.New(lines[len(lines)-1])
		return "", fmt.Errorf("docker %s: %s", args[0], plain(errors.Join(context.Cause(ctx), last)))
	}
	return strings.TrimSpace(string(out)), nil
}

// plain returns an error as one line, with terminal control characters escaped.
func plain(err error) string { return message.Shown(strings.Join(strings.Fields(err.Error()), " ")) }

// sweep removes the containers and networks of dead labs.
func (c command) sweep(ctx context.Context) {
	for _, kind := range []string{"container", "network"} {
		list := []string{
			kind, "ls", "--filter", "label=" + strings.TrimSuffix(labelled, "="), "--format", `{{.ID}} {{.Label "authlab.lab"}}`,
		}
		if kind == "container" {
			list = append(list, "--all")
		}
		told, _ := c.run(ctx, list...) // the next lab lists what cannot be listed now
		for line := range strings.Lines(told) {
			id, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
			held, err := claim.Take(folder)
			switch {
			case err == nil:
				held.Release()
			case !errors.Is(err, os.ErrNotExist):
				continue // its lab is alive
			}
			remove := []string{kind, "rm", id}
			if kind == "container" {
				remove = []string{kind, "rm", "--force", id}
			}
			c.run(ctx, remove...)
		}
	}
}
