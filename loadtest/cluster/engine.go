package cluster

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"authlab/loadtest/cluster/claim"
)

// The images, as docker-compose.yml and Dockerfile have them. authlab:dev holds every program of the project, the same files that
// the images of single servers hold.
const (
	ownImage      = "authlab:dev"
	redisImage    = "redis:7.0.15-bookworm"
	haproxyImage  = "authlab-balancer:dev"
	postgresImage = "postgres:15.18-bookworm"
)

// nobody is whom a lab of root's runs containers as.
const nobody = 65532

// labelled marks what a lab made in an engine; the lab's folder follows, whose claim tells whether the lab lives.
const labelled = "authlab.lab="

// engine runs the programs of a lab in containers of the Docker engine of this machine, through its command line. The
// containers share a network that leads nowhere else, and see the lab's folder under its own name.
type engine struct {
	docker  string // the command
	version string
	nonce   string // the lab's
	home    string // the lab's folder
	user    string // UID:GID that the programs run as
	network string
	subnet  string // the network's, in CIDR notation
	reaper  *reaper
}

// openEngine finds the engine, removes what dead labs left in it, and makes a network.
func openEngine(ctx context.Context, h *claim.Folder, nonce string) (*engine, error) {
	path, err := lookPath("docker")
	if err != nil {
		return nil, errors.New("containers need Docker, and its command is not installed: install it, or measure with --platform processes")
	}
	e := &engine{docker: path, nonce: nonce, home: h.Path(), network: claim.Prefix + nonce}
	if e.version, err = e.run(ctx, "version", "--format", "{{.Server.Version}}"); err != nil {
		return nil, fmt.Errorf("the Docker engine does not answer (%w): start it, see that you may use it, or measure with --platform processes", err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = nobody, nobody
		if err := h.Give(uid, gid); err != nil {
			return nil, err
		}
	}
	e.user = fmt.Sprintf("%d:%d", uid, gid)
	e.sweep(ctx)
	if e.reaper, err = e.reap(); err != nil {
		return nil, err
	}
	if err := e.makeNetwork(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the Docker engine makes no network: %w", err), e.close())
	}
	return e, nil
}

// makeNetwork makes a network twice: the first time the engine finds addresses that nobody has, the second time they are asked
// for, because only in a network whose addresses were asked for can a container that was taken off it have its own again.
func (e *engine) makeNetwork(ctx context.Context) (err error) {
	create := []string{"network", "create", "--internal", "--label", labelled + e.home}
	if _, err = e.run(ctx, append(create, e.network)...); err != nil {
		return err
	}
	if e.subnet, err = e.run(ctx, "network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", e.network); err != nil {
		return err
	}
	if _, err = e.run(ctx, "network", "rm", e.network); err != nil {
		return err
	}
	_, err = e.run(ctx, append(create, "--subnet", e.subnet, e.network)...)
	return err
}

// run runs a docker command and returns what it says; the error is its last line.
func (e *engine) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer within %s", startTimeout))
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, e.docker, args...)
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the lab, which may still have need of it
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return "", fmt.Errorf("docker %s: %s", args[0], reason(errors.Join(context.Cause(ctx), errors.New(lines[len(lines)-1])), ""))
	}
	return strings.TrimSpace(string(out)), nil
}

// has refuses an image that is not there, and says which tool makes it.
func (e *engine) has(ctx context.Context, image string) error {
	if _, err := e.run(ctx, "image", "inspect", image); err != nil {
		command := "docker-compose build"
		if image == redisImage || image == postgresImage {
			command = "docker pull " + image
		}
		return fmt.Errorf("the image %s is not there: run %s (where no registry is in reach, scripts/images/standins.sh first)", image, command)
	}
	return nil
}

// wrap turns the birth of a program into that of the docker command which runs it in a container of that name and tells the
// program's output, its end and its exit code as its own.
func (e *engine) wrap(b birth, name string) birth {
	args := []string{
		"run", "--rm", "--name", name, "--label", labelled + e.home, "--network", e.network, "--user", e.user,
		"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--log-driver", "none",
		"--mount", mount(e.home),
	}
	uid, gid, _ := strings.Cut(e.user, ":")
	for _, folder := range append([]string{"/tmp"}, b.scratch...) {
		args = append(args, "--tmpfs", fmt.Sprintf("%s:uid=%s,gid=%s,mode=0700", folder, uid, gid))
	}
	for _, variable := range b.env {
		args = append(args, "--env", variable)
	}
	if len(b.cpus) > 0 {
		args = append(args, "--cpuset-cpus", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(b.cpus)), ","), "[]"))
	}
	if b.image == ownImage {
		args = append(args, "--entrypoint", b.path, b.image)
	} else {
		args = append(args, b.image, b.path) // what prepares the program in an image of somebody else's is its entry point
	}
	return birth{program: program{path: e.docker}, args: append(args, b.args...)}
}

// mount is a folder that a container sees under its own name. Docker reads it as a line of CSV, so that no character
// ends it early.
func mount(folder string) string {
	var line strings.Builder
	fields := csv.NewWriter(&line)
	fields.Write([]string{"type=bind", "source=" + folder, "target=" + folder})
	fields.Flush()
	return strings.TrimSuffix(line.String(), "\n")
}

// sweep removes the containers and networks of labs that are dead.
func (e *engine) sweep(ctx context.Context) {
	for _, kind := range []string{"container", "network"} {
		list := []string{kind, "ls", "--filter", "label=" + strings.TrimSuffix(labelled, "="), "--format", `{{.ID}} {{.Label "authlab.lab"}}`}
		if kind == "container" {
			list = append(list, "--all")
		}
		told, _ := e.run(ctx, list...) // what cannot be listed now is listed by the next lab
		for line := range strings.Lines(told) {
			id, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
			held, err := claim.Take(folder)
			switch {
			case err == nil:
				held.Release()
			case !errors.Is(err, os.ErrNotExist):
				continue // its lab lives
			}
			remove := []string{kind, "rm", id}
			if kind == "container" {
				remove = []string{kind, "rm", "--force", id}
			}
			e.run(ctx, remove...)
		}
	}
}

// close removes the network; the containers have gone with their clusters.
func (e *engine) close() error {
	if e.reaper == nil {
		return nil
	}
	return e.reaper.release()
}
