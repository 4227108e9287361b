#!/bin/sh
# secrets.sh: draws the keys and passwords that docker-compose.yml mounts, each into a file of scripts/compose/secrets that
# only the containers' user may read. What is there stays: a new password would not open the database that an old one made.
#
# secrets.sh DIR: draws them into files there, for another deployment than that of docker-compose.yml.
#
# The containers' user is 65532 when this is run by root. Anybody else cannot give files away, so then the containers run as who ran
# this, which .env tells the compose tools. `docker stack deploy` hands secrets out itself, to the user of the image.
set -eu
umask 077
cd "$(dirname "$0")"
dir=${1:-secrets}
mkdir -p "$dir"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# keep NAME TEXT: writes the secret unless it is there.
keep() { [ -s "$dir/$1" ] || printf '%s\n' "$2" >"$dir/$1"; }

keep load_key "$(random)"
keep token_key "$(random)"
keep redis_password "$(random)"
keep redis_conf "requirepass $(cat "$dir/redis_password")"
keep accounts_password "$(random)"
keep accounts_passfile "accounts:5432:authlab:authlab:$(cat "$dir/accounts_password")"

if [ $# != 0 ]; then
	exit
elif [ "$(id -u)" = 0 ]; then
	chown -R 65532:65532 "$dir"
elif ! grep -qs '^AUTHLAB_USER=' ../../.env; then
	echo "AUTHLAB_USER=$(id -u):$(id -g)" >>../../.env
fi
