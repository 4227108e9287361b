#!/usr/bin/env bash
# up.sh DIR IMAGE...: a Kubernetes cluster of two nodes, which are containers, and of a third container that controls them.
# The nodes have the images. DIR/kubeconfig is the administrator's: kubectl --kubeconfig DIR/kubeconfig get nodes
# It proves manifests and no capacity: kernel, clock and disk are those of this machine. ../../deploy/down.sh ends it.
set -euo pipefail
dir=$(realpath "$1")
cd "$(dirname "$0")"
shift
nodes=2
subnet=192.168.178

. ../../deploy/machines.sh

mkdir "$dir/keys" "$dir/images"
# ssl ARGUMENT...: openssl, which tells how far it is, and is heard only if it fails. It may be of version 1.1.1, too.
ssl() {
	local said
	said=$(openssl "$@" 2>&1) || { echo "openssl $1: $said" >&2; exit 1; }
}
keys() {
	cd "$dir/keys"
	ssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -subj /CN=authlab-kube -keyout authority.key -out authority.crt
	# key NAME SUBJECT [ALTERNATIVE NAMES]
	key() {
		ssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out request
		ssl x509 -req -in request -CA authority.crt -CAkey authority.key -CAcreateserial -days 7 -out "$1.crt" \
			-extfile <(printf 'extendedKeyUsage=clientAuth,serverAuth\n%s' "${3:+subjectAltName=$3}")
	}
	key server /CN=server "DNS:kubernetes.default.svc,IP:10.96.0.1,IP:$subnet.10,IP:$subnet.11,IP:$subnet.12"
	key admin /O=system:masters/CN=admin
	key front /CN=front
	embed() { base64 -w0 "$1"; }
	cat >admin.conf <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: authlab, cluster: {server: "https://$subnet.10:6443", certificate-authority-data: $(embed authority.crt)}}]
		users: [{name: admin, user: {client-certificate-data: $(embed admin.crt), client-key-data: $(embed admin.key)}}]
		contexts: [{name: authlab, context: {cluster: authlab, user: admin}}]
		current-context: authlab
	END
}
(umask 077; keys; cp admin.conf ../kubeconfig)

docker save --output "$dir/images/1-cluster.tar" authlab-kube-pause:dev authlab-kube-coredns:dev authlab-kube-metrics-server:dev
docker save --output "$dir/images/2-authlab.tar" "$@"
docker network create --label authlab.kube --subnet $subnet.0/24 authlab-kube >/dev/null

# machine NAME ADDRESS FLAG... COMMAND: a container with a fresh /run at each start, with no pid files of the last.
machine() {
	docker run --detach --init --name "authlab-kube-$1" --hostname "$1" --label authlab.kube --network authlab-kube --ip "$2" \
		--tmpfs /run:exec --tmpfs /tmp --volume "$dir/keys:/keys:ro" --volume "$dir/images:/images:ro" --stop-timeout 5 "${@:3}" >/dev/null
}
machine control $subnet.10 --cap-add NET_ADMIN authlab-kube-machine:dev /control.sh $subnet.10 $nodes
for ((n = 1; n <= nodes; n++)); do
	# One overlay file system is not laid over another: what the node keeps lies in a volume.
	docker volume create --label authlab.kube "authlab-kube-node$n" >/dev/null
	machine "node$n" $subnet.1$n --volume "authlab-kube-node$n:/var/lib" --memory 3g --pids-limit 4000 --cgroupns private --device /dev/kmsg \
		--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH --cap-add SYS_NICE --cap-add SYSLOG \
		--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
		--device-cgroup-rule 'a *:* rwm' authlab-kube-machine:dev /node.sh $subnet.1$n $n $nodes
done

kubectl() { ../../../bin/kubernetes/kubectl --kubeconfig "$dir/kubeconfig" "$@"; }
within 60 "the cluster's API" kubectl get --raw /readyz
for ((n = 1; n <= nodes; n++)); do within 60 "node$n" kubectl get node node$n; done
within 60 "nodes that are ready" kubectl wait --for=condition=Ready node --all --timeout=1s
kubectl apply -f coredns.yaml -f metrics-server.yaml -f volume.yaml >/dev/null
within 90 "the cluster's DNS" kubectl -n kube-system rollout status deployment/coredns --timeout=1s
within 90 "the cluster's metrics" kubectl top nodes
