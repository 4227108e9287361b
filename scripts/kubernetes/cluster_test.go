//go:build docker

package kubernetes_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authlab/scripts/deploy"
)

// label is on all that the machines are made of.
const label = "authlab.kube"

// update is the sessions' image by another name: what a rolling update goes to.
const update = "authlab-sessiond:next"

// cluster is two nodes and what controls them, to which both deployments are applied.
type cluster struct {
	*deploy.Operator
	dir string // of its keys, and of what came out of it
}

// up brings the cluster up and applies the manifests as they are. At the test's end all of it is removed, whatever
// happened.
func up(o *deploy.Operator) *cluster {
	o.T.Helper()
	if left, err := o.Left(o.Ctx, label); err != nil || left != "" {
		o.T.Fatal("there is a cluster of this test already: end the other test, or run scripts/deploy/down.sh " + label)
	}
	c := &cluster{Operator: o, dir: o.T.TempDir()}
	c.End(label, [][]string{
		c.at("get", "pods", "--all-namespaces", "--output=wide"),
		c.at("get", "events", "--all-namespaces", "--field-selector=type=Warning"),
		// which may not have been named yet
	}, [][]string{{"scripts/deploy/down.sh", label}, {"docker", "image", "rm", "--force", update}})
	c.Run("scripts/kubernetes/secrets.sh")
	c.Run("go", "build", "-o", c.dir+"/authlab", "./loadtest")
	c.Run("docker", "tag", "authlab-sessiond:dev", update)
	c.Run("scripts/kubernetes/cluster/image.sh")
	c.Run(append([]string{"scripts/kubernetes/cluster/up.sh", c.dir, update}, slices.Sorted(maps.Keys(c.Images()))...)...)
	c.kubectl("apply", "-k", "scripts/kubernetes/session")
	c.kubectl("apply", "-k", "scripts/kubernetes/token")
	c.kubectl("apply", "-f", "scripts/kubernetes/cluster/outside.yaml")
	return c
}

// at is a command for the cluster's API.
func (c *cluster) at(arguments ...string) []string {
	return slices.Concat([]string{"bin/kubernetes/kubectl", "--kubeconfig", c.dir + "/kubeconfig"}, arguments)
}

func (c *cluster) kubectl(arguments ...string) string {
	c.T.Helper()
	return c.Run(c.at(arguments...)...)
}

// session is kubectl in the namespace of the sessions.
func (c *cluster) session(arguments ...string) string {
	c.T.Helper()
	return c.kubectl(append([]string{"-n", sessions}, arguments...)...)
}

// pod is a replica of the sessions.
type pod struct {
	name, node, image, container string
	ready                        bool
}

// pods are those replicas, and how many there are beside them that have been told to end.
func (c *cluster) pods() (all []pod, ending int) {
	c.T.Helper()
	const columns = `{range .items[*]}{.metadata.deletionTimestamp}|{.metadata.name}|{.spec.nodeName}|` +
		`{.spec.containers[0].image}|` +
		`{.status.containerStatuses[0].containerID}|{.status.containerStatuses[0].ready}{"\n"}{end}`
	for line := range strings.Lines(c.session("get", "pods", "--selector=app=replicas", "--output=jsonpath="+columns)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		switch {
		case len(f) != 6: // it is only just made
		case f[0] != "":
			ending++
		default:
			all = append(all, pod{f[1], f[2], f[3], strings.TrimPrefix(f[4], "containerd://"), f[5] == "true"})
		}
	}
	return all, ending
}

// bounds are how many replicas the autoscaler may have.
func (c *cluster) bounds(low, high string) {
	c.T.Helper()
	c.session("patch", "hpa", "replicas", "--patch", `{"spec": {"minReplicas": `+low+`, "maxReplicas": `+high+`}}`)
}

// kill ends a container as if its node had run out of memory for it.
func (c *cluster) kill(p pod) {
	c.T.Helper()
	c.Run("docker", "exec", "authlab-kube-"+p.node, "ctr", "--namespace", "k8s.io", "task", "kill", "--signal", "SIGKILL",
		p.container)
}

// benches runs a bench as users do, and sees that a whole report comes back, and what it says.
func (c *cluster) benches(of string, wants ...string) {
	c.T.Helper()
	o := *c.Operator
	o.Env = []string{
		"KUBECTL=" + strings.Join(c.at(), " "), "AUTHLAB=" + c.dir + "/authlab",
		"RESULTS=" + c.dir + "/results",
	}
	said := o.Run("scripts/kubernetes/bench.sh", sessions, of)
	_, path, ok := strings.Cut(said, "the report is ")
	if !ok {
		c.T.Fatalf("no report came back:\n%s", said)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(path), "report.md"))
	if err != nil {
		c.T.Fatal(err)
	}
	report := string(text)
	for _, want := range wants {
		if !strings.Contains(report, want) {
			c.T.Errorf("the report of %s does not say %q:\n%s", of, want, report)
		}
	}
	if strings.Contains(report, "PARTIAL") {
		c.T.Errorf("the report of %s is cut short:\n%s", of, report)
	}
}

// restricted sees that both namespaces refuse what may do more than it needs, so that what runs in them does not.
func (c *cluster) restricted() {
	c.T.Helper()
	for _, namespace := range []string{sessions, tokens} {
		_, err := c.Execute(c.Ctx, c.at("-n", namespace, "run", "root", "--image=authlab:dev", "--dry-run=server")...)
		if err == nil || !strings.Contains(err.Error(), `violates PodSecurity "restricted`) {
			c.T.Errorf("%s lets anything run: %v", namespace, err)
		}
	}
}

func TestTheManifestsAreValid(t *testing.T) {
	if _, err := os.Stat(filepath.Join(deploy.Root, "bin/kubernetes/kubectl")); err != nil {
		t.Fatal("there is no bin/kubernetes/kubectl: scripts/kubernetes/cluster/build.sh makes it")
	}
	o := &deploy.Operator{T: t, Ctx: t.Context()}
	o.Run("scripts/kubernetes/secrets.sh")
	for _, overlay := range []string{"session", "token"} {
		text := o.Run("bin/kubernetes/kubectl", "kustomize", "scripts/kubernetes/"+overlay)
		for _, kind := range []string{
			"ConfigMap", "CronJob", "Deployment", "HorizontalPodAutoscaler", "Namespace", "NetworkPolicy", "PodDisruptionBudget",
			"Secret", "Service", "StatefulSet",
		} {
			if !strings.Contains(text, "\nkind: "+kind+"\n") {
				t.Errorf("%s has no %s", overlay, kind)
			}
		}
	}
}
