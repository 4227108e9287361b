#!/usr/bin/env bash
# Makes authlab-swarm-node:dev, a machine with nothing but the Docker engine that is installed on this one.
set -euo pipefail
cd "$(dirname "$0")"
. ../images/collect.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin

programs=()
for name in dockerd docker containerd containerd-shim-runc-v2 runc docker-proxy docker-init iptables ip mount ps; do
	file=$(type -P "$name") || { echo "a node of the Swarm needs $name: install it (Debian has it in docker.io, iptables, iproute2, mount or procps)" >&2; exit 1; }
	programs+=("$file")
done
base "$work"
collect "$work" "${programs[@]}" "$(readlink -f "$(type -P iptables)")"
ln -sf "$(readlink -f "$(type -P iptables)")" "$work$(type -P iptables)"                   # one program that goes by its name
ln -sf "$(readlink -f "$(type -P iptables)")" "$(dirname "$work$(type -P iptables)")/ip6tables"
modules=$(dirname "$(find /usr/lib -path '*/xtables/*' -name 'libxt_*.so' -print -quit)")
mkdir -p "$work$modules"
cp "$modules"/lib{xt,ipt,ip6t}_*.so "$work$modules/" # which iptables loads as it needs them
install -m 755 node.sh "$work/node.sh"
printf 'FROM scratch\nCOPY . /\nENV PATH=/usr/sbin:/usr/bin:/sbin:/bin\nCMD ["/node.sh"]\n' |
	docker build --quiet --file - --tag authlab-swarm-node:dev "$work" >/dev/null
