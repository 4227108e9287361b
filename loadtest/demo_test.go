package main

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/loadtest/cluster/claim"
)

// children are the running programs of a folder.
func children(t *testing.T, folder string) (running []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if program, err := os.Readlink(link); err == nil && strings.HasPrefix(program, folder+"/") {
			running = append(running, filepath.Base(program))
		}
	}
	return running
}

// demoPrograms is a folder with the programs under a path of its own, so that no other test's are taken for the demo's.
func demoPrograms(t *testing.T) string {
	t.Helper()
	own := t.TempDir()
	for _, name := range []string{"authlab", "sessiond", "tokend", "balancerd", "stored"} {
		if err := os.Link(filepath.Join(programs(t), name), filepath.Join(own, name)); err != nil {
			t.Fatal(err)
		}
	}
	return own
}

// TestDemoLeavesNothing: the demo serves its page, and when it is killed all that it started ends with it.
func TestDemoLeavesNothing(t *testing.T) {
	bin := demoPrograms(t)
	cmd := exec.Command(filepath.Join(bin, "authlab"), "demo", "--audience", "127.0.0.1:0", "--lock",
		"@authlab-test-"+claim.NewNonce())
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	printed := bufio.NewReader(stdout)
	for _, page := range []string{"listening ", "audience "} {
		line, err := printed.ReadString('\n')
		address, ok := strings.CutPrefix(strings.TrimSpace(line), page)
		if err != nil || !ok {
			t.Fatalf("the demo printed %q (%v)\n%s", line, err, stderr.String())
		}
		answer, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", line, answer.Status)
		}
	}
	soon(t, "its servers run", func() bool { return len(children(t, bin)) > 3 })
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	soon(t, "nothing of it runs", func() bool { return len(children(t, bin)) == 0 })
}

// soon waits for something, for as long as a busy machine may need.
func soon(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !true(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// TestDemoInATerminal plays a scene with a right bet and a wrong one.
func TestDemoInATerminal(t *testing.T) {
	bin := demoPrograms(t)
	cmd := exec.Command(filepath.Join(bin, "authlab"), "demo", "--plain", "--scene", "demotion/2", "--lock",
		"@authlab-test-"+claim.NewNonce())
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	cmd.Stdin = strings.NewReader("3\n1\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"You were right: only the right side.", "You bet on: left 200, right 200. It was: left 403, right 403.",
		"$ curl -si", "GETEX authlab:s1:", `role  admin`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it did not print %q:\n%s", want, out)
		}
	}
}

// TestDemoRefuses what it cannot show, in one sentence.
func TestDemoRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--scene nowhere":             "the scenes are login, forgery",
		"--scene logout/9":            "the scene has the steps 1 to 4",
		"--plan 60":                   "the plans are of 45 or 90 minutes",
		"--plan 45 --scene logout":    "leave out --plan",
		"--plan 45 --record nowhere":  "leave out --plan",
		"--lang xx":                   "there is no language",
		"--listen 0.0.0.0:0":          "give a loopback address",
		"--listen 127.0.0.1:99999999": "give a loopback address",
		"--audience nowhere":          "give an address of this machine with a port",
		"--audience :0 --plain":       "leave out --plain",
	} {
		var stdout, stderr bytes.Buffer
		all := append([]string{"demo"}, strings.Fields(args)...)
		if code := authlab(t.Context(), all, &stdout, &stderr); code != askedWrong {
			t.Errorf("%s: exit code %d", args, code)
		}
		if got := stderr.String(); !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: %q should contain %q, on one line", args, got, want)
		}
	}
}

// TestDemoWithoutServers: where the servers cannot be started the demo says why, and shows the recorded run.
func TestDemoWithoutServers(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "results", "demo"), os.DirFS("../results/demo")); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(root, "bin") // without the servers' programs
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(programs(t), "authlab"), filepath.Join(bin, "authlab")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"demo"}, {"demo", "--recorded"}} {
		cmd := exec.Command(filepath.Join(bin, "authlab"), append(args, "--lock", "@authlab-test-"+claim.NewNonce())...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
		if err != nil || !ok {
			t.Errorf("%q printed %q (%v)\n%s", args, line, err, stderr.String())
		} else if answer, err := http.Get(address); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%q: %s answers %v, %v", args, address, answer, err)
		} else {
			answer.Body.Close()
		}
		cmd.Process.Kill()
		cmd.Wait()
		if told := strings.Contains(stderr.String(), "this is a recorded run instead"); told != (len(args) == 1) {
			t.Errorf("%q said %q", args, stderr.String())
		}
	}
}
