#!/bin/sh
# down.sh LABEL: removes the machines of a cluster, with all that runs on them: authlab.swarm or authlab.kube. Images stay.
# What cannot be removed keeps nothing else from it.
set -u
label=label=${1:?name the label of the machines, authlab.swarm or authlab.kube}
worst=0

# worse STATUS: remembers it, if there was none that is worse.
worse() { [ "$1" -le "$worst" ] || worst=$1; }

# remove LIST COMMAND: the command removes each thing that `docker LIST` names.
# shellcheck disable=SC2086 # both are several words
remove() {
	found=$(docker $1 --quiet --filter "$label") || worse $?
	for thing in $found; do docker $2 "$thing" >/dev/null || worse $?; done
}

remove "ps --all" "rm --force --volumes"
remove "volume ls" "volume rm"
remove "network ls" "network rm"
exit "$worst"
