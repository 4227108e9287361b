# shellcheck shell=bash disable=SC2034
# Sourced: what a Swarm of machines needs, as program:package of Debian. A node is made of the first, the others are used here.

node=(
	dockerd:docker.io docker:docker.io docker-proxy:docker.io docker-init:docker.io containerd:containerd
	containerd-shim-runc-v2:containerd runc:runc iptables:iptables ip:iproute2 mount:mount ps:procps
)
here=()
