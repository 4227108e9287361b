# shellcheck shell=bash disable=SC2034
# Sourced: what a cluster of machines needs, as program:package of Debian. A node is made of the first, the others are used here.

node=(
	containerd:containerd containerd-shim-runc-v2:containerd ctr:containerd runc:runc nft:nftables iptables:iptables ip:iproute2
	mount:mount umount:mount hostname:hostname sleep:coreutils
	/usr/lib/cni/ptp:containernetworking-plugins /usr/lib/cni/host-local:containernetworking-plugins
	/usr/lib/cni/loopback:containernetworking-plugins
)
here=(docker:docker.io openssl:openssl)
