#!/bin/sh
# Draws the keys and passwords of both deployments, as scripts/compose/secrets.sh does for its own: what is there stays.
set -eu
umask 077
cd "$(dirname "$0")"
for deployment in session token; do
	../compose/secrets.sh "$PWD/$deployment/secrets"
	# It holds nothing that means anything in a URL: secrets.sh sees to that.
	password=$(cat "$deployment/secrets/redis_password")
	printf 'redis://:%s@redis:6379' "$password" >"$deployment/secrets/redis_url"
done
