#!/bin/sh
# bench.sh NAMESPACE [bench-quick]: runs the bench in the cluster as a Job, shows what it says, and fetches the run into results.
# Without bench-quick it measures the deployment in that namespace. KUBECTL and AUTHLAB are the programs to do it with, and
# RESULTS is a folder of results other than the repository's.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
kubectl="${KUBECTL:-kubectl} --namespace ${1:?name the namespace, such as authlab-session}"
of=${2:-bench}
authlab=${AUTHLAB:-$root/bin/authlab}
[ -x "$authlab" ] || { echo "there is no $authlab: make build makes it" >&2; exit 1; }

job=$of-$(date +%s)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# fail WHY: says what is left, too.
fail() { echo "the Job $job $1: $kubectl delete job $job removes it" >&2; exit 1; }
trap 'fail "goes on"' INT TERM

$kubectl create job "$job" --from="cronjob/$of" >&2
tries=0
until $kubectl logs "job/$job" --tail=1 >/dev/null 2>"$log"; do # there is no log before it has begun
	tries=$((tries + 1))
	[ $tries -lt 120 ] || fail "does not begin ($(cat "$log"))"
	sleep 1
done
# What is shown may be cut short, by a connection that is lost. The run comes out of the whole log, when the Job has ended.
$kubectl logs "job/$job" --follow | sed '/^-----BEGIN AUTHLAB RUN/,/^-----END AUTHLAB RUN/d' >&2 || true
tries=0
until grep -qE 'Complete|Failed' "$log"; do
	if $kubectl get job "$job" --output='jsonpath={.status.conditions[*].type}' >"$log"; then tries=0; else tries=$((tries + 1)); fi
	[ $tries -lt 60 ] || fail "does not tell how far it is"
	sleep 1
done
$kubectl logs "job/$job" >"$log" || fail "has ended, and does not tell its log"
run=$("$authlab" import --results "${RESULTS:-$root/results}" "$log") || fail "has ended, and no run is in its log"
echo "$run" | tail -n 1
