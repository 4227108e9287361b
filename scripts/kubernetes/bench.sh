#!/bin/sh
# bench.sh NAMESPACE [bench-quick]: runs the bench in the cluster as a Job, shows what it says, and fetches the run into results.
# Without bench-quick it measures the deployment in that namespace. KUBECTL and AUTHLAB are the programs to do it with.
set -eu
kubectl="${KUBECTL:-kubectl} --namespace ${1:?name the namespace, such as authlab-session}"
of=${2:-bench}
authlab=${AUTHLAB:-$(dirname "$0")/../../bin/authlab}
[ -x "$authlab" ] || { echo "there is no $authlab: make build makes it" >&2; exit 1; }

job=$of-$(date +%s)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
$kubectl create job "$job" --from="cronjob/$of" >&2
trap 'echo "the Job $job goes on: $kubectl delete job $job ends it" >&2; exit 130' INT TERM
tries=0
until $kubectl logs "job/$job" --tail=1 >/dev/null 2>"$log"; do # there is no log before it has begun
	tries=$((tries + 1))
	[ $tries -lt 120 ] || { echo "the Job $job does not begin: $(cat "$log")" >&2; exit 1; }
	sleep 1
done
$kubectl logs "job/$job" --follow | tee "$log" | sed '/^-----BEGIN AUTHLAB RUN/,/^-----END AUTHLAB RUN/d' >&2
run=$("$authlab" import "$log")
echo "$run" | tail -n 1
