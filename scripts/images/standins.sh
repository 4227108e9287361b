#!/usr/bin/env bash
# Makes images that stand in for the official ones that Dockerfile and docker-compose.yml name, where no registry is in
# reach. Each is made of the programs that are installed on this machine (golang, haproxy, redis-server, PostgreSQL)
# with the libraries that they need, and has the official name, so that both files are tested as they are, unchanged.
# An official image that is there already is left alone. Remove the stand-ins to get the official ones:
#
#     docker image rm $(docker image ls -q --filter label=authlab.stand-in)
set -euo pipefail
cd "$(dirname "$0")/../.."
here=scripts/images

. $here/collect.sh

work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

# name PREFIX: the image of this name, with its tag, as the two files have it.
name() {
	grep -ohE "(FROM|image:) +$1:[^ ]+" Dockerfile docker-compose.yml | head -1 | grep -oE "$1:.*"
}

# make PREFIX VERSION DOCKERFILE-LINES: the image of what lies in $work/PREFIX.
make() {
	local root=$work/$1 image
	image=$(name "$1")
	printf 'FROM scratch\nCOPY . /\nLABEL authlab.stand-in="%s"\n%s\n' "$2" "$3" >"$work/Dockerfile.$1"
	docker build --quiet --file "$work/Dockerfile.$1" --tag "$image" "$root" >/dev/null
	chmod -R u+w "$root" && rm -rf "$root"
	echo "$image: $2 stands in for it"
}

# missing PREFIX PROGRAM: whether the image is not there yet; without the program it cannot be made.
missing() {
	local image
	image=$(name "$1")
	if docker image inspect "$image" >/dev/null 2>&1; then
		echo "$image: is there"
		return 1
	fi
	[[ -x $2 ]] || { echo "$image: cannot be made, as $1 is not installed: install it, or pull the image" >&2; exit 1; }
}

golang() {
	local goroot root=$work/golang
	goroot=$(go env GOROOT)
	missing golang "$goroot/bin/go" || return 0
	base "$root"
	collect "$root" /etc/ssl/certs/ca-certificates.crt
	mkdir -p "$root/usr/local" "$root/go"
	cp -aL "$goroot" "$root/usr/local/go" # which Debian makes of links to elsewhere
	# The modules come with it, since a build may have no network: from here, or from where this machine gets them.
	GOFLAGS=-modcacherw GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" \
		GOMODCACHE="$root/go/pkg/mod" go mod download
	make golang "$(go env GOVERSION)" 'ENV GOPATH=/go GOTOOLCHAIN=local PATH=/go/bin:/usr/local/go/bin:/usr/bin:/bin'
}

haproxy() {
	local path root=$work/haproxy
	path=$(PATH=$PATH:/usr/sbin type -P haproxy || true)
	missing haproxy "$path" || return 0
	base "$root"
	collect "$root" "$path"
	make haproxy "$("$path" -v | head -1)" \
		"CMD [\"$path\", \"-W\", \"-db\", \"-f\", \"/usr/local/etc/haproxy/haproxy.cfg\"]
STOPSIGNAL SIGUSR1"
}

redis() {
	local path root=$work/redis
	path=$(type -P redis-server || true)
	missing redis "$path" || return 0
	base "$root"
	collect "$root" "$path" "$(type -P redis-cli)"
	mkdir -m 1777 "$root/data"
	make redis "$("$path" --version)" 'WORKDIR /data'
}

postgres() {
	local programs shared root=$work/postgres
	programs=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -1)" 2>/dev/null || true)
	missing postgres "$programs/postgres" || return 0
	shared=${programs%/bin}
	[[ -f /usr/share/zoneinfo/UTC ]] || { echo "postgres: cannot be made, as there are no time zones here: install tzdata" >&2; exit 1; }
	base "$root"
	collect "$root" "$programs"/{initdb,postgres,pg_ctl,pg_isready,psql} "${shared}"/lib/{plpgsql,dict_snowball,pg_stat_statements}.so
	mkdir -p "$root"/usr/{lib/locale,share/postgresql,share/zoneinfo} "$root/run/postgresql" "$root/usr/local/bin"
	cp -aL "/usr/share/postgresql/${shared##*/}" "$root/usr/share/postgresql/"
	cp -aL /usr/share/zoneinfo/{Etc,UTC} "$root/usr/share/zoneinfo/"
	cp -aL /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
	# As the official image has it: it listens on every address, and any user may keep data and sockets.
	sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" "$root/usr/share/postgresql/${shared##*/}/postgresql.conf.sample"
	mkdir -p "$root/var/lib/postgresql/data"
	chmod 3777 "$root/run/postgresql" "$root/var/lib/postgresql/data"
	install -m 755 $here/postgres-entrypoint.sh "$root/usr/local/bin/docker-entrypoint.sh"
	make postgres "$("$programs/postgres" -V)" "ENV PATH=$programs:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
ENTRYPOINT [\"docker-entrypoint.sh\"]
CMD [\"postgres\"]
STOPSIGNAL SIGINT
VOLUME /var/lib/postgresql/data"
}

golang
haproxy
redis
postgres
