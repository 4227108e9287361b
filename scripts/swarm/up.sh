#!/usr/bin/env bash
# up.sh DIR IMAGE...: three machines, which are containers with an engine each, as managers of one Swarm. All of them have
# the images. DIR/node1/docker.sock and so on are their engines: docker -H unix://DIR/node1/docker.sock node ls
# It proves deployment and failover and no capacity: kernel, clock and disk are those of this machine. ../deploy/down.sh ends it.
set -euo pipefail
dir=$(realpath "$1")
cd "$(dirname "$0")"
shift
subnet=192.168.177

. ../deploy/machines.sh

node() { docker -H "unix://$dir/node$1/docker.sock" "${@:2}"; }

# The overlay's packets carry 50 bytes more than those in them, so the network below must take 1500.
docker network create --label authlab.swarm --subnet $subnet.0/24 --opt com.docker.network.driver.mtu=1500 authlab-swarm >/dev/null

# A node keeps its address when it starts again: the Swarm knows it by that. It has a volume for the images, since one
# overlay file system is not laid over another, and a fresh /run at each start, with no pid files of the last.
for n in 1 2 3; do
	mkdir "$dir/node$n"
	docker volume create --label authlab.swarm authlab-swarm-node$n >/dev/null
	docker run --detach --init --name authlab-swarm-node$n --hostname node$n --label authlab.swarm \
		--network authlab-swarm --ip $subnet.1$n --memory 2g --pids-limit 4000 --stop-timeout 20 \
		--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH --cap-add SYS_NICE \
		--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
		--device-cgroup-rule 'a *:* rwm' --tmpfs /run --tmpfs /tmp --env STORAGE="${STORAGE:-overlay2}" \
		--volume authlab-swarm-node$n:/var/lib/docker --volume "$dir/node$n:/node" authlab-swarm-node:dev >/dev/null
done
for n in 1 2 3; do within 60 "the engine of node$n" node $n info; done

loads=()
for n in 1 2 3; do
	docker save "$@" | node $n load --quiet >/dev/null &
	loads+=($!)
done
for load in "${loads[@]}"; do wait "$load" || { echo "an image could not be loaded into every node" >&2; exit 1; }; done

node 1 swarm init --advertise-addr $subnet.11 >/dev/null
token=$(node 1 swarm join-token --quiet manager)
for n in 2 3; do node $n swarm join --advertise-addr $subnet.1$n --token "$token" $subnet.11:2377 >/dev/null; done
