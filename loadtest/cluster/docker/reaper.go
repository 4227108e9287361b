package docker

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"authlab/loadtest/cluster/claim"
)

// reaper removes a lab's containers and network when the lab ends, however it ends. The kernel ends the docker commands
// of a lab that was killed, but not their containers.
type reaper struct {
	cmd  *exec.Cmd
	life *os.File // held open by the lab alone
}

// reaping waits for the end of its input, which comes when the lab ends.
const reaping = `read -r _
"$1" container ls --all --quiet --filter "label=$2" | while read -r id; do "$1" container rm --force "$id"; done
"$1" network ls --quiet --filter "label=$2" | while read -r id; do "$1" network rm "$id"; done`

func (p *place) reap() (*reaper, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	cmd := exec.Command("/bin/sh", "-c", reaping, claim.Prefix+"reaper", string(p.command), labelled+p.home.Path())
	cmd.Stdin = read
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a signal that ends the lab must not end the reaper
	if err := cmd.Start(); err != nil {
		write.Close()
		return nil, fmt.Errorf("cannot start the process that would remove the containers: %w", err)
	}
	return &reaper{cmd, write}, nil
}

// release lets the reaper remove everything, and waits for it.
func (r *reaper) release() error {
	r.life.Close()
	late := time.AfterFunc(patience, func() { r.cmd.Process.Kill() })
	defer late.Stop()
	if err := r.cmd.Wait(); err != nil {
		return fmt.Errorf(
			"the containers and the network of this run may be left (%w): docker container ls --filter label=%s",
			err, strings.TrimSuffix(labelled, "="))
	}
	return nil
}
