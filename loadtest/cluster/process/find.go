package process

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/plan"
)

// Own returns one of the project's own programs, which are all in one folder.
func (p *place) Own(name string) (platform.Program, error) {
	path := filepath.Join(p.lab.BinDir, name)
	if _, err := exec.LookPath(path); err != nil {
		target := "build"
		if name == plan.PeerServer {
			target = "peers" // it needs libraries that the lab itself does without
		}
		return platform.Program{}, fmt.Errorf("the program %s is not in %s, next to authlab: run make %s",
			name, p.lab.BinDir, target)
	}
	return platform.Program{Path: path}, nil
}

// Find returns the first real program that is installed, or the embedded one.
func (p *place) Find(ctx context.Context, w platform.Wanted) (platform.Part, platform.Program, error) {
	found := false
	for _, name := range w.Real {
		path, err := lookPath(name)
		if err != nil {
			continue
		}
		found = true
		if !w.Stand {
			version, err := versionOf(ctx, path, "-v")
			return platform.Part{Role: w.Role, Name: name, Version: version}, platform.Program{Path: path}, err
		}
	}
	program, err := p.Own(w.Embedded)
	if err != nil {
		return platform.Part{}, platform.Program{}, err
	}
	part := platform.Part{Role: w.Role, Name: w.Embedded, Version: builtVersion(program.Path), Embedded: true}
	if !found {
		part.Instead = installer(w.Real[0])
	}
	return part, program, nil
}

// daemons is where Debian keeps daemons; an ordinary user's PATH does not include it.
var daemons = "/usr/sbin"

func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("PATH") != "" {
		if daemon, err := exec.LookPath(filepath.Join(daemons, name)); err == nil {
			return daemon, nil
		}
	}
	return path, err
}

// versionOf asks a real part for its version.
func versionOf(ctx context.Context, path, flag string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, flag).CombinedOutput()
	version := platform.VersionIn(string(out))
	if err != nil || version == "" {
		return "", platform.Lack{What: fmt.Sprintf("%s is installed but does not run (%s): repair or remove it, "+
			"or use the embedded parts with --embedded", path, platform.Complaint(string(out), err))}
	}
	return version, nil
}

// builtVersion is the version of an embedded part: the versions of its components, as recorded in the program.
func builtVersion(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/alicebob/miniredis/v2" && filepath.Base(path) == "stored" {
			return "miniredis " + strings.TrimPrefix(dep.Version, "v")
		}
	}
	return "net/http of " + info.GoVersion
}

// installer is the command that installs a program on this system.
func installer(name string) string {
	for _, manager := range []struct{ program, command string }{
		{"apt-get", "sudo apt-get install "},
		{"dnf", "sudo dnf install "},
		{"apk", "sudo apk add "},
		{"pacman", "sudo pacman -S "},
		{"zypper", "sudo zypper install "},
	} {
		if _, err := exec.LookPath(manager.program); err == nil {
			return manager.command + packageOf(manager.program, name)
		}
	}
	return "install " + name + " with this system's package manager"
}

func packageOf(manager, name string) string {
	if name == "redis-server" && manager != "apt-get" {
		return "redis"
	}
	return name
}
