#!/usr/bin/env bash
# Makes authlab-swarm-node:dev, a machine with nothing but the Docker engine that is installed on this one.
set -euo pipefail
cd "$(dirname "$0")"
. ../images/collect.sh
. needs.sh

../deploy/preflight.sh swarm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin

mapfile -t programs < <(for need in "${node[@]}"; do type -P "${need%:*}"; done)
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
