#!/bin/bash
# The first program of a node: containerd, the kubelet and kube-proxy, in a container that is a machine to them. Ends when
# one of them does.
set -eu
address=$1 n=$2 nodes=$3
network=${address%.*}
for ((other = 1; other <= nodes; other++)); do
	((other == n)) || ip route add 10.244.$other.0/24 via "$network.1$other"
done
ip route del default                  # nothing here leads outside,
ip route add 10.96.0.0/16 dev eth0    # and addresses of Services are taken by kube-proxy before they are looked for

# What the kubelet writes to is mounted read-only, as the container has no --privileged; its settings of the kernel would be
# the whole computer's, so it gets files that already say what it wants.
mount --make-rshared /
mount -o remount,rw /sys
for group in /sys/fs/cgroup/*; do mount -o remount,bind,rw "$group" 2>/dev/null || mount -o remount,rw "$group" 2>/dev/null || true; done
while read -r value file; do
	echo "$value" >"/run/${file##*/}"
	mount --bind "/run/${file##*/}" "/proc/sys/$file"
done <<-END
	1 vm/overcommit_memory
	10 kernel/panic
	1 kernel/panic_on_oops
END
echo 1 >/proc/sys/net/ipv4/ip_forward

mkdir -p /etc/cni/net.d /var/lib/containerd /var/lib/accounts /var/lib/accounts-of-tokens
cat >/etc/cni/net.d/10-pods.conflist <<END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "mtu": 1500, "ipam": {
	"type": "host-local", "ranges": [[{"subnet": "10.244.$n.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
END
cat >/run/containerd.toml <<END
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/authlab-kube-pause:dev"
  restrict_oom_score_adj = true # to what this machine may set
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
END
cat >/run/kubelet.yaml <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /keys/authority.crt}}
authorization: {mode: Webhook}
tlsCertFile: /keys/server.crt
tlsPrivateKeyFile: /keys/server.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [10.96.0.10]
resolvConf: ""
nodeStatusUpdateFrequency: 4s
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 50Mi, imagefs.available: 50Mi}
END
cat >/run/kube-proxy.yaml <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clusterCIDR: 10.244.0.0/16
hostnameOverride: node$n
clientConnection: {kubeconfig: /keys/admin.conf}
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s} # of the whole computer
nftables: {minSyncPeriod: 100ms}
END

containerd --config /run/containerd.toml &
until ctr version >/dev/null 2>&1; do sleep 0.1; done
for file in /images/*.tar; do ctr --namespace k8s.io images import "$file" >/dev/null; done
kubelet --kubeconfig=/keys/admin.conf --config=/run/kubelet.yaml --hostname-override="node$n" --node-ip="$address" &
kube-proxy --config=/run/kube-proxy.yaml &
wait -n
