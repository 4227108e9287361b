#!/bin/sh
# secrets.sh: draws the keys and passwords that docker-compose.yml mounts, each into a file of scripts/compose/secrets that
# only the containers' user may read. What was drawn stays: a new password would not open the database that an old one made.
#
# secrets.sh DIR: draws them into files there, for another deployment than that of docker-compose.yml.
#
# The containers' user is 65532 when this is run by root first. Anybody else cannot give files away, so then the containers run
# as who ran this, which .env tells the compose tools and this. Swarm hands secrets out itself, as docker-compose.swarm.yml says.
set -eu
umask 077
[ $# = 0 ] || dir=$(realpath -m "$1")
cd "$(dirname "$0")"
dir=${dir:-secrets}
mkdir -p "$dir"

# draw NAME: makes the secret unless it is there.
draw() { [ -s "$dir/$1" ] || printf '%s\n' "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >"$dir/$1"; }

for name in load_key token_key redis_password accounts_password; do draw $name; done
# What is made of these is made anew each time, so that it always fits.
printf 'requirepass %s\n' "$(cat "$dir/redis_password")" >"$dir/redis_conf"
printf 'accounts:5432:authlab:authlab:%s\n' "$(cat "$dir/accounts_password")" >"$dir/accounts_passfile"

if [ $# != 0 ]; then
	exit
fi
user=$(sed -n 's/^AUTHLAB_USER=//p' ../../.env 2>/dev/null || true)
if [ "$(id -u)" = 0 ]; then
	chown -R "${user:-65532:65532}" "$dir"
elif [ -z "$user" ]; then
	echo "AUTHLAB_USER=$(id -u):$(id -g)" >>../../.env
fi
