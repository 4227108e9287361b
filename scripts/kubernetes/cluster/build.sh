#!/usr/bin/env bash
# Builds Kubernetes, CoreDNS and the metrics server from their modules into bin/kubernetes, with kubectl among them. The first
# time takes half an hour of CPU time and five gigabytes of Go's caches.
set -euo pipefail
cd "$(dirname "$0")"
out=$PWD/../../../bin/kubernetes
version=1.34.4 # of k8s.io/kubernetes in kube/go.mod
about=k8s.io/component-base/version
export CGO_ENABLED=0

# program MODULE LDFLAG...
program() {
	echo "building $1" >&2
	(cd "$1" && go build -trimpath -buildvcs=false -o "$out/$1" -ldflags "-s -w ${*:2}" .)
}
grep -q "k8s.io/kubernetes v$version\$" kube/go.mod || { echo "build.sh says Kubernetes $version, kube/go.mod something else" >&2; exit 1; }
program kube "-X $about.gitVersion=v$version -X $about.gitMajor=1 -X $about.gitMinor=$(cut -d. -f2 <<<$version)"
program coredns
program metrics-server
program pause
for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do ln -sf kube "$out/$name"; done
