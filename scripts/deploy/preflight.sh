#!/usr/bin/env bash
# preflight.sh swarm|kubernetes: says what this machine lacks to make a cluster of containers, before anything is built.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/kubernetes/needs.sh
. "../$1/needs.sh"
PATH=$PATH:/usr/sbin:/sbin

((EUID == 0)) || { echo "only root may make machines of containers: run this as root" >&2; exit 1; }
programs=() packages=()
for need in "${node[@]}" "${here[@]}"; do
	type -P "${need%:*}" >/dev/null || { programs+=("${need%:*}"); packages+=("${need#*:}"); }
done
if ((${#programs[@]})); then
	echo "this needs ${programs[*]}: install $(printf '%s\n' "${packages[@]}" | sort -u | paste -sd' '), as Debian names them" >&2
	exit 1
fi
cgroups=$(docker info --format '{{.CgroupVersion}}') || { echo "the Docker engine does not answer: start it" >&2; exit 1; }
[[ $cgroups = 1 ]] || { echo "the machines need cgroup v1, which this computer does not have" >&2; exit 1; }
