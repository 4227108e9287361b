package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// delegated marks a process that already runs in a scope of its own. If it still has no budgets, it does not ask for
// another scope.
const delegated = "AUTHLAB_DELEGATED=1"

// Delegate gives an ordinary user's lab a control group of its own. Where systemd runs, it starts this program again
// with the same arguments in a delegated scope, and does not return. It returns at once where delegation is not needed
// (root, version 1) or already happened. An error says why delegation is impossible; the caller can still go on without
// budgets.
func Delegate() error {
	if os.Geteuid() == 0 || os.Getenv("AUTHLAB_DELEGATED") != "" {
		return nil
	}
	t, err := This()
	if err != nil || t.Version != 2 {
		return err
	}
	if t.prepare(t.Home) == nil {
		return nil
	}
	program, args, err := scope(os.Args)
	if err != nil {
		return err
	}
	return syscall.Exec(program, args, append(os.Environ(), delegated))
}

// scope returns the command that runs another command in a delegated scope.
func scope(command []string) (program string, args []string, err error) {
	const ask = "CPU budgets need root here, or systemd with a session of your own (log in, or loginctl enable-linger)"
	program, err = exec.LookPath("systemd-run")
	if err != nil || os.Getenv("XDG_RUNTIME_DIR") == "" {
		return "", nil, errors.New(ask)
	}
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	options := []string{"--user", "--scope", "--quiet", "-p", "Delegate=yes", "--"}
	if err := exec.Command(program, append(options, "true")...).Run(); err != nil {
		return "", nil, errors.New(ask)
	}
	args = append([]string{program}, options...)
	return program, append(append(args, self), command[1:]...), nil
}
