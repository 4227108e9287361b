#!/bin/sh
# Draws the keys and passwords of both deployments, as scripts/compose/secrets.sh does for its own: what is there stays.
set -eu
umask 077
cd "$(dirname "$0")"
for deployment in session token; do
	../compose/secrets.sh "$PWD/$deployment/secrets"
	printf 'redis://:%s@redis:6379' "$(cat $deployment/secrets/redis_password)" >$deployment/secrets/redis_url
done
