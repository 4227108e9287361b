#!/bin/sh
# down.sh LABEL: removes the machines of a cluster, with all that runs on them: authlab.swarm or authlab.kube. Images stay.
set -eu
label=label=${1:?name the label of the machines, authlab.swarm or authlab.kube}
containers=$(docker ps --all --quiet --filter "$label")
[ -z "$containers" ] || docker rm --force --volumes $containers >/dev/null
volumes=$(docker volume ls --quiet --filter "$label")
[ -z "$volumes" ] || docker volume rm $volumes >/dev/null
networks=$(docker network ls --quiet --filter "$label")
[ -z "$networks" ] || docker network rm $networks >/dev/null
