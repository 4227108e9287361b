#!/bin/sh
# Removes the machines of up.sh, with all that runs on them. Images stay.
set -eu
containers=$(docker ps --all --quiet --filter label=authlab.kube)
[ -z "$containers" ] || docker rm --force --volumes $containers >/dev/null
volumes=$(docker volume ls --quiet --filter label=authlab.kube)
[ -z "$volumes" ] || docker volume rm $volumes >/dev/null
networks=$(docker network ls --quiet --filter label=authlab.kube)
[ -z "$networks" ] || docker network rm $networks >/dev/null
