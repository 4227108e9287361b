# shellcheck shell=bash
# Sourced by the scripts that make images of the programs that are installed on this machine.

user=65532 # as which everything runs that says nothing else; PostgreSQL wants it to have a name

# collect ROOT PROGRAM...: the programs and the libraries that they load, at the same paths below ROOT.
collect() {
	local root=$1 file
	shift
	{
		printf '%s\n' "$@"
		for file in "$@"; do ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' || true; done
	} | sort -u | while read -r file; do
		mkdir -p "$root$(dirname "$file")"
		cp -L --preserve=mode "$file" "$root$file"
	done
}

# base ROOT: what every Debian image has and these programs ask for.
base() {
	mkdir -p "$1"/{bin,etc,tmp,run,var}
	chmod 1777 "$1/tmp"
	ln -s ../run "$1/var/run"
	collect "$1" /bin/sh /bin/bash /bin/cat /bin/mkdir /bin/chmod
	printf 'root:x:0:0::/:/bin/sh\nauthlab:x:%s:%s::/:/bin/sh\n' $user $user >"$1/etc/passwd"
	((EUID == 0)) || printf 'you:x:%s:%s::/:/bin/sh\n' "$(id -u)" "$(id -g)" >>"$1/etc/passwd"
	printf 'root:x:0:\nauthlab:x:%s:\n' $user >"$1/etc/group"
	printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
}
