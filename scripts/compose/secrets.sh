#!/bin/sh
# Draws the keys and passwords that docker-compose.yml mounts, each into a file of scripts/compose/secrets that only the
# containers' user may read. What is there stays: a new password would not open the database that an old one made.
#
# That user is 65532 when this is run by root. Anybody else cannot give files away, so then the containers run as who ran
# this, which .env tells the compose tools. `docker stack deploy` hands secrets out itself, to the user of the image.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# keep NAME TEXT: writes the secret unless it is there.
keep() { [ -s "secrets/$1" ] || printf '%s\n' "$2" >"secrets/$1"; }

keep load_key "$(random)"
keep token_key "$(random)"
keep redis_password "$(random)"
keep redis_conf "requirepass $(cat secrets/redis_password)"
keep accounts_password "$(random)"
keep accounts_passfile "accounts:5432:authlab:authlab:$(cat secrets/accounts_password)"

if [ "$(id -u)" = 0 ]; then
	chown -R 65532:65532 secrets
elif ! grep -qs '^AUTHLAB_USER=' ../../.env; then
	echo "AUTHLAB_USER=$(id -u):$(id -g)" >>../../.env
fi
