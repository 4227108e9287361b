#!/bin/sh
# secrets.sh: draws the keys and passwords that docker-compose.yml mounts, each into a file of scripts/compose/secrets that
# only the containers' user may read. What was drawn stays: a new password would not open the database that an old one made.
#
# secrets.sh DIR: draws them into files there, for another deployment than docker-compose.yml.
#
# The containers' user is 65532 when this is run by root first. Other users cannot give files away, so then the containers run
# as who ran this, which .env tells the compose tools and this. Swarm hands secrets out itself, as docker-compose.swarm.yml says.
set -eu
umask 077
[ $# = 0 ] || dir=$(realpath -m "$1")
cd "$(dirname "$0")"
dir=${dir:-secrets}
mkdir -p "$dir"

fail() { echo "secrets.sh: $1" >&2; exit 1; }

# draw NAME: makes the secret unless it is there.
draw() { [ -s "$dir/$1" ] || printf '%s\n' "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >"$dir/$1"; }

# plain NAME: the secret, which other files repeat, so that nothing in it may mean anything there.
plain() {
	case $(cat "$dir/$1") in
	'' | *[!A-Za-z0-9._~-]*)
		fail "$dir/$1 may hold letters, digits, and any of ._~-, in one line: write it so, or remove it to have one drawn"
		;;
	esac
	cat "$dir/$1"
}

# user FILE: the last AUTHLAB_USER of a file of settings, as the compose tools read it: without quotes, comments and
# carriage returns.
user() {
	value=$(tr -d '\r' <"$1" | sed -n "1s/^$(printf '\357\273\277')//
		s/^[[:space:]]*\(export[[:space:]][[:space:]]*\)\{0,1\}AUTHLAB_USER[[:space:]]*[=:][[:space:]]*//p" | tail -n 1)
	case $value in
	\"*) value=${value#\"} value=${value%%\"*} ;;
	\'*) value=${value#\'} value=${value%%\'*} ;;
	*) value=$(printf '%s' "$value" | sed 's/[[:space:]][[:space:]]*#.*//; s/^#.*//; s/[[:space:]]*$//') ;;
	esac
	printf '%s' "$value"
}

for name in load_key token_key redis_password accounts_password; do draw "$name"; done
# What is made of these is made anew each time, so that it always fits.
redis_password=$(plain redis_password)
accounts_password=$(plain accounts_password)
printf 'requirepass %s\n' "$redis_password" >"$dir/redis_conf"
printf 'accounts:5432:authlab:authlab:%s\n' "$accounts_password" >"$dir/accounts_passfile"

if [ $# != 0 ]; then
	exit
fi
env=../../.env
user=
if [ -e "$env" ]; then
	[ -f "$env" ] || fail ".env is not a file: remove it, or make it one"
	user=$(user "$env")
fi
case $user in
*[!0-9:]* | :* | *: | *:*:*)
	fail "AUTHLAB_USER in .env must be the numbers UID:GID, such as 65532:65532: correct it, or remove the line"
	;;
esac
if [ "$(id -u)" = 0 ]; then
	chown -R "${user:-65532:65532}" "$dir"
elif [ -z "$user" ]; then
	if [ -s "$env" ] && [ -n "$(tail -c 1 "$env")" ]; then
		echo >>"$env" # the last line has no end
	fi
	echo "AUTHLAB_USER=$(id -u):$(id -g)" >>"$env"
fi
