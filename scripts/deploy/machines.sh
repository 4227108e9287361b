# shellcheck shell=bash
# Sourced by the scripts that make machines of containers.

# within SECONDS WHAT COMMAND...: waits until the command succeeds.
within() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || { echo "waited for $what, in vain: docker logs of the containers may say why" >&2; exit 1; }
		sleep 0.2
	done
}
