#!/bin/bash
# The first program of the machine that controls the cluster: its store, the API, the controllers and the scheduler. Ends
# when one of them does. All of them are the administrator, since this cluster proves the manifests and not itself.
set -eu
address=$1 nodes=$2
for ((n = 1; n <= nodes; n++)); do ip route add 10.244.$n.0/24 via "${address%.*}.1$n"; done # metrics come from a Pod
ip route del default # nothing here leads outside

etcd --data-dir /tmp/etcd --unsafe-no-fsync --log-level warn \
	--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
	--listen-peer-urls http://127.0.0.1:2380 &
kube-apiserver --etcd-servers=http://127.0.0.1:2379 --advertise-address="$address" --service-cluster-ip-range=10.96.0.0/16 \
	--authorization-mode=Node,RBAC --allow-privileged --default-not-ready-toleration-seconds=5 --default-unreachable-toleration-seconds=5 \
	--tls-cert-file=/keys/server.crt --tls-private-key-file=/keys/server.key --client-ca-file=/keys/authority.crt \
	--service-account-issuer=https://kubernetes.default.svc.cluster.local \
	--service-account-key-file=/keys/server.crt --service-account-signing-key-file=/keys/server.key \
	--kubelet-preferred-address-types=InternalIP --kubelet-certificate-authority=/keys/authority.crt \
	--kubelet-client-certificate=/keys/admin.crt --kubelet-client-key=/keys/admin.key \
	--requestheader-client-ca-file=/keys/authority.crt --requestheader-allowed-names=front \
	--requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
	--proxy-client-cert-file=/keys/front.crt --proxy-client-key-file=/keys/front.key --enable-aggregator-routing &
until kubectl --kubeconfig=/keys/admin.conf get --raw /readyz >/dev/null 2>&1; do sleep 0.2; done
# A node that does not answer is given up soon, and the autoscaler looks often, so that tests need not wait.
kube-controller-manager --kubeconfig=/keys/admin.conf --leader-elect=false --use-service-account-credentials \
	--root-ca-file=/keys/authority.crt --service-account-private-key-file=/keys/server.key \
	--node-monitor-period=2s --node-monitor-grace-period=16s --horizontal-pod-autoscaler-sync-period=5s &
kube-scheduler --kubeconfig=/keys/admin.conf --leader-elect=false &
wait -n
