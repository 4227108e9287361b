#!/usr/bin/env bash
# Makes of what build.sh has built and of what is installed the image of a machine of the cluster, authlab-kube-machine:dev,
# and those of the Pods that every cluster has.
set -euo pipefail
cd "$(dirname "$0")"
. ../../images/collect.sh
. ../needs.sh
bin=$PWD/../../../bin/kubernetes

../../deploy/preflight.sh kubernetes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin

# image NAME FOLDER INSTRUCTIONS
image() { { printf 'FROM scratch\nCOPY . /\n'; printf '%b' "$3"; } | docker build --quiet --file - --tag "$1" "$2" >/dev/null; }

mapfile -t programs < <(for need in "${node[@]}"; do type -P "${need%:*}"; done)
machine=$work/machine
base "$machine"
collect "$machine" "${programs[@]}"
cp -P "$bin"/{kube,etcd,kube-*,kubelet,kubectl} "$machine/usr/bin/"
install -m 755 control.sh node.sh "$machine/"
image authlab-kube-machine:dev "$machine" 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin\n'

for name in pause coredns metrics-server; do
	mkdir "$work/$name"
	ln "$bin/$name" "$work/$name/" 2>/dev/null || cp "$bin/$name" "$work/$name/"
	image authlab-kube-$name:dev "$work/$name" "USER 65532:65532\nENTRYPOINT [\"/$name\"]\n"
done
