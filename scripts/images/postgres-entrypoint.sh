#!/bin/sh
# What docker-compose.yml needs of the official PostgreSQL image's entry point: before its first start a database is made
# for $POSTGRES_USER, with the password in $POSTGRES_PASSWORD_FILE. Until that is done no client can connect over TCP.
set -eu
if [ "$1" = postgres ]; then
	mkdir -p "$PGDATA"
	chmod 700 "$PGDATA" # PostgreSQL starts in no folder of another mode, and who mounts the volume may change it
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
	initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 \
		--encoding=UTF8 --locale=C.UTF-8
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	pg_ctl --wait --options="-c listen_addresses=''" start
	psql --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname=postgres --command="CREATE DATABASE \"$POSTGRES_DB\""
	pg_ctl --wait --mode=fast stop
fi
exec "$@"
