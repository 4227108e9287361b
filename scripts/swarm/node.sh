#!/bin/sh
# The first program of a node: makes of a container a machine that an engine can run in, and becomes that engine.
set -eu
# What the engine writes to is mounted read-only, as the container has no --privileged. Below /sys/fs/cgroup is the node's
# own part of it only, so what the engine starts counts against the node.
mount -o remount,rw /sys
for group in /sys/fs/cgroup/*; do
	mount -o remount,bind,rw "$group" 2>/dev/null || mount -o remount,rw "$group" 2>/dev/null || true # some are symlinks
done
echo 1 >/proc/sys/net/ipv4/ip_forward
exec dockerd --no-new-privileges --host=unix:///node/docker.sock --exec-opt native.cgroupdriver=cgroupfs --storage-driver="$STORAGE" \
	--log-opt max-size=5m --log-opt max-file=2
